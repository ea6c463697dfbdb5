"""Webhooks: signed, durable, tried again, given up in the end; nothing else leaves the house."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update

from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.notify import webhooks
from stadtkern.notify.webhooks import WebhookDelivery, WebhookEndpoint, WebhookRefused
from stadtkern.notify.webhooks.delivery import DELAYS
from stadtkern.testing.town import Town
from stadtkern.vault.rotation import rotate as rotate_keys
from stadtkern.web.egress import Egress, Rules

ALL = [f"node.{verb}" for verb in ("published", "changed", "unpublished", "moved", "deleted")]


class Receiver(ThreadingHTTPServer):
    """A system that gets messages; ``status``: what it answers, ``fault``: how it misbehaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.status = 204
        self.location = ""
        self.fault = ""

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def messages(self) -> list[Any]:
        """Return what came, read."""
        return [json.loads(body) for _headers, body in self.got]


class Handler(BaseHTTPRequestHandler):
    """Keeps what comes."""

    server: Receiver

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.paths.append(f"{self.command} {self.path}")
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        if self.server.fault == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        if self.server.fault == "flood":
            self.end_headers()
            try:
                for _index in range(1_000):
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return
        else:
            self.send_header("Content-Length", "0")
            self.end_headers()

    do_POST = do_GET = answer  # noqa: N815 - names of the base class


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def town(make_town: Any) -> Town:
    made: Town = make_town({"egress.allow_loopback": "true"})
    made.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return made


def listen(town: Town, url: str, *events: str) -> tuple[int, str]:
    with town.session() as session:
        endpoint, secret = webhooks.add(
            session, town.registry, name="Archiv", url=url, events=events or ALL
        )
        return endpoint.id, secret


def log(town: Town) -> list[WebhookDelivery]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))
        session.expunge_all()
    return rows


def endpoint(town: Town) -> WebhookEndpoint:
    with town.session(write=False) as session:
        row = session.scalars(select(WebhookEndpoint)).one()
        session.expunge_all()
    return row


def skip_waiting(town: Town) -> timedelta:
    """Let the job that waits be due, and return how long it would have waited."""
    with town.session() as session:
        row = session.scalars(select(JobRow).where(JobRow.state == "waiting")).one()
        waited = row.due_at - row.created_at
        row.due_at = utcnow()
    return waited


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> str:
    """Work the signature out as a receiver would, from the standard's text alone."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()


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


@pytest.mark.parametrize(
    ("fault", "problem"), [("hang up", "connection"), ("flood", ""), ("closed", "connect")]
)
def test_faults_of_receivers_harm_nobody(
    town: Town, receiver: Receiver, fault: str, problem: str
) -> None:
    listen(town, receiver.url)
    receiver.fault = fault
    if fault == "closed":
        receiver.socket.close()
    town.page("Seite")
    town.run_jobs()
    (row,) = log(town)
    assert row.problem == problem
    assert row.attempts == 1
    assert row.milliseconds is not None
    assert row.milliseconds < 10_000


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


def test_redirects_are_not_followed(town: Town, receiver: Receiver) -> None:
    listen(town, receiver.url)
    receiver.status, receiver.location = 307, f"http://127.0.0.1:{receiver.server_port}/else"
    town.page("Seite")
    town.run_jobs()
    assert receiver.paths == ["POST /hook"]
    assert [(row.status, row.problem) for row in log(town)] == [(307, "redirect")]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://user:secret@example.org/",
        "https://example.org:8443/",
        "http://example.org/",
        "ftp://example.org/",
        "/hook",
    ],
)
def test_inner_and_odd_addresses_are_refused_when_they_are_typed(
    make_town: Callable[..., Town], url: str
) -> None:
    town = make_town()
    with pytest.raises(WebhookRefused) as refused, town.session() as session:
        webhooks.add(session, town.registry, name="x", url=url, events=ALL)
    assert refused.value.field == "url"


def test_a_name_that_leads_to_an_inner_network_by_now_gets_nothing(
    town: Town, receiver: Receiver
) -> None:
    """The name server's answer is judged at each call, not when the address is typed."""
    answers = [["127.0.0.1"]]
    town.registry["egress"] = Egress(
        Rules(ports=frozenset({80, receiver.server_port})),
        resolve=lambda _host, _port: answers[-1],
    )
    with town.session() as session:
        row = WebhookEndpoint(
            name="Archiv",
            url=f"http://archiv.example:{receiver.server_port}/hook",
            events=ALL,
            secret="",
        )
        session.add(row)
        session.flush()
        webhooks.rotate(session, town.registry, row)
        row.old_secret = None
    town.page("Seite")
    town.run_jobs()
    assert receiver.got == []
    assert [(row.state, row.problem) for row in log(town)] == [("waiting", "inner")]


