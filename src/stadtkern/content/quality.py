"""What to mend before a page goes public. Pure functions: no SQL, no request.

The rules follow WCAG 2.2 (the criterion stands at each) and plain writing. Two of them stop
publishing: a required field that is empty, and a picture without words for those who do not see it
(1.1.1). All others are advice.
Colours need no rule: editors cannot set any, and the town's own is corrected when it is chosen.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from stadtkern.content.completeness import Missing
from stadtkern.web.i18n import _

STOP, WARN, HINT = "stop", "warn", "hint"
WEIGHTS = (STOP, WARN, HINT)

WORDS = {"de": 25, "en": 25, "de-simple": 15}
"""Words of a sentence that are read without effort; 15 for Leichte Sprache (DIN SPEC 33429)."""
LARGE_PICTURE = 8_000_000
"""Bytes of a stored picture beyond which a smaller one does the same."""
LARGE_DRAWING = 500_000
"""The same for SVG, which travels as it is."""
QUOTE = 80
"""Characters of the passage that a finding shows."""

EMPTY_PHRASES = frozenset(
    {
        "hier", "hier klicken", "klicken sie hier", "bitte hier klicken", "klick", "klicken",
        "link", "dieser link", "diesem link", "zum link", "mehr", "mehr dazu", "mehr erfahren",
        "mehr infos", "mehr informationen", "weiter", "weiterlesen", "weitere informationen",
        "weitere infos", "lesen sie mehr", "details", "diese seite", "download", "herunterladen",
        "website", "webseite", "homepage", "here", "click here", "click", "please click here",
        "this link", "more", "read more", "learn more", "more information", "more info",
        "find out more", "this page", "continue",
    }
)  # fmt: skip
"""Link texts that say nothing when they are read out by themselves (WCAG 2.4.4, 2.4.9)."""

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
_ADDRESS = re.compile(r"(https?://|www\.)\S+$", re.IGNORECASE)
_TAGGED = re.compile(r"<[a-zA-Z/][^<>]*>")


class Plain(str):
    """Words as they were typed: what looks like a tag in them is none."""

    __slots__ = ()


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    ``code`` names the rule, ``weight`` is one of ``WEIGHTS``, ``block`` is the id of the block
    that it concerns or empty, ``field`` a field's name or empty, ``quote`` the passage.
    """

    code: str
    weight: str
    message: Any
    block: str = ""
    field: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Picture:
    """What is known of a picture that a page shows."""

    title: str
    alt: str
    decorative: bool
    size: int = 0
    drawing: bool = False


@dataclass(frozen=True)
class Draft:
    """A page as it would go public.

    ``blocks`` as they are stored (``id``, ``type``, ``data``), with ``Plain`` for what is no HTML;
    ``pictures`` by block id (the
    page's own under the empty id); ``lacks``: required values that are empty; ``broken``: addresses
    in links that lead nowhere.
    """

    title: str
    summary: str = ""
    language: str = "de"
    needs_summary: bool = True
    blocks: Sequence[Mapping[str, Any]] = ()
    pictures: Mapping[str, Sequence[Picture]] = field(default_factory=dict)
    lacks: Sequence[Missing] = ()
    broken: Collection[str] = ()


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


def check(draft: Draft) -> list[Finding]:
    """Return all that is to be mended, what stops publishing first, else from top to bottom."""
    found = [*_lacks(draft), *_head(draft), *_pictures(draft), *_outline(draft)]
    for block in draft.blocks:
        for text in texts(block.get("data", {})):
            found += _text(str(block.get("id", "")), Passage(text), draft)
        found += _block(block, draft)
    return _sorted(found, draft)


def stopping(draft: Draft) -> list[Finding]:
    """Return what stops publishing, as ``check`` does, without judging the rest.

    In texts only pictures can stop it, so texts without any are not parsed.
    """
    found = list(_pictures(draft))
    for block in draft.blocks:
        for text in texts(block.get("data", {})):
            if "<img" in text.lower():
                found += _text(str(block.get("id", "")), Passage(text), draft)
    return _sorted((one for one in found if one.weight == STOP), draft)


def _sorted(found: Iterable[Finding], draft: Draft) -> list[Finding]:
    order = {str(block.get("id", "")): number for number, block in enumerate(draft.blocks)}
    return sorted(found, key=lambda one: (one.weight != STOP, order.get(one.block, -1)))


