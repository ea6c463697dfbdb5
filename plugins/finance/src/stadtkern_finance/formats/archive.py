"""Files of a ZIP archive, with limits that a bomb meets before memory does."""

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

MAGIC = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s22xHH")
"""A file's header within an archive: magic, length of its name and of what follows the name."""
_UTF8 = 0x800
_BROKEN = (
    *(BadZipFile, LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(UnicodeError, struct.error),
)
"""What the module raises for archives that are none, have names in no encoding, lie of places."""
_CHUNK = 64 * 1024
_FREE = 1024 * 1024
"""Bytes up to which a file may be packed as tightly as it likes."""


class Limits(NamedTuple):
    """What an archive may hold."""

    entries: int = 200_000
    entry_bytes: int = 64 * 1024 * 1024
    all_bytes: int = 2 * 1024 * 1024 * 1024
    ratio: int = 200


def archive_files(
    source: BinaryIO,
    entry: str,
    limits: Limits = Limits(),  # noqa: B008  # immutable
) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file of the archive, one in memory at a time.

    All names are checked before the first file comes. Sizes are counted while unpacking; what an
    archive says of itself is only believed when it refuses.
    """
    try:
        with ZipFile(source) as archive:
            infos = archive.infolist()
            _check(infos, entry, limits)
            left = limits.all_bytes
            for info in infos:
                if info.is_dir():
                    continue
                name = f"{entry}/{info.filename}"
                data = _small(source, info, min(limits.entry_bytes, left))
                if data is None:
                    data = _unpacked(archive, info, name, limits, left)
                left -= len(data)
                yield name, data
    except _BROKEN as error:
        reason = _("is a broken archive: ${reason}", mapping={"reason": str(error)[:200]})
        raise FileRefused(entry, reason) from None


def _check(infos: list[ZipInfo], entry: str, limits: Limits) -> None:
    if len(infos) > limits.entries:
        reason = _("holds more than ${count} files", mapping={"count": limits.entries})
        raise FileRefused(entry, reason)
    if sum(info.file_size for info in infos) > limits.all_bytes:
        raise FileRefused(entry, _too_large(limits.all_bytes))
    names: set[str] = set()
    for info in infos:
        name = info.filename
        if info.header_offset < 0:
            reason = _("is a broken archive: ${reason}", mapping={"reason": "a place before it"})
            raise FileRefused(entry, reason)
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            reason = _("names a file outside of itself: ${name}", mapping={"name": name[:100]})
            raise FileRefused(entry, reason)
        if stat.S_ISLNK(info.external_attr >> 16):
            reason = _("holds a link instead of a file: ${name}", mapping={"name": name[:100]})
            raise FileRefused(entry, reason)
        if info.flag_bits & 1:
            reason = _("holds an encrypted file: ${name}", mapping={"name": name[:100]})
            raise FileRefused(entry, reason)
        if name in names:
            reason = _("holds the same file twice: ${name}", mapping={"name": name[:100]})
            raise FileRefused(entry, reason)
        names.add(name)


def _too_large(limit: int) -> object:
    return _("is larger than ${count} bytes unpacked", mapping={"count": limit})


def _small(source: BinaryIO, info: ZipInfo, most: int) -> bytes | None:
    """Return a small file's bytes in a quarter of the time; None for what needs a closer look."""
    packed = info.compress_size
    if info.compress_type != ZIP_DEFLATED or packed > _CHUNK or info.file_size > min(most, _FREE):
        return None
    source.seek(info.header_offset)
    head = source.read(_LOCAL.size)
    if len(head) != _LOCAL.size:
        return None
    magic, names, extra = _LOCAL.unpack(head)
    rest = source.read(names + extra + packed)
    name = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
    if magic != MAGIC or len(rest) != names + extra + packed or rest[:names] != name:
        return None
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    data = unpacking.decompress(rest[names + extra :], info.file_size + 1)
    whole = unpacking.eof and not unpacking.unused_data and len(data) == info.file_size
    return data if whole and zlib.crc32(data) == info.CRC else None


def _unpacked(archive: ZipFile, info: ZipInfo, name: str, limits: Limits, left: int) -> bytes:
    most = min(limits.entry_bytes, left)
    tight = max(info.compress_size * limits.ratio, _FREE)
    parts: list[bytes] = []
    size = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise FileRefused(name, _too_large(most))
            if size > tight:
                reason = _(
                    "is packed more than ${count} times, as no delivery is",
                    mapping={"count": limits.ratio},
                )
                raise FileRefused(name, reason)
            parts.append(chunk)
    return b"".join(parts)
