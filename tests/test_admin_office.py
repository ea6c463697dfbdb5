"""Dashboard, live preview, copies, help and undo as editors meet them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stadtkern.content.links import LinkCheck
from stadtkern.content.models import Node
from stadtkern.jobs.models import JobRow
from stadtkern.testing.town import Town


@pytest.fixture
def office(town: Town) -> Town:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return town


def tile(page: Any, title: str) -> str:
    for found in page.html.select(".tile"):
        if found.h2.text == title:
            return str(found.text)
    return ""


def test_the_dashboard_shows_what_waits_for_whom(office: Town) -> None:
    office.configure("content", workflow="reviewed")
    author = office.login("author", mail="autor@people.example")
    with office.content(actor=author) as content:
        home = content.by_path("/")
        assert home is not None
        draft = content.create(home, "page", title="Mein Entwurf")
        sent = content.create(home, "page", title="Eingereicht")
        content.transition(sent.id, "submit")
        number = sent.id
        assert draft.id
    page = office.get("/admin")
    assert "Mein Entwurf" in tile(page, "My drafts")
    assert tile(page, "To review") == ""
    reviewer = office.login("reviewer", mail="pruef@people.example")
    assert "Eingereicht" in tile(office.get("/admin"), "To review")
    with office.content(actor=reviewer) as content:
        content.transition(number, "return", comment="Bitte mit Uhrzeit")
    office.login("author", mail="autor@people.example")
    assert "Bitte mit Uhrzeit" in tile(office.get("/admin"), "Returned to you")


def tile_statements(town: Town, word: str) -> int:
    """Count the dashboard's statements on a tile's own tables."""
    town.get("/admin")
    with town.statements() as seen:
        town.get("/admin")
    return sum(word in statement for statement in seen)


def linking(*paths: str) -> list[dict[str, Any]]:
    html = "".join(f'<p><a href="{path}">dort</a></p>' for path in paths)
    return [{"id": "00000001", "type": "text", "data": {"html": html}}]


def test_the_dashboard_names_the_first_broken_links(office: Town) -> None:
    office.login("author")
    assert tile(office.get("/admin"), "Broken links") == ""
    assert tile_statements(office, "link_check") == 1
    elsewhere = "https://weg.example/plan"
    office.page("Wegweiser", blocks=linking("/gibt-es-nicht", elsewhere))
    with office.session() as session:
        day = datetime(2026, 3, 1, tzinfo=UTC)
        session.add(
            LinkCheck(
                url=elsewhere,
                url_hash="0" * 64,
                status=404,
                problem="status",
                failures=3,
                failing_since=day,
                checked_at=day,
            )
        )
    page = office.get("/admin")
    shown = tile(page, "Broken links")
    assert shown.index("/gibt-es-nicht") < shown.index(elsewhere)
    assert shown.count("Wegweiser") == 2
    assert "/gibt-es-nicht" in page.click("Look at the broken links")
    for number in range(9):
        office.page(f"Mehr {number}", blocks=linking(f"/nirgends-{number}"))
    assert "All 11" in tile(office.get("/admin"), "Broken links")
    assert tile_statements(office, "link_check") == 1
    neighbour = office.second_tenant()
    neighbour.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    neighbour.login("author")
    assert tile(neighbour.get("/admin"), "Broken links") == ""


def test_the_dashboard_names_jobs_that_do_not_go_on(office: Town) -> None:
    def put(town: Town, state: str, name: str = "content.bulk") -> None:
        with town.session() as session:
            session.add(
                JobRow(
                    id=f"{town.slug}-{state}-{name}"[:36],
                    tenant_id=town.tenant_id,
                    name=name,
                    ids={},
                    state=state,
                )
            )

    for state in ("waiting", "running", "done", "cancelled"):
        put(office, state)
    neighbour = office.second_tenant()
    put(neighbour, "failed")
    office.login("administrator")
    assert tile(office.get("/admin"), "Failed jobs") == ""
    assert tile_statements(office, "FROM job ") == 1
    put(office, "failed")
    put(office, "parked", "gone.job")
    page = office.get("/admin")
    shown = tile(page, "Failed jobs")
    assert "Change many pages at once Failed" in shown
    assert "gone.job Parked" in shown
    assert "gone.job" in page.click("Look at the jobs")
    for number in range(9):
        put(office, "failed", f"n{number}")
    assert "All 11" in tile(office.get("/admin"), "Failed jobs")
    assert tile_statements(office, "FROM job ") == 1
    office.login("editor")
    assert tile(office.get("/admin"), "Failed jobs") == ""
    assert tile_statements(office, "FROM job ") == 0


def test_what_is_added_often_is_one_click_away(office: Town) -> None:
    folder = office.add("folder", "Aktuelles")
    office.login("editor")
    office.add("news", "Erste", parent=folder)
    page = office.get("/admin")
    link = page.html.find("a", string=lambda text: text and "in “Aktuelles”" in text)
    assert "Add: News item" in office.get(link["href"])


def test_the_preview_shows_the_working_copy_in_frames_of_our_own_only(office: Town) -> None:
    node = office.page("Öffentlich")
    account = office.login("editor")
    with office.content(actor=account) as content:
        content.save_draft(node.id, version=office.node(node.path).version, title="Neu gefasst")
    page = office.get(f"/admin/nodes/{node.id}/look")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    frames = page.html.select("iframe")
    assert [frame["width"] for frame in frames] == ["390", "1280"]
    assert {" ".join(frame["sandbox"]) for frame in frames} == {"allow-same-origin"}
    framed = office.get(frames[0]["src"])
    assert "Neu gefasst" in framed
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Neu gefasst" not in office.get("/oeffentlich")
    assert office.get("/oeffentlich").headers["X-Frame-Options"] == "DENY"
    office.anonymous()
    assert "/login" in office.get(frames[0]["src"], status=302).location


def copy_form(town: Town, node: Node) -> Any:
    page = town.get(f"/admin/nodes/{node.id}/copy")
    return next(form for form in page.forms.values() if "parent" in form.fields)


def test_a_copy_has_its_own_address_and_can_be_taken_back(office: Town) -> None:
    top = office.page("Vorlage", blocks=[{"type": "text", "data": {"html": "<p>Hallo</p>"}}])
    office.page("Kapitel", parent=top)
    office.login("editor")
    form = copy_form(office, top)
    form["deep"] = True
    page = form.submit().follow()
    made = office.node("/vorlage-2")
    assert (made.state, made.title) == ("draft", "Copy of Vorlage")
    assert office.node("/vorlage-2/kapitel").state == "draft"
    assert made.body["blocks"][0]["data"] == top.body["blocks"][0]["data"]
    undo = page.html.select_one(".notice form")
    office.post(
        undo["action"], {one["name"]: one["value"] for one in undo.select("input")}, csrf=False
    )
    with pytest.raises(LookupError):
        office.node("/vorlage-2")
    form = copy_form(office, top)
    form["parent"] = "/gibt-es-nicht"
    assert "no page at this address" in form.submit(status=422)


def test_every_screen_with_help_says_it_in_both_languages(office: Town) -> None:
    office.login("editor")
    english = office.get("/admin/content").html.select_one(".help-panel").text
    office.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "de"
    german = office.get("/admin/content").html.select_one(".help-panel").text
    assert "Old addresses lead on" in english
    assert "Alte Adressen" in german


def test_an_answer_to_a_report_can_be_taken_back(office: Town) -> None:
    page = office.get("/barriere-melden")
    form = page.forms[len(page.forms) - 1]
    form["description"] = "Der Kontrast ist zu schwach."
    form.submit()
    office.login("editor")
    page = office.get("/admin/reports")
    form = next(form for form in page.forms.values() if "report" in form.fields)
    page = form.submit().follow()
    undo = page.html.select_one(".notice form")
    fields = {one["name"]: one["value"] for one in undo.select("input")}
    page = office.post(undo["action"], fields, csrf=False).follow()
    assert "is open again" in page
    assert "answer by" in page


def test_deleting_can_be_taken_back_at_once(office: Town) -> None:
    node = office.page("Weg damit")
    office.page("Darunter", parent=node)
    office.login("editor")
    page = office.get(f"/admin/nodes/{node.id}/delete")
    form = next(form for form in page.forms.values() if "version" in form.fields)
    page = form.submit().follow()
    with pytest.raises(LookupError):
        office.node("/weg-damit")
    undo = page.html.select_one(".notice form")
    fields = {one["name"]: one["value"] for one in undo.select("input")}
    assert "Restored" in office.post(undo["action"], fields, csrf=False).follow()
    assert office.node("/weg-damit/darunter").state == "published"


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/admin", "Overview"),
        ("/admin/nodes/{home}", "Pages"),
        ("/admin/settings/content", "Pages and review"),
        ("/admin/settings/finance", "Plugins"),
        ("/admin/finance", "Overview of base notices"),
        ("/admin/finance/batches", "Booking export"),
    ],
)
def test_one_entry_of_the_menu_says_where_one_is(office: Town, path: str, entry: str) -> None:
    office.enable("finance")
    office.login("administrator", "finance_clerk")
    page = office.get(path.format(home=office.node("/").id))
    assert [link.text for link in page.html.select(".office-nav [aria-current]")] == [entry]
