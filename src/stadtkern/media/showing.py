"""How pages show what the library holds: pictures in every size, sound and film in a player."""

from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from pyramid.request import Request

from stadtkern.media.files import media_path, path_of
from stadtkern.media.renditions import RATIOS, made_of, stored_of

TEMPLATES = "stadtkern.media:templates"
SIZES = "(min-width: 60rem) 44rem, 100vw"
"""Width of a picture within a page's text."""
TEASER_SIZES = "(min-width: 40rem) 12rem, 34vw"
"""Width of a picture beside a title in a list."""
ORDER = ("image/avif", "image/webp")
"""Formats offered before the one that every browser knows."""
FALLBACK_WIDTH = 960


def _address(node: Any, made: dict[str, Any]) -> str:
    stem = stored_of(node)["name"].rpartition(".")[0] or "bild"
    ending = made["type"].rpartition("/")[2].replace("jpeg", "jpg")
    return path_of(node, made | {"name": f"{stem}-{made['width']}.{ending}"}) or ""


def _srcset(node: Any, files: list[dict[str, Any]]) -> str:
    return ", ".join(f"{_address(node, one)} {one['width']}w" for one in files)


def picture_data(node: Any, ratio: str = "") -> dict[str, Any] | None:
    """Return what a ``<picture>`` needs; None for a node without a picture.

    ``sources``: (type, srcset) of modern formats. ``src``, ``srcset``, ``width``, ``height``: of
    the ``<img>``. Until renditions exist it is the picture itself, uncropped.
    """
    if ratio and ratio not in RATIOS:
        raise ValueError(f"no such ratio: {ratio}")
    stored = stored_of(node)
    if not stored.get("sha"):
        return None
    files = [one for one in made_of(node) if one["ratio"] == ratio]
    files.sort(key=lambda one: one["width"])
    plain = [one for one in files if one["type"] not in ORDER]
    if not plain:
        return {
            "sources": [],
            "src": path_of(node, stored),
            "srcset": "",
            "width": stored.get("width"),
            "height": stored.get("height"),
        }
    middle = next((one for one in plain if one["width"] >= FALLBACK_WIDTH), plain[-1])
    return {
        "sources": [
            (kind, _srcset(node, same))
            for kind in ORDER
            if (same := [one for one in files if one["type"] == kind])
        ],
        "src": _address(node, middle),
        "srcset": _srcset(node, plain) if len(plain) > 1 else "",
        "width": plain[-1]["width"],
        "height": plain[-1]["height"],
    }


def picture(
    request: Request,
    node: Any,
    *,
    sizes: str = SIZES,
    ratio: str = "",
    alt: str | None = None,
    eager: bool = False,
) -> Markup:
    """Return the ``<picture>`` of an image node; empty if it has none.

    ``node``: a row with id, body and derived. ``sizes``: as in HTML. ``ratio``: ``16x10`` crops
    around the focal point. ``alt``: in place of the picture's own words (empty: decoration).
    ``eager``: for the one picture that stands first on a page.
    """
    data = picture_data(node, ratio)
    if data is None:
        return Markup("")
    fields = (node.body or {}).get("fields") or {}
    words = "" if fields.get("decorative") else fields.get("alt", "")
    return _render(
        request,
        "_picture",
        picture=data,
        sizes=sizes,
        alt=words if alt is None else alt,
        eager=eager,
    )


def teaser_picture(request: Request, node: Any) -> Markup:
    """Return the picture beside a title in a list, cropped to 16 by 10.

    Without words for screen readers: the title beside it says what the entry is about, and the
    page behind it shows the picture with its own.
    """
    shown = picture(request, node, sizes=TEASER_SIZES, ratio="16x10", alt="")
    if not shown:
        return shown
    return Markup('<span class="teaser-picture">{}</span>').format(shown)


def player(request: Request, node: Any, *, title: str = "", text: str = "") -> Markup:
    """Return the player of an audio or video node with captions and transcript; or nothing.

    ``title``: in place of the node's. ``text``: plain words that a page gives beside it.
    """
    source = media_path(request, node)
    if source is None:
        return Markup("")
    fields = (node.body or {}).get("fields") or {}
    return _render(
        request,
        "_player",
        node=node,
        title=title or node.title,
        text=text,
        fields=fields,
        source=source,
        captions=media_path(request, node, "captions"),
        poster=(picture_data(node) or {}).get("src") if node.type == "video" else None,
        licence=request.open_licence(fields.get("licence", "")),
        download=quote(fields["stored"]["name"]),
    )


def _render(request: Request, name: str, **values: Any) -> Markup:
    template = request.registry["jinja"].get_template(f"{TEMPLATES}/{name}.jinja2")
    return Markup(template.render(request=request, **values))  # noqa: S704 - our own template
