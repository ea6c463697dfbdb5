"""Files that people send by a form: judged by their bytes, kept under a key of their own.

The bytes lie encrypted in the storage, the key lies sealed in the database: with the row of an
entry the key is gone at once, and the bytes, which nobody can read any more, follow by a job.
"""

import io
import json
import secrets
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image, UnidentifiedImageError
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.media.disguises import hides_archive
from stadtkern.media.intake import FILE_TYPES, MAX_PIXELS, is_what_it_says, safe_name
from stadtkern.storage import FileStore
from stadtkern.submissions.models import Submission, SubmissionFile
from stadtkern.vault import open_, seal
from stadtkern.web.i18n import _

MAX_FILE = 10_000_000
"""Bytes of one file: a dozen scanned pages."""
MAX_FILES = 20_000_000
"""Bytes of all files of one entry."""
DOCUMENTS = (".pdf", ".odt", ".ods", ".docx", ".xlsx", ".txt")
PICTURES = {"JPEG": (".jpg", "image/jpeg"), "PNG": (".png", "image/png")}
TYPES = frozenset([*(kind for _end, kind in PICTURES.values()), *map(FILE_TYPES.get, DOCUMENTS)])
"""All types that a kept file can have."""
ACCEPT = ",".join((".jpg", ".jpeg", ".png", *DOCUMENTS))
HINT = _("One file of at most 10 MB: PDF, JPEG, PNG, ODT, ODS, DOCX, XLSX or TXT.")
NONCE = 12
GRACE = 600
"""Seconds for which bytes without a row are left alone: the row may still be on its way."""


class NotTaken(Exception):  # noqa: N818 - what happened, in a word
    """A file is refused; the message is translatable and says what to do."""


@dataclass(frozen=True)
class Attached:
    """A file that may be kept: a safe name, the type that its bytes have, the bytes."""

    name: str
    type: str
    data: bytes


def attached(stream: BinaryIO, name: str) -> Attached:
    """Judge a file by its bytes; ``NotTaken`` for other kinds, disguises and too large ones."""
    data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise NotTaken(_("The file is larger than 10 MB. Please make it smaller."))
    if not data:
        raise NotTaken(_("The file is empty. Please choose it again."))
    name = safe_name(name)
    picture = _picture(data)
    if picture is not None:
        suffix, mime = picture
        return Attached(f"{PurePath(name).stem or 'datei'}{suffix}", mime, data)
    suffix = PurePath(name).suffix.lower()
    if suffix not in DOCUMENTS:
        raise NotTaken(
            _("Files of this kind are not taken. Please send it as PDF, JPEG or PNG, for instance.")
        )
    if not is_what_it_says(data, suffix):
        raise NotTaken(
            _("The file's content does not fit its name. Please check the file and choose again.")
        )
    return Attached(name, FILE_TYPES[suffix], data)


def _picture(data: bytes) -> tuple[str, str] | None:
    """Return a picture's ending and type; its header is read, it is not unpacked."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(PICTURES)) as image:
            kind, pixels = str(image.format), image.width * image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if pixels > MAX_PIXELS or hides_archive(io.BytesIO(data)):
        raise NotTaken(_("This picture cannot be taken. Please photograph or scan it anew."))
    return PICTURES.get("JPEG" if kind == "MPO" else kind)


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where a municipality's files of forms lie."""
    store: FileStore = registry["storage"]
    return store.part(f"submissions/{tenant_id}")


def context_of(row: Any) -> str:
    """Return what a file's sealed key and name are bound to."""
    return _context(row.stored)


def _context(stored: str) -> str:
    return f"submission-file:{stored}"


def _bound(tenant_id: int, field: str) -> bytes:
    return f"stadtkern.submission-file\0{tenant_id}\0{field}".encode()


def keep(
    session: Session, registry: Registry, entry: Submission, field: str, file: Attached
) -> None:
    """Encrypt a file under a key of its own and store it with its entry."""
    stored, sealed = encrypted(session, registry, entry.tenant_id, field, file)
    session.add(
        SubmissionFile(
            tenant_id=entry.tenant_id,
            submission_id=entry.id,
            field=field,
            stored=stored,
            size=len(file.data),
            sealed=sealed,
        )
    )
    session.flush()


def encrypted(
    session: Session, registry: Registry, tenant_id: int, field: str, file: Attached
) -> tuple[str, str]:
    """Store a file's bytes under a key of their own; return their sha256 and what is sealed."""
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(NONCE)
    secret = nonce + AESGCM(key).encrypt(nonce, file.data, _bound(tenant_id, field))
    sha, _size = store_of(registry, tenant_id).put(io.BytesIO(secret), maximum=len(secret))
    facts = json.dumps({"key": key.hex(), "name": file.name, "type": file.type})
    return sha, seal(session, registry, tenant_id, facts.encode(), _context(sha))


def facts(session: Session, registry: Registry, row: SubmissionFile) -> tuple[str, str]:
    """Return a file's name and type, without its bytes."""
    said = json.loads(open_(session, registry, row.tenant_id, row.sealed, context_of(row)))
    return said["name"], said["type"]


def opened(session: Session, registry: Registry, row: SubmissionFile) -> Attached:
    """Return a file as it was sent; ``FileNotFoundError`` if its bytes are lost."""
    facts = json.loads(open_(session, registry, row.tenant_id, row.sealed, context_of(row)))
    secret = store_of(registry, row.tenant_id).read(row.stored)
    data = AESGCM(bytes.fromhex(facts["key"])).decrypt(
        secret[:NONCE], secret[NONCE:], _bound(row.tenant_id, row.field)
    )
    return Attached(facts["name"], facts["type"], data)


def sweep(registry: Registry, tenant_id: int, listed: set[str]) -> int:
    """Throw away bytes that no row lists; return how many files."""
    return store_of(registry, tenant_id).sweep(listed, older=GRACE)
