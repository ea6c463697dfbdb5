"""The rules, each for itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stadtkern.content.quality.findings import HINT, STOP, WARN, Draft, Finding
from stadtkern.content.quality.reading import (
    Link,
    Passage,
    count_words,
    is_tagged,
    own_path,
    sentences,
    texts,
)
from stadtkern.web.i18n import _

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

_ADDRESS = re.compile(r"(https?://|www\.)\S+$", re.IGNORECASE)


def _cut(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= QUOTE else f"{joined[: QUOTE - 1].rstrip()}…"


def lacks(draft: Draft) -> Iterator[Finding]:
    """Name required values that are empty."""
    for one in draft.lacks:
        yield Finding("missing", STOP, one.words, one.block, one.gap.field)


def head(draft: Draft) -> Iterator[Finding]:
    """Judge title and summary, which lists and search engines show."""
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


def pictures(draft: Draft) -> Iterator[Finding]:
    """Ask for words for those who do not see a picture (WCAG 1.1.1), and for a size that loads."""
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


def outline(draft: Draft) -> Iterator[Finding]:
    """Let headings go down one level at a time (WCAG 1.3.1); the title is the first level."""
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


def text_of(block: str, passage: Passage, draft: Draft) -> Iterator[Finding]:
    """Judge links, tables, pictures and sentences of a text."""
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


def block_of(block: Mapping[str, Any], draft: Draft) -> Iterator[Finding]:
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
            if isinstance(text, str) and not is_tagged(text):
                yield from _sentences(number, text, most)
