"""Places: hours in words, access, categories, events that name them, and what older ones become."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import opening
from stadtkern_cityguide.access import a11y
from stadtkern_cityguide.schemas import upgrade_place

AddPlace = Callable[..., None]
NOW = datetime(2026, 6, 3, 8, tzinfo=UTC)  # a Wednesday, ten o'clock in Hesse


@pytest.fixture
def wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the day before Corpus Christi, 10:00."""
    monkeypatch.setattr(opening, "utcnow", lambda: NOW)


def form_of(page: Any) -> Any:
    """Return the page's main form: the one with a version field."""
    return next(form for form in page.forms.values() if "version" in form.fields)


def words(town: Town, path: str) -> str:
    return str(town.get(path).html.get_text(" ", strip=True))


@on_sqlite
@pytest.mark.usefixtures("wednesday")
def test_a_place_says_in_words_when_it_is_open(guide_town: Town, add_place: AddPlace) -> None:
    add_place("Amt", opening_hours="Mo-Fr 09:00-17:00; PH off")
    text = words(guide_town, "/amt")
    assert "Jetzt geöffnet bis 17:00 Uhr" in text
    assert "Fronleichnam geschlossen" in text
    assert "Mittwoch 09:00 bis 17:00" in text
    add_place("Museum", opening_hours='Th-Su 14:00-18:00 "mit Führung"; PH off')
    assert "Jetzt geschlossen öffnet am Freitag um 14:00 Uhr" in words(guide_town, "/museum")
    add_place("Brunnen", opening_hours="24/7")
    assert "Jetzt geöffnet rund um die Uhr" in words(guide_town, "/brunnen")
    add_place("Ferien", opening_hours="Mo-Fr 09:00-17:00; SH off")
    found = words(guide_town, "/ferien")
    assert "Mo-Fr 09:00-17:00; SH off" in found
    assert "Jetzt" not in found
    add_place(
        "Bad",
        opening_hours="24/7",
        closed_until=date(2026, 7, 1),
        closed_reason="Neue Fliesen",
    )
    assert "Geschlossen bis 1. Juli 2026 Neue Fliesen" in words(guide_town, "/bad")
    data = json.loads(guide_town.get("/amt").html.select_one("script[type*=ld]").string)
    place = data["@graph"][-1]
    assert [one["validFrom"] for one in place["openingHoursSpecification"]] == [
        f"2026-06-{day:02}" for day in (3, 5, 8, 9)
    ]
    assert place["subjectOf"]["creditText"] == "Stadtarchiv"


@on_sqlite
@pytest.mark.usefixtures("wednesday")
def test_a_cached_page_ends_with_what_it_says(guide_town: Town, add_place: AddPlace) -> None:
    add_place("Amt", opening_hours="We 09:00-10:02")
    page = guide_town.get("/amt")
    assert "bis 10:02" in page.text
    entries = guide_town.registry["page_cache"]._entries
    (kept,) = [entry for key, entry in entries.items() if "/amt" in key]
    import time

    assert 0 < kept.until - time.monotonic() <= 120


@on_sqlite
def test_wrong_hours_are_answered_at_their_field_and_white_space_is_mended(
    guide_town: Town, add_place: AddPlace
) -> None:
    town = guide_town
    add_place("Markt")
    town.login("editor")
    node = town.node("/markt")
    form = form_of(town.get(f"/admin/nodes/{node.id}/edit"))
    form["opening_hours"] = "Tu 07:00-016:00"
    refused = form.submit("do", value="publish", status=422)
    assert "Tu 07:00-016:00" in refused.html.select_one(".field-error").get_text()
    form = form_of(refused)
    form["opening_hours"] = "sa[1]  09:00-14:00"
    form.submit("do", value="publish")
    assert town.node("/markt").body["fields"]["opening_hours"] == "Sa[1] 09:00-14:00"


@on_sqlite
def test_categories_are_a_tree_and_lead_to_their_places(
    guide_town: Town, add_place: AddPlace
) -> None:
    town = guide_town
    top = town.add("guide_category", "Essen", fields={"icon": "food", "colour": "red"})
    below = town.add("guide_category", "Café", parent=top, fields={"icon": "food"})
    add_place("Kaffeehaus", categories=[{"category": below.id}])
    page = town.get("/kaffeehaus")
    tag = page.html.select_one(".guide-tag")
    assert tag.get_text(strip=True) == "Café"
    assert town.get("/essen/cafe", status=302).location.endswith("/guide?category=cafe")


@on_sqlite
def test_an_event_names_its_place_and_the_place_its_events(
    guide_town: Town, add_place: AddPlace
) -> None:
    town = guide_town
    add_place("Turm", street="Am Turm 1", city="Musterstadt")
    starts = datetime.now(UTC) + timedelta(days=3)
    block = {
        "type": "guide_event",
        "data": {
            "place": town.node("/turm").id,
            "fee": "frei",
            "licence": "CC0-1.0",
            "attribution": "Verein",
        },
    }
    town.add("event", "Führung", fields={"starts": starts}, blocks=[block])
    text = words(town, "/fuehrung")
    assert "Am Turm 1, Musterstadt" in text
    assert "Verein" in text
    assert "Führung" in words(town, "/turm")


def test_older_places_keep_what_was_written() -> None:
    old = {"address": "Am Turm 1, 65232 Taunusstein", "opening_hours": "mo-fr 09:00-17:00"}
    assert upgrade_place(1, old) == {
        "street": "Am Turm 1",
        "postal_code": "65232",
        "city": "Taunusstein",
        "opening_hours": "Mo-Fr 09:00-17:00",
    }
    assert upgrade_place(1, {"address": "Wald", "opening_hours": "immer"}) == {
        "street": "Wald",
        "hours_note": "immer",
    }


def test_access_is_told_as_a11yjson_names_it() -> None:
    told = a11y(
        {
            "step_free": "partly",
            "access": {"ramp", "loop", "sign_language"},
            "spoken_languages": {"de"},
        }
    )
    assert told == {
        "wheelchairAccessibilityGrade": "partially",
        "entrances": [{"isLevel": False, "hasFixedRamp": True}],
        "hasInductionLoop": True,
        "staff": {"spokenLanguages": ["de", "gsg"]},
    }
    assert a11y({}) == {}
