"""Services, offices and contacts, as visitors and editors meet them."""

from typing import Any

import colander
import pytest
from hypothesis import given
from hypothesis import strategies as st
from town_hall_kit import count, read

from stadtkern.municipal.lists import Entry, by_letter, folded, letter, lines, surname
from stadtkern.municipal.schemas import OfficeSchema, ServiceSchema
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.mark.parametrize("number", ["99012345678901", "9901 2345 678 901", ""])
def test_leika_ids_are_accepted(number: str) -> None:
    assert read(ServiceSchema(), leika=number)["leika"] == number.replace(" ", "")


@pytest.mark.parametrize("number", ["98012345678901", "9901234567890", "990123456789012", "99a"])
def test_what_is_no_leika_id_is_refused(number: str) -> None:
    with pytest.raises(colander.Invalid) as refused:
        read(ServiceSchema(), leika=number)
    assert "leika" in refused.value.asdict()


def test_opening_hours_are_whole_spans() -> None:
    def hours(**span: str) -> Any:
        return read(OfficeSchema(), hours=[span])["hours"][0]

    assert hours(day="mo", opens="8.30", closes="12:00")["opens"] == "08:30"
    assert hours(day="fr", note="nach Vereinbarung")["note"] == "nach Vereinbarung"
    for wrong in (
        {"day": "mo", "opens": "12:00", "closes": "08:00"},
        {"day": "mo", "opens": "08:00"},
        {"day": "mo", "closes": "08:00"},
        {"opens": "08:00", "closes": "12:00"},
        {"day": "xx", "opens": "08:00", "closes": "12:00"},
        {"day": "mo", "opens": "25:00", "closes": "26:00"},
        {"day": "mo"},
    ):
        with pytest.raises(colander.Invalid):
            hours(**wrong)


def test_letters_are_those_of_german_directories() -> None:
    assert [letter(word) for word in ("Öffentlich", "„Äpfel“", "ßa", "1. Mai", "Éclair", "")] == [
        "O", "A", "S", "#", "E", "#",
    ]  # fmt: skip
    assert folded("Straße") == folded("STRASSE") == "strasse"
    assert lines("- a\n\n • b \nc") == ["a", "b", "c"]
    assert (surname("Dr. Özlem Probe", None), surname("Ina van Berg", "van Berg")) == (
        "Probe",
        "van Berg",
    )


class Row:
    """A row with an id."""

    id = 1


@given(st.lists(st.text(max_size=12)))
def test_every_entry_stands_under_exactly_one_letter(titles: list[str]) -> None:
    groups = by_letter(Entry(title, Row()) for title in titles)
    assert sorted(entry.title for _letter, entries in groups for entry in entries) == sorted(titles)
    assert len({name for name, _entries in groups}) == len(groups)
    for name, entries in groups:
        assert all(letter(entry.title) == name for entry in entries)


def make_offices(town: Town, services: int) -> None:
    office = town.add("office", "Bürgerbüro", fields={"phone": "06128 000-1", "hours": []})
    for number in range(services):
        contact = town.add(
            "contact", f"Ina Probe{number}", fields={"office": office.id, "function": "Ausweise"}
        )
        town.add(
            "service",
            f"Ausweis {number}",
            summary="Für alle",
            fields={"office": office.id, "contact": contact.id, "names": f"Perso{number}"},
        )


@on_sqlite
def test_lists_cost_the_same_for_few_and_many(make_town: Any) -> None:
    figures = []
    for index, services in enumerate((2, 9)):
        town = make_town(
            {"stadtkern.page_cache": "false"}, slug=f"stadt{index}", host=f"s{index}.example"
        )
        make_offices(town, services)
        town.add("service_list", "Leistungen")
        town.add("directory", "Verzeichnis")
        town.get("/leistungen")
        figures.append(
            [count(town, path) for path in (
                "/leistungen", "/leistungen?q=perso", "/verzeichnis", "/verzeichnis?by=name",
                "/buergerbuero", "/ausweis-0", "/ina-probe0",
            )]
        )  # fmt: skip
    assert figures[0] == figures[1]
    assert max(figures[0]) <= 6


def test_services_stand_under_all_their_names_and_are_filtered(uncached: Town) -> None:
    town = uncached
    make_offices(town, 1)
    town.add("service", "Zählerstand", fields={})
    town.add("service", "Entwurf", fields={}, published=False)
    town.add("service_list", "Leistungen")
    page = town.get("/leistungen?lang=en").text
    assert 'id="letter-a"' in page
    assert 'href="#letter-z"' in page
    assert "Perso0: see" in page
    assert "Entwurf" not in page
    found = town.get("/leistungen?lang=en&q=PERSO").text
    assert "Perso0" in found
    assert "Zählerstand" not in found
    assert "Nothing found" in town.get("/leistungen?lang=en&q=gibtesnicht").text
    assert "Zählerstand" in town.get("/leistungen?lang=en&q=zahler").text


def test_a_service_names_who_is_responsible(uncached: Town) -> None:
    town = uncached
    make_offices(town, 1)
    page = town.get("/ausweis-0?lang=en").text
    assert 'href="/buergerbuero"' in page
    assert 'href="tel:061280001"' in page
    assert "Ina Probe0" in page
    office = town.get("/buergerbuero").text
    assert "Ina Probe0" in office
    assert "Ausweis 0" in office
    # What is taken back is no longer named anywhere.
    with town.content() as content:
        content.unpublish(town.node("/ina-probe0").id)
    assert "Ina Probe0" not in town.get("/ausweis-0").text
    assert "Ina Probe0" not in town.get("/buergerbuero").text


def test_the_directory_stands_by_office_and_by_name(uncached: Town) -> None:
    town = uncached
    make_offices(town, 2)
    town.add("contact", "Zora Allein", fields={"function": "Ehrenamt"})
    town.add("directory", "Verzeichnis")
    page = town.get("/verzeichnis?lang=en").text
    assert page.index("Bürgerbüro") < page.index("Ina Probe0") < page.index("Zora Allein")
    by_name = town.get("/verzeichnis?lang=en&by=name").text
    assert by_name.index("Zora Allein") < by_name.index("Ina Probe0")
    found = town.get("/verzeichnis?lang=en&q=ehrenamt").text
    assert "Zora Allein" in found
    assert "Ina Probe0" not in found


def test_a_block_shows_what_the_directory_says(uncached: Town) -> None:
    town = uncached
    hours = [{"day": "mo", "opens": "08:00", "closes": "12:00", "note": None}]
    office = town.add("office", "Bürgerbüro", fields={"street": "Am Markt 1", "hours": hours})
    contact = town.add("contact", "Ina Probe", fields={"function": "Ausweise", "phone": "0612 3"})
    hidden = town.add("contact", "Noch nicht da", published=False)
    blocks = [
        {"id": f"0000000{number}", "type": "contact", "data": {"contact": node.id}}
        for number, node in enumerate((office, contact, hidden))
    ]
    page = town.page("Wegweiser", blocks=blocks)
    found = [block.get_text(" ", strip=True) for block in town.get(page.path).html.select(".block")]
    wanted = (
        ("Bürgerbüro", "Am Markt 1", "Montag: 08:00 bis 12:00 Uhr"),
        ("Ina Probe", "Ausweise", "0612 3"),
    )
    assert len(found) == 2
    for text, words in zip(found, wanted, strict=True):
        assert all(word in text for word in words), text
