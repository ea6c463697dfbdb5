"""The file that a town travels in: a ZIP of JSON lines and stored bytes, with a manifest.

Written down in ``docs/operators/exchange-of-towns.md``.
"""

import hashlib
import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from stadtkern.towns.errors import TownRefused, bad_row, bomb, changed, damaged, wrong
from stadtkern.towns.values import BadRow, dumps, loads
from stadtkern.web.i18n import _

FORMAT = "stadtkern-town"
VERSION = 1
MANIFEST = "manifest.json"
TOWN = "town.json"
MEMBER = re.compile(
    r"manifest\.json|town\.json|data/[a-z][a-z0-9_]{0,60}\.jsonl"
    r"|(?:files|private|kept/[a-z][a-z0-9_]{0,60})/[0-9a-f]{64}"
)
SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_DIRECTORY = 64 * 2**20
"""Bytes of the archive's table of contents, which is read into memory as a whole."""
MAX_MANIFEST = 64 * 2**20
MAX_LINE = 32 * 2**20
"""Bytes of one row."""
MAX_PRIVATE = 64 * 2**20
"""Bytes of one file that is encrypted as a whole where it comes in."""
MAX_RATIO = 300
RATIO_FROM = 64 * 2**20
"""Bytes from which on a member's compression is looked at; the largest genuine one is about 40."""
MAX_TOTAL = 200 * 2**30
"""Bytes of all members together."""
CHUNK = 1 << 18
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of all members, so that the same town makes the same bytes."""
Progress = Callable[[int, int], None]


@dataclass
class Part:
    """What the manifest says of one table."""

    name: str
    version: int
    owner: str | None
    rows: int


@dataclass
class Manifest:
    """What an archive says about itself."""

    source: dict[str, Any]
    software: str
    made_at: str
    parts: dict[str, Part] = field(default_factory=dict)
    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size in bytes and sha256 by name."""
    missing: list[str] = field(default_factory=list)
    """Hashes of bytes that were named but did not lie there."""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "software": self.software,
            "made_at": self.made_at,
            "source": self.source,
            "parts": [vars(part) for part in self.parts.values()],
            "members": {
                name: {"size": size, "sha256": sha}
                for name, (size, sha) in sorted(self.members.items())
            },
            "missing": sorted(self.missing),
        }


