"""Icons of the installed guide: the coat of arms; without one, the town's first letter."""

import io
from collections import OrderedDict
from functools import cache
from hashlib import sha256
from pathlib import Path

import typst
from PIL import Image, ImageColor, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError
from pyramid.registry import Registry

from stadtkern.tenants import Tenant
from stadtkern.web.typesetting import Typesetter

SIZES = (192, 512)
"""Pixels of a side; what browsers ask for before they offer to install."""

MAX_KEPT = 256
_SAFE = 0.56
"""Share of a maskable icon's side that every mask shows: a circle of 80 % holds this square."""
_PLAIN = 0.92
_PAPER = "#ffffff"


@cache
def _drawings() -> Typesetter:
    return Typesetter(Path(__file__).with_name("drawing.typ"))


def mark_of(tenant: Tenant) -> str:
    """Return what the icons' addresses hold: it changes with arms, colour and name."""
    said = f"{tenant.arms}|{tenant.accent}|{tenant.name}"
    return sha256(said.encode()).hexdigest()[:12]


class Icons:
    """Made icons of all towns of a process, the latest used."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def get(self, registry: Registry, tenant: Tenant, size: int, *, maskable: bool) -> bytes:
        """Return an icon as PNG. ``maskable``: on paper, with room for any mask around."""
        key = tenant.id, mark_of(tenant), size, maskable
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = _icon(registry, tenant, size, maskable=maskable)
            while len(self._made) > MAX_KEPT:
                self._made.popitem(last=False)
        return found


def _icon(registry: Registry, tenant: Tenant, size: int, *, maskable: bool) -> bytes:
    arms = _arms(registry, tenant)
    if arms is None:
        icon = _letter(tenant, size)
    else:
        icon = Image.new("RGBA", (size, size), _PAPER if maskable else (0, 0, 0, 0))
        side = round(size * (_SAFE if maskable else _PLAIN))
        arms = ImageOps.contain(arms, (side, side), Image.Resampling.LANCZOS)
        place = ((size - arms.width) // 2, (size - arms.height) // 2)
        icon.alpha_composite(arms, place)
    target = io.BytesIO()
    icon.save(target, "PNG", optimize=True)
    return target.getvalue()


def _arms(registry: Registry, tenant: Tenant) -> Image.Image | None:
    """Return the coat of arms without clear borders; None where there is none to draw."""
    if tenant.arms is None:
        return None
    try:
        data = registry["storage"].read(tenant.arms)
        if data.lstrip()[:1] == b"<":
            data = _drawings().png({"drawing": data.decode("utf-8")})
        arms = Image.open(io.BytesIO(data)).convert("RGBA")
    except (FileNotFoundError, UnicodeDecodeError, UnidentifiedImageError, typst.TypstError):
        return None
    box = arms.getbbox()
    return None if box is None else arms.crop(box)


def _letter(tenant: Tenant, size: int) -> Image.Image:
    icon = Image.new("RGBA", (size, size), ImageColor.getrgb(tenant.accent))
    letter = next((char for char in tenant.name if char.isalpha()), "i").upper()
    font = ImageFont.load_default(size * 0.5)
    middle = (size / 2, size / 2)
    ImageDraw.Draw(icon).text(middle, letter, fill=_PAPER, font=font, anchor="mm")
    return icon
