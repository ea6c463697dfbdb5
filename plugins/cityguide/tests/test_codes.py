"""Codes on signs: made, printed, scanned, typed, withdrawn."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import codes
from stadtkern_cityguide.codes.alphabet import ALPHABET, LENGTH, drawn, normalised
from stadtkern_cityguide.codes.models import Code
from stadtkern_cityguide.codes.services import found_again
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

AddPlace = Callable[..., None]


@pytest.fixture
def tour(guide_town: Town, gpx: Path) -> int:
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=True)
    return done.node_id


def code_of(town: Town, path: str, number: int = 0) -> str:
    """Give a node's whole (or a stop of it) a code and return it."""
    with town.content() as content:
        node = content.by_path(path)
        (group,) = codes.items_of(content, [node])
        return codes.make(content, [group[number]]).codes[0].code


def lead(town: Town, code: str, **headers: str) -> str:
    found = town.get(f"/guide/c/{code}", status=302, headers=headers)
    assert found.headers["Cache-Control"] == "no-store"
    return str(found.location).removeprefix("http://" + town.host)


@given(st.text(alphabet=" -.\u00a0", max_size=3), st.sampled_from((str.lower, str.upper)))
def test_codes_are_read_as_people_type_them(noise: str, typing: Callable[[str], str]) -> None:
    code = drawn()
    typed = noise + noise.join(typing(code)) + noise
    assert normalised(typed) == code
    assert len(code) == LENGTH
    assert not set(code) & set("0OQ1IL2Z5S8BUAE")


@given(st.text(max_size=12))
def test_what_is_no_code_is_none(text: str) -> None:
    code = normalised(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))


def test_a_code_follows_its_stop() -> None:
    one, two = {"title": "A", "lat": 50.0, "lon": 8.0}, {"title": "B", "lat": 50.1, "lon": 8.1}
    assert found_again(two, [one, two]) == 2
    assert found_again(two, [two, one]) == 1
    assert found_again(two, [one, two | {"title": "The B"}]) == 2
    assert found_again(two, [one, two | {"lat": 50.2}]) == 2
    assert found_again(two, [one, {"title": "C", "lat": 50.1001, "lon": 8.1}]) == 2
    assert found_again(two, [one]) == 0
    assert found_again({}, [one, two]) == 0


def test_a_code_leads_to_its_page_and_stop_through_changes(
    guide_town: Town, tour: int, add_place: AddPlace
) -> None:
    town = guide_town
    add_place("Turm")
    tower, whole, spring = (
        code_of(town, "/turm"),
        code_of(town, "/waldrunde"),
        code_of(town, "/waldrunde", 2),
    )
    assert lead(town, tower) == f"/turm#found={tower}"
    assert lead(town, whole.lower()) == f"/waldrunde#found={whole}"
    assert lead(town, spring) == f"/waldrunde?stop=2#found={spring}"
    page = town.get("/waldrunde?stop=2")
    assert page.html.select_one('.notice a[href="#stop-2"]')
    assert "Quelle" in page.html.select_one(".notice").get_text()
    assert town.get("/waldrunde?stop=9").html.select_one(".notice") is None
    # Moved up, then renamed, then moved: the sign outside stays the same.
    for change in ({}, {"title": "Brunnen"}, {"lat": 50.1502}):
        with town.content() as content:
            node = content.get(tour)
            fields = content.fields(node)
            stops = sorted(fields["stops"], key=lambda stop: stop["title"] == "Parkplatz")
            content.save(
                tour,
                version=node.version,
                title=node.title,
                fields=fields | {"stops": [stops[0] | change, stops[1]]},
            )
        assert lead(town, spring) == f"/waldrunde?stop=1#found={spring}"
    # The same place gets no second code.
    assert code_of(town, "/turm") == tower


