"""The XML parser of files from anywhere, GPX and OpenStreetMap alike."""

from typing import Any

from lxml import etree


def feed(data: bytes, target: Any) -> None:
    """Tell ``target`` (start, end, data, close) of each element; nothing is fetched or built.

    Raises ``LxmlError``, ``LookupError``, ``UnicodeError`` or ``ValueError`` for what is no XML.
    """
    parser = etree.XMLParser(
        target=target,
        # False would leave "&amp;" in attributes half resolved. Of the entities that a file can
        # declare itself none survives, since targets refuse a document type.
        resolve_entities="internal",
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )
    etree.fromstring(data, parser)
