"""“Something is wrong here”: the visitor's form, the editors' list, and how addresses go."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.feedback.models import Feedback

MAIL = "mia@people.example"


@pytest.fixture
def tower(guide_town: Town, add_place: Callable[..., None]) -> int:
    add_place("Turm")
    return guide_town.node("/turm").id


def write(town: Town, path: str, **fields: str) -> Any:
    """Fill the form of a page in and send it; return what is shown then."""
    page = town.get(path)
    form = next(form for form in page.forms.values() if "text" in form.fields)
    for name, value in ({"kind": "closed", "text": "Das Tor ist zu."} | fields).items():
        form[name] = value
    answer = form.submit(expect_errors=True)
    return answer.follow() if answer.status_int == 302 else answer


def stored(town: Town) -> list[Feedback]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Feedback).order_by(Feedback.id)))
        session.expunge_all()
    return rows


def see_to(town: Town, row: Feedback, state: str) -> Any:
    fields = {"id": str(row.id), "status": state}
    return town.post("/admin/cityguide/feedback", fields, status=302).follow()


def test_a_visitor_says_what_is_wrong_and_an_editor_sees_to_it(
    guide_town: Town, tower: int
) -> None:
    town = guide_town
    page = town.get("/turm")
    assert not town.browser.cookies
    link = page.html.select_one('[data-report] a[data-kind="feedback"]')["href"]
    barrier = page.html.select_one('[data-report] a[data-kind="barrier"]')["href"]
    assert "Turm" in town.get(link).text
    assert town.get(barrier).html.select_one("input[name=page]")["value"] == "/turm"
    shown = write(town, link, text="Das Tor ist zu.\nAuch <b>sonntags</b>.", mail=MAIL)
    [row] = stored(town)
    assert row.reference in shown.text
    assert (row.node_id, row.page, row.kind) == (tower, "/turm", "closed")
    assert MAIL not in (row.sealed or "")
    town.login("editor")
    assert "1 Meldung wartet auf Sie" in town.get("/admin").text
    listed = town.get("/admin/cityguide/feedback")
    assert listed.html.select_one(f'a[href^="mailto:{MAIL}"]')
    assert "<b>sonntags" not in listed.text
    with town.statements() as few:
        town.get("/admin/cityguide/feedback")
    assert "gelöscht" in see_to(town, row, "answered").text
    [row] = stored(town)
    assert (row.status, row.sealed) == ("answered", None)
    see_to(town, row, "done")
    see_to(town, stored(town)[0], "open")
    [row] = stored(town)
    assert (row.status, row.closed_at) == ("open", None)
    assert "mailto" not in town.get("/admin/cityguide/feedback").html.select_one("main").decode()
    town.anonymous()
    for _time in range(4):
        write(town, link, mail=MAIL)
    town.login("editor")
    with town.statements() as many:
        town.get("/admin/cityguide/feedback")
    assert len(many) == len(few)


@on_sqlite
def test_the_town_is_told_by_mail_where_it_wants_that(guide_town: Town, tower: int) -> None:
    town = guide_town
    form = f"/guide/feedback?about={tower}"
    write(town, form, mail=MAIL)
    assert town.mails() == []
    town.configure("cityguide", feedback_mail="guide@town.example")
    write(town, form, text="Mein Name ist Mia.", mail=MAIL)
    write(town, "/guide/feedback?lang=en")
    whole, one = town.mails()
    _before, row, _last = stored(town)
    assert (one.recipient, one.subject) == ("guide@town.example", f"Meldung {row.reference}: /turm")
    assert "/admin/cityguide/feedback" in one.body
    # What somebody wrote, and their address, travel by no mail.
    assert "Mia" not in one.body
    assert MAIL not in one.body
    assert whole.subject.endswith(": der Stadtführer im Ganzen")


@on_sqlite
def test_wrong_and_mechanical_entries_are_refused(guide_town: Town, tower: int) -> None:
    town = guide_town
    path = f"/guide/feedback?about={tower}"
    for fields in ({"text": ""}, {"kind": ""}, {"text": "x" * 2_001}, {"mail": "nobody"}):
        answer = write(town, path, **fields)
        assert answer.status_int == 422
        assert answer.html.select(".field-error")
    write(town, path, website="https://spam.example")
    assert stored(town) == []
    # Nonsense about what: the form is about the guide as a whole.
    for about in ("x", "0", "-1", "9" * 30, "%C2%B2", "999999", str(town.node("/").id)):
        assert "diese Nummer" in write(town, f"/guide/feedback?about={about}").text
    assert {(row.node_id, row.page) for row in stored(town)} == {(None, "/guide")}
    town.get("/guide/feedback?lang=en", status=200)


@on_sqlite
def test_drafts_are_no_subject_and_deleted_places_leave_their_feedback(
    guide_town: Town, tower: int
) -> None:
    town = guide_town
    write(town, f"/guide/feedback?about={tower}")
    with town.content() as content:
        content.unpublish(tower)
    assert "Turm" not in town.get(f"/guide/feedback?about={tower}").html.select_one("main").text
    with town.content() as content:
        content.delete(tower)
    town.login("editor")
    assert "Das Tor ist zu." in town.get("/admin/cityguide/feedback").text
    with town.content() as content:
        content.purge(tower)
    assert "/turm" in town.get("/admin/cityguide/feedback").text


@on_sqlite
def test_an_address_that_cannot_be_read_hides_nothing_else(guide_town: Town, tower: int) -> None:
    for mail in (MAIL, "other@people.example"):
        write(guide_town, f"/guide/feedback?about={tower}", mail=mail)
    with guide_town.session() as session:
        one, other = session.scalars(select(Feedback).order_by(Feedback.id))
        one.sealed = other.sealed
    guide_town.login("editor")
    page = guide_town.get("/admin/cityguide/feedback").html.select_one("main")
    assert "nicht lesbar" in page.text
    assert [a["href"].split("?")[0] for a in page.select('a[href^="mailto:"]')] == [
        "mailto:other@people.example"
    ]


@on_sqlite
def test_who_may_see_it(guide_town: Town, tower: int) -> None:
    guide_town.get("/admin/cityguide/feedback", status=302)
    guide_town.login("author")
    guide_town.get("/admin/cityguide/feedback", status=403)
    for role in ("guide_editor", "administrator"):
        guide_town.login(role)
        assert guide_town.get("/admin/cityguide/feedback").status_int == 200
    guide_town.get("/admin/cityguide/feedback?status=nonsense&page=99", status=200)
    for values in ({"id": "1", "status": "open"}, {"id": "x", "status": "done"}, {}):
        guide_town.post("/admin/cityguide/feedback", values, status=404)


@on_sqlite
def test_a_person_finds_and_loses_their_words_and_old_ones_go(guide_town: Town, tower: int) -> None:
    from stadtkern.privacy import Subject
    from stadtkern.privacy.kinds import personal_data, rules
    from stadtkern.privacy.retention import desk_for, run_batch

    town = guide_town
    for mail in (MAIL, MAIL, "other@people.example", ""):
        write(town, f"/guide/feedback?about={tower}", mail=mail)
    [data] = [one for one in personal_data(town.registry) if one.name == "cityguide.feedback"]
    subject = Subject(mail=MAIL, account_id=None)
    with town.session() as session:
        desk = desk_for(session, town.registry, town.tenant)
        assert [part.number for part in data.find(desk, subject)] == [2]
        assert [one["mail"] for one in data.export(desk, subject)] == [MAIL, MAIL]
        data.erase(desk, subject)
        assert [part.number for part in data.find(desk, subject)] == [0]
        kept = session.scalars(select(func.count(Feedback.sealed))).one()
        assert kept == 1
        rows = list(session.scalars(select(Feedback).order_by(Feedback.id)))
        for row, days in zip(rows, (366, 364, 900), strict=False):
            row.status, row.closed_at = "done", utcnow() - timedelta(days=days)
        session.flush()
        rule = rules(town.registry)["cityguide.feedback"]
        assert run_batch(desk, rule, rule.days, None).erased == 2
    assert len(stored(town)) == 2
