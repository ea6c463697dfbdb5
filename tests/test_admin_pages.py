"""The list of pages: filters, sorting, and deeds on many pages with a report for each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.content import bulk
from stadtkern.content.models import Node
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def office(town: Town) -> Town:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def titles(page: Any) -> list[str]:
    return [row.select_one("td a").text for row in page.html.select(".page-table tbody tr")]


def ticked(town: Town, *nodes: Node) -> list[tuple[str, str]]:
    return [("node", f"{node.id}:{town.node(node.path).version}") for node in nodes]


def change(town: Town, action: str, fields: list[tuple[str, str]], **more: str) -> Any:
    """Go the whole way: choose, answer the question, look at the report."""
    asked = town.post("/admin/pages/change", [("action", action), *fields])
    form = next(form for form in asked.forms.values() if "sure" in form.fields)
    for name, value in more.items():
        form[name] = value
    return form.submit().follow()


def states(town: Town) -> dict[str, str]:
    with town.session(write=False) as session:
        rows = session.execute(select(Node.title, Node.state).where(Node.deleted_at.is_(None)))
        return {row.title: row.state for row in rows}


def test_filters_narrow_and_headings_sort(office: Town) -> None:
    office.page("Alpha")
    office.page("Beta", published=False)
    office.add("news", "Gamma")
    office.page("Delta", parent="/en")
    assert titles(office.get("/admin/pages?q=alpha")) == ["Alpha"]
    assert titles(office.get("/admin/pages?state=draft")) == ["Beta"]
    assert titles(office.get("/admin/pages?type=news")) == ["Gamma"]
    assert "Delta" in titles(office.get("/admin/pages?language=en"))
    assert "Alpha" not in titles(office.get("/admin/pages?language=en"))
    found = titles(office.get("/admin/pages?type=page&language=de&sort=title"))
    assert found == sorted(found)
    back = titles(office.get("/admin/pages?type=page&language=de&sort=-title"))
    assert back == found[::-1]
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    assert "No page fits" in office.get(f"/admin/pages?since={tomorrow}")
    # Nonsense narrows nothing and breaks nothing.
    assert "Alpha" in office.get("/admin/pages?since=x&author=-1&sort=x&mark=y&page=0")


def test_chosen_pages_are_published_and_each_is_reported(office: Town) -> None:
    one, two = (office.page(name, published=False) for name in ("Eins", "Zwei"))
    three = office.page("Drei")
    report = change(office, "publish", ticked(office, one, two, three))
    assert [states(office)[name] for name in ("Eins", "Zwei")] == ["published"] * 2
    figures = [figure.text for figure in report.html.select(".figures b")]
    assert figures == ["2", "1", "0"]


def test_all_that_a_list_finds_are_changed_and_no_other(office: Town) -> None:
    for number in range(60):
        office.page(f"Serie {number}", published=False)
    other = office.page("Anderes", published=False)
    asked = office.post(
        "/admin/pages/change", [("action", "publish"), ("all", "1"), ("filter", "q=Serie")]
    )
    assert "60 pages" in asked
    form = next(form for form in asked.forms.values() if "sure" in form.fields)
    page = form.submit().follow()
    assert "50 of 60 pages are done" in page
    assert office.run_jobs() == 1
    assert "Finished" in office.get(page.request.path)
    found = states(office)
    assert {found[f"Serie {number}"] for number in range(60)} == {"published"}
    assert found[other.title] == "draft"


def test_what_somebody_changed_meanwhile_is_left_and_named(office: Town) -> None:
    one, two = (office.page(name, published=False) for name in ("Eins", "Zwei"))
    fields = ticked(office, one, two)
    with office.content() as content:
        content.save(one.id, version=office.node(one.path).version, title="Eins neu")
    report = change(office, "publish", fields)
    assert states(office)["Eins neu"] == "draft"
    assert states(office)["Zwei"] == "published"
    assert "Somebody else has changed it meanwhile" in report


def test_a_refused_page_leaves_nothing_half_done(office: Town) -> None:
    target = office.page("Ziel")
    english = office.page("Anderswo", parent="/en")
    fine = office.page("Passt")
    report = change(office, "move", ticked(office, fine, english), parent="/ziel")
    assert "stays within its language" in report
    assert office.node("/ziel/passt").id == fine.id
    assert office.node("/en/anderswo").parent_id == office.node("/en").id
    assert target.id == office.node("/ziel").id


def test_deleting_parents_and_children_together(office: Town) -> None:
    top = office.page("Oben")
    low = office.page("Unten", parent=top)
    report = change(office, "delete", ticked(office, low, top))
    assert [figure.text for figure in report.html.select(".figures b")] == ["1", "1", "0"]
    assert not {"Oben", "Unten"} & set(states(office))


def test_menus_expiry_archive_and_taking_back(office: Town) -> None:
    node = office.page("Seite", in_nav=True)
    change(office, "hide", ticked(office, node))
    assert office.node("/seite").in_nav is False
    change(office, "show", ticked(office, node))
    assert office.node("/seite").in_nav is True
    change(office, "expire", ticked(office, node), expire_at="2099-05-01T12:00")
    assert office.node("/seite").expire_at == datetime(2099, 5, 1, 10, tzinfo=UTC)
    change(office, "retract", ticked(office, node))
    assert states(office)["Seite"] == "draft"
    change(office, "publish", ticked(office, node))
    change(office, "archive", ticked(office, node))
    assert states(office)["Seite"] == "archived"
    report = change(office, "submit", ticked(office, node))
    assert "cannot be submitted" in report


def test_rights_are_those_at_the_time_of_each_step(town: Town) -> None:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    account = town.login("editor", mail="wandel@people.example")
    nodes = [town.page(f"Seite {number}", published=False) for number in range(60)]
    asked = [(node.id, node.version) for node in nodes]
    with town.content(actor=account) as content:
        run = bulk.begin(content, "publish", asked).id
        bulk.advance(content, run, limit=10)
    with town.session() as session:
        set_roles(session, town.registry, account, ["author"])
    with town.content() as content:
        bulk.advance(content, run, limit=60)
        counts = bulk.counts(content.session, run)
    assert counts == {"done": 10, "refused": 50}
    assert (
        sum(state == "published" for name, state in states(town).items() if "Seite" in name) == 10
    )


def test_authors_change_nothing_that_is_not_theirs(town: Town) -> None:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    node = town.page("Fremd", published=False)
    town.login("author")
    report = change(town, "publish", ticked(town, node))
    assert "You may not do this here" in report
    assert states(town)["Fremd"] == "draft"


def test_a_picture_without_words_keeps_its_page_from_being_published(office: Town) -> None:
    image = office.add(
        "image", "Tor", fields={"alt": "Das Tor", "credit": "Stadt", "licence": "own"}
    )
    page = office.page(
        "Mit Bild", published=False, blocks=[{"type": "image", "data": {"image": image.id}}]
    )
    with office.session() as session:
        row = session.get(Node, image.id)
        assert row is not None
        row.body = {"fields": {**row.body["fields"], "alt": ""}, "blocks": []}
    assert "has no alternative text" in office.get(f"/admin/nodes/{page.id}")
    report = change(office, "publish", ticked(office, page))
    assert "Describe the picture" in report
    assert states(office)["Mit Bild"] == "draft"


@on_sqlite
def test_lists_and_dashboard_cost_the_same_for_any_number_of_pages(office: Town) -> None:
    office.page("Entwurf", published=False)

    def cost(path: str) -> int:
        office.get(path)
        with office.statements() as seen:
            office.get(path)
        return len(seen)

    views = ("/admin", "/admin/pages", "/admin/pages?q=e&sort=author")
    before = [cost(view) for view in views]
    with office.session() as session:
        home = session.scalars(select(Node).where(Node.path == "/")).one()
        session.execute(
            insert(Node),
            [
                {
                    "tenant_id": office.tenant_id,
                    "parent_id": home.id,
                    "path": f"/viele-{number}",
                    "slug": f"viele-{number}",
                    "type": "page",
                    "state": "draft" if number % 2 else "published",
                    "language": "de",
                    "title": f"Viele {number}",
                    "position": number,
                    "body": {"fields": {}, "blocks": []},
                    "expire_at": datetime.now(UTC) + timedelta(days=3),
                }
                for number in range(500)
            ],
        )
    assert [cost(view) for view in views] == before
    assert before[0] <= 16


def test_authors_delete_no_pages_of_others_along_with_their_draft(town: Town) -> None:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    author = town.login("author")
    with town.content(actor=author) as content:
        mine = content.create(content.get(town.node().id), "page", title="Mein")
        alone = content.create(content.get(town.node().id), "page", title="Allein")
        content.session.flush()
        content.session.expunge(mine)
        content.session.expunge(alone)
    town.page("Fremd", parent="/mein")
    report = change(town, "delete", ticked(town, mine, alone))
    assert "There are pages below your draft" in report
    assert {"Mein", "Fremd"} <= set(states(town))
    assert "Allein" not in states(town)


def test_the_report_names_no_pages_that_somebody_may_not_see(town: Town) -> None:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    area = town.page("Feuerwehr")
    hidden = town.page("Geheimer Haushalt", published=False)
    account = town.account(mail="wehr@people.example")
    with town.session() as session:
        set_roles(session, town.registry, account, ())
        add_local_role(session, account.id, area.id, "author")
    town.login(mail="wehr@people.example")
    report = change(town, "publish", ticked(town, area, hidden))
    assert "Feuerwehr" in report
    assert "Geheimer Haushalt" not in report
    assert (
        town.post(
            "/admin/pages/change", [("action", "publish"), ("sure", "1"), *ticked(town, hidden)]
        )
        .follow()
        .text.count("Geheimer")
        == 0
    )
