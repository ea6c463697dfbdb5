"""Choosing a page: searching, walking down, and only what may be chosen."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.testing.town import Town

JSON = {"Accept": "application/json"}


@pytest.fixture
def office(town: Town) -> Town:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def ask(town: Town, query: str = "") -> dict[str, Any]:
    address = f"/admin/choose?{quote(query, safe='=&%/')}"
    found: dict[str, Any] = town.get(address, headers=JSON).json
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [item["title"] for item in found["items"]]


def test_words_find_titles_whatever_their_case_and_addresses(office: Town) -> None:
    office.page("Öffnungszeiten im Rathaus", slug="offen")
    office.page("100 % Ökostrom", slug="strom")
    assert titles(ask(office, "q=öffnungszeiten")) == ["Öffnungszeiten im Rathaus"]
    assert titles(ask(office, "q=RATHAUS")) == ["Öffnungszeiten im Rathaus"]
    assert titles(ask(office, "q=/offen")) == ["Öffnungszeiten im Rathaus"]
    # Signs of the database's patterns are letters like others.
    assert titles(ask(office, "q=0 %25")) == ["100 % Ökostrom"]
    assert titles(ask(office, "q=0_%25")) == []


def test_types_narrow_what_a_search_finds(office: Town) -> None:
    office.page("Markt am Freitag")
    office.add("news", "Markt verlegt")
    assert titles(ask(office, "q=markt&types=news")) == ["Markt verlegt"]
    assert titles(ask(office, "q=markt&types=nonsense")) == []


def test_walking_down_shows_children_and_whether_more_stand_below(office: Town) -> None:
    top = office.page("Oben")
    office.page("Unten", parent=top)
    under = ask(office, f"under={office.node('/').id}")
    assert {
        item["title"]: item["children"] for item in under["items"] if item["title"] == "Oben"
    } == {"Oben": True}
    assert titles(ask(office, f"under={top.id}")) == ["Unten"]
    assert {item["language"] for item in ask(office)["items"]} == set(office.tenant.locales)


def test_a_new_place_is_neither_below_itself_nor_in_another_language(office: Town) -> None:
    top = office.page("Oben", slug="oben")
    office.page("Unten", parent=top)
    office.page("Oben auf Englisch", parent="/en")
    office.page("Obendrein")
    office.add("news", "Oben berichtet")
    assert titles(ask(office, f"q=oben&home={top.id}")) == ["Obendrein"]
    children = ask(office, f"home={top.id}&under={office.node('/').id}")["items"]
    assert {item["title"]: item["choosable"] for item in children if "Oben" in item["title"]} == {
        "Oben": False,
        "Obendrein": True,
        "Oben berichtet": False,
    }


def test_the_number_of_statements_does_not_grow_with_the_tree(office: Town) -> None:
    with office.content() as content:
        home = content.by_path("/")
        assert home is not None
        for number in range(60):
            content.create(home, "page", title=f"Seite {number}")

    def cost(query: str) -> int:
        ask(office, query)
        with office.statements() as seen:
            ask(office, query)
        return len(seen)

    home_id = office.node("/").id
    assert cost(f"under={home_id}&page=3") == cost(f"under={office.node('/en').id}")
    assert cost("q=Seite") == cost("q=nichts-davon")


def test_the_page_leads_back_with_the_choice_and_only_within_the_office(office: Town) -> None:
    top = office.page("Ziel hier")
    moved = office.page("Wandert")
    page = office.get(f"/admin/nodes/{moved.id}/move")
    chooser = page.html.select_one("a[data-chooser]")["href"]
    found = office.get(f"{chooser}&q=ziel")
    back = office.get(found.html.select_one("a[data-choice]")["href"])
    form = next(form for form in back.forms.values() if "version" in form.fields)
    assert form["parent"].value == top.path
    form.submit().follow()
    assert office.node("/ziel-hier/wandert").id == moved.id
    for elsewhere in ("//evil.example/", "https://evil.example/", "/admin/../x", "/admin//evil"):
        query = urlencode({"q": "ziel", "next": elsewhere, "field": "x"})
        page = office.get(f"/admin/choose?{query}")
        assert "evil" not in str(page.html.select("a[data-choice]"))
        assert ".." not in str(page.html.select("a[data-choice]"))


def test_a_role_on_a_part_finds_public_pages_and_that_part_only(town: Town) -> None:
    part = town.page("Bereich", published=False)
    town.page("Geheim im Bereich", parent=part, published=False)
    town.page("Geheim anderswo", published=False)
    town.page("Geheimnis für alle")
    account = town.account("author", mail="teil@people.example")
    with town.session() as session:
        add_local_role(session, account.id, part.id, "author")
        set_roles(session, town.registry, account, [])
    town.login(mail="teil@people.example")
    assert sorted(titles(ask(town, "q=geheim"))) == ["Geheim im Bereich", "Geheimnis für alle"]


def test_nobody_else_may_ask(town: Town) -> None:
    assert "/login" in town.get("/admin/choose", status=302).location
