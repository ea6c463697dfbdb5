"""What HTML editors may store: structure and links, nothing that runs or dresses."""

import re
from typing import Any

import colander
import nh3

from stadtkern.content.pasted import is_foreign, tidy
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

TAGS = {
    *("p", "h3", "h4", "ul", "ol", "li", "blockquote", "br"),
    *("strong", "em", "a", "abbr", "span"),
}
# "*" is named, or ammonia adds what it finds harmless.
ATTRIBUTES = {"*": {"lang"}, "a": {"href"}, "abbr": {"title"}}
SCHEMES = {"http", "https", "mailto", "tel"}
MAX_DEPTH = 24
"""Elements within each other: eleven lists. Browsers cut trees at a few hundred."""
_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")
_EMPTY = re.compile(r"<p(?: lang=\"[^\"<>]*\")?>(?:\s|&nbsp;|<br>)*</p>")
_SPAN = re.compile(r"<(/?)span\b([^<>]*)>")


def clean_html(html: str) -> str:
    """Return sanitised HTML. Text without any tag becomes paragraphs at blank lines.

    What word processors paste becomes plain structure first (``content.pasted``); the sanitiser
    then decides alone about what is stored.
    """
    if not _TAG.search(html):
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", html) if part.strip()]
        html = "".join(
            "<p>" + nh3.clean_text(part).replace("&#10;", "<br>").replace("\n", "<br>") + "</p>"
            for part in paragraphs
        )
    elif is_foreign(html, TAGS):
        html = tidy(html)
    cleaned = _sanitised(html)
    if "<span>" in cleaned:
        # What stands closer together now is judged anew.
        cleaned = _sanitised(_without_bare_spans(cleaned))
    return _EMPTY.sub("", cleaned).strip()


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
        clean_content_tags={"script", "style", "template", "iframe", "object"},
    )


def _without_bare_spans(html: str) -> str:
    """Unwrap spans that say nothing: only those with a language mean something."""
    kept: list[bool] = []

    def decide(match: re.Match[str]) -> str:
        if match[1]:
            return match[0] if not kept or kept.pop() else ""
        kept.append(bool(match[2]))
        return match[0] if match[2] else ""

    return _SPAN.sub(decide, html)


def depth(html: str) -> int:
    """Return how many elements of sanitised HTML stand within each other at most."""
    level = deepest = 0
    for match in _TAG.finditer(html):
        tag = match[0]
        if tag.startswith("</"):
            level -= 1
        elif tag != "<br>":
            level += 1
            deepest = max(deepest, level)
    return deepest


def _flat_enough(node: Any, value: str) -> None:
    if depth(value) > MAX_DEPTH:
        raise colander.Invalid(
            node,
            _(
                "The text is nested too deeply (lists or quotations within each other). Please "
                "move the innermost ones out."
            ),
        )


def rich_text(title: str, *, maximum: int = 50_000, rows: int = 8, **kw: Any) -> Any:
    """Return a field for running text; what it stores is sanitised and safe to show."""
    node = f.richtext(title, clean=clean_html, maximum=maximum, rows=rows, **kw)
    node.validator = colander.All(node.validator, _flat_enough)
    return node
