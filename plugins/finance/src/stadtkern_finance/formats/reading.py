"""Read a delivery: tell what it is, and yield its records."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

from stadtkern_finance.formats.archive import MAGIC, Limits, archive_files
from stadtkern_finance.formats.building import Node, build
from stadtkern_finance.formats.mapping import FormatMapping, shipped
from stadtkern_finance.formats.model import FileRefused, ParsedRecord
from stadtkern_finance.formats.pdf import embedded_xml, looks_like_pdf, printed_lines
from stadtkern_finance.formats.printed import fits, pdf_nodes
from stadtkern_finance.formats.table import decoded, heading, row_nodes
from stadtkern_finance.formats.xml import (
    looks_like_xml,
    name_of,
    nodes_of,
    record_nodes,
    root_of,
    whole,
)
from stadtkern_finance.i18n import _

SHOWN = 100
Gate = Callable[[FormatMapping, bytes, str], None]


def detect(
    data: bytes, entry: str, mappings: Sequence[FormatMapping] | None = None
) -> FormatMapping:
    """Return the mapping for a file: by its outermost element, its heading line, or its labels.

    A PDF counts as the XML that it carries, if it carries one. A list fits the mapping whose
    required columns it has. Raises FileRefused where none fits.
    """
    known = shipped() if mappings is None else mappings
    if not data.strip():
        raise FileRefused(entry, _("is empty"))
    if looks_like_pdf(data):
        return _detect_pdf(data, entry, known)
    if looks_like_xml(data):
        return _of_root(root_of(data, entry), entry, known)
    text = decoded(data, entry)
    for mapping in known:
        if mapping.kind == "csv":
            names = set(heading(text, mapping.delimiters)[1])
            if {field.source for field in mapping.part.required} <= names:
                return mapping
    raise _unknown(entry, text.split("\n", 1)[0].strip())


def _unknown(entry: str, found: str) -> FileRefused:
    reason = _(
        "is of no format that is known here; it begins with “${found}”",
        mapping={"found": found[:SHOWN]},
    )
    return FileRefused(entry, reason)


def _of_root(root: tuple[str, str], entry: str, known: Sequence[FormatMapping]) -> FormatMapping:
    """Return the mapping of XML with this outermost element, given as namespace and name."""
    for mapping in known:
        if mapping.kind == "xml" and (mapping.namespace, mapping.root) == root:
            return mapping
    namespace, name = root
    raise _unknown(entry, f"{{{namespace}}}{name}" if namespace else name)


def _detect_pdf(data: bytes, entry: str, known: Sequence[FormatMapping]) -> FormatMapping:
    """Return the mapping of the XML within, else the one whose required labels are printed."""
    inner = embedded_xml(data, entry)
    if inner is not None:
        return detect(inner[1], f"{entry}/{inner[0]}", known)
    lines = printed_lines(data, entry)
    for mapping in known:
        if mapping.kind == "pdf" and fits(mapping, lines):
            return mapping
    raise FileRefused(entry, _("is a PDF without XML and without the labels that are known here"))


def read(
    data: bytes,
    entry: str,
    mappings: Sequence[FormatMapping] | None = None,
    limits: Limits = Limits(),  # noqa: B008  # immutable
) -> Iterator[ParsedRecord]:
    """Yield the records of a delivery: a file, or a ZIP archive of files.

    Raises FileRefused with the name of the file in question; the caller takes all or nothing.
    """
    if data.startswith(MAGIC):
        for name, inner in archive_files(BytesIO(data), entry, limits):
            if inner.startswith(MAGIC):
                raise FileRefused(name, _("is an archive within an archive"))
            yield from read_file(inner, name, mappings)
        return
    yield from read_file(data, entry, mappings)


def read_file(
    data: bytes,
    entry: str,
    mappings: Sequence[FormatMapping] | None = None,
    family: str | None = None,
    gate: Gate | None = None,
) -> Iterator[ParsedRecord]:
    """Yield the records of one file that is no archive.

    ``family``: the first word of the mapping that it must be of; another one is refused.
    ``gate(mapping, data, entry)`` refuses XML before it is read.
    """
    if looks_like_pdf(data):
        inner = embedded_xml(data, entry)
        if inner is not None:
            yield from read_file(inner[1], f"{entry}/{inner[0]}", mappings, family, gate)
            return
    mapping, rows = _opened(data, entry, mappings)
    if family is not None and mapping.family != family:
        raise FileRefused(entry, _("is of another format than the first file of the delivery"))
    if gate is not None and mapping.kind == "xml":
        gate(mapping, data, entry)
    for number, nodes in enumerate(rows, 1):
        yield build(mapping, nodes, entry, number)


def _opened(
    data: bytes, entry: str, mappings: Sequence[FormatMapping] | None
) -> tuple[FormatMapping, Iterator[tuple[Node, ...]]]:
    """Return a file's mapping and its rows; small XML is parsed once for both."""
    if looks_like_xml(data):
        root = whole(data, entry)
        if root is not None:
            known = shipped() if mappings is None else mappings
            mapping = _of_root(name_of(root), entry, known)
            return mapping, nodes_of(root, entry, mapping.record, mapping.namespace)
    mapping = detect(data, entry, mappings)
    if mapping.kind == "pdf":
        return mapping, pdf_nodes(mapping, printed_lines(data, entry))
    if mapping.kind == "xml":
        return mapping, record_nodes(data, entry, mapping.record, mapping.namespace)
    return mapping, row_nodes(decoded(data, entry), entry, mapping.delimiters)
