"""Working together: leases, text kept while typing, ended logins, and two who save one page."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from stadtkern.content import Conflict, ContentRefused, autosaves, locks
from stadtkern.content.models import Autosave, EditLock, Node, Revision
from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite


def text(html: str, key: str = "aaaa") -> dict:
    return {"id": key, "type": "text", "data": {"html": html}}


def as_user(town, mail: str):
    """Return a browser of its own, logged in as an editor."""
    account = town.account("editor", mail=mail)
    browser = town._new_browser()
    browser.set_cookie(town.ticket_cookie, town.ticket(account))
    browser.account = account
    return browser


@pytest.fixture
def page(town):
    return town.page(
        "Bürgerbüro", blocks=[text("<p>Montags geöffnet.</p>")], summary="Alt", published=False
    )


@pytest.fixture
def anna(town):
    return as_user(town, "anna@people.example")


@pytest.fixture
def bernd(town):
    return as_user(town, "bernd@people.example")


def form_of(answer):
    return next(form for form in answer.forms.values() if "base" in form.fields)


def open_form(browser, page):
    return form_of(browser.get(f"/admin/nodes/{page.id}/edit"))


def lease(browser, page, form, deed: str):
    return browser.post(
        f"/admin/nodes/{page.id}/lock",
        {"do": deed, "lock": form["lock"].value, "csrf_token": form["csrf_token"].value},
    )


# Leases


def test_the_second_editor_sees_who_edits_and_may_take_over(town, page, anna, bernd) -> None:
    mine = open_form(anna, page)
    assert lease(anna, page, mine, "take").json["lost"] == ""
    seen = bernd.get(f"/admin/nodes/{page.id}/edit")
    assert not any("base" in form.fields for form in seen.forms.values())
    assert "anna" in seen.text
    assert page.path in [link.get("href") for link in seen.html.find_all("a")]
    over = next(form for form in seen.forms.values() if "lock" in form.fields)
    answer = over.submit("do", value="over").follow()
    theirs = form_of(answer)
    assert lease(bernd, page, theirs, "take").json["lost"] == ""
    told = lease(anna, page, mine, "renew").json["lost"]
    assert "bernd" in told
    # The first one cannot save unseen, but may decide to.
    mine["title"] = "Von Anna"
    again = mine.submit("do", value="save", status=409)
    assert town.node(page.path).title == "Bürgerbüro"
    assert form_of(again)["title"].value == "Von Anna"
    form_of(again).submit("do", value="save", status=302)
    assert town.node(page.path).title == "Von Anna"
    # Nobody is overwritten by that either: the other one comes to merge.
    theirs["title"] = "Von Bernd"
    theirs.submit("do", value="save", status=409)
    assert town.node(page.path).title == "Von Anna"


@pytest.mark.parametrize("base", ["", "-1", "²", "1_0", "9" * 5_000], ids=lambda base: base[:4])
def test_what_names_no_revision_overwrites_nothing(town, page, anna, bernd, base: str) -> None:
    form, theirs = open_form(anna, page), open_form(bernd, page)
    theirs["title"] = "Von Bernd"
    theirs.submit("do", value="save", status=302)
    form["base"], form["title"] = base, "Von Anna"
    assert "Von Anna" in form.submit("do", value="save", status=409).text
    assert town.node(page.path).title == "Von Bernd"


def test_opening_a_form_writes_nothing_and_saving_gives_the_lease_back(town, page, anna) -> None:
    with town.statements() as seen:
        form = open_form(anna, page)
    assert not [line for line in seen if line.split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    with town.session(write=False) as session:
        assert locks.holder(session, page.id) is None
    lease(anna, page, form, "take")
    with town.session(write=False) as session:
        assert locks.holder(session, page.id).account_id == anna.account.id
    form.submit("do", value="save", status=302)
    with town.session(write=False) as session:
        assert locks.holder(session, page.id) is None


def test_a_lease_ends_by_itself(town, page, anna, bernd) -> None:
    lease(anna, page, open_form(anna, page), "take")
    with town.session() as session:
        session.execute(update(EditLock).values(expires_at=utcnow() - timedelta(seconds=1)))
    form = open_form(bernd, page)
    lease(bernd, page, form, "take")
    with town.session(write=False) as session:
        assert locks.holder(session, page.id).account_id == bernd.account.id


def test_another_window_of_the_same_person_takes_the_lease_and_keeps_it(page, anna) -> None:
    first, second = open_form(anna, page), open_form(anna, page)
    lease(anna, page, first, "take")
    assert lease(anna, page, second, "take").json["lost"] == ""
    assert lease(anna, page, first, "renew").json["lost"]
    lease(anna, page, first, "release")
    assert lease(anna, page, second, "renew").json["lost"] == ""


def test_two_first_leases_at_once_leave_one_holder(town, page) -> None:
    people = [town.account("editor", mail=f"p{n}@people.example") for n in range(6)]

    def take(account):
        with town.session() as session:
            return locks.take(session, page.id, account.id, f"t{account.id}").account_id

    with ThreadPoolExecutor(6) as pool:
        holders = set(pool.map(take, people))
    assert len(holders) == 1


# Text kept while typing


def keep(browser, page, form, **changes):
    for name, value in changes.items():
        form[name] = value
    fields = [(name, value) for name, value in form.submit_fields() if name != "do"]
    return browser.post(f"/admin/nodes/{page.id}/autosave", fields)


def test_what_was_typed_is_offered_again_and_restored(town, page, anna, bernd) -> None:
    form = open_form(anna, page)
    assert "kept" in keep(anna, page, form, title="Neuer Titel", html="<p>Dienstags.</p>").json
    assert town.node(page.path).title == "Bürgerbüro"
    offered = anna.get(f"/admin/nodes/{page.id}/edit")
    assert "?restore=1" in offered.text
    notice = offered.html.find(class_="notice").get_text()
    assert "Titel" in notice
    assert "Baustein 1" in notice
    assert "Zusammenfassung" not in notice
    restored = form_of(anna.get(f"/admin/nodes/{page.id}/edit?restore=1"))
    assert restored["title"].value == "Neuer Titel"
    assert restored["html"].value.strip() == "Dienstags."
    # Nobody else is offered it.
    assert "?restore=1" not in bernd.get(f"/admin/nodes/{page.id}/edit").text
    restored.submit("do", value="save", status=302)
    assert town.node(page.path).title == "Neuer Titel"
    assert "?restore=1" not in anna.get(f"/admin/nodes/{page.id}/edit").text


def test_unchanged_text_is_not_offered(page, anna) -> None:
    keep(anna, page, open_form(anna, page))
    assert "?restore=1" not in anna.get(f"/admin/nodes/{page.id}/edit").text


def test_what_was_typed_can_be_discarded(town, page, anna) -> None:
    keep(anna, page, open_form(anna, page), title="Neu")
    offered = anna.get(f"/admin/nodes/{page.id}/edit")
    discard = next(form for form in offered.forms.values() if "autosave" in form.action)
    discard.submit("do", value="discard").follow()
    with town.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Autosave)) == 0


def test_text_for_a_new_page_is_kept_too(town, anna) -> None:
    home = town.node("/")
    address = f"/admin/nodes/{home.id}/add/page"
    form = form_of(anna.get(address))
    form["title"] = "Noch nicht da"
    fields = [(name, value) for name, value in form.submit_fields() if name != "do"]
    anna.post(f"{address}/autosave", fields)
    assert "?restore=1" in anna.get(address).text
    restored = form_of(anna.get(f"{address}?restore=1"))
    assert restored["title"].value == "Noch nicht da"
    restored.submit("do", value="save", status=302)
    assert town.node("/noch-nicht-da").title == "Noch nicht da"
    assert "?restore=1" not in anna.get(address).text


def test_restored_text_meets_what_others_saved_meanwhile(town, page, anna, bernd) -> None:
    keep(anna, page, open_form(anna, page), title="Annas Titel")
    with town.session() as session:
        session.execute(delete(EditLock))
    theirs = open_form(bernd, page)
    theirs["title"] = "Bernds Titel"
    theirs.submit("do", value="save", status=302)
    restored = form_of(anna.get(f"/admin/nodes/{page.id}/edit?restore=1"))
    restored.submit("do", value="save", status=409)
    assert town.node(page.path).title == "Bernds Titel"


def test_kept_texts_are_bounded(town, page, anna) -> None:
    with town.session() as session:
        for number in range(autosaves.MAX_PLACES + 3):
            autosaves.keep(
                session, anna.account.id, f"add:1:t{number}", [("title", "x")], base_version=0
            )
        places = set(session.scalars(select(Autosave.place)))
        assert len(places) == autosaves.MAX_PLACES
        assert "add:1:t0" not in places
        with pytest.raises(ContentRefused):
            autosaves.keep(
                session,
                anna.account.id,
                "node:1",
                [("html", "x" * autosaves.MAX_BYTES)],
                base_version=0,
            )
        session.execute(update(Autosave).values(saved_at=utcnow() - autosaves.KEPT_FOR))
        assert autosaves.find(session, anna.account.id, "add:1:t9") is None
        assert autosaves.drop_old(session) == autosaves.MAX_PLACES


@on_sqlite
def test_who_may_not_edit_keeps_nothing(town, page) -> None:
    town.login("author", mail="leser@people.example")
    for rest in ("autosave", "lock"):
        town.post(f"/admin/nodes/{page.id}/{rest}", {"title": "x"}, status=403)


# Ended logins


def test_a_form_sent_after_the_login_has_ended_comes_back_with_all_text(town, page, anna) -> None:
    form = open_form(anna, page)
    form["title"] = "Mühsam geschrieben"
    anna.set_cookie(town.ticket_cookie, "abgelaufen")
    answer = form.submit("do", value="save", status=403)
    assert town.node(page.path).title == "Bürgerbüro"
    assert answer.headers["Cache-Control"] == "no-store"
    anna.set_cookie(town.ticket_cookie, town.ticket(anna.account))
    back = form_of(form_carrying(answer).submit("do", value="return", status=200))
    assert back["title"].value == "Mühsam geschrieben"
    assert town.node(page.path).title == "Bürgerbüro"
    back.submit("do", value="save", status=302)
    assert town.node(page.path).title == "Mühsam geschrieben"


def form_carrying(answer):
    return next(form for form in answer.forms.values() if "title" in form.fields)


def test_a_form_without_proof_of_origin_comes_back_with_all_text(town, page, anna) -> None:
    form = open_form(anna, page)
    form["title"] = "Lange offen"
    form["csrf_token"] = "veraltet"
    answer = form.submit("do", value="save", status=400)
    back = form_of(form_carrying(answer).submit("do", value="return"))
    assert back["title"].value == "Lange offen"
    assert town.node(page.path).title == "Bürgerbüro"


def test_text_sent_by_another_site_is_not_carried(town, page) -> None:
    town.anonymous()
    answer = town.post(
        f"/admin/nodes/{page.id}/edit",
        {"title": "Untergeschoben"},
        headers={"Sec-Fetch-Site": "cross-site"},
        status="4*",
    )
    assert "Untergeschoben" not in answer.text


def test_the_login_state_names_nobody_without_login(town, anna) -> None:
    assert anna.get("/admin/login-state").json["account"] == anna.account.id
    town.anonymous()
    assert town.get("/admin/login-state").json == {"account": None, "csrf": ""}


# Merging


def two_forms(page, anna, bernd):
    return open_form(anna, page), open_form(bernd, page)


def test_the_second_who_saves_merges_by_field_and_block(town, page, anna, bernd) -> None:
    mine, theirs = two_forms(page, anna, bernd)
    theirs["title"] = "Bürgerservice"
    theirs["html"] = "<p>Dienstags geöffnet.</p>"
    theirs.submit("do", value="save", status=302)
    mine["summary"] = "Neu"
    mine["html"] = "<p>Mittwochs geöffnet.</p>"
    answer = mine.submit("do", value="save", status=409)
    assert town.node(page.path).summary == "Alt"
    marked = str(answer.html.find(class_="merge"))
    assert "<del>Montags</del>" in marked
    assert "<ins>Dienstags</ins>" in marked
    assert "<ins>Mittwochs</ins>" in marked
    merging = next(form for form in answer.forms.values() if "carried" in form.fields)
    # Nothing is chosen for anybody.
    again = merging.submit(status=422)
    merging = next(form for form in again.forms.values() if "carried" in form.fields)
    merging["choice-block:aaaa"] = "both"
    merging.submit(status=302)
    node = town.node(page.path)
    assert (node.title, node.summary) == ("Bürgerservice", "Neu")
    assert [block["data"]["html"] for block in node.body["blocks"]] == [
        "<p>Dienstags geöffnet.</p>",
        "<p>Mittwochs geöffnet.</p>",
    ]
    with town.session(write=False) as session:
        last = session.scalars(
            select(Revision).where(Revision.node_id == page.id).order_by(Revision.number.desc())
        ).first()
        assert (last.kind, last.account_id) == ("merge", anna.account.id)


def test_a_third_save_between_is_merged_again(town, page, anna, bernd) -> None:
    mine, theirs = two_forms(page, anna, bernd)
    theirs["title"] = "Zweiter"
    theirs.submit("do", value="save", status=302)
    mine["summary"] = "Meine"
    answer = mine.submit("do", value="save", status=409)
    merging = next(form for form in answer.forms.values() if "carried" in form.fields)
    third = open_form(bernd, page)
    third["title"] = "Dritter"
    third.submit("do", value="save", status=302)
    answer = merging.submit(status=409)
    merging = next(form for form in answer.forms.values() if "carried" in form.fields)
    merging.submit(status=302)
    node = town.node(page.path)
    assert (node.title, node.summary) == ("Dritter", "Meine")


def test_what_is_carried_cannot_be_forged(town, page, anna, bernd) -> None:
    mine, theirs = two_forms(page, anna, bernd)
    theirs["title"] = "Anders"
    theirs.submit("do", value="save", status=302)
    mine["title"] = "Meins"
    answer = mine.submit("do", value="save", status=409)
    merging = next(form for form in answer.forms.values() if "carried" in form.fields)
    carried = merging["carried"].value
    merging["carried"] = carried[:-4] + "AAAA"
    merging.submit(status=400)
    # Nor used for another page.
    other = town.page("Andere")
    anna.post(
        f"/admin/nodes/{other.id}/merge",
        {"carried": carried, "csrf_token": merging["csrf_token"].value},
        status=400,
    )


# Every write names what it has seen, or waits in line


DEEDS = {
    "save": lambda content, node, n: content.save(
        node.id, version=node.version, title=f"Titel {n}", blocks=[]
    ),
    "save_draft": lambda content, node, n: content.save_draft(
        node.id, version=node.version, title=f"Titel {n}", blocks=[]
    ),
    "restore": lambda content, node, _n: content.restore(node.id, 1, version=node.version),
    "rename": lambda content, node, n: content.rename(
        node.id, f"adresse-{n}", version=node.version
    ),
    "move": lambda content, node, n: content.move(
        node.id, content.by_path(f"/ziel-{n}").id, version=node.version
    ),
    "delete": lambda content, node, _n: content.delete(node.id, version=node.version),
    "unpublish": lambda content, node, _n: content.unpublish(node.id, version=node.version),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_of_many_who_saw_the_same_version_one_writes(town, deed) -> None:
    page = town.page("Viele", slug="viele")
    for number in range(4):
        town.page(f"Ziel {number}", slug=f"ziel-{number}")
    seen = town.node(page.path)

    def write(number):
        try:
            with town.content() as content:
                DEEDS[deed](content, seen, number)
        except (Conflict, ContentRefused):
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(4))) == 1


def test_pages_added_below_what_is_being_moved_follow_it(town, page) -> None:
    town.page("Ziel", slug="ziel")

    def move(_number):
        with town.content() as content:
            target = content.by_path("/ziel" if content.by_path(page.path) else "/")
            content.move(page.id, target.id)

    def add(number):
        with town.content() as content:
            content.create(content.get(page.id), "page", title=f"Kind {number}")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(add if n % 4 else move, n) for n in range(24)]:
            done.result()
    with town.session(write=False) as session:
        above = session.get(Node, page.id)
        children = list(session.scalars(select(Node).where(Node.parent_id == page.id)))
        assert len(children) == 18
        assert len({child.path for child in children}) == 18
        assert len({child.position for child in children}) == 18
        assert {child.path for child in children} == {
            f"{above.path}/{child.slug}" for child in children
        }


def test_orders_given_at_once_leave_every_child_its_own_place(town) -> None:
    folder = town.add("folder", "Ordner")
    children = [town.page(f"Kind {n}", parent=folder) for n in range(6)]

    def step(number):
        with town.content() as content:
            content.reorder(children[number % 6].id, -1 if number % 2 else 1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(step, range(18)))
    with town.session(write=False) as session:
        places = list(session.scalars(select(Node.position).where(Node.parent_id == folder.id)))
    assert sorted(places) == list(range(6))


@pytest.mark.parametrize("do", ["save", "publish"])
def test_merging_stores_nothing_that_the_type_refuses(town, anna, bernd, do) -> None:
    zone = ZoneInfo(town.tenant.timezone)
    event = town.add(
        "event",
        "Fest",
        fields={
            "starts": datetime(2030, 5, 1, 10, tzinfo=zone),
            "ends": datetime(2030, 5, 1, 12, tzinfo=zone),
        },
    )
    mine, theirs = two_forms(event, anna, bernd)
    theirs["starts"] = "2030-05-01T11:30"
    theirs.submit("do", value=do, status=302)
    mine["ends"] = "2030-05-01T11:00"
    answer = mine.submit("do", value=do, status=409)
    before = town.node(event.path)
    refused = merging_of(answer).submit(status=422)
    assert "Das Ende liegt vor dem Beginn." in refused or "The end lies before" in refused
    # Neither hand's text is lost, and what was taken over by itself may now be chosen.
    assert town.node(event.path).version == before.version
    merging = merging_of(refused)
    assert (merging["choice-field:starts"].value, merging["choice-field:ends"].value) == (
        "theirs",
        "mine",
    )
    merging["choice-field:starts"] = "mine"
    merging.submit(status=302)
    with town.content() as content:
        node = content.get(event.id)
        fields = content.fields_of(content.kind("event"), content.working_copy(node))
    assert [fields[name].astimezone(zone).hour for name in ("starts", "ends")] == [10, 11]
    assert (node.draft_revision is None) == (do == "publish")


def merging_of(answer):
    return next(form for form in answer.forms.values() if "carried" in form.fields)


def test_a_merged_page_that_may_not_be_published_is_not_stored_either(town, anna, bernd) -> None:
    quote = {"id": "q", "type": "quote", "data": {"text": "Ja.", "person": "Rita Muster"}}
    page = town.page("Zitat", blocks=[quote], published=False)
    mine, theirs = two_forms(page, anna, bernd)
    theirs["person"] = ""
    theirs.submit("do", value="save", status=302)
    mine["title"] = "Zitate"
    answer = mine.submit("do", value="publish", status=409)
    before = town.node(page.path)
    refused = merging_of(answer).submit(status=422)
    # Sent again it is refused for the same reason, not for a save that never was.
    assert merging_of(refused)["version"].value == str(before.version)
    after = town.node(page.path)
    assert (after.version, after.title, after.state) == (before.version, "Zitat", "draft")
