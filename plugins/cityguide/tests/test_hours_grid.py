"""Opening hours as a week, and what the form says of them."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import hours
from stadtkern_cityguide.hours.grid import DAYS, ROWS, grid_of, read_grid, text_of, trap

SPANS = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 23)).map(
        lambda pair: (f"{min(pair):02}:00", f"{max(pair) + 1:02}:00")
    ),
    max_size=2,
    unique=True,
)


@given(
    st.fixed_dictionaries(dict.fromkeys(DAYS, SPANS), optional={"PH": SPANS}).filter(
        lambda grid: any(grid.values())
    )
)
@settings(deadline=None, max_examples=60)
def test_a_grid_comes_back_from_its_text(grid: dict[str, list[tuple[str, str]]]) -> None:
    text = text_of(grid)
    assert hours.problem(text) is None
    assert grid_of(text) == {day: sorted(spans) for day, spans in grid.items()}


@pytest.mark.parametrize(
    "text",
    [
        "Apr-Oct Tu-Su 10:00-18:00; Nov-Mar Sa,Su 11:00-16:00",
        "Sa[1] 09:00-13:00",
        'Mo-Fr 09:00-17:00 "by appointment"',
        "sunrise-sunset",
        "week 1-10 Mo 09:00-10:00",
        "Mo 09:00+",
        "nonsense",
        "",
    ],
)
def test_what_is_more_than_a_week_stays_text(text: str) -> None:
    assert grid_of(text) is None


@pytest.mark.parametrize(
    ("text", "day", "spans"),
    [
        ("24/7", "Su", [("00:00", "24:00")]),
        ("09:00-17:00", "Mo", [("09:00", "17:00")]),
        ("Fr-Mo 10:00-12:00", "Sa", [("10:00", "12:00")]),
        ("Mo-Fr 08:00-12:00, Th 14:00-18:00", "Th", [("08:00", "12:00"), ("14:00", "18:00")]),
        ("Mo-Fr 08:00-12:00; Th 14:00-18:00", "Th", [("14:00", "18:00")]),
        ("Mo,We,Sa 08:00-12:00,13:00-15:00", "We", [("08:00", "12:00"), ("13:00", "15:00")]),
        ("Mo-Fr 09:00-17:00; PH off", "PH", []),
        ("Su,PH 11:00-16:00", "PH", [("11:00", "16:00")]),
        ("Fr-Sa 20:00-02:00", "Fr", [("20:00", "02:00")]),
    ],
)
def test_simple_texts_become_a_week(text: str, day: str, spans: list[tuple[str, str]]) -> None:
    grid = grid_of(text)
    assert grid is not None
    assert grid[day] == spans
    # The grid's own text means the same on each of the coming days.
    first = datetime(2026, 11, 23)  # noqa: DTZ001 - the clock on the wall
    for number in range(14):
        moment = first + timedelta(days=number, hours=11)
        assert hours.is_open(text_of(grid), moment) == hours.is_open(text, moment)


def test_the_semicolon_trap_is_seen() -> None:
    assert trap("Mo-Fr 08:00-12:00; Th 14:00-18:00") == "Th 14:00-18:00"
    for text in ("Mo-Fr 08:00-12:00, Th 14:00-18:00", "Mo-Fr 08:00-12:00; Sa 10:00-12:00", "24/7"):
        assert trap(text) == ""
    assert trap("Mo-Fr 08:00-12:00; PH off") == ""
    assert trap("Mo-Fr 08:00-12:00; We off") == ""


@pytest.mark.parametrize("value", [1, [], {"Xx": []}, {"Mo": 1}, {"Mo": [["9", "10:00"]]}])
def test_what_is_no_grid_is_refused(value: object) -> None:
    assert read_grid(value) is None


def test_midnight_ends_the_day() -> None:
    assert read_grid({"Mo": [["20:00", "00:00"]]}) == {"Mo": [("20:00", "24:00")]}
    assert set(ROWS) == {*DAYS, "PH"}


@on_sqlite
def test_the_form_is_told_what_hours_mean(guide_town: Town) -> None:
    town = guide_town
    address = "/admin/cityguide/hours"
    assert town.get(address).status_int == 302
    town.login("author")
    told = town.get(address, params={"text": "mo-fr 08:00-12:00; Th 14:00-18:00"}).json
    assert told["text"] == "Mo-Fr 08:00-12:00; Th 14:00-18:00"
    assert told["grid"]["Th"] == [["14:00", "18:00"]]
    assert told["html"].count("<li>") == 14
    assert "Semikolon" in told["html"]
    grid = json.dumps({"Mo": [["09:00", "12:00"]], "PH": []})
    told = town.get(address, params={"grid": grid}).json
    assert told["text"] == "Mo 09:00-12:00; PH off"
    assert "<script" not in town.get(address, params={"text": "<script>"}).json["html"]
    assert town.get(f"{address}?grid=[[").json["grid"] == {}


@on_sqlite
def test_the_form_shows_14_days_without_a_script(guide_town: Town) -> None:
    town = guide_town
    fields = {"lat": 50.1, "lon": 8.1, "licence": "CC0-1.0", "attribution": "x"}
    node = town.add("place", "Turm", fields=fields | {"opening_hours": "24/7"})
    town.login("editor")
    page = town.get(f"/admin/nodes/{node.id}/edit")
    assert len(page.html.select(".guide-week > li")) == 14
    assert page.html.select_one(".guide-phone iframe")["width"] == "390"
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    home = town.node("/").id
    assert town.get(f"/admin/nodes/{home}/add/place").html.select_one("[data-hours-words]")
