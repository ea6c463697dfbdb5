"""Taking files in: sniffed, not believed; pictures without hidden data; SVG by allow-list."""

import io
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

import puremagic
from lxml import etree
from PIL import Image, ImageOps

from stadtkern.media import captions, models3d, playable
from stadtkern.media.disguises import hides_archive, is_document_archive, looks_active
from stadtkern.media.errors import MediaRefused
from stadtkern.media.limits import MAX_TEXT_TRACK
from stadtkern.storage import FileStore
from stadtkern.web.i18n import _

MAX_IMAGE = 15_000_000
MAX_FILE = 50_000_000
MAX_SVG = 500_000
MAX_SIDE = 20_000
"""Pixels; more is no drawing's honest size."""
MAX_PIXELS = 50_000_000
"""More than any camera's 50 megapixels is a decompression bomb."""

ACCEPT_IMAGE = "image/jpeg,image/png,image/webp,image/svg+xml"
ACCEPT_AUDIO = ".mp3,.m4a,.ogg,.oga,.opus,.wav,audio/*"
ACCEPT_VIDEO = ".mp4,.m4v,.webm,video/mp4,video/webm"
ACCEPT_CAPTIONS = ".vtt,text/vtt"
ACCEPT_FILE = ".pdf,.txt,.csv,.odt,.ods,.docx,.xlsx,.zip,.gpx,.ics,.xml,.json,.glb"
_HEARD_OR_SEEN = frozenset(
    kind
    for kind in (
        *ACCEPT_AUDIO.split(","),
        *ACCEPT_VIDEO.split(","),
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
    )
    if kind.startswith(".")
)
UNLIKE = _("The file's content does not fit its name. Please check the file and choose again.")

FILE_TYPES = {
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
    ".gpx": "application/gpx+xml",
    ".ics": "text/calendar",
    ".xml": "application/xml",
    ".json": "application/json",
    ".glb": "model/gltf-binary",
}
SIGNATURES = {
    ".pdf": b"%PDF-",
    ".odt": b"PK",
    ".ods": b"PK",
    ".docx": b"PK",
    ".xlsx": b"PK",
    ".zip": b"PK",
    ".glb": b"glTF",
}

SVG_ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "text",
        "tspan",
        "use",
        "symbol",
    ]
)
SVG_ATTRIBUTES_REFUSED = ("on", "href", "style", "src", "xlink")


DECODING = threading.Lock()
"""One picture at a time is unpacked in a process, so that memory stays bounded."""


@dataclass(frozen=True)
class StoredFile:
    """Bytes in the storage and what is known of them; ``size`` in bytes, sides in pixels."""

    sha: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None

    def as_field(self) -> dict[str, Any]:
        """Return the values as a node's field holds them."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def safe_name(name: str) -> str:
    """Return a file name without folders, quotes and control characters."""
    base = PurePath(name.replace("\\", "/")).name
    kept = "".join(c for c in base if c.isalnum() or c in " .-_()").strip(" .")
    return kept[-120:] or "datei"


def read_all(stream: BinaryIO, maximum: int) -> bytes:
    """Read a stream; ``MediaRefused`` beyond ``maximum`` bytes, without reading on."""
    data = stream.read(maximum + 1)
    if len(data) > maximum:
        raise too_large(maximum)
    return data


def too_large(maximum: int) -> MediaRefused:
    """Return the refusal of a file with more than ``maximum`` bytes."""
    return MediaRefused(
        _(
            "The file is larger than ${n} MB. Please make it smaller and choose it again.",
            mapping={"n": max(1, maximum // 1_000_000)},
        )
    )


def store_image(
    store: FileStore, stream: BinaryIO, name: str, maximum: int = MAX_IMAGE
) -> StoredFile:
    """Check and store a picture of at most ``maximum`` bytes.

    Photographs are written anew: without EXIF or anything appended, turned upright.
    """
    data = read_all(stream, maximum)
    if b"<svg" in data[:2000].lower():
        width, height = check_svg(data)
        return _put(store, data, name, ".svg", "image/svg+xml", width, height)
    try:
        with DECODING:
            kind, written, (width, height) = _written_anew(data)
    except MediaRefused:
        raise
    except Exception as error:
        raise MediaRefused(
            _("This is no picture that browsers show. Please choose a JPEG, PNG, WebP or SVG.")
        ) from error
    suffix = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[kind]
    mime = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}[kind]
    return _put(store, written, name, suffix, mime, width, height)


def _written_anew(data: bytes) -> tuple[str, bytes, tuple[int, int]]:
    """Return a picture's kind, its bytes without hidden data, and its size, turned upright."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
        if image.width * image.height > MAX_PIXELS:
            raise MediaRefused(
                _("The picture has more than 50 megapixels. Please make it smaller.")
            )
        kind = str(image.format)
        kind = "JPEG" if kind == "MPO" else kind
        upright = ImageOps.exif_transpose(image)
        # Comments and other words of the camera go with the EXIF data.
        kept = upright.info.get("transparency")
        upright.info.clear()
        if kept is not None:
            upright.info["transparency"] = kept
        target = io.BytesIO()
        options: Mapping[str, Any] = (
            {"quality": 88, "optimize": True} if kind in {"JPEG", "WEBP"} else {"optimize": True}
        )
        upright.save(target, format=kind, **options)
        return kind, target.getvalue(), upright.size


