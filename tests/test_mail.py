"""Mails leave by jobs, with retries, and are not sent twice."""

import smtplib
from email.message import EmailMessage
from typing import Any, Self

import pytest

from stadtkern.db import work
from stadtkern.jobs import queries
from stadtkern.jobs.models import JobRow
from stadtkern.mail import compose
from stadtkern.mail.services import RETRIES, MailNotSent, is_refused


class Server:
    """A mail server that takes what it is given, or breaks off."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.problem: Exception | None = None

    def __call__(self, *_args: Any, **_kw: Any) -> "Server":
        """Be connected to."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        return None

    def send_message(self, letter: EmailMessage) -> None:
        """Take one letter."""
        if self.problem is not None:
            raise self.problem
        self.taken.append(letter)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(smtplib, "SMTP", made)
    return made


@pytest.fixture
def town(make_town):
    return make_town({"mail.capture": "false", "mail.host": "mail.example"})


def write(town) -> None:
    with town.session() as session:
        compose(
            session,
            town.registry["outbox"],
            recipient="wer@people.example",
            subject="Eingang",
            body="Guten Tag",
        )


def make_due(town) -> None:
    with work(town.database) as session:
        session.query(JobRow).update({"due_at": JobRow.created_at})


def test_a_mail_leaves_after_the_commit(town, server) -> None:
    write(town)
    assert server.taken == []
    assert town.run_jobs() == 1
    assert [letter["To"] for letter in server.taken] == ["wer@people.example"]
    (mail,) = town.mails()
    assert (mail.status, mail.body) == ("sent", None)


def test_an_aborted_transaction_sends_nothing(town, server) -> None:
    with pytest.raises(ZeroDivisionError), town.session() as session:
        compose(session, town.registry["outbox"], recipient="x@y.example", subject="", body="")
        raise ZeroDivisionError
    assert town.run_jobs() == 0
    assert server.taken == []


def test_a_mail_is_tried_again_until_the_server_is_back(town, server) -> None:
    server.problem = smtplib.SMTPServerDisconnected("wer@people.example is unknown")
    write(town)
    with pytest.raises(MailNotSent):
        town.run_jobs()
    (mail,) = town.mails()
    assert (mail.status, mail.problem) == ("failed", "SMTPServerDisconnected")
    with work(town.database, write=False) as session:
        (row,) = session.scalars(queries.everyones()).all()
        assert (row.state, row.error, row.code) == (
            "waiting",
            "MailNotSent",
            "SMTPServerDisconnected",
        )
    server.problem = None
    make_due(town)
    town.run_jobs()
    assert town.mails()[0].status == "sent"
    assert len(server.taken) == 1


def test_a_mail_that_never_leaves_has_failed_in_the_end(town, server) -> None:
    server.problem = ConnectionRefusedError()
    write(town)
    for _ in range(RETRIES + 1):
        assert town.run_jobs(failing=True) == 1
        make_due(town)
    assert town.run_jobs() == 0
    with work(town.database, write=False) as session:
        assert [row.state for row in session.scalars(queries.everyones())] == ["failed"]


def test_a_mail_sent_already_is_not_sent_again(town, server) -> None:
    write(town)
    mail = town.mails()[0]
    town.registry["outbox"].deliver(town.tenant_id, mail.id)
    assert town.run_jobs() == 1
    assert len(server.taken) == 1


def refusal(code: int, text: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"wer@people.example": (code, text)})


@pytest.mark.parametrize(
    ("code", "text", "closed"),
    [
        (550, b"5.1.1 no such user", True),
        (552, b"5.2.2 mailbox full", True),
        (550, b"No such user here", True),
        # It does not know us, is busy, or does not like what we write: nothing about the mailbox.
        (550, b"5.7.1 relaying denied", False),
        (450, b"4.2.1 greylisted", False),
        (554, b"Transaction failed", False),
    ],
)
def test_what_a_server_says_of_a_mailbox(code: int, text: bytes, *, closed: bool) -> None:
    assert is_refused(refusal(code, text)) is closed


def test_a_mail_refused_for_good_is_not_tried_again(town, server) -> None:
    server.problem = refusal(550, b"5.1.1 no such user")
    write(town)
    assert town.run_jobs() == 1
    (mail,) = town.mails()
    assert (mail.status, mail.problem) == ("failed", "refused")
    server.problem = None
    make_due(town)
    assert town.run_jobs() == 0
    assert server.taken == []
