"""Changing and ending: one press, only one's own, and nothing stays."""

from typing import Any

import pytest
from readers_kit import KEY, MAIL, ask, codes, enter, form_of, news, pass_time, section, subscribe
from sqlalchemy import func, select

from stadtkern.db import utcnow
from stadtkern.mail.services import MailOutbox
from stadtkern.notify.subscriptions import Subscriber, Subscription, persons
from stadtkern.privacy import Desk, Subject
from stadtkern.privacy.holding import Holds
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.vault.rotation import rotate as rotate_keys


def test_addresses_stand_sealed_and_survive_new_keys(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}")
    with town.session(write=False) as session:
        row = session.scalars(select(Subscriber)).one()
        assert "leserin" not in row.mail
        assert row.mail.startswith("v1.")
    rotate_keys(town.registry, town.tenant_id)
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    assert [mail.recipient for mail in news(town)] == [MAIL]


def test_one_press_of_a_mail_program_ends_it_without_cookies(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}")
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    (mail,) = news(town)
    headers = mail.headers or {}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"]
    assert address.startswith(f"<https://{town.host}/")
    path = KEY.search(address)[1]  # type: ignore[index]
    town.anonymous()
    # Programs that look at links end nothing.
    page = town.get(path)
    assert "List-Unsubscribe" in page.text
    # The key stands nowhere but in the form: no link passes it on.
    assert page.text.count(path.rpartition("/")[2]) == 1
    assert page.headers["Referrer-Policy"] == "no-referrer"
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Subscription.id))) == 1
    body = {"List-Unsubscribe": "One-Click"}
    answer = town.post(path, body, csrf=False, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in answer.headers
    with town.session(write=False) as session:
        assert session.scalars(select(Subscriber)).all() == []
        # The key itself is nowhere: who reads the database can end nothing.
        assert path.rpartition("/")[2] not in str(session.scalars(select(Subscription)).all())
    # Once more, and for a key that never was: the same answer, and nothing is asked again.
    page = town.get(path)
    assert "Beendet" in page.text
    assert "List-Unsubscribe" not in page.text
    assert town.post(path, body, csrf=False).status_int == 200
    assert town.post(path[:-1] + "0", body, csrf=False).status_int == 200
    town.add("news", "Noch etwas", parent=place)
    pass_time(town)
    assert len(news(town)) == 1


@on_sqlite
def test_links_in_mails_begin_as_the_setting_says(make_town: Any) -> None:
    town: Town = make_town({"stadtkern.mail_links": "http://{host}:8080/"})
    place = section(town)
    subscribe(town, f"section:{place.id}")
    entry = town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    body = news(town)[0].body or ""
    assert f"http://{town.host}:8080{entry.path}\n" in body
    assert "https://" not in body


def test_the_key_in_a_mail_is_stored_as_a_hash_only(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}")
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    key = KEY.search(news(town)[0].body or "")[1].rpartition("/")[2]  # type: ignore[index]
    with town.session(write=False) as session:
        row = session.scalars(select(Subscription)).one()
        assert key not in repr({c.name: getattr(row, c.name) for c in row.__table__.columns})


@on_sqlite
def test_somebody_sees_changes_and_ends_their_own(town: Town) -> None:
    subscribe(town, "type:event")
    town.anonymous()
    page = town.get("/abonnieren/verwalten")
    assert MAIL not in page.text
    form = form_of(page, "mail")
    form["mail"] = MAIL
    form.submit()
    page = enter(town, codes(town)[0]).follow()
    assert MAIL in page.text
    row = form_of(page, "frequency")
    row["frequency"] = "weekly"
    page = row.submit("do", value="change").follow()
    with town.session(write=False) as session:
        assert session.scalars(select(Subscription)).one().frequency == "weekly"
    page = form_of(page, "frequency").submit("do", value="end").follow()
    assert MAIL not in page.text
    with town.session(write=False) as session:
        assert session.scalars(select(Subscriber)).all() == []


@on_sqlite
def test_nobody_changes_what_belongs_to_somebody_else(town: Town) -> None:
    subscribe(town, "type:event", mail="andere@people.example")
    with town.session(write=False) as session:
        theirs = session.scalars(select(Subscription)).one().id
    town.anonymous()
    subscribe(town, "type:news")
    town.post("/abonnieren/aendern", {"id": str(theirs), "do": "end"}, status=404)
    town.post("/abonnieren/aendern", {"id": "9" * 30, "do": "end"}, status=404)
    town.anonymous()
    # Without a proof nothing happens at all.
    town.post("/abonnieren/aendern", {"id": str(theirs), "do": "end"}, status=302)
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Subscription.id))) == 2


@on_sqlite
def test_a_mail_that_was_sent_leaves_no_address_behind(
    make_town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Town = make_town({"mail.capture": "false", "mail.host": "mail.invalid"})
    sent: list[Any] = []
    monkeypatch.setattr(MailOutbox, "_send", lambda _self, letter: sent.append(letter))
    form = form_of(made.get("/abonnieren"), "mail")
    form["mail"] = MAIL
    form.submit()
    made.run_jobs()
    assert [letter["To"] for letter in sent] == [MAIL]
    assert made.mails() == []


@on_sqlite
def test_editors_see_numbers_and_no_names(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}", frequency="daily")
    town.anonymous()
    subscribe(town, "search::Hebammen in Not", mail="andere@people.example")
    town.anonymous()
    ask(town, "type:event", mail="dritte@people.example")
    town.login("author")
    page = town.get("/admin/subscriptions")
    rows = [
        [cell.text_content() for cell in row.xpath(".//td")]
        for row in page.lxml.xpath("//tbody/tr")
    ]
    assert rows == [
        ["Alles Neue in „Aktuelles“", "de", "0", "1", "0", "1"],
        ["Suchen", "", "1", "0", "0", "1"],
    ]
    assert "people.example" not in page.text
    assert "Hebammen" not in page.text


@on_sqlite
def test_what_is_stored_of_a_reader_is_found_handed_out_and_erased(town: Town) -> None:
    subscribe(town, "type:event")
    ask(town, "type:news")
    with town.session() as session:
        state = Holds({}, frozenset(), frozenset())
        desk = Desk(session, town.registry, town.tenant, utcnow(), state)
        subject = Subject(MAIL, None)
        assert [part.number for part in persons.find(desk, subject)] == [2]
        assert [row["type"] for row in persons.export(desk, subject)] == ["event", "news"]
        assert persons.find(desk, Subject("niemand@people.example", None)) == ()
        persons.erase(desk, subject)
        assert persons.find(desk, subject) == ()
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Subscription.id))) == 0