def test_visitors_get_the_page_in_their_language(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Turm")
    code = code_of(town, "/turm")
    assert lead(town, code, accept_language="en") == f"/turm#found={code}"
    town.add(
        "place",
        "Tower",
        parent="/en",
        translation_group=town.node("/turm").translation_group,
        fields={"kind": "poi", "lat": 50.15, "lon": 8.16, "licence": "CC0-1.0", "attribution": "S"},
    )
    english = {"Accept-Language": "en-GB,en;q=0.9,de;q=0.5"}
    assert lead(town, code, **english) == f"/en/tower#found={code}"
    assert lead(town, code, **{"Accept-Language": "fr"}) == f"/turm#found={code}"
    assert lead(town, f"{code}?lang=en") == f"/en/tower#found={code}"


def test_codes_that_lead_nowhere_help_on(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Turm")
    code = code_of(town, "/turm")
    for typed, status in (("WWWWW", 404), ("HALLO", 404), ("x", 404)):
        page = town.get(f"/guide/c/{typed}", status=status)
        assert page.html.select_one("[role=alert]")
        assert page.html.select_one("form.guide-code input[name=code]")
    with town.content() as content:
        content.unpublish(content.by_path("/turm").id)
    assert town.get(f"/guide/c/{code}", status=410).html.select_one('.notice a, a[href="/guide"]')
    with town.content() as content:
        content.publish(content.by_path("/turm").id)
    with town.session() as session:
        assert codes.withdraw(session, code)
        assert not codes.withdraw(session, code)
    town.get(f"/guide/c/{code}", status=410)
    # It is not given again, and the place gets another one.
    assert code_of(town, "/turm") != code


@on_sqlite
def test_typing_a_code_needs_no_script_and_is_limited(
    guide_town: Town, add_place: AddPlace
) -> None:
    town = guide_town
    add_place("Turm")
    code = code_of(town, "/turm")
    page = town.get("/guide/c")
    form = next(form for form in page.forms.values() if "code" in form.fields)
    form["code"] = f" {code[:2].lower()}-{code[2:]} "
    found = form.submit()
    assert found.status_int == 302
    assert found.follow().location.endswith(f"/turm#found={code}")
    assert "Set-Cookie" not in page.headers
    for _n in range(70):
        last = town.get(f"/guide/c/{code}", status="*")
    assert last.status_int == 429


def test_codes_of_another_town_are_unknown_here(guide_town: Town, add_place: AddPlace) -> None:
    other = guide_town.second_tenant()
    other.enable("cityguide")
    add_place("Turm")
    code = code_of(guide_town, "/turm")
    other.get(f"/guide/c/{code}", status=404)
    other.login("editor")
    other.get(f"/admin/cityguide/codes.pdf?code={code}", status=404)
    other.post("/admin/cityguide/codes", {"withdraw": code}, status=404)
    assert lead(guide_town, code).startswith("/turm")


def darkness(page: Any, scale: float) -> list[list[int]]:
    """Return a rendered page as rows of 0 (dark) and 1 (light)."""
    picture = page.render(scale=scale).to_pil().convert("L")
    width, height = picture.size
    data = picture.tobytes()
    return [[data[y * width + x] > 127 for x in range(width)] for y in range(height)]


@on_sqlite
def test_signs_carry_the_towns_address_as_a_picture_and_in_words(
    guide_town: Town, tour: int, add_place: AddPlace
) -> None:
    town = guide_town
    add_place("Turm")
    town.login("editor")
    page = town.get("/admin/cityguide/codes")
    form = next(form for form in page.forms.values() if "item" in form.fields)
    assert len(form.fields["item"]) == 4
    for box in form.fields["item"]:
        box.checked = True
    sheet = form.submit("print", value="a4").follow()
    assert sheet.content_type == "application/pdf"
    with town.session(write=False) as session:
        stored = {row.code: row for row in session.scalars(select(Code))}
    assert len(stored) == 4
    with pypdfium2.PdfDocument(sheet.body) as document:
        assert len(document) == 4
        texts = [page.get_textpage().get_text_range() for page in document]
        assert "Station 2 von „Waldrunde“" in "".join(texts)
        for text in texts:
            assert f"{town.host}/guide/c" in text
        code = next(code for code in stored if code in texts[0])
        made = segno.make(f"http://{town.host}/guide/c/{code}", error="q", boost_error=False)
        expected = [[not dark for dark in row] for row in made.matrix]
        # The picture is the only square of 105 mm in the middle: read it module by module.
        assert read_back(document[0], len(expected) + 8) == expected
    small = town.get(f"/admin/cityguide/codes.pdf?size=a6&language=en&code={'&code='.join(stored)}")
    with pypdfium2.PdfDocument(small.body) as document:
        assert len(document) == 1
        assert "Scan the picture" in document[0].get_textpage().get_text_range()
    # PDF/UA-1 says so in its metadata (ISO 14289-1, 5).
    assert b"pdfuaid:part" in sheet.body


def read_back(page: Any, modules: int) -> list[list[bool]]:
    """Return the modules of the QR code on a page of A4, light ones true."""
    boxes = [one.get_bounds() for one in page.get_objects(max_depth=5)]
    mm = 72 / 25.4
    left, _bottom, right, top = next(
        box
        for box in boxes
        if abs(box[2] - box[0] - 105 * mm) < 1 and abs(box[3] - box[1] - 105 * mm) < 1
    )
    scale = 4.0
    rows = darkness(page, scale)
    height = page.get_height()
    step = (right - left) / modules
    return [
        [
            rows[int((height - top + (y + 0.5) * step) * scale)][
                int((left + (x + 0.5) * step) * scale)
            ]
            for x in range(4, modules - 4)
        ]
        for y in range(4, modules - 4)
    ]


def test_the_list_of_codes_costs_the_same_for_few_and_many(
    guide_town: Town, add_place: AddPlace
) -> None:
    town = guide_town
    town.login("editor")

    def count() -> int:
        with town.statements() as seen:
            town.get("/admin/cityguide/codes")
        return len(seen)

    add_place("Ort 0")
    code_of(town, "/ort-0")
    count()
    few = count()
    for number in range(1, 9):
        add_place(f"Ort {number}")
        code_of(town, f"/ort-{number}")
    count()
    assert count() == few


@on_sqlite
def test_the_command_makes_lists_and_prints(
    stadtkern: Callable[..., Any],
    guide_town: Town,
    tour: int,
    add_place: AddPlace,
    tmp_path: Path,
) -> None:
    town = guide_town
    add_place("Turm")
    asked = ("cityguide", "codes", "--tenant", town.slug)
    assert json.loads(stadtkern(*asked, "--json").stdout) == []
    missing = stadtkern(*asked, "--out", str(tmp_path / "x.pdf"))
    assert missing.exit_code == 1
    assert "--make" in missing.stderr
    few = json.loads(stadtkern(*asked, "--make", "--json").stdout)
    assert {row["title"] for row in few} == {"Waldrunde", "Turm"}
    target = tmp_path / "signs.pdf"
    done = stadtkern(*asked, "--make", "--stops", "--size", "a6", "--out", str(target))
    assert "Printed 4 codes" in done.stdout
    with pypdfium2.PdfDocument(target) as document:
        assert len(document) == 1
    again = json.loads(stadtkern(*asked, "--make", "--stops", "--json").stdout)
    assert len(again) == 4
    assert all(row["address"].startswith(f"https://{town.host}/guide/c/") for row in again)
    assert stadtkern(*asked, "--language", "fr").exit_code == 1


@on_sqlite
def test_withdrawing_asks_nothing_of_signs_elsewhere(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Turm")
    code = code_of(town, "/turm")
    town.login("editor")
    page = town.get("/admin/cityguide/codes?q=tur")
    form = next(form for form in page.forms.values() if "item" in form.fields)
    asked = form.submit("withdraw", value=code)
    assert "Turm" in asked.html.select_one("main").get_text()
    assert code_of(town, "/turm") == code
    sure = next(form for form in asked.forms.values() if "sure" in form.fields)
    after = sure.submit().follow()
    assert code in after.html.select_one(".notice").get_text()
    assert code not in after.html.select_one("table").get_text()
    nothing = next(form for form in after.forms.values() if "item" in form.fields)
    assert "Nichts" in nothing.submit("print", value="a4").follow().html.select_one(".notice").text
    assert town.get("/admin/cityguide/codes?q=nirgends").html.select_one(".empty-state")
