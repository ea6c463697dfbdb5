"""CSV with a header: one place a row."""

from __future__ import annotations

import csv
import io

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.loose import add_place
from stadtkern_cityguide.intake.model import Defaults, IntakeError, Reading

LATITUDE = ("lat", "latitude", "breite", "breitengrad", "geo_lat", "y")
LONGITUDE = ("lon", "lng", "long", "longitude", "länge", "laenge", "längengrad", "geo_lon", "x")
MAX_COLUMNS = 200


def _names(line: str) -> tuple[list[str], str]:
    mark = max(";,\t", key=line.count)
    row = next(csv.reader([line], delimiter=mark), [])
    return [name.strip().casefold() for name in row], mark


def is_header(line: bytes) -> bool:
    """Tell whether a line names columns with a position."""
    names, _mark = _names(_decoded(line))
    return any(name in LATITUDE for name in names) and any(name in LONGITUDE for name in names)


def _decoded(data: bytes) -> str:
    """Return the text; spreadsheets of Germans often write Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(data: bytes, reading: Reading, defaults: Defaults) -> None:
    """Read all rows; the separator is the one that the header has most of."""
    text = _decoded(data).lstrip()
    names, mark = _names(text.splitlines()[0])
    lat = next(number for number, name in enumerate(names) if name in LATITUDE)
    lon = next(number for number, name in enumerate(names) if name in LONGITUDE)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        next(rows)
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            cells = row[:MAX_COLUMNS] + [""] * (len(names) - len(row))
            where = (cells[lat], cells[lon]) if cells[lat].strip() or cells[lon].strip() else None
            add_place(reading, dict(zip(names, cells, strict=False)), where, defaults)
    except csv.Error:
        raise IntakeError(
            _("The table cannot be read: a cell is too long or a quotation mark is missing.")
        ) from None
