"""Mailboxes that refuse: written to no more until their owner can be reached again."""

from datetime import timedelta
from typing import Any

import pytest
from readers_kit import MAIL, codes, enter, form_of, pass_time, subscribe
from sqlalchemy import select, update

from stadtkern.db import utcnow
from stadtkern.mail.services import REFUSED, MailNotSent, MailOutbox
from stadtkern.notify.subscriptions import Subscriber
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

pytestmark = on_sqlite


class Post:
    """What a mail server is given, and what it answers."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.problem: str | None = None

    def take(self, letter: Any) -> str | None:
        """Take or refuse a letter."""
        self.subjects.append(letter["Subject"])
        return self.problem


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(MailOutbox, "_send", lambda _self, letter: made.take(letter))
    return made


@pytest.fixture
def town(make_town: Any, post: Post) -> Town:
    made: Town = make_town({"mail.capture": "false", "mail.host": "mail.invalid"})
    subscribe(made, "type:news")
    made.run_jobs()
    post.subjects.clear()
    return made


def publish(town: Town, *titles: str) -> None:
    """Let something go public and the mails leave."""
    for title in titles:
        town.add("news", title)
        pass_time(town)
        pass_time(town)


def reader(town: Town) -> Subscriber:
    with town.session(write=False) as session:
        row = session.scalars(select(Subscriber)).one()
        session.expunge_all()
    return row


def days_pass(town: Town, days: int) -> None:
    """Let what a mailbox has refused be that long ago."""
    moment = utcnow() - timedelta(days=days)
    row = reader(town)
    with town.session() as session:
        session.execute(
            update(Subscriber).values(
                refused_since=row.refused_since and moment,
                suspended_at=row.suspended_at and moment,
            )
        )


def test_after_three_refusals_nothing_is_written_until_the_reader_proves_to_read(
    town: Town, post: Post
) -> None:
    post.problem = REFUSED
    publish(town, "Eins", "Zwei")
    days_pass(town, 2)
    publish(town, "Drei")
    assert reader(town).suspended_at is not None
    assert len(post.subjects) == 3
    assert town.mails() == []
    publish(town, "Vier")
    assert len(post.subjects) == 3
    town.login("author")
    assert "Eine Adresse bekommt keine E-Mails" in town.get("/admin/subscriptions").text
    town.anonymous()
    # Whoever enters a mailed code has just read a mail.
    post.problem = None
    form = form_of(town.get("/abonnieren/verwalten"), "mail")
    form["mail"] = MAIL
    form.submit()
    enter(town, codes(town)[0], status=302)
    town.run_jobs()
    post.subjects.clear()
    publish(town, "Fünf")
    # What was new in between is not mailed after the event.
    assert [subject.rpartition(": ")[2] for subject in post.subjects] == ["Fünf"]
    assert (reader(town).suspended_at, reader(town).refusals) == (None, 0)


def test_a_bad_hour_suspends_nobody_and_a_mail_that_is_taken_clears_it(
    town: Town, post: Post
) -> None:
    post.problem = REFUSED
    publish(town, "Eins", "Zwei", "Drei", "Vier")
    assert (reader(town).suspended_at, reader(town).refusals) == (None, 4)
    post.problem = None
    publish(town, "Fünf")
    assert (reader(town).refusals, reader(town).refused_since) == (0, None)
    # A server that is away says nothing of the mailbox.
    post.problem = "ConnectionRefusedError"
    with pytest.raises(MailNotSent):
        publish(town, "Sechs")
    assert reader(town).refusals == 0


def test_an_address_that_stays_closed_is_deleted(town: Town, post: Post) -> None:
    post.problem = REFUSED
    publish(town, "Eins", "Zwei")
    days_pass(town, 2)
    publish(town, "Drei")
    days_pass(town, 89)
    town.run_schedule("subscriptions.purge")
    assert reader(town).suspended_at is not None
    days_pass(town, 91)
    town.run_schedule("subscriptions.purge")
    with town.session(write=False) as session:
        assert session.scalars(select(Subscriber)).all() == []
