"""Smaller copies of a picture for every screen: what they are and how they are made.

A node's ``derived["renditions"]`` says what there is::

    {"recipe": 1, "source": sha of the picture, "focal": [x, y],
     "files": [{"ratio": "", "type": "image/avif", "width": 1920, "height": 1440, "sha": …}, …]}

The bytes lie in a part of the storage that is the tenant's own, so that a job may throw away what
no node lists any more without knowing other tenants.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pyramid.registry import Registry

from stadtkern.media.crops import Box, crop_box, focal_of, scaled, widths_for
from stadtkern.media.intake import DECODING, MAX_PIXELS
from stadtkern.storage import FileStore

FloatBox = tuple[float, float, float, float]
RECIPE = 1
"""Counts up when widths, formats or qualities change; all pictures are then made again."""
WIDTHS = (320, 640, 960, 1280, 1920)
RATIOS: Mapping[str, tuple[tuple[int, int], tuple[int, ...]]] = {
    "16x10": ((16, 10), (320, 640, 960, 1280)),
}
"""Name → ratio and widths of the crops that teasers and stages ask for."""
SOURCES = {"image/jpeg", "image/png", "image/webp"}
"""Types that have renditions; drawings (SVG) fit every screen as they are."""
PICTURED = ("image", "video")
"""Content types with a picture of their own."""
MOST_FILES = 3 * (len(WIDTHS) + sum(len(widths) for _ratio, widths in RATIOS.values()))
"""Of one picture."""
MAX_BYTES = 30_000_000
"""No rendition is larger: it has at most 1920 by 20,000 pixels."""
QUALITIES: Mapping[str, dict[str, Any]] = {
    "AVIF": {"quality": 60, "speed": 8},
    "WEBP": {"quality": 78, "method": 3},
    "JPEG": {"quality": 80, "progressive": True, "optimize": True},
    "PNG": {"optimize": True},
}
FORMATS: tuple[str, ...] = ("AVIF", "WEBP", "JPEG")
"""PNG stands for JPEG where something shines through."""
TYPES = {"AVIF": "image/avif", "WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True)
class Rendition:
    """One smaller copy; ``ratio`` is empty for the whole picture. Sides in pixels."""

    ratio: str
    type: str
    width: int
    height: int
    sha: str

    def as_json(self) -> dict[str, Any]:
        """Return the values as ``derived`` lists them."""
        return {
            "ratio": self.ratio,
            "type": self.type,
            "width": self.width,
            "height": self.height,
            "sha": self.sha,
        }


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return the part of the storage that holds a tenant's renditions."""
    store: FileStore = registry["storage"]
    return store.part(f"renditions/{tenant_id}")


def stored_of(node: Any) -> dict[str, Any]:
    """Return what is known of a node's picture; empty if it has none.

    A film's picture is the still one that stands in its place until it is played.
    """
    fields = (node.body or {}).get("fields") or {}
    stored = fields.get("stored") or {}
    if str(stored.get("type", "")).startswith("video/"):
        stored = fields.get("poster") or {}
    return dict(stored)


def made_of(node: Any) -> list[dict[str, Any]]:
    """Return the renditions of the picture that a node holds now; of an older one none."""
    listed = (getattr(node, "derived", None) or {}).get("renditions") or {}
    if not listed or listed.get("source") != stored_of(node).get("sha"):
        return []
    return list(listed.get("files", ()))


def wanted_for(node: Any) -> dict[str, Any] | None:
    """Return what the renditions of a node's picture are to be made from; None: it has none."""
    stored = stored_of(node)
    if stored.get("type") not in SOURCES:
        return None
    focal = focal_of((node.body or {}).get("fields"))
    return {"recipe": RECIPE, "source": stored["sha"], "focal": list(focal)}


def are_current(node: Any) -> bool:
    """Tell whether a node's renditions are those that its picture and focal point ask for."""
    wanted = wanted_for(node)
    listed = (node.derived or {}).get("renditions") or {}
    return wanted is None or {name: listed.get(name) for name in wanted} == wanted


def make(source: Path, target: FileStore, focal: tuple[float, float]) -> Iterator[Rendition]:
    """Make and store all renditions of a picture, one after the other.

    One picture at a time is unpacked in a process; JPEG is unpacked at the smallest of its own
    scales that suffices, and each width is made from the next larger. The picture has at most
    ``MAX_PIXELS``; ``ValueError`` otherwise.
    """
    with DECODING, Image.open(source, formats=("JPEG", "PNG", "WEBP")) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise ValueError("more pixels than any camera has")
        plans = [("", (0, 0, width, height), widths_for(width, WIDTHS))]
        for name, (ratio, widths) in RATIOS.items():
            box = crop_box(width, height, ratio, focal)
            plans.append((name, box, widths_for(box[2] - box[0], widths)))
        scale = max(wanted[0] / (box[2] - box[0]) for _name, box, wanted in plans)
        opened.draft("RGB", (round(width * scale), round(height * scale)))
        picture = _plain(opened)
        for name, box, wanted in plans:
            part = _at_scale(box, (width, height), picture.size)
            sizes = [scaled(box[2] - box[0], box[3] - box[1], one) for one in wanted]
            yield from _sizes(picture, part, name, sizes, target)


def _at_scale(box: Box, whole: tuple[int, int], now: tuple[int, int]) -> FloatBox:
    """Return a box of the whole picture in one that was unpacked smaller."""
    across, down = now[0] / whole[0], now[1] / whole[1]
    return (
        box[0] * across,
        box[1] * down,
        min(box[2] * across, now[0]),
        min(box[3] * down, now[1]),
    )


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, or RGBA where something shines through."""
    if image.mode.startswith("I"):
        # 16 bits of grey: eight of them are what a screen shows.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "RGB":
        image.load()
        return image
    return image.convert("RGB")


def _sizes(
    picture: Image.Image,
    part: FloatBox,
    ratio: str,
    sizes: list[tuple[int, int]],
    target: FileStore,
) -> Iterator[Rendition]:
    clear = picture.mode == "RGBA"
    formats = ["PNG" if clear and kind == "JPEG" else kind for kind in FORMATS]
    current = picture
    for size in sizes:
        if size != current.size or part != (0, 0, *size):
            current = current.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)
        part = (0, 0, *size)
        for kind in formats:
            stream = io.BytesIO()
            current.save(stream, format=kind, **QUALITIES[kind])
            stream.seek(0)
            sha, _bytes = target.put(stream, maximum=MAX_BYTES)
            yield Rendition(ratio, TYPES[kind], size[0], size[1], sha)
