"""Records of an XML file, one at a time, without entities, network and document types."""

import codecs
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any

from lxml import etree

from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

MAX_DEPTH = 20
MAX_NODES = 5000
"""Elements of one record; a real one has about a hundred."""
SMALL = 256 * 1024
"""Bytes up to which a file's tree may stand in memory as a whole."""
_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}
_WHOLE = etree.XMLParser(**_HARDENED)
_MARKED = etree.XPath("boolean(//@*)")


def root_of(data: bytes, entry: str) -> tuple[str, str]:
    """Return namespace and name of the outermost element; refuse what is no XML."""
    for element in _elements(data, entry, ("start",)):
        return _split(element.tag)
    raise FileRefused(entry, _("is empty"))


def _without_document_type(element: Any, entry: str) -> Any:
    if element.getroottree().docinfo.internalDTD is not None:
        raise FileRefused(entry, _("declares a document type, which deliveries never need"))
    return element


def looks_like_xml(data: bytes) -> bool:
    """Tell whether bytes begin as XML does, in UTF-8 or UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return data.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").startswith(b"<")


def whole(data: bytes, entry: str) -> Any:
    """Return the outermost element of a file that is small enough to be read at once, else None."""
    if len(data) > SMALL:
        return None
    return next(_elements(data, entry, ("start",)))


def name_of(element: Any) -> tuple[str, str]:
    """Return namespace and name of an element."""
    return _split(element.tag)


def nodes_of(root: Any, entry: str, record: str, namespace: str = "") -> Iterator[tuple[Node, ...]]:
    """Yield what ``record_nodes`` does, of an outermost element that stands in memory."""
    tag = f"{{{namespace}}}{record}" if namespace else record
    marked = bool(_MARKED(root))
    for child in [root] if root.tag == tag else root:
        node = _node(child, entry, [0], 1, marked=marked)
        yield node.below if node.name == record else (node,)


def record_nodes(
    data: bytes, entry: str, record: str, namespace: str = ""
) -> Iterator[tuple[Node, ...]]:
    """Yield the contents of each ``record`` below the root, in the file's order.

    Other elements there are yielded as well, as a record that knows nothing of them: they are
    reported as unknown. Raises FileRefused for what is no well-formed XML, with the line.
    """
    tag = f"{{{namespace}}}{record}" if namespace else record
    last = None
    for element in _elements(data, entry, ("end",), tag):
        root = element.getparent()
        if root is not None and root.getparent() is not None:
            continue
        # The parser runs ahead: what follows this record may be there only by half.
        until = None if root is None else element
        parent = element if root is None else root
        child = next(iter(parent), None) if last is None else last.getnext()
        while child is not None:
            node = _node(child, entry, [0], 1, marked=True)
            yield node.below if node.name == record else (node,)
            if child is until:
                break
            child = child.getnext()
        if root is not None:
            # Memory stays flat however many records follow.
            element.clear()
            while element.getprevious() is not None:
                del root[0]
            last = element


def _elements(
    data: bytes, entry: str, events: tuple[str, ...], tag: str | None = None
) -> Iterator[Any]:
    """Yield the elements of ``tag`` as they end, then the root; with "start" the root alone.

    A small file is parsed at once, which is quicker, and yields its root only.
    """
    try:
        if len(data) <= SMALL:
            yield _without_document_type(etree.fromstring(data, _WHOLE), entry)
            return
        parser = etree.iterparse(BytesIO(data), events=events, tag=tag, **_HARDENED)
        first = True
        for _event, element in parser:
            if first:
                first = False
                _without_document_type(element, entry)
            yield element
        if tag is not None:
            yield parser.root
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        reason = _(
            "is not whole XML at line ${line}: ${reason}",
            mapping={"line": line, "reason": str(error.msg)[:200]},
        )
        raise FileRefused(entry, reason) from None
    except (etree.LxmlError, LookupError, UnicodeError) as error:
        reason = _("cannot be read as XML: ${reason}", mapping={"reason": str(error)[:200]})
        raise FileRefused(entry, reason) from None


def _split(tag: str) -> tuple[str, str]:
    if tag.startswith("{"):
        namespace, _brace, name = tag[1:].partition("}")
        return namespace, name
    return "", tag


@lru_cache(maxsize=4096)
def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _node(element: Any, entry: str, count: list[int], depth: int, *, marked: bool) -> Node:
    """Return an element with all below it; ``marked``: there are attributes in the file."""
    count[0] += 1 + len(element)
    if count[0] > MAX_NODES:
        raise FileRefused(
            entry, _("has a record of more than ${count} elements", mapping={"count": MAX_NODES})
        )
    if depth > MAX_DEPTH:
        raise FileRefused(entry, _("is nested too deep"))
    below = []
    if marked:
        below = [Node(f"@{_split(key)[1]}", value.strip()) for key, value in element.attrib.items()]
    texts = [element.text or ""]
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            if len(child) or (marked and child.attrib):
                # It was counted above with its siblings.
                count[0] -= 1
                below.append(_node(child, entry, count, depth + 1, marked=marked))
            else:
                text = child.text
                below.append(Node(_bare(tag), " ".join(text.split()) if text else ""))
        tail = child.tail
        # Texts between the elements count as well: nothing is lost.
        if tail is not None and not tail.isspace():
            texts.append(tail)
    return Node(_bare(element.tag), " ".join(" ".join(texts).split()), tuple(below))
