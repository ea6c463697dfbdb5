"""Entries as a table for spreadsheets, of which no cell is ever run as a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from stadtkern.submissions.fields import Answer, is_number, shown
from stadtkern.web.sheets import Cell, safe_cell, workbook


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
    """Return entries as a workbook with one sheet; numbers and days are such, all else is text."""
    columns = _columns(lines)

    def rows() -> Iterator[list[Cell]]:
        for line in lines:
            answers: list[Cell] = [None] * len(columns)
            for one in line.answers:
                answers[columns[one.key, one.label]] = _typed(one)
            yield [line.reference, line.received, line.status, *answers]

    return workbook(title, [*head, *(label for _key, label in columns)], rows())


def _typed(one: Answer) -> Cell:
    """Return an answer's number, day or text."""
    if is_number(one):
        return float(one.text)
    if one.kind == "date":
        with suppress(ValueError):
            return datetime.strptime(one.text, "%d.%m.%Y").date()  # noqa: DTZ007 - no zone
    return one.text
