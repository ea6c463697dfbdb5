"""Drawing a tour: the table without a script, the line's messages, versions and their lines."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webtest import Upload

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.figures import Line, fingerprint_of
from stadtkern_cityguide.geometry import decode_elevations, encode_polyline
from stadtkern_cityguide.intake import Defaults, IntakeError
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.route.edits import RouteError, applied, points_of, whole
from stadtkern_cityguide.route.taking import take
from stadtkern_cityguide.services import folder_for, import_tour

LINE = Line(
    (((50.14, 8.15), (50.145, 8.155), (50.15, 8.16)), ((50.16, 8.16), (50.17, 8.17))),
    ((300.0, None, 400.0), (410.0, 420.0)),
)


def written(*pieces: Any) -> str:
    return json.dumps({"pieces": pieces})


@pytest.fixture
def tour(guide_town: Town, gpx: Path) -> int:
    """Publish the small tour and log an editor in; return the node's id."""
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=True)
    guide_town.login("editor")
    return done.node_id


def screen(town: Town, tour: int | str) -> Any:
    page = town.get(f"/admin/cityguide/tours/{tour}{'' if tour == 'new' else '/route'}")
    return form_of(page)


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "base_line" in form.fields)


def checked(form: Any) -> str:
    """Ask for the figures, as the script does."""
    fields = [*form.submit_fields(), ("do", "check")]
    html: str = form.response.goto(form.action, method="POST", params=fields).json["html"]
    return html


def lines(town: Town, tour: int) -> list[list[float]]:
    data = json.loads(town.get(f"/guide/tour/{tour}.geojson").body)
    found: list[list[float]] = data["features"][0]["geometry"]["coordinates"]
    return found


# The line's messages


def test_a_message_keeps_what_it_does_not_name() -> None:
    assert applied(LINE, "") is LINE
    new = {"line": encode_polyline([(50.2, 8.2)])}
    made = applied(LINE, written([[0, 1], new], [[4, 3]]))
    assert made is not None
    assert made.segments == (
        ((50.14, 8.15), (50.145, 8.155), (50.2, 8.2)),
        ((50.17, 8.17), (50.16, 8.16)),
    )
    # New points have no elevation, the others keep theirs, also backwards.
    assert made.elevations == ((300.0, None, None), (420.0, 410.0))
    assert applied(LINE, written()) is None
    assert applied(None, whole(LINE)) == LINE


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30))
@settings(deadline=None)
def test_any_stretches_give_these_very_points(numbers: list[int]) -> None:
    made = applied(LINE, written([[number, number] for number in numbers]))
    known = points_of(LINE)
    assert made is not None
    assert points_of(made) == [known[number] for number in numbers]


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        '{"pieces": 1}',
        written([[0, 9], [1, 2]]),
        written([[0]]),
        written([[True, 2]]),
        written([["0", 2]]),
        written([{"line": "_"}, [0, 1]]),
        written([{"line": encode_polyline([(91.0, 8.0), (50.0, 8.0)])}]),
        written([{"line": encode_polyline([(50.0, 8.0)]), "ele": "??"}]),
        written([[0, 0]]),
        '{"pieces": ' + "[" * 9999,
    ],
)
def test_a_garbled_message_is_refused(message: str) -> None:
    with pytest.raises(RouteError):
        applied(LINE, message)


def test_impossible_heights_count_as_missing() -> None:
    high = {"line": encode_polyline([(50.0, 8.0), (50.1, 8.0)]), "ele": "_ibE?"}
    made = applied(None, written([high]))
    assert decode_elevations("_ibE?")[0] is not None
    assert made is None or all(
        height is None or height <= 9000 for piece in made.elevations for height in piece
    )


@pytest.mark.parametrize(
    "text",
    [
        "50.14, 8.15, 300\n50.15, 8.16, 400",
        "50.14 8.15 300\n50.15 8.16 400",
        "50.14,8.15,300\n50.15,8.16,400",
        "lat;lon;ele\n50,14;8,15;300\n50,15;8,16;400",
        "lon,lat,ele\n8.15,50.14,300\n8.16,50.15,400",
        '{"type":"LineString","coordinates":[[8.15,50.14,300],[8.16,50.15,400]]}',
    ],
)
def test_a_line_is_taken_from_what_people_paste(text: str) -> None:
    taken = take(text.encode(), "x", Defaults())
    assert taken.line == Line((((50.14, 8.15), (50.15, 8.16)),), ((300.0, 400.0),))


