"""Sound and film known by their structure, not by their name.

Each container is walked from its first byte to its last: what stands before, behind or between
its parts is refused or left out, so that no second format hides in the file. What phones write
beside the recording (place, device, title) is blanked.

MP4, M4A: ISO/IEC 14496-12. WebM: RFC 8794, RFC 9559. Ogg: RFC 3533. MP3: ISO/IEC 11172-3.
WAV: RIFF (IBM and Microsoft, 1991).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_PARTS = 400_000
"""Boxes, pages or frames of one file; an hour of MP3 has 138,000 frames."""
MAX_DEPTH = 6


class NotPlayable(Exception):  # noqa: N818 - what it says of the file
    """The bytes are no recording that browsers play."""


@dataclass
class Recording:
    """What was found: its type, the range of bytes to keep, and what to blank in it.

    ``patches``: (offset, bytes) and (offset, number of zero bytes), by offset in the upload.
    """

    mime: str
    suffix: str
    start: int
    end: int
    patches: list[tuple[int, bytes | int]] = field(default_factory=list)

    @property
    def is_video(self) -> bool:
        """Whether there is a picture to see."""
        return self.mime.startswith("video/")


class Cleaned(io.RawIOBase):
    """The range of an upload that is kept, with the patches applied while it is read."""

    def __init__(self, source: BinaryIO, found: Recording) -> None:
        super().__init__()
        self._source = source
        self._at = found.start
        self._end = found.end
        self._patches = found.patches

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end."""
        left = self._end - self._at
        wanted = left if size < 0 else min(size, left)
        if wanted <= 0:
            return b""
        self._source.seek(self._at)
        data = bytearray(self._source.read(wanted))
        for offset, patch in self._patches:
            length = patch if isinstance(patch, int) else len(patch)
            first = max(offset, self._at)
            last = min(offset + length, self._at + len(data))
            if first < last:
                filling = (
                    bytes(last - first)
                    if isinstance(patch, int)
                    else patch[first - offset : last - offset]
                )
                data[first - self._at : last - self._at] = filling
        self._at += len(data)
        return bytes(data)


def sniff(source: BinaryIO) -> Recording:
    """Return what recording a seekable stream holds; ``NotPlayable`` for anything else."""
    source.seek(0, io.SEEK_END)
    size = source.tell()
    source.seek(0)
    head = source.read(16)
    if head[4:8] == b"ftyp":
        return _mp4(source, size)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _webm(source, size)
    if head.startswith(b"OggS"):
        return _ogg(source, size)
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return _wav(source, size)
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):  # noqa: PLR2004
        return _mp3(source, size)
    raise NotPlayable


def _at(source: BinaryIO, offset: int, length: int) -> bytes:
    source.seek(offset)
    data = source.read(length)
    if len(data) < length:
        raise NotPlayable
    return data


# MP4 and M4A

BRANDS = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"),
    *(b"M4A ", b"M4B ", b"M4V ", b"dash", b"mp71", b"MSNV"),
}
TOP = {
    *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx"),
    *(b"styp", b"pdin", b"ssix", b"prft", b"emsg", b"udta", b"meta", b"uuid"),
}
TELLING = {b"udta", b"meta", b"uuid"}
"""Boxes in which phones and programs write where, when and by whom a film was made."""