class Writer:
    """Writes an archive member by member; nothing is held in memory."""

    def __init__(self, target: BinaryIO, manifest: Manifest) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.manifest = manifest

    def pieces(self, name: str, pieces: Iterable[bytes], *, packed: bool = True) -> None:
        """Write a member; its size and checksum go into the manifest."""
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                member.write(piece)
        self.manifest.members[name] = size, digest.hexdigest()

    def close(self) -> str:
        """Write the manifest and end the archive; return the manifest's sha256."""
        text = json.dumps(self.manifest.as_json(), ensure_ascii=False, indent=1, sort_keys=True)
        info = zipfile.ZipInfo(MANIFEST, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        self._zip.writestr(info, text.encode())
        self._zip.close()
        return hashlib.sha256(text.encode()).hexdigest()


class Archive:
    """An archive that somebody hands in: believed in nothing before it was checked."""

    def __init__(self, path: Path, *, maximum: int = MAX_TOTAL) -> None:
        """Open it and read its manifest; ``TownRefused`` for what is no such archive."""
        try:
            check_directory(path)
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise TownRefused(
                _("There is no file ${name}.", mapping={"name": path.name})
            ) from error
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise damaged() from error
        try:
            self._infos = _members(self._zip, maximum)
            text = self._manifest_text()
            self.digest = hashlib.sha256(text).hexdigest()
            self.manifest = _manifest(text)
            self._compare()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        self._zip.close()

    def _manifest_text(self) -> bytes:
        info = self._infos.get(MANIFEST)
        if info is None:
            raise TownRefused(
                _("This ZIP file holds no town: it has no manifest.json. Please choose another.")
            )
        if info.file_size > MAX_MANIFEST:
            raise bomb()
        with _reading(), self._zip.open(info) as member:
            return member.read(MAX_MANIFEST + 1)

    def _compare(self) -> None:
        """Refuse members that the manifest does not name, and names without a member."""
        present, named = set(self._infos) - {MANIFEST}, set(self.manifest.members)
        wanted = {TOWN} | {f"data/{name}.jsonl" for name in self.manifest.parts}
        if present != named or not wanted <= named:
            odd = min((present ^ named) | (wanted - named))
            raise TownRefused(
                _(
                    "The archive and its manifest do not fit together (${name}). It was changed or "
                    "not copied as a whole: please export or copy it again.",
                    mapping={"name": odd},
                )
            )

    @property
    def files(self) -> list[str]:
        """Return the hashes of the stored bytes that it holds."""
        return self._named("files/")

    @property
    def private(self) -> list[str]:
        """Return the hashes of the bytes that lie encrypted in an installation."""
        return self._named("private/")

    @property
    def kept(self) -> dict[str, list[str]]:
        """Return the hashes of the bytes that lie in stores of the town's own, by table."""
        found: dict[str, list[str]] = {}
        for name in self._named("kept/"):
            part, _slash, sha = name.partition("/")
            found.setdefault(part, []).append(sha)
        return found

    @property
    def stored(self) -> int:
        """Return how many files it holds that were stored as bytes, whatever for."""
        kept = sum(len(shas) for shas in self.kept.values())
        return len(self.files) + len(self.private) + kept

    def _named(self, folder: str) -> list[str]:
        return sorted(name.removeprefix(folder) for name in self._infos if name.startswith(folder))

    def size(self, name: str) -> int:
        """Return the bytes of a member, as the manifest says (and ``verify`` has seen)."""
        return self.manifest.members[name][0]

    def verify(self, progress: Progress = lambda _done, _total: None) -> None:
        """Read everything once and compare it with the manifest; ``TownRefused`` at the first."""
        total = sum(size for size, _sha in self.manifest.members.values())
        done = 0
        for name, (size, sha) in sorted(self.manifest.members.items()):
            digest, seen = hashlib.sha256(), 0
            with self.open(name) as stream, _reading():
                while piece := stream.read(CHUNK):
                    seen += len(piece)
                    if seen > size:
                        raise wrong(name)
                    digest.update(piece)
                    progress(done + seen, total)
            done += size
            folder, rest = name.partition("/")[0], name.rpartition("/")[2]
            wanted = rest if folder in {"files", "private", "kept"} else sha
            if seen != size or digest.hexdigest() != sha or sha != wanted:
                raise wrong(name)

    def open(self, name: str) -> BinaryIO:
        """Open a member for reading piece by piece."""
        with _reading():
            raw: Any = self._zip.open(self._infos[name])
            return io.BufferedReader(raw, CHUNK)

    def secret(self, sha: str) -> bytes:
        """Return the bytes of a private file; ``TownRefused`` if they are others by now."""
        with self.open(f"private/{sha}") as stream, _reading():
            data = stream.read(MAX_PRIVATE + 1)
        if hashlib.sha256(data).hexdigest() != sha:
            raise changed()
        return data

    def lines(self, name: str, skip: int = 0) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Yield (number, bytes, row) of a member with rows; numbers begin with 1."""
        with self.open(name) as stream, _reading():
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise bomb()
                if number > skip:
                    yield number, len(line), _row(name, number, line)

    def town(self) -> dict[str, Any]:
        """Return what the archive says of the town itself."""
        with self.open(TOWN) as stream, _reading():
            return _row(TOWN, 1, stream.read(MAX_LINE))


class _reading:  # noqa: N801 - used as a statement
    """Turns what a damaged archive does to those who read it into a refusal."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Translate."""
        broken = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
        if isinstance(error, broken) or (
            isinstance(error, RuntimeError) and not isinstance(error, RecursionError)
        ):
            raise damaged() from error


def _row(name: str, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = loads(line)
    except BadRow as error:
        raise bad_row(name, number, str(error)) from error
    if not isinstance(row, dict):
        raise bad_row(name, number, "no object")
    return row


def check_directory(path: Path) -> None:
    """Refuse an archive whose table of contents is huge, before anything reads it.

    Looks for the end record (APPNOTE 4.3.16) and, where it says so, the one of ZIP64 (4.3.14).
    """
    with path.open("rb") as stream:
        end = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, end - 65_557 - 20))
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        record = tail[at : at + 22]
        if at < 0 or len(record) < 22:  # noqa: PLR2004 - its fixed part
            raise zipfile.BadZipFile
        size = int.from_bytes(record[12:16], "little")
        locator = tail[at - 20 : at] if at >= 20 else b""  # noqa: PLR2004 - its length
        if locator[:4] == b"PK\x06\x07":
            stream.seek(min(int.from_bytes(locator[8:16], "little"), end))
            larger = stream.read(56)
            if larger[:4] != b"PK\x06\x06":
                raise zipfile.BadZipFile
            size = max(size if size != 2**32 - 1 else 0, int.from_bytes(larger[40:48], "little"))
    if size > MAX_DIRECTORY:
        raise bomb()


