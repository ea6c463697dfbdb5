"""The rows of the stops' table: posted texts, judged one by one, and what is stored of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stadtkern.db import whole_number
from stadtkern_cityguide.gpx.model import MAX_NAME
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.loose import coordinates
from stadtkern_cityguide.schemas import MAX_STOPS

_NUMBERED = re.compile(r"#(\d{1,9})\)?\s*$")
COLUMNS = ("title", "lat", "lon", "place")


@dataclass
class Row:
    """One row as it was typed. ``was``: the number of the stored stop that it shows, if any."""

    title: str = ""
    lat: str = ""
    lon: str = ""
    place: str = ""
    was: str = ""
    drop: bool = False
    errors: dict[str, Any] = field(default_factory=dict)
    along: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(getattr(self, name).strip() for name in COLUMNS)

    @property
    def position(self) -> tuple[float, float] | None:
        """Return the position in degrees, if it is one."""
        return coordinates(self.lat, self.lon)


def named(place: Any) -> str:
    """Return how a place is written in a row: its title, and its number, which is what counts."""
    return f"{place.title} (#{place.id})"


def stored_rows(stops: Iterable[Mapping[str, Any]], places: Sequence[Any]) -> list[Row]:
    """Return the rows of stored stops."""
    known = {place.id: named(place) for place in places}
    return [
        Row(
            title=str(stop.get("title") or ""),
            lat=_written(stop.get("lat")),
            lon=_written(stop.get("lon")),
            place=known.get(stop.get("place"), f"#{stop['place']}") if stop.get("place") else "",
            was=str(number),
        )
        for number, stop in enumerate(stops)
    ]


def _written(value: Any) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else ""


def posted_rows(controls: Mapping[str, Any]) -> list[Row]:
    """Return the posted rows, in their order."""
    posted = controls.get("stops")
    rows = []
    for one in (posted if isinstance(posted, list) else [])[: MAX_STOPS + 10]:
        if isinstance(one, dict):
            texts: dict[str, Any] = {
                name: str(one.get(name, ""))[: 2 * MAX_NAME] for name in (*COLUMNS, "was")
            }
            rows.append(Row(**texts, drop=bool(one.get("drop"))))
    return rows


def judged(
    rows: Sequence[Row], before: Sequence[Mapping[str, Any]], places: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return the stops as the tour's schema has them; what is wrong stands in the rows' errors.

    A row that names a place and no position stands where the place is. What the table does not
    show of a stop (its text, its radius) stays with it, wherever it is moved.
    """
    known = {place.id: place for place in places}
    titles: dict[str, Any] = {}
    for place in places:
        titles.setdefault(place.title.casefold(), place)
    stops = []
    for row in rows:
        row.errors = {}
        if row.empty or row.drop:
            continue
        number = whole_number(row.was)
        stop = dict(before[number]) if number is not None and number < len(before) else {}
        place = _place(row, known, titles, stop)
        title = " ".join(row.title.split()) or (place.title if place is not None else "")
        if not title:
            row.errors["title"] = _("Please fill in this field.")
        elif len(title) > MAX_NAME:
            row.errors["title"] = _("A name has at most ${n} characters.", mapping={"n": MAX_NAME})
        position = row.position
        if not row.lat.strip() and not row.lon.strip() and place is not None:
            position = place.lat, place.lon
        if position is None:
            row.errors["lat"] = _(
                "Please enter latitude and longitude in degrees, for example 50.14123 and 8.15456."
            )
            continue
        row.lat, row.lon = _written(position[0]), _written(position[1])
        row.title = title
        stop |= {"title": title, "lat": position[0], "lon": position[1]}
        stop["place"] = place.id if place is not None else stop.get("place")
        if not row.place.strip():
            stop["place"] = None
        stops.append(stop)
    return stops


def _place(
    row: Row, known: Mapping[int, Any], titles: Mapping[str, Any], stop: Mapping[str, Any]
) -> Any:
    """Return the place that a row names; one that is gone may stay where it was."""
    text = row.place.strip()
    if not text:
        return None
    number = _NUMBERED.search(text)
    if number is not None:
        found = known.get(int(number[1]))
        if found is None and stop.get("place") != int(number[1]):
            row.errors["place"] = _("There is no such place. Please choose one of the list.")
        return found
    found = titles.get(text.casefold())
    if found is None:
        row.errors["place"] = _("There is no such place. Please choose one of the list.")
    return found


def moved(rows: list[Row], deed: str) -> list[Row]:
    """Return the rows after a button ``up:N`` or ``down:N`` was pressed."""
    name, _colon, text = deed.partition(":")
    number = whole_number(text)
    made = list(rows)
    if number is None:
        return made
    other = number + (-1 if name == "up" else 1)
    if number < len(made) and 0 <= other < len(made):
        made[number], made[other] = made[other], made[number]
    return made


def wrong(rows: Iterable[Row]) -> bool:
    """Tell whether any row has an error."""
    return any(row.errors for row in rows)
