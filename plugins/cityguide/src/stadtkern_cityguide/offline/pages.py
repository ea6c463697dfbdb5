"""A page as it is kept on a device: its main part in a small frame, and the files that it needs.

What surrounds a page on the web (masthead, menus, footer) belongs to the town and changes with it;
kept pages do without, so that a new menu entry makes no tour new. Files are found in the markup,
whatever block made it: new kinds of blocks travel without a word here.

Templates may say more: ``data-online`` on what makes sense only with a network or only now (it is
left out), ``data-keep`` on a link whose page belongs to what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html

WIDTH = 960
"""Pixels of the one rendition of each picture that is kept: sharp on a phone, small to load."""

FORMATS = ("image/webp", "image/jpeg", "image/png")
"""Every browser that can keep a tour knows them; the first that there is counts."""

_CLASS = ".//*[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"
GONE = (
    _CLASS.format("breadcrumbs"),
    _CLASS.format("edit-link"),
    ".//*[@data-online]",
    ".//form[translate(@method, 'POST', 'post') = 'post']",
)
"""What leads nowhere without a network (XPath)."""
_LOADED = {
    "link": ("href",),
    "script": ("src",),
    "img": ("src",),
    "source": ("src",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "track": ("src",),
    "embed": ("src",),
}
LEADS = "data-saved-page"
"""A page that a script links to, no file."""
_STYLES = frozenset({"stylesheet", "icon"})
_WITHIN = re.compile(r"/(?:media|static|guide)/[^\s\"'<>\\,)]+")
_CHUNK = re.compile(rb"""["'`](\.{1,2}/[\w./-]+\.(?:js|css|json|wasm))["'`]""")


@dataclass(frozen=True)
class Kept:
    """A page's lean markup, the addresses of its files and of further pages to be kept."""

    title: str
    head: tuple[str, ...]
    main: str
    language: str
    files: tuple[str, ...]
    stops: tuple[str, ...]
    """Where the list of stops leads."""
    pages: tuple[str, ...]
    """What ``data-keep`` names."""


def keep(markup: bytes, address: str) -> Kept:
    """Take a page of ours apart; ``ValueError`` if it has no main part.

    ``address``: the page's own path, which relative addresses are read against.
    """
    document = lxml_html.document_fromstring(markup.decode("utf-8"))
    main = next(document.iter("main"), None)
    if main is None:
        raise ValueError(f"{address} has no main part")
    for path in GONE:
        for node in main.xpath(path):
            # One within another is gone already.
            if node.getparent() is not None:
                node.drop_tree()
    for picture in main.iter("picture"):
        _one_rendition(picture)
    head = [
        node
        for node in document.head.iter("link", "script")
        if (node.tag == "script" and node.get("src")) or node.get("rel") in _STYLES
    ]
    files: dict[str, None] = {}
    for node in (*head, *main.iter(etree.Element)):
        for found in _files(node):
            local = _local(found, address)
            if local is not None:
                files[local] = None
    title = document.findtext(".//title") or ""
    return Kept(
        title=" ".join(title.split()),
        head=tuple(_markup(node) for node in head),
        main=_inside(main),
        language=document.get("lang") or "",
        files=tuple(files),
        stops=_led_to(main, ".//*[@data-stop]//a[@href]", address),
        pages=_led_to(main, ".//a[@data-keep][@href]", address),
    )


def _led_to(main: Any, path: str, address: str) -> tuple[str, ...]:
    """Return the town's own addresses behind some links, without what follows a number sign."""
    found: dict[str, None] = {}
    for node in main.xpath(path):
        local = _local(node.get("href"), address)
        if local is not None and not local.startswith(("/media/", "/admin", "/api/")):
            found[local] = None
    return tuple(found)


def chunks(script: bytes, address: str) -> list[str]:
    """Return the addresses of the modules that a built module imports, also on a tap only."""
    found = (match.group(1).decode() for match in _CHUNK.finditer(script))
    return list(dict.fromkeys(urljoin(address, one) for one in found))


def _files(node: Any) -> Iterator[str]:
    if not isinstance(node.tag, str):
        return
    if node.tag != "link" or node.get("rel") in _STYLES:
        for name in _LOADED.get(node.tag, ()):
            if node.get(name):
                yield node.get(name)
    for name, value in node.items():
        # What scripts load is named in their element's data: a map, a panorama, a model.
        if name.startswith("data-") and name != LEADS and "/" in value:
            yield from _WITHIN.findall(value)
    if node.tag == "script" and node.text and "json" in (node.get("type") or ""):
        yield from _WITHIN.findall(node.text)


def _local(address: str, base: str) -> str | None:
    """Return an address of the town itself as path and query; None for others and for data."""
    parts = urlsplit(urljoin(base, address.strip()))
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _one_rendition(picture: Any) -> None:
    """Leave one picture of a ``<picture>``: the first format, the width next to ``WIDTH``."""
    image = next(picture.iter("img"), None)
    if image is None:
        return
    offers = {source.get("type", ""): source.get("srcset", "") for source in picture.iter("source")}
    for source in list(picture.iter("source")):
        source.drop_tree()
    plain = image.attrib.pop("srcset", "")
    image.attrib.pop("sizes", None)
    srcset = next((offers[kind] for kind in FORMATS if offers.get(kind)), plain)
    chosen = _of_width(srcset)
    if chosen is not None:
        image.set("src", chosen)


def _of_width(srcset: str) -> str | None:
    candidates = []
    for one in srcset.split(","):
        address, _, width = one.strip().partition(" ")
        if address and width.endswith("w") and width[:-1].isdigit():
            candidates.append((int(width[:-1]), address))
    candidates.sort()
    wide = [address for width, address in candidates if width >= WIDTH]
    return wide[0] if wide else candidates[-1][1] if candidates else None


def _markup(node: Any) -> str:
    return str(etree.tostring(node, method="html", encoding="unicode", with_tail=False)).strip()


def _inside(node: Any) -> str:
    inner = "".join(
        [
            node.text or "",
            *(etree.tostring(child, method="html", encoding="unicode") for child in node),
        ]
    )
    # Blank lines are what is left of conditions in templates.
    return "\n".join(line.strip() for line in inner.splitlines() if line.strip())
