"""The phone beside the map: a tour as it is drawn so far, of which nothing is stored."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from stadtkern.content.models import Node, Revision
from stadtkern.testing.town import Town
from stadtkern_cityguide.geometry import encode_polyline
from stadtkern_cityguide.models import DrawnLine
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

STORED = (Node, Revision, DrawnLine)
LONG = json.dumps({"pieces": [[{"line": encode_polyline([(50.14, 8.15), (50.14, 8.29)])}]]})
"""A line of some ten kilometres."""


@pytest.fixture
def tour(guide_town: Town, gpx: Path) -> int:
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=True)
    guide_town.login("editor")
    return done.node_id


def form_at(town: Town, address: str) -> Any:
    return next(form for form in town.get(address).forms.values() if "base_line" in form.fields)


def framed(form: Any) -> Any:
    """Post what is drawn, as the script does."""
    fields = [(name, value) for name, value in form.submit_fields() if name != "do"]
    return form.response.goto(form.action, method="POST", params=[*fields, ("do", "phone")])


def counts(town: Town) -> list[int]:
    with town.session(write=False) as session:
        return [int(session.scalar(select(func.count()).select_from(one)) or 0) for one in STORED]


def left_out(page: Any) -> list[str]:
    return [one.get_text() for one in page.html.select("[data-left-out]")]


def test_line_and_stops_show_as_they_are_drawn(guide_town: Town, tour: int) -> None:
    town = guide_town
    before = counts(town)
    form = form_at(town, f"/admin/cityguide/tours/{tour}/route")
    assert "1,9 km" in framed(form).html.main.get_text(" ")
    form["line"] = LONG
    form.fields["title"][0].value = "Am neuen Anfang"
    page = framed(form)
    assert left_out(page) == []
    assert page.html.select_one(".facts b").get_text().replace("\xa0", " ") == "10,0 km"
    assert "Am neuen Anfang" in page.html.main.get_text(" ")
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert left_out(page) == []
    # What cannot be read is named, everything else shows.
    form.fields["lat"][1].value = "oben"
    page = framed(form)
    assert len(page.html.select(".stops > li")) == 1
    assert left_out(page)[0].startswith("„Station 2“ ist noch nicht zu sehen: ")
    assert counts(town) == before
    assert "1,9 km" in town.get("/waldrunde")
    town.login("author", mail="leser@people.example")
    town.post(f"/admin/cityguide/tours/{tour}/route", {"do": "phone"}, status=403)


def test_a_tour_that_is_not_there_yet_shows_as_well(guide_town: Town) -> None:
    town = guide_town
    town.login("editor")
    before = counts(town)
    form = form_at(town, "/admin/cityguide/tours/new")
    page = framed(form)
    assert page.html.h1.get_text() == "Noch ohne Titel"
    assert left_out(page) == []
    form.fields["title"][0].value = "Runde im Entstehen"
    form["line"] = LONG
    page = framed(form)
    assert page.html.h1.get_text() == "Runde im Entstehen"
    assert page.html.select_one(".facts b").get_text().replace("\xa0", " ") == "10,0 km"
    assert counts(town) == before