def test_secrets_are_sealed_and_changed_without_a_gap(town: Town, receiver: Receiver) -> None:
    number, first = listen(town, receiver.url)
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first[6:])) == 32
    assert first[6:] not in endpoint(town).secret
    with town.session() as session:
        row = webhooks.endpoint(session, number, lock=True)
        assert row is not None
        second = webhooks.rotate(session, town.registry, row)
    # New keys of the vault reach both.
    assert rotate_keys(town.registry, town.tenant_id).values >= 2
    town.page("Seite")
    town.run_jobs()
    headers, body = receiver.got[-1]
    assert headers["webhook-signature"].split(" ") == [
        signed_by(second, headers, body),
        signed_by(first, headers, body),
    ]
    with town.session() as session:
        session.execute(update(WebhookEndpoint).values(old_until=utcnow()))
    town.page("Zweite")
    town.run_jobs()
    headers, body = receiver.got[-1]
    assert headers["webhook-signature"] == signed_by(second, headers, body)
    town.run_schedule("webhooks.purge")
    assert endpoint(town).old_secret is None


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


def test_the_back_office_adds_tests_replays_and_deletes(town: Town, receiver: Receiver) -> None:
    town.login("administrator")
    form = _form(town.get("/admin/webhooks/new"), "url")
    form["name"], form["url"] = "Archiv", receiver.url
    for box in form.fields["checkbox"]:
        box.checked = box._value == "node.published"
    page = form.submit()
    secret = page.html.find(id="secret")["value"]
    assert page.headers["Cache-Control"] == "no-store"
    place = f"/admin/webhooks/{endpoint(town).id}"
    assert secret not in town.get(place).text
    town.post(f"{place}/test")
    town.run_jobs()
    headers, body = receiver.got[-1]
    assert json.loads(body)["type"] == "webhook.test"
    assert headers["webhook-signature"] == signed_by(secret, headers, body)
    receiver.status = 404
    town.page("Seite")
    town.run_jobs()
    shown = town.get(place).text
    assert "answer 404" in shown
    assert "waiting" in shown
    with town.session() as session:
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.event == "node.published")
            .values(state="failed")
        )
    receiver.status = 200
    _form(town.get(f"{place}?state=failed"), "delivery").submit("delivery")
    town.run_jobs()
    row = log(town)[-1]
    assert (row.state, row.attempts) == ("delivered", 2)
    page = town.post(f"{place}/secret")
    assert page.html.find(id="secret")["value"] not in {secret, ""}
    town.post(f"{place}/delete")
    assert log(town) == []
    assert "No receivers yet" in town.get("/admin/webhooks").text


def _form(page: Any, field: str) -> Any:
    return next(form for form in page.forms.values() if field in form.fields)


def test_a_form_with_an_inner_address_comes_back(make_town: Callable[..., Town]) -> None:
    town = make_town()
    town.login("administrator")
    form = _form(town.get("/admin/webhooks/new"), "url")
    form["name"], form["url"] = "Archiv", "https://192.168.0.1/hook"
    page = form.submit(status=422)
    assert page.html.find(attrs={"name": "url"})["aria-invalid"] == "true"


def test_editors_stay_out(town: Town) -> None:
    town.login("editor")
    town.get("/admin/webhooks", status=403)


def test_commands_list_and_replay(town: Town, receiver: Receiver, stadtkern: Any) -> None:
    listen(town, receiver.url)
    town.page("Seite")
    town.run_jobs()
    listed = json.loads(stadtkern("webhooks", "list", "--tenant", town.slug, "--json").output)
    assert [(row["event"], row["state"]) for row in listed] == [("node.published", "delivered")]
    number = str(listed[0]["id"])
    assert stadtkern("webhooks", "replay", number, "--tenant", town.slug).exit_code == 0
    town.run_jobs()
    assert len(receiver.got) == 2
    assert stadtkern("webhooks", "replay", "999999", "--tenant", town.slug).exit_code != 0