def _members(archive: zipfile.ZipFile, maximum: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name, if every one of them is what such an archive may hold."""
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not MEMBER.fullmatch(info.filename) or info.orig_filename != info.filename:
            raise TownRefused(
                _(
                    "The archive holds “${name}”, which does not belong into it.",
                    mapping={"name": info.orig_filename[:100]},
                )
            )
        if info.filename in found:
            raise TownRefused(
                _("The archive holds “${name}” twice.", mapping={"name": info.filename})
            )
        if kind not in {0, stat.S_IFREG} or info.flag_bits & 0x1:
            raise TownRefused(
                _(
                    "“${name}” is no plain file (a link, a folder or encrypted).",
                    mapping={"name": info.filename},
                )
            )
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise damaged()
        total += info.file_size
        packed = max(info.compress_size, 1)
        if total > maximum or (info.file_size > RATIO_FROM and info.file_size / packed > MAX_RATIO):
            raise bomb()
        found[info.filename] = info
    return found


def _manifest(text: bytes) -> Manifest:
    try:
        said = loads(text)
    except BadRow as error:
        raise damaged() from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise TownRefused(_("This ZIP file holds no town of Stadtkern. Please choose another."))
    version = said.get("version")
    if not isinstance(version, int) or version < 1:
        raise damaged()
    if version > VERSION:
        raise TownRefused(
            _(
                "The archive has format ${theirs}; this installation reads up to ${ours}. Please "
                "update Stadtkern first.",
                mapping={"theirs": version, "ours": VERSION},
            )
        )
    try:
        return Manifest(
            source=dict(said["source"]),
            software=str(said["software"])[:100],
            made_at=str(said["made_at"])[:40],
            parts={part.name: part for part in map(_part, said["parts"])},
            members={name: _sum(entry) for name, entry in said["members"].items()},
            missing=[sha for sha in said["missing"] if SHA256.fullmatch(sha)],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged() from error


def _part(said: Mapping[str, Any]) -> Part:
    name, version, owner, rows = (said[key] for key in ("name", "version", "owner", "rows"))
    good = isinstance(name, str) and isinstance(version, int) and isinstance(rows, int)
    if not good or version < 1 or rows < 0 or not (owner is None or isinstance(owner, str)):
        raise ValueError("part")
    return Part(name, version, owner, rows)


def _sum(entry: Mapping[str, Any]) -> tuple[int, str]:
    size, sha = entry["size"], entry["sha256"]
    if not isinstance(size, int) or size < 0 or not SHA256.fullmatch(sha):
        raise ValueError("sum")
    return size, sha


def write_rows(rows: Iterable[Mapping[str, Any]], count: list[int]) -> Iterator[bytes]:
    """Yield rows as lines and count them in ``count[0]``."""
    for row in rows:
        count[0] += 1
        yield dumps(row)
