"""One text as a page: its title, its summary and its contents as an element tree."""

import re
from dataclasses import dataclass
from typing import Any

import yaml
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from stadtkern.web.i18n import _

MAX_DEPTH = 150
"""Elements within each other; the parser itself ends at 256."""
MAX_FRONT = 20_000
# Possessive: what was taken is not given back, so that no text takes more than one look.
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*+)([^<>]*+)>")
_VOID = frozenset(
    [
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("source", "track", "wbr"),
    ]
)
_OPEN = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot"})
"""What HTML lets stay open."""
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_LATIN = {"iso-8859-1", "latin1", "windows-1252", "iso-8859-15"}
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DROPPED = (
    *("script", "style", "noscript", "template", "iframe", "object", "form", "nav"),
    *("svg", "math", "audio", "video", "button"),
)
_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Unreadable(Exception):  # noqa: N818 - what it is
    """A file makes no page; the message is translatable and says why."""


@dataclass
class Page:
    """What was read: ``root`` holds the contents, without the title."""

    title: str = ""
    summary: str = ""
    root: Any = None


def decoded(data: bytes) -> str:
    """Return a text: UTF-8, UTF-16 with its mark, or what an HTML file names of Latin alphabets."""
    marks = (b"\xff\xfe", b"\xfe\xff")
    said = _CHARSET.search(data[:2_000])
    name = said[1].decode("ascii").lower() if said else ""
    coding = "utf-16" if data.startswith(marks) else name if name in _LATIN else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeError as error:
        raise Unreadable(
            _("Its characters are not UTF-8. Please save it anew with this encoding.")
        ) from error
    if "\0" in text:
        raise Unreadable(_("It is no text."))
    return text


def read_markdown(data: bytes) -> Page:
    """Read Markdown (CommonMark with tables) with YAML above it, if there is some."""
    text = decoded(data)
    said: dict[str, Any] = {}
    front = _FRONT.match(text)
    if front is not None:
        said = _front(front[1])
        text = text[front.end() :]
    page = parse(_markdown.render(text))
    page.title = _word(said.get("title")) or page.title
    page.summary = _word(said.get("summary")) or _word(said.get("description"))
    return page


def _front(text: str) -> dict[str, Any]:
    # No aliases: a few of them within each other are a bomb.
    if len(text) > MAX_FRONT or re.search(r"(?:^|[\s:\[{,-])[&*]\w", text):
        return {}
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unreadable(_("What stands between the lines --- is no YAML.")) from None
    return said if isinstance(said, dict) else {}


def _word(value: Any) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def read_html(data: bytes) -> Page:
    """Read an HTML page: what stands in ``main``, in its only ``article``, else in ``body``."""
    return parse(decoded(data))


def parse(html: str) -> Page:
    """Return the page that HTML is; ``Unreadable`` for what nobody has written by hand."""
    if _depth(html) > MAX_DEPTH:
        raise Unreadable(_("Its elements are nested too deeply."))
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = lxml_html.document_fromstring(html.encode() or b"<p></p>", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return Page()
    named = root.find(".//head/title")
    title = " ".join(named.text_content().split()) if named is not None else ""
    described = root.xpath("//head/meta[@name='description']/@content")
    body = _contents(root)
    for name in _DROPPED:
        for element in list(body.iter(name)):
            if element is not body:
                element.drop_tree()
    first = next(body.iter("h1"), None)
    if first is not None and first.text_content().strip():
        title = " ".join(first.text_content().split())
        first.drop_tree()
    summary = " ".join(str(described[0]).split()) if described else ""
    return Page(title, summary, body)


def _contents(root: Any) -> Any:
    main = root.find(".//main")
    if main is not None:
        return main
    articles = root.findall(".//article")
    if len(articles) == 1:
        return articles[0]
    body = root.find("body")
    return root if body is None else body


def _depth(html: str) -> int:
    level = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _VOID or name in _OPEN or match[3].endswith("/"):
            continue
        level = max(0, level + (-1 if match[1] else 1))
        deepest = max(deepest, level)
    return deepest
