"""The back office names a page as its working copy does; visitors read on what is published."""

import pytest

from stadtkern.testing.town import Town


@pytest.fixture
def editing(town: Town) -> Town:
    # English stands in the code; German texts are the catalogue's business.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def retitled(town: Town) -> int:
    node = town.page("Freibad", summary="Alt")
    with town.content() as content:
        content.save_draft(node.id, version=node.version, title="Waldschwimmbad", summary="Neu")
    return int(node.id)


@pytest.mark.parametrize("rest", ["", "/edit", "/look", "/revisions"])
def test_a_working_copys_title_stands_where_it_is_worked_on(editing: Town, rest: str) -> None:
    page = editing.get(f"/admin/nodes/{retitled(editing)}{rest}").html
    assert "Waldschwimmbad" in page.h1.text
    assert "Waldschwimmbad" in page.title.text
    assert page.select_one(".breadcrumbs [aria-current]").text == "Waldschwimmbad"
    assert "Visitors still read the title “Freibad”." in page.main.text


def test_versions_name_their_titles_where_they_differ(editing: Town) -> None:
    rows = editing.get(f"/admin/nodes/{retitled(editing)}/revisions").html.select("tbody tr")
    assert ["“Freibad”" in row.text for row in rows] == [False, True]


def test_nothing_is_said_where_titles_are_the_same(editing: Town) -> None:
    node = editing.page("Freibad")
    assert "Visitors still read" not in editing.get(f"/admin/nodes/{node.id}")


def test_a_framed_preview_offers_no_editing_and_no_scripts(editing: Town) -> None:
    number = retitled(editing)
    frame = editing.get(f"/admin/nodes/{number}/frame")
    assert frame.html.h1.text == "Waldschwimmbad"
    assert not frame.html.select(".edit-link, script[src]")
    page = editing.get("/freibad")
    assert page.html.select_one(".edit-link")
    assert page.html.select_one("script[src]")


def test_titles_of_other_languages_say_so(editing: Town) -> None:
    editing.page("Rathaus")
    town_hall = editing.page("Town hall", parent="/en")
    assert editing.get("/admin/pages").html.find("a", string="Rathaus")["lang"] == "de"
    assert not editing.get("/admin/pages").html.find("a", string="Town hall").get("lang")
    editing.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "de"
    for address in ("/admin/pages", f"/admin/nodes/{town_hall.parent_id}"):
        link = editing.get(address).html.main.find("a", string="Town hall")
        assert link["lang"] == "en", address
    page = editing.get(f"/admin/nodes/{town_hall.id}").html
    assert page.h1["lang"] == "en"
    assert page.select_one(".breadcrumbs [aria-current]")["lang"] == "en"


def test_what_can_be_added_stands_in_groups_with_a_sentence(editing: Town) -> None:
    page = editing.get(f"/admin/nodes/{editing.node('/').id}").html
    groups = {
        section.h3.text: [link.text for link in section.find_all("a")]
        for section in page.select(".offers > section")
    }
    assert groups["Pages and lists"] == ["Page", "Folder", "Link", "Form"]
    assert groups["News and events"] == ["News item", "Event"]
    assert all(entry.span.text for entry in page.select(".offers li"))
    editing.enable("cityguide")
    page = editing.get(f"/admin/nodes/{editing.node('/').id}").html
    assert "City guide" in [heading.text for heading in page.select(".offers h3")]