def stops(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding stops publishing."""
    return any(one.weight == STOP for one in findings)


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


def _cut(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= QUOTE else f"{joined[: QUOTE - 1].rstrip()}…"


def _lacks(draft: Draft) -> Iterator[Finding]:
    for one in draft.lacks:
        yield Finding("missing", STOP, one.words, one.block, one.gap.field)


def _head(draft: Draft) -> Iterator[Finding]:
    if draft.needs_summary and not draft.summary.strip():
        yield Finding(
            "summary",
            HINT,
            _("The summary is empty: lists and search engines have nothing to show."),
            field="summary",
        )
    letters = [char for char in draft.title if char.isalpha()]
    if len(letters) > 8 and all(char.isupper() for char in letters):  # noqa: PLR2004
        yield Finding(
            "capitals",
            HINT,
            _("The title is written in capitals, which are hard to read."),
            field="title",
            quote=_cut(draft.title),
        )


def _pictures(draft: Draft) -> Iterator[Finding]:
    for block, pictures in draft.pictures.items():
        for picture in pictures:
            if not picture.decorative and not picture.alt.strip():
                # WCAG 1.1.1
                yield Finding(
                    "alt",
                    STOP,
                    _("The picture “${title}” has no alternative text.", mapping={
                        "title": picture.title,
                    }),
                    block,
                    "" if block else "alt",
                )  # fmt: skip
            if picture.size > (LARGE_DRAWING if picture.drawing else LARGE_PICTURE):
                yield Finding(
                    "large",
                    HINT,
                    _(
                        "The picture “${title}” is very large (${size} MB): a smaller one loads "
                        "faster and looks the same.",
                        mapping={
                            "title": picture.title,
                            "size": f"{picture.size / 1_000_000:.1f}",
                        },
                    ),
                    block,
                )


def _outline(draft: Draft) -> Iterator[Finding]:
    """Headings go down one level at a time (WCAG 1.3.1); the title is the first level."""
    level = 1
    for block in draft.blocks:
        number = str(block.get("id", ""))
        for found, text in _headings(block):
            if not text.strip():
                yield Finding("heading-empty", WARN, _("A heading has no text."), number)
                continue
            if found > level + 1:
                yield Finding(
                    "heading-order",
                    WARN,
                    _(
                        "A heading of level ${found} follows one of level ${before}: a level is "
                        "left out.",
                        mapping={"found": found, "before": level},
                    ),
                    number,
                    quote=_cut(text),
                )
            level = found


def _headings(block: Mapping[str, Any]) -> list[tuple[int, str]]:
    data = block.get("data", {})
    if block.get("type") == "heading":
        level = str(data.get("level", "2"))
        return [(int(level) if level.isdigit() else 2, str(data.get("text", "")))]
    return [heading for text in texts(data) for heading in Passage(text).headings]


def _text(block: str, passage: Passage, draft: Draft) -> Iterator[Finding]:
    if passage.bare_pictures:
        yield Finding("alt", STOP, _("A picture in the text has no alternative text."), block)
    for link in passage.links:
        yield from _link(block, link)
        if own_path(link.href) in draft.broken:
            yield Finding(
                "link-broken",
                WARN,
                _("A link leads to ${path}, where nothing public stands.", mapping={
                    "path": link.href,
                }),
                block,
                quote=_cut(link.text),
            )  # fmt: skip
    if passage.headless:
        # WCAG 1.3.1
        yield Finding("table", WARN, _("A table has no headings for its columns or rows."), block)
    most = WORDS.get(draft.language)
    if most is not None:
        for part in passage.parts:
            yield from _sentences(block, part, most)


def _link(block: str, link: Link) -> Iterator[Finding]:
    text = " ".join(link.text.split())
    plain = text.lower().strip(" .,:;!?…»«›‹>→-–")
    if not text:
        yield Finding("link-text", WARN, _("A link has no text."), block, quote=_cut(link.href))
    elif plain in EMPTY_PHRASES:
        yield Finding(
            "link-phrase",
            WARN,
            _("The link text does not say where it leads."),
            block,
            quote=_cut(text),
        )
    elif _ADDRESS.match(text):
        yield Finding(
            "link-address",
            HINT,
            _("The link text is an address: say in words where it leads."),
            block,
            quote=_cut(text),
        )
    if link.href in {"", "#"}:
        yield Finding("link-empty", WARN, _("A link leads nowhere."), block, quote=_cut(text))


def _sentences(block: str, part: str, most: int) -> Iterator[Finding]:
    for sentence in sentences(" ".join(part.split())):
        words = count_words(sentence)
        if words > most:
            yield Finding(
                "sentence",
                HINT,
                _("A sentence has ${n} words. Two short ones are read more easily.", mapping={
                    "n": words,
                }),
                block,
                quote=_cut(sentence),
            )  # fmt: skip


def _block(block: Mapping[str, Any], draft: Draft) -> Iterator[Finding]:
    """Judge what stands in a block's fields, not in its texts."""
    data = block.get("data", {})
    number = str(block.get("id", ""))
    if not isinstance(data, Mapping):
        return
    if "header_row" in data and not data.get("header_row") and not data.get("header_column"):
        yield Finding("table", WARN, _("A table has no headings for its columns or rows."), number)
    label = str(data.get("label") or "")
    for name in ("target", "url", "href"):
        href = str(data.get(name) or "")
        if href and label:
            yield from _link(number, Link(href, label))
        if href and own_path(href) in draft.broken:
            yield Finding(
                "link-broken",
                WARN,
                _("A link leads to ${path}, where nothing public stands.", mapping={"path": href}),
                number,
                quote=_cut(label),
            )
    most = WORDS.get(draft.language)
    if most is not None and block.get("type") != "heading":
        for name in ("text", "html"):
            text = data.get(name)
            # With tags it was judged as a text already.
            if isinstance(text, str) and not _TAGGED.search(text):
                yield from _sentences(number, text, most)
