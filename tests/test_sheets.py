"""Workbooks: typed cells, no formulas, limits."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from stadtkern.web import sheets


def cells_of(data: bytes) -> dict[str, str]:
    """Return a workbook's cells by their names: shared texts, and numbers as they are stored."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = [
            "".join(one.itertext()) for one in etree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
    assert sheet.xpath("//*[local-name()='f' or local-name()='hyperlink']") == []
    found = {}
    for one in sheet.xpath("//*[local-name()='c']"):
        text = "".join(one.itertext())
        found[one.get("r")] = shared[int(text)] if one.get("t") == "s" else text
    return found


def test_values_are_what_they_are() -> None:
    row = ["Müller", 7, Decimal("-12.50"), date(2026, 11, 22), None, "=1+1"]
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    cells = cells_of(sheets.workbook("A/B", ["a", "=b", "c", "d", "e", "f"], [row, [moment]]))
    assert cells["B1"] == "=b"
    assert [cells[f"{column}2"] for column in "ABCDF"] == ["Müller", "7", "-12.50", "46348", "=1+1"]
    assert "E2" not in cells
    assert cells["A3"] == "46348.5"


def test_days_before_1900_are_text() -> None:
    cells = cells_of(sheets.workbook("x", ["a"], [[date(1600, 1, 2)]]))
    assert cells["A2"] == "02.01.1600"


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    with pytest.raises(ValueError, match="more than 2"):
        sheets.workbook("x", ["a"], [["1"]] * 3)


def test_a_workbook_is_saved_and_not_stored_on_the_way() -> None:
    answer = sheets.handed_out(sheets.workbook("x", ["a"], []), "work-list")
    assert answer.content_type == sheets.XLSX
    assert answer.headers["Content-Disposition"] == 'attachment; filename="work-list.xlsx"'
    assert answer.headers["Cache-Control"] == "private, no-store"