def _boxes(source: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield (kind, offset, offset of the body, end); they must fill the range exactly."""
    at = start
    for _number in range(MAX_PARTS):
        if at == end:
            return
        head = _at(source, at, 8)
        size, body = int.from_bytes(head[:4]), at + 8
        if size == 1:
            size, body = int.from_bytes(_at(source, body, 8)), body + 8
        elif size == 0 and head[4:] == b"mdat":
            size = end - at
        if size < body - at or at + size > end:
            raise NotPlayable
        yield head[4:], at, body, at + size
        at += size
    raise NotPlayable


def _mp4(source: BinaryIO, size: int) -> Recording:
    found = Recording("", "", 0, size)
    handlers: set[bytes] = set()
    kinds = set()
    for kind, offset, body, end in _boxes(source, 0, size):
        if kind not in TOP:
            raise NotPlayable
        kinds.add(kind)
        if kind == b"ftyp":
            _check_brands(source, body, end)
        elif kind in TELLING:
            _blank(found, offset, body, end)
        elif kind == b"moov":
            _within(source, found, handlers, body, end, 0)
    if not {b"ftyp", b"moov"} <= kinds or not kinds & {b"mdat", b"moof"}:
        raise NotPlayable
    if b"vide" in handlers:
        found.mime, found.suffix = "video/mp4", ".mp4"
    elif b"soun" in handlers:
        found.mime, found.suffix = "audio/mp4", ".m4a"
    else:
        raise NotPlayable
    return found


def _check_brands(source: BinaryIO, body: int, end: int) -> None:
    """Refuse what names no brand that browsers know."""
    if end - body > 4096:  # noqa: PLR2004 - a list of brands is short
        raise NotPlayable
    names = _at(source, body, end - body)
    if not {names[i : i + 4] for i in range(0, len(names), 4)} & BRANDS:
        raise NotPlayable


def _blank(found: Recording, offset: int, body: int, end: int) -> None:
    # Offsets in the tables of the film stay true: the box keeps its size and becomes free room.
    found.patches.append((offset + 4, b"free"))
    found.patches.append((body, end - body))


def _within(
    source: BinaryIO, found: Recording, handlers: set[bytes], start: int, end: int, depth: int
) -> None:
    if depth > MAX_DEPTH:
        raise NotPlayable
    for kind, offset, body, last in _boxes(source, start, end):
        if kind in TELLING:
            _blank(found, offset, body, last)
        elif kind == b"hdlr" and depth:
            handlers.add(_at(source, body, 12)[8:12])
        elif kind in {b"trak", b"mdia"}:
            _within(source, found, handlers, body, last, depth + 1)


# WebM

EBML_HEADER, DOC_TYPE = 0x1A45DFA3, 0x4282
SEGMENT, CLUSTER, TRACKS, TRACK, TRACK_TYPE = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0x83
VOID = {0xEC}
TAGS = {0x1254C367, 0x1941A469}
"""Tags and attachments: titles, places, whole files."""
UNKNOWN = -1


def _number(source: BinaryIO, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """Return an EBML number and the offset behind it; ``UNKNOWN`` for a size of all ones."""
    first = _at(source, at, 1)[0]
    length = 9 - first.bit_length()
    if length > 8 or (keep_mark and length > 4):  # noqa: PLR2004 - RFC 8794, 4 and 5
        raise NotPlayable
    value = int.from_bytes(_at(source, at, length))
    if not keep_mark:
        mask = (1 << (7 * length)) - 1
        value &= mask
        if value == mask:
            value = UNKNOWN
    return value, at + length


def _elements(source: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (id, offset, offset of the body, end), filling the range exactly."""
    at = start
    for _number_of in range(MAX_PARTS):
        if at == end:
            return
        identity, behind = _number(source, at, keep_mark=True)
        size, body = _number(source, behind, keep_mark=False)
        last = end if size == UNKNOWN else body + size
        if last > end:
            raise NotPlayable
        yield identity, at, body, last
        at = last
    raise NotPlayable


def _webm(source: BinaryIO, size: int) -> Recording:
    found = Recording("", ".webm", 0, size)
    parts = list(_elements(source, 0, size))
    kinds = [part[0] for part in parts if part[0] not in VOID]
    if kinds != [EBML_HEADER, SEGMENT]:
        raise NotPlayable
    _identity, _offset, body, last = parts[0]
    names = [
        _at(source, inner, end - inner)
        for identity, _at_offset, inner, end in _elements(source, body, last)
        if identity == DOC_TYPE and end - inner < 32  # noqa: PLR2004 - a word
    ]
    if [name.rstrip(b"\0") for name in names] != [b"webm"]:
        raise NotPlayable
    types: set[int] = set()
    segment = next(part for part in parts if part[0] == SEGMENT)
    for identity, offset, inner, end in _elements(source, segment[2], segment[3]):
        if identity == TRACKS:
            types |= _track_types(source, inner, end)
        elif identity in TAGS:
            _void(found, offset, end)
    if 1 in types:
        found.mime = "video/webm"
    elif 2 in types:  # noqa: PLR2004 - RFC 9559, 5.1.4.1.3: 2 is audio
        found.mime = "audio/webm"
    else:
        raise NotPlayable
    return found


def _track_types(source: BinaryIO, start: int, end: int) -> set[int]:
    types = set()
    for identity, _offset, body, last in _elements(source, start, end):
        if identity == TRACK:
            for inner, _inner_offset, at, behind in _elements(source, body, last):
                if inner == TRACK_TYPE and behind == at + 1:
                    types.add(_at(source, at, 1)[0])
    return types


def _void(found: Recording, offset: int, end: int) -> None:
    """Turn an element into a void one of the same length: a byte of id, one or eight of size."""
    length = end - offset
    if length < 9:  # noqa: PLR2004
        found.patches.append((offset, bytes([0xEC, 0x80 | (length - 2)])))
        found.patches.append((offset + 2, length - 2))
        return
    found.patches.append((offset, b"\xec\x01" + (length - 9).to_bytes(7)))
    found.patches.append((offset + 9, length - 9))


# Ogg

CODECS = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")


def _ogg(source: BinaryIO, size: int) -> Recording:
    at, sound = 0, False
    for _number_of in range(MAX_PARTS):
        if at == size:
            break
        head = _at(source, at, 27)
        if head[:5] != b"OggS\0":
            raise NotPlayable
        lengths = _at(source, at + 27, head[26])
        body = at + 27 + head[26]
        if head[5] & 2:  # the first page of a stream names its codec
            if not _at(source, body, min(sum(lengths), 16)).startswith(CODECS):
                raise NotPlayable
            sound = True
        at = body + sum(lengths)
        if at > size:
            raise NotPlayable
    if at != size or not sound:
        raise NotPlayable
    return Recording("audio/ogg", ".ogg", 0, size)


# WAV

WAVE_FORMATS = {1, 3, 0xFFFE}
"""PCM, floating point, extensible."""
WAVE_KEPT = {b"fmt ", b"data", b"fact"}


def _wav(source: BinaryIO, size: int) -> Recording:
    found = Recording("audio/wav", ".wav", 0, size)
    if int.from_bytes(_at(source, 4, 4), "little") + 8 != size:
        raise NotPlayable
    at, kinds = 12, set()
    for _number_of in range(MAX_PARTS):
        if at >= size:
            break
        head = _at(source, at, 8)
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        body = at + 8
        if body + length > size:
            raise NotPlayable
        kinds.add(kind)
        if kind == b"fmt " and int.from_bytes(_at(source, body, 2), "little") not in WAVE_FORMATS:
            raise NotPlayable
        if kind not in WAVE_KEPT:
            found.patches += [(at, b"JUNK"), (body, length)]
        at = body + length + length % 2
    if not {b"fmt ", b"data"} <= kinds:
        raise NotPlayable
    return found


# MP3

RATES = {  # kbit/s by index; layer III of MPEG 1, and of MPEG 2 and 2.5
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    0: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
LEAST_FRAMES = 3
MAX_TAIL = 300_000
"""Bytes behind the last frame (old tags, a cut frame) that are dropped; more is no MP3."""


def _frame(head: bytes) -> int:
    """Return the length of the MPEG layer III frame that begins so; 0 for none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004
        return 0
    version = (head[1] >> 3) & 3
    rate, sample = head[2] >> 4, (head[2] >> 2) & 3
    if version not in RATES or rate in {0, 15} or sample == 3:  # noqa: PLR2004
        return 0
    factor = 144 if version == 3 else 72  # noqa: PLR2004
    padding = (head[2] >> 1) & 1
    return factor * RATES[version][rate] * 1000 // SAMPLES[version][sample] + padding


def _mp3(source: BinaryIO, size: int) -> Recording:
    start = 0
    if _at(source, 0, 3) == b"ID3":
        head = _at(source, 0, 10)
        length = 0
        for byte in head[6:]:
            length = length << 7 | byte & 0x7F
        start = 10 + length + (10 if head[5] & 0x10 else 0)
        source.seek(start)
        padding = source.read(4096)
        start += len(padding) - len(padding.lstrip(b"\0"))
    at, frames = start, 0
    while frames < MAX_PARTS:
        source.seek(at)
        length = _frame(source.read(4))
        if not length or at + length > size:
            break
        at += length
        frames += 1
    if frames < LEAST_FRAMES or size - at > MAX_TAIL:
        raise NotPlayable
    # Tags before and behind the frames (names, covers, whatever else) stay outside.
    return Recording("audio/mpeg", ".mp3", start, at)
