"""Asking for mails: nothing without a code, nothing said of others."""

import re
from datetime import timedelta
from typing import Any

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from readers_kit import (
    MAIL,
    ask,
    codes,
    enter,
    form_of,
    news,
    pass_time,
    section,
    subscribe,
)
from sqlalchemy import func, select, update

from stadtkern.db import utcnow
from stadtkern.notify.subscriptions import Subscriber, Subscription, SubscriptionNotice
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


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
def test_a_mail_to_somebody_who_has_not_asked_carries_no_words_of_who_did(town: Town) -> None:
    words = "Ihr Konto wird gesperrt! https://boese.example/login"
    ask(town, f"search::{words}")
    (mail,) = town.mails()
    for word in ("Konto", "gesperrt", "boese.example"):
        assert word not in f"{mail.subject} {mail.body}"
    # Whoever has confirmed it reads what it is about.
    enter(town, codes(town)[0], status=302)
    assert words in town.get("/abonnieren/verwalten").text


@on_sqlite
def test_a_machine_that_fills_everything_in_sends_no_mail(town: Town) -> None:
    form = form_of(town.get("/abonnieren"), "mail")
    form["mail"] = MAIL
    form["website"] = "https://spam.example"
    assert form.submit().status_int == 302
    assert town.mails() == []


@on_sqlite
def test_subscribing_to_the_same_again_changes_how_often(town: Town) -> None:
    subscribe(town, "type:event", frequency="now")
    subscribe(town, "type:event", frequency="weekly")
    with town.session(write=False) as session:
        assert [row.frequency for row in session.scalars(select(Subscription))] == ["weekly"]


@on_sqlite
def test_only_public_sections_and_known_types_can_be_named(town: Town) -> None:
    hidden = town.add("folder", "Streng geheim", published=False)
    numbers = ("²", "9" * 40, "9" * 5_000)  # int() refuses more than 4,300 digits
    sections = [f"section:{number}" for number in (hidden.id, *numbers)]
    for name in (*sections, "type:nix", "type:"):
        assert "Streng geheim" not in town.get("/abonnieren", params={"about": name}).text
    fields = {"about": f"section:{hidden.id}", "frequency": "now", "mail": MAIL}
    town.post("/abonnieren", fields, status=422)
    assert town.mails() == []
