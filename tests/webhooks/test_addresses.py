"""Where messages may go, and by which secrets they are signed."""

import base64
from collections.abc import Callable

import pytest
from hooks_kit import ALL, Receiver, endpoint, listen, log, signed_by
from sqlalchemy import update

from stadtkern.db import utcnow
from stadtkern.notify import webhooks
from stadtkern.notify.webhooks import WebhookEndpoint, WebhookRefused
from stadtkern.testing.town import Town
from stadtkern.vault.rotation import rotate as rotate_keys
from stadtkern.web.egress import Egress, Rules


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
