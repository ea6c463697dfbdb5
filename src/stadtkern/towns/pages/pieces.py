"""A page's contents as blocks: headings, texts, tables, pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from lxml import html as lxml_html

from stadtkern.content.blocks.table import write_cells
from stadtkern.content.sanitize import clean_html

ROOM = 30_000
"""Characters that texts are joined up to; a block holds 50,000."""
MAX_COLUMNS, MAX_ROWS = 20, 500
HEADINGS = {"h1": "2", "h2": "2", "h3": "3"}
WRAPPERS = frozenset(
    ["div", "section", "article", "main", "header", "footer", "aside", "center", "body", "hgroup"]
)
BLOCKS = WRAPPERS | {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre"),
    *("figure", "img", "hr", "address", "details"),
}


@dataclass(frozen=True)
class Picture:
    """A picture that a page shows."""

    src: str
    alt: str
    caption: str = ""


@dataclass
class Pieces:
    """Blocks as their schemas' forms would send them; pictures wait for their number."""

    blocks: list[dict[str, Any] | Picture] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Relative links that lead to nothing that comes along."""


def pieces(root: Any, title: str, link: Callable[[str], str | None]) -> Pieces:
    """Return what a page consists of.

    ``link`` turns an address into that of this site; None where it leads nowhere.
    """
    found = Pieces()
    if root is None:
        return found
    for anchor in list(root.iter("a")):
        _mend(anchor, link, found)
    heading, room = title, 0
    texts: list[str] = []
    for kind, value in [*_flow(root), ("end", None)]:
        if kind == "text":
            if room + len(value) > ROOM and texts:
                _close(found, texts)
                texts, room = [], 0
            texts.append(value)
            room += len(value)
            continue
        _close(found, texts)
        texts, room = [], 0
        if kind == "heading":
            heading = value["text"]
            found.blocks.append({"type": "heading", "data": value})
        elif kind == "table":
            found.blocks.append(
                {"type": "table", "data": {"caption": heading[:200], "header_row": "true", **value}}
            )
        elif kind == "picture":
            found.blocks.append(value)
    return found


def _mend(anchor: Any, link: Callable[[str], str | None], found: Pieces) -> None:
    href = (anchor.get("href") or "").strip()
    if not href:
        return
    target = link(href)
    if target is None:
        found.lost.append(href[:200])
        del anchor.attrib["href"]
    else:
        anchor.set("href", target)


def _close(found: Pieces, texts: list[str]) -> None:
    html = clean_html("".join(texts)) if texts else ""
    if html:
        found.blocks.append({"type": "text", "data": {"html": html}})


def _flow(element: Any) -> Iterator[tuple[str, Any]]:
    """Yield an element's contents one after the other; text between blocks becomes paragraphs."""
    inline = [escape(element.text or "")]
    pictures: list[Picture] = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if child.tag in BLOCKS:
            yield from _paragraph(inline, pictures)
            yield from _block(child)
            inline, pictures = [escape(child.tail or "")], []
        else:
            pictures += _taken_out(child)
            inline.append(lxml_html.tostring(child, encoding="unicode"))
    yield from _paragraph(inline, pictures)


def _paragraph(inline: list[str], pictures: list[Picture]) -> Iterator[tuple[str, Any]]:
    html = "".join(inline)
    if html.strip():
        yield "text", f"<p>{html}</p>"
    for picture in pictures:
        yield "picture", picture


def _block(element: Any) -> Iterator[tuple[str, Any]]:
    name = element.tag
    if name in WRAPPERS:
        yield from _flow(element)
    elif name in HEADINGS:
        words = " ".join(element.text_content().split())[:160]
        if words:
            yield "heading", {"text": words, "level": HEADINGS[name]}
    elif name == "img":
        picture = _picture(element)
        if picture is not None:
            yield "picture", picture
    elif name == "table" and (cells := _cells(element)):
        yield "table", cells
    elif name != "hr":
        caption = _caption(element) if name == "figure" else ""
        pictures = [Picture(one.src, one.alt, caption) for one in _taken_out(element)]
        if element.text_content().strip():
            yield "text", lxml_html.tostring(element, encoding="unicode", with_tail=False)
        for picture in pictures:
            yield "picture", picture


def _caption(figure: Any) -> str:
    for element in list(figure.iter("figcaption")):
        words = " ".join(element.text_content().split())[:300]
        element.drop_tree()
        return words
    return ""


def _taken_out(element: Any) -> list[Picture]:
    found = []
    for image in list(element.iter("img")):
        picture = _picture(image)
        if picture is not None:
            found.append(picture)
        if image is not element:
            image.drop_tree()
    return found


def _picture(image: Any) -> Picture | None:
    src = (image.get("src") or "").strip()
    alt = " ".join((image.get("alt") or "").split())[:500]
    return Picture(src, alt) if src else None


def _cells(table: Any) -> dict[str, str] | None:
    """Return a table's cells and its name; None for one that is none of our tables."""
    rows = [
        [" ".join(cell.text_content().split()) for cell in row if cell.tag in {"td", "th"}]
        for row in table.iter("tr")
    ]
    rows = [row for row in rows if any(row)]
    if not rows or len(rows) > MAX_ROWS or max(map(len, rows)) > MAX_COLUMNS:
        return None
    width = max(map(len, rows))
    found = {"cells": write_cells([row + [""] * (width - len(row)) for row in rows])}
    named = table.find("caption")
    if named is not None and named.text_content().strip():
        found["caption"] = " ".join(named.text_content().split())[:200]
    return found
