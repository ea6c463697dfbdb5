"""Entries as a table for spreadsheets, of which no cell is ever run as a formula."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stadtkern.content.redirect_table import FORMULA, safe_cell
from stadtkern.submissions.fields import Answer, is_number, shown

MAX_CELL = 32_767
"""Characters that XLSX allows in a cell."""
MAX_SHEET = 31


@dataclass(frozen=True)
class Line:
    """One entry: ``received`` as the clock on the town's wall showed it, ``status`` in words."""

    reference: str
    received: datetime
    status: str
    answers: Sequence[Answer]


def _columns(lines: Sequence[Line]) -> dict[tuple[str, str], int]:
    """Return the place of each question as it was asked, in the order in which they first occur."""
    columns: dict[tuple[str, str], int] = {}
    for line in lines:
        for one in line.answers:
            columns.setdefault((one.key, one.label), len(columns))
    return columns


def as_csv(lines: Sequence[Line], head: Sequence[str], *, locale: str = "de") -> bytes:
    """Return entries as CSV: semicolons, UTF-8 with mark, a quote before what looks like a formula.

    ``head``: titles of number, time of receipt and status; ``locale``: how numbers are written.
    """
    columns = _columns(lines)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*head, *(safe_cell(label) for _key, label in columns)])
    for line in lines:
        cells = [""] * len(columns)
        for one in line.answers:
            words = shown(one, locale)
            cells[columns[one.key, one.label]] = words if is_number(one) else safe_cell(words)
        # Days that people answer are written so, too.
        writer.writerow([line.reference, f"{line.received:%d.%m.%Y %H:%M}", line.status, *cells])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Sequence[Line], head: Sequence[str], title: str) -> bytes:
    """Return entries as a workbook with one sheet; numbers and days are such, all else is text.

    Text that begins like a formula is marked as text for good (``quotePrefix``): it also stays
    text when somebody edits the cell.
    """
    import xlsxwriter  # noqa: PLC0415 - only exports need it

    columns = _columns(lines)
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    name = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:MAX_SHEET].strip() or "1"
    sheet = book.add_worksheet(name)
    look = {"text_wrap": True, "valign": "top"}
    text = book.add_format(look)
    quoted = book.add_format({**look, "quote_prefix": True})
    bold = book.add_format({**look, "bold": True})
    day = book.add_format({**look, "num_format": "dd.mm.yyyy", "align": "left"})
    moment = book.add_format({**look, "num_format": "dd.mm.yyyy hh:mm", "align": "left"})

    def write(row: int, column: int, words: str, plain: Any) -> None:
        chosen = quoted if words.startswith(FORMULA) else plain
        sheet.write_string(row, column, words[:MAX_CELL], chosen)

    for place, words in enumerate([*head, *(label for _key, label in columns)]):
        write(0, place, words, bold)
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line.reference, text)
        sheet.write_datetime(row, 1, line.received.replace(tzinfo=None), moment)
        write(row, 2, line.status, text)
        for one in line.answers:
            column = columns[one.key, one.label] + len(head)
            value = _typed(one)
            if isinstance(value, datetime):
                sheet.write_datetime(row, column, value, day)
            elif isinstance(value, float):
                sheet.write_number(row, column, value, text)
            else:
                write(row, column, one.text, text)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(head) + len(columns), 22)
    sheet.autofilter(0, 0, len(lines), len(head) + len(columns) - 1)
    book.close()
    return out.getvalue()


def _typed(one: Answer) -> float | datetime | None:
    """Return an answer's number or day; None where it is text."""
    if is_number(one):
        return float(one.text)
    if one.kind == "date":
        with suppress(ValueError):
            found = datetime.strptime(one.text, "%d.%m.%Y")  # noqa: DTZ007 - a day has no zone
            # Spreadsheets know no day before 1900.
            return found if found.year >= 1900 else None  # noqa: PLR2004
    return None
