"""A WordPress export (WXR): pages and posts in one XML file."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from stadtkern.content.slugs import slugify
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.pages.reading import Page, Unreadable, parse
from stadtkern.towns.pages.sources import MAX_PAGE, Item
from stadtkern.web.i18n import _

MAX_FILE = 200 * 2**20
MAX_ITEMS = 20_000
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_EXCERPT = re.compile(r"\{http://wordpress\.org/export/[\d.]+/excerpt/\}encoded")
_WP = re.compile(r"\{http://wordpress\.org/export/[\d.]+/\}(\w+)")
_BLOCK = re.compile(r"<(?:p|div|ul|ol|h[1-6]|table|blockquote|figure|pre|section)\b", re.IGNORECASE)
# Possessive, and no bracket within another: one look is enough for every text.
_SHORTCODE = re.compile(r"\[/?[a-z][a-z0-9_-]*+(?:\s[^\[\]\n]*+)?/?\]")
_CAPTION = re.compile(r"\[/?caption(?:\s[^\[\]]*+)?\]")
MAX_CHAIN = 12
"""Pages below each other."""
TYPES = {"page", "post"}
GONE = {"trash", "auto-draft", "inherit"}


class WordPressSource:
    """The pages and posts of an export; pictures lie on the old server and are not fetched."""

    def __init__(self, path: Path) -> None:
        """Read the file; ``TownRefused`` for one that is no export or would do harm."""
        self.items: list[Item] = []
        self.left: list[tuple[str, str]] = []
        self._texts: dict[str, tuple[str, str, str]] = {}
        self._addresses: dict[str, str] = {}
        if path.stat().st_size > MAX_FILE:
            raise TownRefused(
                _("The file is larger than ${n} MB.", mapping={"n": MAX_FILE // 2**20})
            )
        self._arrange(_items(path))

    def _arrange(self, found: list[dict[str, str]]) -> None:
        known = self._known(found)
        parents = {number: _parent(number, known) for number in known}
        depths: dict[str, int] = {}
        for number in known:
            step, depth = parents[number], 0
            while step is not None:
                step, depth = parents[step], depth + 1
            depths[number] = depth
        taken: dict[str, set[str]] = {}
        for number in sorted(known, key=depths.__getitem__):
            self._put(number, parents[number], known[number], taken)

    def _known(self, found: list[dict[str, str]]) -> dict[str, dict[str, str]]:
        """Return what becomes a page, by its number."""
        known: dict[str, dict[str, str]] = {}
        pictures = 0
        for said in found:
            kind, number = said.get("post_type", ""), said.get("post_id", "")
            name = " ".join(said.get("title", "").split()) or number
            if kind == "attachment":
                pictures += 1
            elif kind not in TYPES or said.get("status") in GONE or not number.isdecimal():
                self.left.append((name, _("It is no page, or was deleted.")))
            elif number in known:
                self.left.append((name, _("Its number is there twice.")))
            else:
                known[number] = said
        if pictures:
            reason = _(
                "${n} pictures and files lie on the old server and are not fetched. Please upload "
                "them.",
                mapping={"n": pictures},
            )
            self.left.append(("attachment", reason))
        return known

    def _put(
        self, number: str, parent: str | None, said: dict[str, str], taken: dict[str, set[str]]
    ) -> None:
        title = " ".join(said.get("title", "").split())
        used = taken.setdefault(parent or "", set())
        wanted = slugify(said.get("post_name") or title)
        slug, count = wanted, 2
        while slug in used:
            slug, count = f"{wanted}-{count}", count + 1
        used.add(slug)
        name = f"{title or slug} ({number})"
        self.items.append(Item(number, parent, slug, title or slug, name))
        self._texts[number] = title, said.get("excerpt", ""), said.get("content", "")
        address = _address(said.get("link", ""))
        if address:
            self._addresses[address] = number

    def page(self, item: Item) -> Page:
        """Return one page."""
        title, excerpt, text = self._texts[item.place]
        if len(text) > MAX_PAGE:
            raise Unreadable(_("It is larger than ${n} MB.", mapping={"n": MAX_PAGE // 1_000_000}))
        text = _SHORTCODE.sub(" ", _CAPTION.sub("", text))
        if not _BLOCK.search(text):
            parts = re.split(r"\n\s*\n", text)
            text = "".join(f"<p>{part}</p>" for part in parts if part.strip())
        page = parse(f"<body>{text}</body>")
        summary = parse(excerpt).root
        words = "" if summary is None else " ".join(summary.text_content().split())
        return Page(title, words[:500], page.root)

    def item(self, item: Item, href: str) -> tuple[str, str] | None:
        """Return the page that an old address leads to."""
        del item
        address = _address(href)
        place = self._addresses.get(address) if address else None
        if place is None:
            return None
        fragment = href.partition("#")[2]
        return place, f"#{fragment}" if fragment else ""

    def picture(self, item: Item, src: str) -> str | None:
        """Return nothing: there are no pictures in an export."""
        del item, src
        return None

    def picture_bytes(self, name: str) -> bytes:
        """Refuse: there are none."""
        raise Unreadable(name)


def _parent(number: str, known: dict[str, dict[str, str]]) -> str | None:
    """Return what a page stands below; None for circles and chains that never end."""
    parent = step = known[number].get("post_parent", "")
    for _step in range(MAX_CHAIN):
        if step not in known:
            return parent if parent in known else None
        step = known[step].get("post_parent", "")
    return None


def _address(link: str) -> str:
    """Return what two spellings of an old address have in common."""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}" if host else ""


def _items(path: Path) -> list[dict[str, str]]:
    """Return what the file says of each item; entities, DTDs and the network stay out."""
    found: list[dict[str, str]] = []
    seen = False
    stream = path.open("rb")
    try:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            recover=False,
        )
        for event, element in events:
            if event == "start":
                if not seen:
                    seen = True
                    _is_export(element)
                continue
            if element.tag == "item":
                if len(found) == MAX_ITEMS:
                    raise TownRefused(
                        _(
                            "There are more than ${n} files. Please import parts.",
                            mapping={"n": MAX_ITEMS},
                        )
                    )
                found.append(_said(element))
                element.clear()
    except (etree.LxmlError, OSError, ValueError, LookupError) as error:
        raise _no_export() from error
    finally:
        stream.close()
    if not found:
        raise _no_export()
    return found


def _is_export(root: Any) -> None:
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise TownRefused(
            _("The file declares a document type (DTD). No WordPress export does; it is not taken.")
        )
    if root.tag != "rss":
        raise _no_export()


def _no_export() -> TownRefused:
    return TownRefused(
        _("The file is no WordPress export, or a damaged one. Please export it again (XML, “All”).")
    )


def _said(item: Any) -> dict[str, str]:
    said: dict[str, str] = {}
    for child in item:
        if not isinstance(child.tag, str):
            continue
        text = child.text or ""
        match = _WP.fullmatch(child.tag)
        if child.tag in {"title", "link"}:
            said[child.tag] = text
        elif child.tag == CONTENT:
            said["content"] = text
        elif _EXCERPT.fullmatch(child.tag):
            said["excerpt"] = text
        elif match is not None:
            said[match[1]] = text
    return said
