"""The block ``table``: rows of text cells, stored as lines with tabs between the cells."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import colander
import deform.widget as w
from pyramid.request import Request

from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_COLUMNS = 20
MAX_ROWS = 500
MAX_CELLS = 60_000
"""Characters of all cells together."""


def read_cells(text: str) -> list[list[str]]:
    """Return the rows of pasted text: tabs as spreadsheets copy them, or CSV with ; or commas.

    Breaks within a quoted cell become spaces; empty rows at either end and empty columns on the
    right go; all rows get the same number of cells.
    """
    if "\t" in text:
        mark = "\t"
    else:
        first = next((line for line in text.splitlines() if line.strip()), "")
        mark = ";" if ";" in first else "," if first.count(",") and '"' in text else "\t"
    cells = text.replace("\n", "\t").split("\t")
    quoted = mark != "\t" or any(cell.startswith('"') for cell in cells)
    try:
        reader = csv.reader(
            io.StringIO(text),
            delimiter=mark,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        )
        rows = [[" ".join(cell.split()) for cell in row] for row in reader]
    except csv.Error:
        rows = [[" ".join(cell.split()) for cell in line.split(mark)] for line in text.split("\n")]
    while rows and not any(rows[0]):
        del rows[0]
    while rows and not any(rows[-1]):
        del rows[-1]
    width = max((n for row in rows for n, cell in enumerate(row, start=1) if cell), default=0)
    return [(row + [""] * width)[:width] for row in rows]


def write_cells(rows: list[list[str]]) -> str:
    """Return rows as they are stored: a tab between cells, a line break between rows.

    ``read_cells`` reads them back as they were: cells that it would take apart are quoted.
    """
    single = all(len(row) == 1 for row in rows)
    return "\n".join("\t".join(_quoted(cell, single=single) for cell in row) for row in rows)


def _quoted(cell: str, *, single: bool) -> str:
    if cell.startswith('"') or (single and any(mark in cell for mark in ";,")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def rows_of(_request: Request | None, data: Mapping[str, Any]) -> list[list[str]]:
    """Return a stored table's rows, for its template."""
    return read_cells(str(data.get("cells", "")))


def _tidy(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > MAX_CELLS * 2:
        return value
    return write_cells(read_cells(value))


def _fits(node: Any, value: str) -> None:
    if len(value) > MAX_CELLS:
        raise colander.Invalid(
            node, _("Please use at most ${max} characters.", mapping={"max": MAX_CELLS})
        )
    rows = read_cells(value)
    if not rows:
        raise colander.Invalid(node, f.REQUIRED)
    if len(rows) > MAX_ROWS or len(rows[0]) > MAX_COLUMNS:
        raise colander.Invalid(
            node,
            _(
                "A table has at most ${rows} rows and ${columns} columns. Please split it, or "
                "offer it as a file to download.",
                mapping={"rows": MAX_ROWS, "columns": MAX_COLUMNS},
            ),
        )


class TableBlock(colander.MappingSchema):
    """A table needs a name and headings to be understood by ear."""

    caption = f.line(
        _("Title of the table"),
        maximum=200,
        description=_("Says what the table shows. Screen readers read it first."),
    )
    header_row = f.yes(_("The first row holds headings"), default=True)
    header_column = f.yes(_("The first column holds headings"))
    cells = colander.SchemaNode(
        colander.String(),
        title=_("Cells"),
        preparer=_tidy,
        validator=_fits,
        missing_msg=f.REQUIRED,
        description=_(
            "One row a line. Copy rows from a spreadsheet and paste them here, or put a semicolon "
            "between cells."
        ),
        # An empty first cell is a tab at the beginning, which must not be trimmed.
        widget=w.TextAreaWidget(rows=8, strip=False, attributes={"data-grid": "", "wrap": "off"}),
    )
