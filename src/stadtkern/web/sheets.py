"""Tables for spreadsheets (XLSX), of which no cell is ever run as a formula."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyramid.response import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that spreadsheets would run (OWASP, CSV injection)."""
MAX_CELL = 32_767
"""Characters that XLSX allows in a cell."""
MAX_ROWS = 1_048_575
"""Rows below the heading that XLSX allows in a sheet."""
MAX_TITLE = 31
FIRST_YEAR = 1900
"""Spreadsheets know no day before."""

Cell = str | int | float | Decimal | date | datetime | None
"""A value of a table: money as ``Decimal`` euros, moments as the town's clock showed them."""


def safe_cell(text: str) -> str:
    """Return a cell of a CSV file that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def workbook(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook with one sheet: a heading line that stays in sight, filters, rows below.

    ``title``: of the sheet, shortened to what XLSX allows. Numbers, money and days are such; all
    else is text, and text that begins like a formula is marked as text for good
    (``quotePrefix``), so that it stays text when somebody edits the cell. Rows beyond
    ``MAX_ROWS`` are a ``ValueError``.
    """
    import xlsxwriter  # noqa: PLC0415 - only exports need it

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    name = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:MAX_TITLE].strip() or "1"
    sheet = book.add_worksheet(name)
    looks = _looks(book)
    last = 0
    for column, words in enumerate(head):
        _write(sheet, 0, column, words, looks | {"text": looks["head"]})
    for row, cells in enumerate(rows, start=1):
        if row > MAX_ROWS:
            raise ValueError(f"more than {MAX_ROWS} rows")
        for column, value in enumerate(cells):
            _write(sheet, row, column, value, looks)
        last = row
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(head), 22)
    sheet.autofilter(0, 0, last, len(head) - 1)
    book.close()
    return out.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    look = {"text_wrap": True, "valign": "top"}
    return {
        "text": book.add_format(look),
        "quoted": book.add_format({**look, "quote_prefix": True}),
        "head": book.add_format({**look, "bold": True}),
        "money": book.add_format({**look, "num_format": "#,##0.00"}),
        "day": book.add_format({**look, "num_format": "dd.mm.yyyy", "align": "left"}),
        "moment": book.add_format({**look, "num_format": "dd.mm.yyyy hh:mm", "align": "left"}),
    }


def _write(sheet: Any, row: int, column: int, value: Cell, looks: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, date) and value.year < FIRST_YEAR:
        value = f"{value:%d.%m.%Y}"
    if isinstance(value, str):
        look = looks["quoted"] if value.startswith(FORMULA) else looks["text"]
        sheet.write_string(row, column, value[:MAX_CELL], look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), looks["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, looks["day"])
    else:
        look = looks["money"] if isinstance(value, Decimal) else looks["text"]
        sheet.write_number(row, column, value, look)


def handed_out(data: bytes, name: str) -> Response:
    """Return a workbook as an answer to be saved under ``name.xlsx``: letters, digits, hyphens."""
    response = Response(data, content_type=XLSX)
    response.charset = None
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
