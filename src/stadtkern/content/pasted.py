"""HTML as word processors paste it, turned into plain structure before it is sanitised.

Word writes lists as paragraphs with the class ``MsoListParagraph`` and the level in a style
(``mso-list:l0 level2 lfo1``); the bullet or number stands in a span ``mso-list:Ignore``.
LibreOffice and Outlook write bold as ``<b>``, ``<font>`` or styled spans. The browser's editor
does the same as this module (``frontend/src/editor/paste.js``); this one serves those without
JavaScript.
"""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

from lxml import etree
from lxml import html as lxml_html

_NAMES = re.compile(r"<(?:/?([a-zA-Z][\w:-]*)|!|\?)")
_LEVEL = re.compile(r"mso-list:(l\d+)level(\d)")
_TAGS = re.compile(r"<(/?)([a-zA-Z][\w:-]*)")
_OFTEN_OPEN = frozenset({"br", "img", "p", "li", "td", "th", "tr", "hr", "meta", "link"})
_DEEP = 1_000
"""Elements within each other; libxml2 leaves out what lies deeper than about 2,000."""
_NUMBERED = re.compile(r"^\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]")
_HEADING = re.compile(r"h[1-6]$")
_BLOCKS = frozenset(
    [
        *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "table"),
        *("tbody", "thead", "tr", "td", "th", "pre", "dl", "dt", "dd", "section", "article"),
        *("header", "footer", "main", "aside", "figure", "form", "fieldset"),
    ]
)
_DROPPED = frozenset({"style", "script", "title", "meta", "link", "xml", "template"})
_RENAMED = {"b": "strong", "i": "em"}


def is_foreign(html: str, own: Container[str]) -> bool:
    """Tell whether HTML holds anything that our own editor would not have written."""
    names = {match[1].lower() if match[1] else "!" for match in _NAMES.finditer(html)}
    return any(name not in own for name in names) or "mso" in html.lower()


def tidy(html: str) -> str:
    """Return the same text with real lists, our two heading levels, strong and em.

    HTML that cannot be read at all is returned as it is: the sanitiser comes after this anyway.
    """
    if _is_deep(html):
        return html
    parser = lxml_html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.fragment_fromstring(html, create_parent="div", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return html
    for element in list(root.iter()):
        if element is not root:
            _mend(element)
    _headings(root)
    _lists(root)
    for paragraph in list(root.iter("p")):
        if _is_empty(paragraph):
            paragraph.drop_tree()
    text = lxml_html.tostring(root, encoding="unicode")
    return str(text).removeprefix("<div>").removesuffix("</div>")


def _is_deep(html: str) -> bool:
    level = 0
    for closing, name in _TAGS.findall(html):
        if name.lower() not in _OFTEN_OPEN:
            level += -1 if closing else 1
            if level > _DEEP:
                return True
    return False


def _style(element: Any) -> str:
    return (element.get("style") or "").lower().replace(" ", "")


def _mend(element: Any) -> None:
    if not isinstance(element.tag, str) or element.getparent() is None:
        return
    name = element.tag.lower()
    if name in _DROPPED:
        element.drop_tree()
    elif "mso-list:ignore" in _style(element):
        _note_marker(element)
        element.drop_tree()
    elif name in _BLOCKS:
        _mend_block(element, name)
    else:
        _mend_inline(element, name)


def _mend_inline(element: Any, name: str) -> None:
    style = _style(element)
    if name == "a" and element.get("href"):
        # Browsers ignore breaks within an address; lxml would escape them past the sanitiser.
        element.set("href", re.sub(r"[\x00-\x1f]", "", element.get("href")).strip())
    elif name in _RENAMED and re.search(r"(?:^|;)font-weight:normal", style):
        element.drop_tag()
    elif name in _RENAMED:
        element.tag = _RENAMED[name]
    elif name in {"span", "font"} and re.search(r"(?:^|;)font-weight:(?:bold|[6-9]00)", style):
        element.tag = "strong"
    elif name in {"span", "font"} and "font-style:italic" in style:
        element.tag = "em"
    elif ":" in name or name == "font":
        # Word ends paragraphs with a blank in a tag of its own.
        (element.drop_tag if element.text_content().strip() else element.drop_tree)()


def _mend_block(element: Any, name: str) -> None:
    if name in {"td", "th"}:
        element.tail = f" {element.tail or ''}"
        element.drop_tag()
    elif name in {"div", "tr", "dt", "dd", "pre"}:
        within = {str(sub.tag).lower() for sub in element.iterdescendants()}
        if within & (_BLOCKS - {"td", "th"}):
            element.drop_tag()
        else:
            element.tag = "p"
    elif name == "p" and re.search(r"\bMso(?:Title|Subtitle)\b", element.get("class") or ""):
        element.tag = "h1"


def _note_marker(element: Any) -> None:
    step = element.getparent()
    while step is not None and step.tag != "p":
        step = step.getparent()
    if step is not None:
        step.set("data-marker", element.text_content())


def _headings(root: Any) -> None:
    """Make the highest level found a sub-heading of the page, all below it the next one."""
    found = [element for element in root.iter() if _HEADING.match(str(element.tag))]
    levels = {element.tag for element in found}
    if levels <= {"h3", "h4"}:
        return
    first = min(levels)
    for element in found:
        element.tag = "h3" if element.tag == first else "h4"


def _level(element: Any) -> int:
    """Return the depth of a paragraph that Word shows as a list entry; 0 for others."""
    if element.tag != "p":
        return 0
    match = _LEVEL.search(_style(element))
    if match is not None:
        return int(match[2])
    return 1 if "MsoListParagraph" in (element.get("class") or "") else 0


def _lists(root: Any) -> None:
    for parent in {element.getparent() for element in root.iter("p") if _level(element)}:
        for run in _runs(parent):
            _build(parent, run)


def _runs(parent: Iterable[Any]) -> Iterator[list[Any]]:
    run: list[Any] = []
    for child in list(parent):
        joined = not run or (_list_id(run[-1]) == _list_id(child) and not _followed(run[-1]))
        if _level(child) and joined:
            run.append(child)
            continue
        if run:
            yield run
        run = [child] if _level(child) else []
    if run:
        yield run


def _list_id(paragraph: Any) -> str:
    match = _LEVEL.search(_style(paragraph))
    return match[1] if match is not None else ""


def _followed(element: Any) -> bool:
    return bool((element.tail or "").strip())


def _build(parent: Any, run: list[Any]) -> None:
    stack: list[tuple[int, Any]] = []
    place = parent.index(run[0])
    for paragraph in run:
        level = _level(paragraph)
        while stack and stack[-1][0] > level:
            stack.pop()
        if not stack or stack[-1][0] < level:
            kind = "ol" if _NUMBERED.match(paragraph.get("data-marker") or "") else "ul"
            made = etree.Element(kind)
            if stack:
                stack[-1][1][-1].append(made)
            else:
                parent.insert(place, made)
                place += 1
            stack.append((level, made))
        tail = paragraph.tail
        paragraph.tail = None
        entry = etree.SubElement(stack[-1][1], "li")
        entry.append(paragraph)
        paragraph.attrib.clear()
        if tail and tail.strip():
            stack[0][1].tail = tail


def _is_empty(paragraph: Any) -> bool:
    return not paragraph.text_content().strip() and not any(
        True for sub in paragraph.iterdescendants() if sub.tag not in {"span", "br"}
    )
