"""Records of a list with a heading line (CSV)."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

MAX_COLUMNS = 500
REST = "further columns"


def decoded(data: bytes, entry: str) -> str:
    """Return the text of a list: UTF-8, else the code page of German Windows programs.

    Bytes that neither knows are refused with their place.
    """
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start + 1
        else:
            if "\0" not in text:
                return text
            place = text.index("\0") + 1
    raise FileRefused(entry, _("is no text at byte ${byte}", mapping={"byte": place}))


def heading(text: str, delimiters: str) -> tuple[str, list[str]]:
    """Return the delimiter and the names of the first line."""
    line = re.split(r"\r\n?|\n", text, maxsplit=1)[0]
    delimiter = max(delimiters, key=line.count)
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        # A cell longer than any heading: no list, whatever it is.
        names = []
    return delimiter, [" ".join(name.split()) for name in names]


def row_nodes(text: str, entry: str, delimiters: str) -> Iterator[tuple[Node, ...]]:
    """Yield each row as nodes named by the heading; empty rows are left out.

    A row with fewer cells than the heading is refused: something was cut off.
    """
    delimiter, names = heading(text, delimiters)
    if len(names) > MAX_COLUMNS:
        reason = _("has more than ${count} columns", mapping={"count": MAX_COLUMNS})
        raise FileRefused(entry, reason)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        next(reader, None)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < len(names):
                reason = _(
                    "line ${line} has ${count} cells, the heading ${all}",
                    mapping={"line": reader.line_num, "count": len(row), "all": len(names)},
                )
                raise FileRefused(entry, reason)
            more = [Node(REST, cell) for cell in row[len(names) :] if cell.strip()]
            cells = [Node(name, cell.strip()) for name, cell in zip(names, row, strict=False)]
            yield (*cells, *more)
    except csv.Error as error:
        reason = _(
            "line ${line} cannot be read: ${reason}",
            mapping={"line": reader.line_num, "reason": str(error)},
        )
        raise FileRefused(entry, reason) from None
