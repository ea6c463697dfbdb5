"""Read a delivery: tell what it is, and yield its records."""

from collections.abc import Iterator, Sequence
from io import BytesIO

from stadtkern_finance.formats.archive import MAGIC, Limits, archive_files
from stadtkern_finance.formats.building import build
from stadtkern_finance.formats.mapping import FormatMapping, shipped
from stadtkern_finance.formats.model import FileRefused, ParsedRecord
from stadtkern_finance.formats.table import decoded, heading, row_nodes
from stadtkern_finance.formats.xml import looks_like_xml, record_nodes, root_of
from stadtkern_finance.i18n import _

SHOWN = 100


def detect(
    data: bytes, entry: str, mappings: Sequence[FormatMapping] | None = None
) -> FormatMapping:
    """Return the mapping for a file: by its outermost element, or by its heading line.

    A list fits the mapping whose required columns it has. Raises FileRefused where none fits.
    """
    known = shipped() if mappings is None else mappings
    if not data.strip():
        raise FileRefused(entry, _("is empty"))
    if looks_like_xml(data):
        namespace, name = root_of(data, entry)
        for mapping in known:
            if mapping.kind == "xml" and (mapping.namespace, mapping.root) == (namespace, name):
                return mapping
        found = f"{{{namespace}}}{name}" if namespace else name
    else:
        text = decoded(data, entry)
        for mapping in known:
            if mapping.kind == "csv":
                names = set(heading(text, mapping.delimiters)[1])
                if {field.source for field in mapping.part.required} <= names:
                    return mapping
        found = text.split("\n", 1)[0].strip()
    reason = _(
        "is of no format that is known here; it begins with “${found}”",
        mapping={"found": found[:SHOWN]},
    )
    raise FileRefused(entry, reason)


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
    data: bytes, entry: str, mappings: Sequence[FormatMapping] | None = None
) -> Iterator[ParsedRecord]:
    """Yield the records of one file that is no archive."""
    mapping = detect(data, entry, mappings)
    if mapping.kind == "xml":
        rows = record_nodes(data, entry, mapping.record, mapping.namespace)
    else:
        rows = row_nodes(decoded(data, entry), entry, mapping.delimiters)
    for number, nodes in enumerate(rows, 1):
        yield build(mapping, nodes, entry, number)