@pytest.mark.parametrize("text", ["", "hello", "50.1, 8.1", "50.1, 8.1\n99, 8", "\x00\x01"])
def test_what_is_no_line_is_refused_with_words(text: str) -> None:
    with pytest.raises((RouteError, IntakeError)) as caught:
        take(text.encode(), "x", Defaults())
    assert str(caught.value)


# The screen


def test_the_table_works_without_a_script(guide_town: Town, tour: int) -> None:
    town = guide_town
    rights = {"licence": "CC0-1.0", "attribution": "Stadt"}
    place = town.add("place", "Turm", fields={"lat": 50.151, "lon": 8.161} | rights)
    page = screen(town, tour).submit("do", value="down:0")
    form = form_of(page)
    assert [field.value for field in form.fields["title"]][:2] == ["Quelle", "Parkplatz"]
    # A row with nothing but a place takes title and position from it.
    form.fields["place"][2].value = f"Turm (#{place.id})"
    form.fields["drop"][1].checked = True
    form.fields["lat"][0].value = "50,1499"
    form.submit("do", value="publish").follow()
    with town.content() as content:
        stops = content.fields(content.get(tour))["stops"]
    assert [(stop["title"], stop["lat"], stop["place"]) for stop in stops] == [
        ("Quelle", 50.1499, None),
        ("Turm", 50.151, place.id),
    ]
    # What the table does not show goes along with its stop.
    assert stops[0]["text"] == "Fragen an"


def test_wrong_rows_are_shown_and_nothing_is_stored(guide_town: Town, tour: int) -> None:
    form = screen(guide_town, tour)
    form.fields["lat"][0].value = "99"
    form.fields["title"][1].value = ""
    form.fields["place"][1].value = "Nirgendwo"
    page = form.submit("do", value="save", status=422)
    assert {one["name"] for one in page.html.select("[aria-invalid=true]")} == {
        "lat",
        "title",
        "place",
    }
    assert form_of(page).fields["lat"][0].value == "99"
    with guide_town.content() as content:
        assert content.get(tour).revision == 1


def test_a_changed_line_waits_in_the_working_copy_and_comes_back_with_its_version(
    guide_town: Town, tour: int
) -> None:
    town = guide_town
    before = lines(town, tour)
    form = screen(town, tour)
    form["line"] = written([[0, 1], {"line": encode_polyline([(50.16, 8.17)])}])
    form.submit("do", value="save").follow()
    # Visitors still walk the old way; the draft shows the new one, with its own figures.
    assert lines(town, tour) == before
    assert town.get(f"/admin/nodes/{tour}/frame").html.select_one(".facts b").get_text() != "1,9 km"
    form = screen(town, tour)
    form.submit("do", value="publish").follow()
    assert lines(town, tour) == [[8.15, 50.14], [8.155, 50.145], [8.17, 50.16]]
    with town.content() as content:
        node = content.restore(tour, 1)
        content.publish(node.id)
    assert lines(town, tour) == before


def test_a_discarded_working_copy_takes_its_line_along(guide_town: Town, tour: int) -> None:
    before = lines(guide_town, tour)
    form = screen(guide_town, tour)
    form["line"] = written([[3, 0]])
    form.submit("do", value="save")
    with guide_town.content() as content:
        node = content.get(tour)
        content.discard_draft(node.id, version=node.version)
        content.save(tour, version=node.version, title="Neu", fields=content.fields(node))
    assert lines(guide_town, tour) == before


def test_who_comes_second_is_told_and_may_save_on_top(guide_town: Town, tour: int) -> None:
    town = guide_town
    form = screen(town, tour)
    form["line"] = written([[3, 0]])
    with town.content() as content:
        node = content.get(tour)
        content.save(tour, version=node.version, title="Neu", fields=content.fields(node))
    page = form.submit("do", value="publish", status=409)
    assert page.html.select_one(".notice.error") is not None
    assert form_of(page)["line"].value == written([[3, 0]])
    form_of(page).submit("do", value="publish").follow()
    assert lines(town, tour)[0] == [8.16, 50.155]
    assert town.node("/waldrunde").title == "Neu"


def test_a_pasted_line_is_shown_first(guide_town: Town, tour: int) -> None:
    town = guide_town
    before = lines(town, tour)
    form = screen(town, tour)
    form["pasted"] = "50.14, 8.15\n50.15, 8.17"
    page = form.submit("do", value="preview")
    assert "Diese Linie" in page.html.select_one(".notice.info").get_text()
    assert lines(town, tour) == before
    form_of(page).submit("do", value="publish").follow()
    assert lines(town, tour) == [[8.15, 50.14], [8.17, 50.15]]
    form = screen(town, tour)
    form["upload"] = Upload("leer.gpx", b"<gpx/>")
    page = form.submit("do", value="preview", status=422)
    assert page.html.select_one(".field-error") is not None


