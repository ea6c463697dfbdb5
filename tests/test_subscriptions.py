"""Subscriptions: nothing without a confirmation, nothing twice, one click ends it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import func, select, update

from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.mail.models import MailMessage
from stadtkern.mail.services import MailOutbox
from stadtkern.notify.subscriptions import Subscriber, Subscription, SubscriptionNotice, persons
from stadtkern.notify.subscriptions.views import network
from stadtkern.privacy import Desk, Subject
from stadtkern.privacy.holding import Holds
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.vault.rotation import rotate as rotate_keys

MAIL = "leserin@people.example"
PLACE = {
    "kind": "hotspot",
    "lat": 50.1,
    "lon": 8.2,
    "licence": "CC-BY-4.0",
    "attribution": "Stadtarchiv",
}
CODE = re.compile(r"#([A-Z2-9]{5}-[A-Z2-9]{5})\b")
KEY = re.compile(r"https://\S+(/abonnieren/abmelden/[0-9a-f]{40})")


@pytest.fixture
def town(make_town: Any) -> Town:
    made: Town = make_town()
    return made


def codes(town: Town) -> list[str]:
    """Return the codes that were mailed, the newest first."""
    return [found[1] for mail in town.mails() if (found := CODE.search(mail.body or ""))]


def ask(town: Town, about: str = "", *, mail: str = MAIL, frequency: str = "now") -> Any:
    page = town.get("/abonnieren", params={"about": about} if about else {})
    form = form_of(page, "mail")
    form["mail"] = mail
    form["frequency"] = frequency
    return form.submit()


def form_of(page: Any, field: str) -> Any:
    return next(form for form in page.forms.values() if field in form.fields)


def enter(town: Town, code: str, *, status: int | None = None) -> Any:
    form = form_of(town.get("/abonnieren/code"), "code")
    form["code"] = code
    return form.submit(status=status)


def subscribe(town: Town, about: str = "", **kw: Any) -> None:
    ask(town, about, **kw)
    enter(town, codes(town)[0], status=302)


def pass_time(town: Town) -> int:
    """Let what waits be due, and run it."""
    with town.session() as session:
        session.execute(update(JobRow).where(JobRow.state == "waiting").values(due_at=utcnow()))
    return town.run_jobs()


def news(town: Town) -> list[MailMessage]:
    """Return the mails with news, the oldest first."""
    return [mail for mail in reversed(town.mails()) if mail.headers]


def section(town: Town, title: str = "Aktuelles") -> Any:
    return town.add("folder", title)


def test_a_confirmed_reader_is_told_of_what_goes_public_in_a_section(town: Town) -> None:
    place, other = section(town), section(town, "Vereine")
    subscribe(town, f"section:{place.id}")
    town.add("news", "Freibad öffnet", parent=place, summary="Ab Mai.")
    town.add("news", "Chor probt", parent=other)
    pass_time(town)
    (mail,) = news(town)
    assert mail.recipient == MAIL
    assert mail.subject.endswith("Freibad öffnet")
    assert "Freibad öffnet" in (mail.body or "")
    assert f"https://{town.host}/aktuelles/freibad-oeffnet" in (mail.body or "")
    assert "Chor" not in (mail.body or "")


def test_nothing_is_mailed_before_the_code_was_entered(town: Town) -> None:
    place = section(town)
    ask(town, f"section:{place.id}")
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    assert news(town) == []
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(SubscriptionNotice.id))) == 0


def test_a_code_works_once_and_wrong_ones_never(town: Town) -> None:
    ask(town)
    wrong = enter(town, "AAAAA-AAAAA", status=422)
    assert wrong.lxml.xpath('//*[@role="alert"]')
    code = codes(town)[0]
    assert "/abonnieren/verwalten" in enter(town, code.lower().replace("-", " ")).location
    enter(town, code, status=422)


@on_sqlite
def test_a_request_lapses_after_two_days_and_nothing_of_it_stays(town: Town) -> None:
    ask(town)
    with town.session() as session:
        session.execute(update(Subscription).values(created_at=utcnow() - timedelta(hours=49)))
    enter(town, codes(town)[0], status=422)
    town.run_schedule("subscriptions.purge")
    with town.session(write=False) as session:
        assert session.scalars(select(Subscription)).all() == []
        assert session.scalars(select(Subscriber)).all() == []


@on_sqlite
def test_what_was_confirmed_is_not_purged(town: Town) -> None:
    subscribe(town)
    with town.session() as session:
        session.execute(update(Subscription).values(created_at=utcnow() - timedelta(days=900)))
    town.run_schedule("subscriptions.purge")
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Subscription.id))) == 1


@on_sqlite
def test_known_and_unknown_addresses_are_answered_alike(town: Town) -> None:
    subscribe(town)
    answers = []
    for mail in (MAIL, "niemand@people.example"):
        town.anonymous()
        asked = ask(town, mail=mail)
        answers.append((asked.status_int, asked.location, asked.follow().text))
        town.anonymous()
        form = form_of(town.get("/abonnieren/verwalten"), "mail")
        form["mail"] = mail
        sent = form.submit()
        answers.append((sent.status_int, sent.location))

    def plain(text: Any) -> Any:
        return [re.sub(r'name="csrf_token" value="\w+"', "", str(part)) for part in text]

    assert plain(answers[0]) == plain(answers[2])
    assert answers[1] == answers[3]
    # Who has subscriptions gets a code for managing them, nobody else does.
    assert [mail.recipient for mail in town.mails()].count("niemand@people.example") == 1


@on_sqlite
def test_an_address_is_not_flooded_with_codes(town: Town) -> None:
    for _index in range(5):
        ask(town)
    assert ask_status(town) == 429
    # Another process has another memory: what waits in the database counts, too.
    town.registry["rate_limiter"] = MovingWindowRateLimiter(MemoryStorage())
    assert ask_status(town) == 302
    assert len(town.mails()) == 5


def ask_status(town: Town) -> int:
    form = form_of(town.get("/abonnieren"), "mail")
    form["mail"] = MAIL
    return int(form.submit(expect_errors=True).status_int)


@on_sqlite
def test_a_machine_that_fills_everything_in_sends_no_mail(town: Town) -> None:
    form = form_of(town.get("/abonnieren"), "mail")
    form["mail"] = MAIL
    form["website"] = "https://spam.example"
    assert form.submit().status_int == 302
    assert town.mails() == []


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
    # Once more, and for a key that never was: the same answer.
    assert town.post(path, body, csrf=False).status_int == 200
    assert town.post(path[:-1] + "0", body, csrf=False).status_int == 200
    town.add("news", "Noch etwas", parent=place)
    pass_time(town)
    assert len(news(town)) == 1


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
def test_a_digest_is_written_once_even_if_its_job_runs_again(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}", frequency="daily")
    for number in range(3):
        town.add("news", f"Bericht {number}", parent=place)
    pass_time(town)
    assert news(town) == []
    town.run_schedule("subscriptions.daily")
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    assert [f"Bericht {number}" in (mail.body or "") for number in range(3)] == [True] * 3
    # Nothing new: nothing is sent, nothing is even enqueued for the town.
    assert town.run_schedule("subscriptions.daily") == 1
    assert len(news(town)) == 1


@on_sqlite
def test_a_killed_run_goes_on_with_those_not_written_to_yet(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stadtkern.notify.subscriptions import letters, telling

    place = section(town)
    readers = [f"leser{number}@people.example" for number in range(4)]
    for mail in readers:
        subscribe(town, f"section:{place.id}", mail=mail, frequency="weekly")
        town.anonymous()
    town.add("news", "Freibad öffnet", parent=place)
    monkeypatch.setattr(telling, "BATCH", 1)
    send, calls = letters.send, []

    def dying(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError("killed")
        send(*arguments)

    monkeypatch.setattr(letters, "send", dying)
    with pytest.raises(OSError, match="killed"):
        town.run_schedule("subscriptions.weekly")
    assert len(news(town)) == 2
    pass_time(town)
    assert sorted(mail.recipient for mail in news(town)) == readers


@on_sqlite
def test_drafts_and_what_stands_below_them_wait_until_they_can_be_seen(town: Town) -> None:
    hidden = town.add("folder", "Entwurf", published=False)
    subscribe(town, frequency="daily")
    below = town.add("news", "Noch geheim", parent=hidden)
    back = town.add("news", "Zurückgezogen")
    with town.content() as content:
        content.unpublish(back.id)
    pass_time(town)
    town.run_schedule("subscriptions.daily")
    assert news(town) == []
    with town.content() as content:
        content.publish(hidden.id)
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    assert below.title in (mail.body or "")
    assert back.title not in (mail.body or "")


@on_sqlite
def test_a_change_of_a_public_page_is_no_news(town: Town) -> None:
    page = town.page("Satzung")
    subscribe(town)
    with town.content() as content:
        content.save(page.id, version=page.version, title="Satzung", fields={}, blocks=[])
        content.publish(page.id)
    pass_time(town)
    assert news(town) == []


@on_sqlite
def test_a_type_is_told_of_wherever_it_stands_in_the_language_asked_for(town: Town) -> None:
    subscribe(town, "type:event")
    town.add("event", "Stadtfest")
    town.add("news", "Kein Fest")
    pass_time(town)
    (mail,) = news(town)
    assert "Stadtfest" in (mail.body or "")
    assert "Kein Fest" not in (mail.body or "")
    assert "- Auf allen Seiten: Veranstaltung" in (mail.body or "")


def test_a_saved_search_tells_of_what_fits_all_its_words(town: Town) -> None:
    page = town.get("/suche", params={"q": "Müllabfuhr Termine"})
    link, feed = page.lxml.xpath('//p[contains(@class, "subscribe")]/a/@href')
    assert town.get(feed).content_type == "application/atom+xml"
    assert form_of(town.get(link), "mail")["about"].value == "search::Müllabfuhr Termine"
    subscribe(town, "search::Müllabfuhr Termine")
    town.page("Abfuhr 2027", summary="Die Termine der Müllabfuhr")
    town.page("Termine der Bücherei")
    town.page("Geheime Termine der Müllabfuhr", published=False)
    pass_time(town)
    (mail,) = news(town)
    assert "\nAbfuhr 2027\n" in (mail.body or "")
    assert "Bücherei" not in (mail.body or "")
    assert "Geheime" not in (mail.body or "")


@on_sqlite
@pytest.mark.parametrize("words", ["", "   ", "***", "\"'(", "a" * 100_000, "NEAR(a OR *) AND"])
def test_odd_searches_break_nothing(town: Town, words: str) -> None:
    page = town.get("/abonnieren", params={"about": f"search::{words}"})
    choice = form_of(page, "mail")["about"].value
    if choice.startswith("search"):
        subscribe(town, f"search::{words}")
        town.page("Irgendetwas")
        pass_time(town)
    assert news(town) == []


@on_sqlite
def test_a_page_of_a_plugin_that_is_switched_off_is_not_told(town: Town) -> None:
    town.enable("cityguide")
    subscribe(town, frequency="daily")
    place = town.add("place", "Brunnen", fields=PLACE, published=False)
    with town.content() as content:
        content.publish(place.id)
    town.disable("cityguide")
    town.run_schedule("subscriptions.daily")
    assert news(town) == []


@on_sqlite
def test_a_mail_about_two_subscriptions_tells_a_page_once_and_ends_each_by_itself(
    town: Town,
) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}", frequency="daily")
    subscribe(town, "type:event", frequency="daily")
    town.add("news", "Freibad öffnet", parent=place)
    town.add("event", "Stadtfest", parent=place)
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    body = mail.body or ""
    assert body.count("\nStadtfest") == 1
    keys = KEY.findall(body)
    assert len(set(keys)) == 3
    town.post(keys[0], {"List-Unsubscribe": "One-Click"}, csrf=False)
    with town.session(write=False) as session:
        assert [row.kind for row in session.scalars(select(Subscription))] == ["type"]


@on_sqlite
def test_subscribing_to_the_same_again_changes_how_often(town: Town) -> None:
    subscribe(town, "type:event", frequency="now")
    subscribe(town, "type:event", frequency="weekly")
    with town.session(write=False) as session:
        assert [row.frequency for row in session.scalars(select(Subscription))] == ["weekly"]


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
def test_only_public_sections_and_known_types_can_be_named(town: Town) -> None:
    hidden = town.add("folder", "Streng geheim", published=False)
    for name in (f"section:{hidden.id}", "type:nix", "type:", "section:²", "section:" + "9" * 40):
        assert "Streng geheim" not in town.get("/abonnieren", params={"about": name}).text
    fields = {"about": f"section:{hidden.id}", "frequency": "now", "mail": MAIL}
    town.post("/abonnieren", fields, status=422)
    assert town.mails() == []


@on_sqlite
def test_a_town_can_do_without(town: Town) -> None:
    place = section(town)
    assert f"about=section%3A{place.id}" in town.get("/aktuelles").text
    subscribe(town, f"section:{place.id}")
    town.configure("subscriptions", offered=False)
    assert "abonnieren" not in town.get("/aktuelles").text
    town.get("/abonnieren", status=404)
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    assert news(town) == []


@on_sqlite
def test_publishing_costs_one_statement_more_at_most(town: Town) -> None:
    page = town.page("Seite", published=False)
    with town.content() as content, town.statements() as seen:
        content.publish(page.id)
    asked = [one for one in seen if "subscri" in one.lower()]
    assert len(asked) == 1, asked


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


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "nonsense"),
        (None, ""),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str | None, expected: str) -> None:
    assert network(address) == expected


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
