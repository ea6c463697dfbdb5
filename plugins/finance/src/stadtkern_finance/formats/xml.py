"""Records of an XML file, one at a time, without entities, network and document types."""

import codecs
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

MAX_DEPTH = 20
MAX_NODES = 5000
"""Elements of one record; a real one has about a hundred."""


def root_of(data: bytes, entry: str) -> tuple[str, str]:
    """Return namespace and name of the outermost element; refuse what is no XML."""
    for _event, element in _events(data, entry, ("start",)):
        return _split(element.tag)
    raise FileRefused(entry, _("is empty"))


def looks_like_xml(data: bytes) -> bool:
    """Tell whether bytes begin as XML does, in UTF-8 or UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return data.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").startswith(b"<")


def record_nodes(data: bytes, entry: str, record: str) -> Iterator[tuple[Node, ...]]:
    """Yield the contents of each ``record`` below the root, in the file's order.

    Other elements there are yielded as well, as a record that knows nothing of them: they are
    reported as unknown. Raises FileRefused for what is no well-formed XML, with the line.
    """
    depth = 0
    for event, element in _events(data, entry, ("start", "end")):
        if event == "start":
            depth += 1
            if depth > MAX_DEPTH:
                raise FileRefused(entry, _("is nested too deep"))
            continue
        depth -= 1
        if depth == 1:
            node = _node(element, entry, [0])
            yield node.below if node.name == record else (node,)
            # Memory stays flat however many records follow.
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _events(data: bytes, entry: str, events: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    try:
        parser = etree.iterparse(
            BytesIO(data),
            events=events,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            recover=False,
            remove_comments=True,
            remove_pis=True,
        )
        first = True
        for event, element in parser:
            if first:
                first = False
                if element.getroottree().docinfo.internalDTD is not None:
                    reason = _("declares a document type, which deliveries never need")
                    raise FileRefused(entry, reason)
            yield event, element
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


def _node(element: Any, entry: str, count: list[int]) -> Node:
    count[0] += 1
    if count[0] > MAX_NODES:
        raise FileRefused(
            entry, _("has a record of more than ${count} elements", mapping={"count": MAX_NODES})
        )
    attributes = tuple(
        Node(f"@{_split(name)[1]}", value.strip()) for name, value in element.attrib.items()
    )
    below = attributes + tuple(
        _node(child, entry, count) for child in element if isinstance(child.tag, str)
    )
    # Texts between the elements below count as well: nothing is lost.
    texts = [element.text or "", *(child.tail or "" for child in element)]
    return Node(_split(element.tag)[1], " ".join("".join(texts).split()), below)
