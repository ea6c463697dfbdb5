"""The tree of pages without scripts: open, find, move, undo; the same SQL for any size."""

from typing import Any

import pytest
from sqlalchemy import insert

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.content.models import Node
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def office(town: Town) -> Town:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def shown(page: Any) -> list[str]:
    return [link.text for link in page.html.select("#page-tree .title")]


def below(town: Town, path: str) -> list[str]:
    """Return the titles below a page in their order, as the tree shows them."""
    number = town.node(path).id
    page = town.get(f"/admin/content?open={town.node('/').id}.{number}")
    found = page.html.select_one(f"#node-{number}")
    return [link.text for link in found.select(":scope > ul > li > .tree-row > .title")]


def put(town: Town, node: Node, to: str, *, status: int = 303, version: int | None = None) -> Any:
    fields = {"node": node.id, "to": to, "version": version or town.node(node.path).version}
    return town.post("/admin/content/move", fields, status=status)


def test_entries_open_by_their_links_and_close_again(office: Town) -> None:
    top = office.page("Oben")
    office.page("Unten", parent=top)
    page = office.get("/admin/content")
    assert "Oben" in shown(page)
    assert "Unten" not in shown(page)
    toggle = page.html.select_one(f"#toggle-{top.id}")
    assert toggle["aria-expanded"] == "false"
    page = office.get(toggle["href"])
    assert "Unten" in shown(page)
    toggle = page.html.select_one(f"#toggle-{top.id}")
    assert toggle["aria-expanded"] == "true"
    assert "Unten" not in shown(office.get(toggle["href"]))


def test_a_title_is_found_with_all_above_it(office: Town) -> None:
    top = office.page("Oben")
    office.page("Gesuchtes", parent=top)
    office.page("Anderes")
    page = office.get("/admin/content?q=gesucht")
    titles = shown(page)
    assert titles.index("Oben") < titles.index("Gesuchtes")
    assert "Anderes" not in titles
    assert [one.select_one(".title").text for one in page.html.select(".hit")] == ["Gesuchtes"]


def test_a_page_moves_by_buttons_alone_and_back_by_undo(office: Town) -> None:
    target = office.page("Ziel")
    moved = office.page("Wandert", slug="wandert")
    page = office.get("/admin/content")
    link = page.html.select_one(f"#node-{moved.id} .actions a")["href"]
    page = office.get(link)
    assert "is being moved" in page
    form = page.forms["tree-move"]
    page = form.submit("to", value=f"below:{target.id}").follow()
    assert office.node("/ziel/wandert").id == moved.id
    assert "now stands below “Ziel”" in page
    undo = page.html.select_one(".notice form")
    fields = {field["name"]: field["value"] for field in undo.select("input")}
    office.post(undo["action"], fields, csrf=False)
    assert office.node("/wandert").id == moved.id


def test_places_before_others_are_kept_and_undone(office: Town) -> None:
    top = office.page("Reihe")
    one, _two, three = (office.page(name, parent=top) for name in ("Eins", "Zwei", "Drei"))
    put(office, three, f"before:{one.id}")
    assert below(office, "/reihe") == ["Drei", "Eins", "Zwei"]
    page = put(office, one, f"below:{top.id}").follow()
    assert below(office, "/reihe") == ["Drei", "Zwei", "Eins"]
    undo = page.html.select_one(".notice form")
    fields = {field["name"]: field["value"] for field in undo.select("input")}
    office.post(undo["action"], fields, csrf=False)
    assert below(office, "/reihe") == ["Drei", "Eins", "Zwei"]


def test_what_cannot_be_moved_there_stays_and_the_reason_is_said(office: Town) -> None:
    top = office.page("Oben")
    low = office.page("Unten", parent=top)
    assert "below itself" in put(office, top, f"below:{low.id}").follow()
    english = office.node("/en")
    assert "stays within its language" in put(office, low, f"below:{english.id}").follow()
    assert "beside a front page" in put(office, low, f"before:{english.id}").follow()
    assert "no longer exists" in put(office, low, "below:999999").follow()
    assert office.node("/oben/unten").id == low.id


def test_a_version_that_is_no_longer_stored_moves_nothing(office: Town) -> None:
    target, moved = office.page("Ziel"), office.page("Wandert")
    stale = office.node(moved.path).version
    with office.content() as content:
        content.save(moved.id, version=stale, title="Wandert anders")
    assert (
        "Somebody else has changed this page"
        in put(office, moved, f"below:{target.id}", version=stale).follow()
    )
    assert office.node("/wandert").id == moved.id


def test_rights_are_asked_at_both_ends(town: Town) -> None:
    mine, others = town.page("Meins"), town.page("Anderes")
    page = town.page("Seite", parent=mine)
    account = town.account("author", mail="teil@people.example")
    with town.session() as session:
        add_local_role(session, account.id, mine.id, "editor")
        set_roles(session, town.registry, account, [])
    town.login(mail="teil@people.example")
    put(town, page, f"below:{others.id}", status=403)
    put(town, others, f"below:{mine.id}", status=403)
    deeper = town.page("Tiefer", parent=mine)
    put(town, page, f"below:{deeper.id}")
    assert town.node("/meins/tiefer/seite").id == page.id
    # Others' parts are not offered as places.
    html = town.get(f"/admin/content?move={deeper.id}&open={town.node('/').id}.{mine.id}").html
    assert not html.select(f"button[value='below:{others.id}']")


@on_sqlite
def test_ten_thousand_pages_cost_no_more_statements(office: Town) -> None:
    def cost(path: str) -> int:
        office.get(path)
        with office.statements() as seen:
            office.get(path)
        return len(seen)

    top = office.page("Viele", slug="viele")
    views = [
        "/admin/content",
        f"/admin/content?open={office.node('/').id}.{top.id}",
        "/admin/content?q=e",
        f"/admin/content?move={top.id}&open={office.node('/').id}",
    ]
    before = [cost(view) for view in views]
    with office.session() as session:
        rows = [
            {
                "tenant_id": office.tenant_id,
                "parent_id": top.id,
                "path": f"/viele/seite-{number}",
                "slug": f"seite-{number}",
                "type": "page",
                "state": "published",
                "language": "de",
                "title": f"Seite {number}",
                "position": number,
                "body": {"fields": {}, "blocks": []},
            }
            for number in range(10_000)
        ]
        session.execute(insert(Node), rows)
    assert [cost(view) for view in views] == before
    page = office.get(views[1])
    assert len(shown(page)) < 70
    assert "9950 more below “Viele”" in page