@on_sqlite
def test_stops_are_put_onto_the_line(guide_town: Town, tour: int) -> None:
    form = screen(guide_town, tour)
    form.fields["lat"][0].value, form.fields["lon"][0].value = "50.1425", "8.1527"
    form.fields["lat"][1].value = "51"
    page = form.submit("do", value="snap")
    found = form_of(page).fields
    assert float(found["lat"][0].value) == pytest.approx(50.14257, abs=0.0002)
    assert found["lat"][0].value != "50.1425"
    assert found["lat"][1].value == "51"


@on_sqlite
def test_the_script_is_told_the_figures(guide_town: Town, tour: int) -> None:
    form = screen(guide_town, tour)
    form["line"] = written([[0, 0], {"line": encode_polyline([(50.3, 8.15)])}])
    html = checked(form)
    assert "17,8 km" in html
    assert "keine Höhen bekannt" in html
    assert "neben der Linie" in html
    form["line"] = written([[0, 1], {"line": encode_polyline([(50.3, 8.15)])}])
    assert "1 Punkt hat keine Höhe" in checked(form)
    form["line"] = "x"
    assert "field-error" in checked(form)


@on_sqlite
def test_a_tour_is_drawn_from_nothing(guide_town: Town) -> None:
    town = guide_town
    town.login("editor")
    form = screen(town, "new")
    form.fields["title"][0].value = "Neue Runde"
    form["licence"], form["attribution"] = "CC0-1.0", "Stadt"
    page = form.submit("do", value="save", status=422)
    assert page.html.select_one(".notice.error") is not None
    form = form_of(page)
    form["line"] = written([{"line": encode_polyline([(50.14, 8.15), (50.15, 8.16)])}])
    form.submit("do", value="save").follow()
    node = town.node("/neue-runde")
    assert node.state == "draft"
    form_of(town.get(f"/admin/cityguide/tours/{node.id}/route")).submit("do", value="publish")
    town.anonymous()
    assert "1,3 km" in town.get("/neue-runde").html.select_one(".facts").get_text()


@on_sqlite
def test_a_tour_of_before_keeps_its_line_for_its_versions(guide_town: Town, tour: int) -> None:
    from sqlalchemy import delete

    from stadtkern_cityguide.models import DrawnLine

    town = guide_town
    before = lines(town, tour)
    with town.content() as content:
        # As it was before lines had names.
        node = content.get(tour)
        content.session.execute(delete(DrawnLine))
        fields = content.fields(node) | {"line": None}
        content.save(tour, version=node.version, title=node.title, fields=fields)
    assert lines(town, tour) == before
    form = screen(town, tour)
    form["line"] = written([[3, 0]])
    form.submit("do", value="publish").follow()
    assert lines(town, tour) != before
    with town.content() as content:
        content.restore(tour, 2)
        content.publish(tour)
    assert lines(town, tour) == before


@on_sqlite
def test_twenty_thousand_points_stay_a_small_message(guide_town: Town, tour: int) -> None:
    town = guide_town
    points = tuple((50 + number / 1e5, 8 + (number % 7) / 1e5) for number in range(20_000))
    line = Line((points,), (tuple(300 + number % 5 for number in range(20_000)),))
    form = screen(town, tour)
    form["line"] = whole(line)
    form.submit("do", value="publish").follow()
    form = screen(town, tour)
    assert form["base_line"].value == fingerprint_of(line)
    assert form["line"].value == ""
    form["line"] = written([[0, 9_999], {"line": encode_polyline([(50.1, 8.2)])}, [10_001, 19_999]])
    form.submit("do", value="publish").follow()
    with town.session(write=False) as session:
        from stadtkern_cityguide import queries

        track = queries.track(session, tour)
        assert track is not None
        heights = decode_elevations(track.elevations)
    assert len(heights) == 20_000
    assert heights[10_000] is None
    assert heights[9_999] == 304


@on_sqlite
def test_only_editors_of_the_tour_draw(guide_town: Town, tour: int) -> None:
    town = guide_town
    address = f"/admin/cityguide/tours/{tour}/route"
    assert f'href="{address}"' in town.get(f"/admin/nodes/{tour}").text
    assert f'href="{address}"' in town.get(f"/admin/nodes/{tour}/edit").text
    town.login("author")
    town.get(address, status=403)
    town.get("/admin/cityguide/tours/new", status=403)
    home = town.node("/").id
    town.login("editor")
    town.get(f"/admin/cityguide/tours/{home}/route", status=404)
    other = town.second_tenant()
    other.enable("cityguide")
    other.login("editor")
    other.get(address, status=404)
