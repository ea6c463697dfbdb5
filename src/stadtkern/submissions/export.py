"""Entries as a table for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from stadtkern.content.redirect_table import safe_cell
from stadtkern.submissions.fields import Answer


def as_csv(rows: Iterable[tuple[Any, Sequence[Answer]]], head: Sequence[str]) -> bytes:
    """Return ``(entry, answers)`` as CSV: semicolons, UTF-8 with mark, no cell a formula.

    ``head``: titles of number, time of receipt and status. Each question as it was asked has its
    column, in the order in which they first occur.
    """
    rows = list(rows)
    columns: dict[tuple[str, str], int] = {}
    for _row, answers in rows:
        for one in answers:
            columns.setdefault((one.key, one.label), len(columns))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*head, *(safe_cell(label) for _key, label in columns)])
    for row, answers in rows:
        cells = [""] * len(columns)
        for one in answers:
            cells[columns[one.key, one.label]] = safe_cell(one.text)
        writer.writerow(
            [row.reference, row.created_at.isoformat("T", "seconds"), row.status, *cells]
        )
    return out.getvalue().encode("utf-8-sig")
