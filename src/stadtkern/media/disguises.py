"""Files that are two things at once: a picture or document that is an archive or a page, too."""

import io
import zipfile
from typing import BinaryIO

END_OF_ARCHIVE = b"PK\x05\x06"
LONGEST_TAIL = 22 + 65_535
"""Bytes behind which no end record of a ZIP archive can begin (APPNOTE 4.3.16)."""
OFFICE = {
    ".docx": ("[Content_Types].xml", "word/"),
    ".xlsx": ("[Content_Types].xml", "xl/"),
    ".odt": ("mimetype", "content.xml"),
    ".ods": ("mimetype", "content.xml"),
}
"""Entries that such a document has."""
MACROS = ("vbaproject.bin", "basic/script-lc.xml")
MAX_ENTRIES = 20_000


def hides_archive(source: BinaryIO) -> bool:
    """Tell whether a ZIP or JAR archive could be read from the end of a seekable stream.

    Java and unpackers read archives from their end, so that one may stand behind anything.
    """
    source.seek(0, io.SEEK_END)
    size = source.tell()
    begin = max(0, size - LONGEST_TAIL)
    source.seek(begin)
    tail = source.read()
    at = tail.rfind(END_OF_ARCHIVE)
    while at >= 0:
        record = tail[at : at + 22]
        if len(record) == 22:  # noqa: PLR2004 - its fixed part
            length = int.from_bytes(record[12:16], "little")
            source.seek(max(0, begin + at - length))
            if source.read(4) == b"PK\x01\x02" or length == 0:
                return True
        at = tail.rfind(END_OF_ARCHIVE, 0, at)
    return False


def looks_active(data: bytes) -> bool:
    """Tell whether a browser that guesses could take these first bytes for a page."""
    head = data[:4096].lower()
    return any(mark in head for mark in (b"<script", b"<html", b"<!doctype html", b"<svg"))


def is_document_archive(data: bytes, suffix: str) -> bool:
    """Tell whether bytes are a whole archive, nothing before it, and of the kind its name says."""
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError):
        return False
    if len(entries) > MAX_ENTRIES:
        return False
    if entries and min(entry.header_offset for entry in entries) != 0:
        return False
    return suffix not in OFFICE or _is_document([entry.filename for entry in entries], suffix)


def _is_document(names: list[str], suffix: str) -> bool:
    if any(name.lower().endswith(MACROS) for name in names):
        return False
    return all(any(name.startswith(wanted) for name in names) for wanted in OFFICE[suffix])