def store_file(
    store: FileStore, stream: BinaryIO, name: str, maximum: int = MAX_FILE
) -> StoredFile:
    """Check and store a file to download. What it says it is must be what it is."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _HEARD_OR_SEEN:
        # It was brought here because its bytes are none of that.
        raise MediaRefused(UNLIKE)
    if suffix not in FILE_TYPES:
        raise MediaRefused(
            _(
                "Files of this kind are not taken. Possible are: ${kinds}.",
                mapping={"kinds": ", ".join(sorted(kind[1:] for kind in FILE_TYPES))},
            )
        )
    data = read_all(stream, maximum)
    if suffix == ".glb":
        models3d.check(data)
    if not data or not is_what_it_says(data, suffix):
        raise MediaRefused(UNLIKE)
    return _put(store, data, name, suffix, FILE_TYPES[suffix])


def is_what_it_says(data: bytes, suffix: str) -> bool:
    """Tell whether bytes are what a file's name says by its ending (one of ``FILE_TYPES``)."""
    wanted = SIGNATURES.get(suffix)
    if wanted == b"PK":
        return is_document_archive(data, suffix)
    if hides_archive(io.BytesIO(data)):
        return False
    if wanted is not None:
        return data.startswith(wanted) and not looks_active(data[:1024])
    try:
        sniffed = puremagic.from_string(data[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        sniffed = ""
    return b"\0" not in data[:8192] and sniffed != "text/html" and not looks_active(data)


def store_audio(store: FileStore, stream: BinaryIO, name: str, maximum: int) -> StoredFile:
    """Check and store a sound recording of at most ``maximum`` bytes."""
    return _store_recording(store, stream, name, maximum, video=False)


def store_video(store: FileStore, stream: BinaryIO, name: str, maximum: int) -> StoredFile:
    """Check and store a film of at most ``maximum`` bytes."""
    return _store_recording(store, stream, name, maximum, video=True)


def _store_recording(
    store: FileStore, stream: BinaryIO, name: str, maximum: int, *, video: bool
) -> StoredFile:
    stream.seek(0, io.SEEK_END)
    if stream.tell() > maximum:
        raise too_large(maximum)
    try:
        found = playable.sniff(stream)
        if found.is_video != video or hides_archive(stream):
            raise playable.NotPlayable  # noqa: TRY301 - both are told alike
    except playable.NotPlayable as error:
        raise MediaRefused(
            _("This is no film that browsers play. Please choose an MP4 or WebM file.")
            if video
            else _("This is no sound that browsers play. Please choose MP3, M4A, Ogg, WAV or WebM.")
        ) from error
    # What is kept of it is read piece by piece: a film never lies in memory as a whole.
    sha, size = store.put(playable.Cleaned(stream, found), maximum=maximum)
    stem = PurePath(safe_name(name)).stem or "datei"
    return StoredFile(sha, f"{stem}{found.suffix}", found.mime, size)


def store_captions(store: FileStore, stream: BinaryIO, name: str) -> StoredFile:
    """Check and store captions; what is stored is written anew from the cues."""
    cues = captions.read(read_all(stream, MAX_TEXT_TRACK))
    return _put(store, captions.write(cues), name, ".vtt", "text/vtt")


def check_svg(data: bytes) -> tuple[int | None, int | None]:
    """Refuse an SVG with anything but shapes; return its size in pixels, if it says one."""
    refused = MediaRefused(
        _(
            "This SVG holds more than shapes (scripts, links, styles or foreign parts). Please "
            "export it as plain SVG, or choose a PNG."
        )
    )
    if len(data) > MAX_SVG:
        raise MediaRefused(_("SVG drawings may have at most 500 kB."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise refused from error
    if root.getroottree().docinfo.doctype:
        raise refused
    # What stands before and after the drawing counts, too: a style sheet may be named there.
    beside = (*root.itersiblings(preceding=True), *root.itersiblings())
    if not all(_is_shape(element) for element in (*beside, *root.iter())):
        raise refused
    box = (root.get("viewBox") or "").replace(",", " ").split()
    try:
        width, height = round(float(box[2])), round(float(box[3]))
    except (IndexError, ValueError, OverflowError):
        return None, None
    return (width, height) if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE else (None, None)


def _is_shape(element: Any) -> bool:
    if isinstance(element, etree._Comment):  # noqa: SLF001 - lxml's only name for it
        return True
    if not isinstance(element.tag, str) or etree.QName(element).localname not in SVG_ELEMENTS:
        return False
    return all(_is_harmless(name, value) for name, value in element.attrib.items())


def _is_harmless(name: str, value: str) -> bool:
    local = etree.QName(name).localname.lower()
    if local == "href" and value.startswith("#"):
        return True
    if local.startswith(SVG_ATTRIBUTES_REFUSED) or "javascript:" in value.lower():
        return False
    return "url(" not in value or "url(#" in value


def _put(
    store: FileStore,
    data: bytes,
    name: str,
    suffix: str,
    mime: str,
    width: int | None = None,
    height: int | None = None,
) -> StoredFile:
    sha, size = store.put(io.BytesIO(data), maximum=len(data))
    stem = PurePath(safe_name(name)).stem or "datei"
    return StoredFile(sha, f"{stem}{suffix}", mime, size, width, height)
