"""Reading a page's texts: links, headings, sentences, words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

SHORTENED = frozenset(
    {
        "abs", "art", "bd", "betr", "bzgl", "bzw", "ca", "co", "dipl", "dr", "einschl", "etc",
        "evtl", "fam", "frl", "geb", "gem", "ggf", "hr", "fr", "inkl", "ing", "jh", "kfz", "max",
        "min", "mio", "mrd", "nr", "od", "prof", "rd", "s", "st", "std", "str", "tel", "u", "usw",
        "vgl", "z", "zzgl", "zzt", "e", "i", "g", "mr", "mrs", "ms", "no", "vs", "approx", "b",
        "d", "h", "a", "o", "v", "m", "f", "jan", "feb", "apr", "jun", "jul", "aug", "sept", "sep",
        "okt", "oct", "nov", "dez", "dec",
    }
)  # fmt: skip
"""Words whose full stop ends no sentence, in German and English."""

_WORD = re.compile(r"[^\W_]+(?:[-'’./:][^\W_]+)*")
_END = re.compile(r"[.!?…:]+[\"“”«»’)\]]*(?=\s|$)")
_TAGGED = re.compile(r"<[a-zA-Z/][^<>]*>")


class Plain(str):
    """Words as they were typed: what looks like a tag in them is none."""

    __slots__ = ()


@dataclass
class Link:
    """A link in a text, with what a screen reader says for it."""

    href: str
    text: str = ""


class Passage(HTMLParser):
    """What the rules ask of a piece of HTML."""

    PARTS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "th",
                       "dd", "dt", "caption", "figcaption", "div", "summary", "br"})  # fmt: skip

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[tuple[int, str]] = []
        self.links: list[Link] = []
        self.parts: list[str] = [""]
        self.bare_pictures = 0
        self.tables = 0
        self._heads = 0
        self.headless = 0
        self._heading: int | None = None
        self._open: Link | None = None
        self.feed(html if _TAGGED.search(html) else html.replace("\n\n", "<br>"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        found = dict(attrs)
        if tag in self.PARTS:
            self.parts.append("")
        if re.fullmatch("h[1-6]", tag):
            self._heading = int(tag[1])
            self.headings.append((self._heading, ""))
        elif tag == "a":
            self._open = Link((found.get("href") or "").strip())
            self.links.append(self._open)
        elif tag == "img":
            if found.get("alt") is None:
                self.bare_pictures += 1
            elif self._open is not None:
                self._open.text += found["alt"] or ""
        elif tag == "table":
            self.tables += 1
            self._heads = 0
        elif tag == "th":
            self._heads += 1

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        if re.fullmatch("h[1-6]", tag):
            self._heading = None
        elif tag == "a":
            self._open = None
        elif tag == "table" and not self._heads:
            self.headless += 1
        if tag in self.PARTS:
            self.parts.append("")

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if self._heading is not None:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)
        if self._open is not None:
            self._open.text += data
        self.parts[-1] += data


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in German or English.

    A full stop after a shortened word (“z. B.”), a single letter or a number (“1. März”) ends
    none.
    """
    found, start = [], 0
    for match in _END.finditer(text):
        before = text[start : match.start()].rsplit(None, 1)
        last = before[-1].strip("(„“\"'").lower() if before else ""
        if match.group().startswith(".") and (
            last.isdigit() or last.rpartition(".")[2] in SHORTENED
        ):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def count_words(text: str) -> int:
    """Return how many words a text has; “Max-Planck-Straße” and “12:30” are one."""
    return len(_WORD.findall(text))


def texts(data: Any) -> Iterator[str]:
    """Yield the texts with tags within a block's data, however deep."""
    if isinstance(data, str):
        if not isinstance(data, Plain) and _TAGGED.search(data):
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from texts(value)


def addresses(blocks: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the addresses of this site that links in blocks lead to, without query and anchor."""
    found = set()
    for block in blocks:
        data = block.get("data", {})
        hrefs = [link.href for text in texts(data) for link in Passage(text).links]
        if isinstance(data, Mapping):
            hrefs += [str(data[name]) for name in ("target", "url", "href") if data.get(name)]
        found |= {local for href in hrefs if (local := own_path(href))}
    return found


def own_path(href: str) -> str:
    """Return the path of an address of this site, empty for others."""
    if not href.startswith("/") or href.startswith("//"):
        return ""
    path = re.split(r"[?#]", href, maxsplit=1)[0]
    return path.rstrip("/") or "/"


def is_tagged(text: str) -> bool:
    """Tell whether a text holds a tag."""
    return _TAGGED.search(text) is not None
