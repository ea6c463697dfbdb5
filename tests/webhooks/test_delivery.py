"""Webhooks: signed, durable, tried again, given up in the end."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest
from hooks_kit import ALL, Receiver, endpoint, listen, log, signed_by, skip_waiting
from sqlalchemy import update

from stadtkern.db import utcnow
from stadtkern.notify import webhooks
from stadtkern.notify.webhooks import WebhookDelivery, WebhookEndpoint
from stadtkern.notify.webhooks.delivery import DELAYS
from stadtkern.testing.town import Town


def test_what_happens_to_pages_is_told_signed_and_without_their_texts(
    town: Town, receiver: Receiver
) -> None:
    _id, secret = listen(town, receiver.url)
    page = town.page("Freibad öffnet geheim", slug="freibad", summary="Ganz geheim")
    with town.content() as content:
        content.save(page.id, version=page.version, title="Auch geheim", fields={}, blocks=[])
    with town.content() as content:
        content.rename(page.id, "bad")
    with town.content() as content:
        content.unpublish(page.id)
    with town.content() as content:
        content.publish(page.id)
    with town.content() as content:
        content.delete(page.id)
    town.run_jobs()
    assert [message["type"] for message in receiver.messages] == [
        "node.published",
        "node.changed",
        "node.moved",
        "node.unpublished",
        "node.published",
        "node.deleted",
    ]
    data = {"id": page.id, "type": "page", "language": "de"}
    assert receiver.messages[0]["data"] == data | {"path": "/freibad"}
    assert receiver.messages[2]["data"] == data | {"path": "/bad", "old_path": "/freibad"}
    for headers, body in receiver.got:
        assert headers["webhook-signature"] == signed_by(secret, headers, body)
        assert abs(int(headers["webhook-timestamp"]) - utcnow().timestamp()) < 60
        assert headers["content-type"] == "application/json"
        assert "cookie" not in headers
        assert b"eheim" not in body
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 6
    assert {(row.state, row.status, row.attempts) for row in log(town)} == {("delivered", 204, 1)}


def test_what_visitors_cannot_see_is_not_told(town: Town, receiver: Receiver) -> None:
    listen(town, receiver.url)
    draft = town.page("Entwurf", published=False, slug="entwurf")
    below = town.page("Darunter", parent=draft, slug="darunter")
    with town.content() as content:
        content.delete(below.id)
    seen = town.page("Sichtbar", slug="sichtbar")
    with town.content() as content:
        content.move(seen.id, draft.id)
    with town.content() as content:
        content.move(seen.id, town.node("/").id)
    town.run_jobs()
    told = [(message["type"], message["data"]["path"]) for message in receiver.messages]
    assert told == [
        ("node.published", "/sichtbar"),
        # Where it stands then is not said.
        ("node.unpublished", "/sichtbar"),
        ("node.published", "/sichtbar"),
    ]


def test_a_page_changed_twice_in_one_transaction_is_told_once(
    town: Town, receiver: Receiver
) -> None:
    page = town.page("Seite", slug="seite")
    listen(town, receiver.url, "node.changed")
    with town.content() as content:
        for title in ("Eins", "Zwei"):
            node = content.get(page.id)
            content.save(node.id, version=node.version, title=title, fields={}, blocks=[])
    with town.content() as content:
        node = content.get(page.id)
        content.save(node.id, version=node.version, title="Drei", fields={}, blocks=[])
    town.run_jobs()
    assert [message["type"] for message in receiver.messages] == ["node.changed"] * 2


def test_nothing_is_told_of_what_was_rolled_back(town: Town, receiver: Receiver) -> None:
    listen(town, receiver.url)
    page = town.page("Seite", published=False)

    def fail() -> None:
        with town.content() as content:
            content.publish(page.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert town.run_jobs() == 0
    assert log(town) == []
    assert receiver.got == []


def test_only_chosen_events_go_to_active_receivers(town: Town, receiver: Receiver) -> None:
    number, _secret = listen(town, receiver.url, "node.deleted")
    with town.statements() as quiet:
        page = town.page("Seite")
    with town.content() as content:
        content.delete(page.id)
    with town.session() as session:
        row = webhooks.endpoint(session, number)
        assert row is not None
        webhooks.change(
            session,
            town.registry,
            row,
            name="Archiv",
            url=receiver.url,
            events=ALL,
            active=False,
        )
    town.page("Danach")
    assert sum("FROM webhook_endpoint" in statement for statement in quiet) <= 2
    # Switched off before it was sent: not sent, and said so.
    town.run_jobs()
    assert receiver.got == []
    (row_,) = log(town)
    assert (row_.event, row_.state, row_.attempts) == ("node.deleted", "dropped", 0)


def test_a_receiver_that_fails_is_asked_again_ever_later(town: Town, receiver: Receiver) -> None:
    _id, secret = listen(town, receiver.url)
    receiver.status = 500
    town.page("Seite")
    waits = []
    for _attempt in range(3):
        town.run_jobs()
        waits.append(skip_waiting(town))
    assert all(
        abs(waited - delay) < timedelta(seconds=5)
        for waited, delay in zip(waits, DELAYS, strict=False)
    )
    assert sum(DELAYS, timedelta()) > timedelta(hours=24)
    (row,) = log(town)
    assert (row.state, row.status, row.problem, row.attempts) == ("waiting", 500, "status", 3)
    assert endpoint(town).failing_since is not None
    receiver.status = 200
    town.run_jobs()
    (row,) = log(town)
    assert (row.state, row.status, row.problem, row.attempts) == ("delivered", 200, "", 4)
    assert endpoint(town).failing_since is None
    # The same message each time, each signed for its own time.
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert all(h["webhook-signature"] == signed_by(secret, h, body) for h, body in receiver.got)


@pytest.mark.parametrize(("fault", "problem"), [("hang up", "connection"), ("flood", "")])
def test_faults_of_receivers_harm_nobody(
    town: Town, receiver: Receiver, fault: str, problem: str
) -> None:
    listen(town, receiver.url)
    receiver.fault = fault
    assert tried_once(town) == problem


def test_a_closed_door_harms_nobody(town: Town) -> None:
    with socket.socket() as kept:
        # Nobody else gets this port, and nobody listens at it.
        kept.bind(("127.0.0.1", 0))
        listen(town, f"http://127.0.0.1:{kept.getsockname()[1]}/hook")
        assert tried_once(town) == "connect"


def tried_once(town: Town) -> str:
    """Publish a page; return what kept the receiver from hearing of it at the first attempt."""
    town.page("Seite")
    town.run_jobs()
    (row,) = log(town)
    assert row.attempts == 1
    assert row.milliseconds is not None
    assert row.milliseconds < 10_000
    return row.problem


def test_after_lasting_failure_it_is_switched_off_and_administrators_hear_of_it(
    town: Town, receiver: Receiver
) -> None:
    town.account("administrator", mail="chefin@people.example")
    town.account("editor", mail="redaktion@people.example")
    listen(town, receiver.url)
    receiver.status = 503
    town.page("Seite")
    for _attempt in range(len(DELAYS)):
        town.run_jobs()
        skip_waiting(town)
    town.run_jobs()
    (row,) = log(town)
    assert (row.state, row.attempts) == ("failed", len(DELAYS) + 1)
    # A day of it is not enough …
    assert endpoint(town).active
    with town.session() as session:
        session.execute(update(WebhookEndpoint).values(failing_since=utcnow() - timedelta(days=4)))
        webhooks.replay(session, town.registry, row.id)
    for _attempt in range(len(DELAYS)):
        town.run_jobs()
        skip_waiting(town)
    town.run_jobs()
    # … four days are.
    assert not endpoint(town).active
    assert endpoint(town).stopped_at is not None
    mails = [mail for mail in town.mails() if "/admin/webhooks/" in (mail.body or "")]
    assert [mail.recipient for mail in mails] == ["chefin@people.example"]
    before = len(receiver.got)
    town.page("Noch eine")
    town.run_jobs()
    assert len(receiver.got) == before


def test_whoever_says_gone_is_left_alone_at_once(town: Town, receiver: Receiver) -> None:
    listen(town, receiver.url)
    receiver.status = 410
    town.page("Seite")
    town.run_jobs()
    assert not endpoint(town).active
    assert [row.state for row in log(town)] == ["failed"]


def test_a_crash_after_sending_repeats_the_message_under_its_id(
    town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(town, receiver.url)
    town.page("Seite")

    def crash(*_arguments: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("stadtkern.notify.webhooks.delivery._note", crash)
        town.run_jobs(failing=True)
    skip_waiting(town)
    town.run_jobs()
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len(receiver.got) == 2
    assert [(row.state, row.attempts) for row in log(town)] == [("delivered", 1)]


def test_old_notes_are_deleted(town: Town, receiver: Receiver) -> None:
    listen(town, receiver.url)
    town.page("Alt")
    town.run_jobs()
    with town.session() as session:
        session.execute(update(WebhookDelivery).values(created_at=utcnow() - timedelta(days=31)))
    town.page("Neu", slug="neu")
    town.run_jobs()
    town.run_schedule("webhooks.purge")
    assert [json.loads(row.body)["data"]["path"] for row in log(town)] == ["/neu"]
