"""Messages to devices: who agreed gets them, encrypted and signed; who is gone is forgotten."""

import json
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.web.egress import Answer, EgressFailed
from stadtkern_cityguide.push import jobs, queries
from stadtkern_cityguide.push.models import Device, Message
from stadtkern_cityguide.push.sealing import decode, encode

ENDPOINT = "https://push.example/send/abc"


class Phone:
    """A device with keys of its own."""

    def __init__(self, endpoint: str = ENDPOINT) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    def agreement(self, *topics: str, **changed: Any) -> dict[str, Any]:
        """Return what a browser sends."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encode(point), "auth": encode(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys, "topics": list(topics)} | changed

    def read(self, body: bytes) -> Any:
        """Open a message."""
        plain = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return json.loads(plain)


@pytest.fixture
def telling(guide_town: Town) -> Town:
    """Return a town that offers messages and has its key."""
    guide_town.configure("cityguide", push=True)
    guide_town.run_schedule(jobs.KEY)
    return guide_town


def agree(town: Town, data: Any, *, status: int = 204, origin: str | None = None) -> Any:
    headers = {
        "Origin": origin or f"http://{town.host}",
        "Content-Type": "application/json",
    }
    return town.browser.post(
        "/guide/push",
        data if isinstance(data, bytes) else json.dumps(data).encode(),
        headers=headers,
        status=status,
    )


def devices(town: Town) -> list[Device]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Device)))
        session.expunge_all()
    return rows


def _stored(town: Town) -> int:
    with town.session(write=False) as session:
        return len(queries.messages(session))


def write(town: Town, topic: str = "warnings", **fields: str) -> Any:
    town.login("editor")
    page = town.get("/admin/cityguide/messages")
    form = next(form for form in page.forms.values() if "topic" in form.fields)
    values = {"topic": topic, "title": "Weg gesperrt", "text": "Am Turm.", "path": "/turm"}
    for name, value in (values | fields).items():
        form[name] = value
    before = _stored(town)
    looked = form.submit(expect_errors=True)
    assert _stored(town) == before
    sure = [form for form in looked.forms.values() if "step" in form.fields]
    if not sure:
        return looked
    assert values["title"] in looked.html.select_one("section.card").get_text()
    return sure[0].submit("step", value="send")


@on_sqlite
def test_a_message_reaches_those_who_want_it_and_nobody_else_can_read_it(
    telling: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, other = Phone(), Phone("https://push.example/send/other")
    gone, lost = Phone("https://push.example/gone"), Phone("https://push.example/lost")
    agree(telling, phone.agreement("warnings", "events"))
    agree(telling, other.agreement("events"))
    agree(telling, gone.agreement("warnings"))
    agree(telling, lost.agreement("warnings"))
    sent: dict[str, dict[str, Any]] = {}

    def fetch(_registry: object, url: str, **kw: Any) -> Answer:
        sent[url] = kw
        if url == lost.endpoint:
            raise EgressFailed("connect")
        return Answer(url, 410 if url == gone.endpoint else 201, {}, b"")

    monkeypatch.setattr(jobs, "fetch", fetch)
    assert write(telling).status_int == 302
    telling.run_jobs()
    assert set(sent) == {phone.endpoint, gone.endpoint, lost.endpoint}
    call = sent[phone.endpoint]
    assert phone.read(call["body"]) == {
        "title": "Weg gesperrt",
        "text": "Am Turm.",
        "path": "/turm",
        "tag": "message-1",
    }
    assert b"gesperrt" not in call["body"]
    headers = call["headers"]
    assert headers["Content-Encoding"] == "aes128gcm"
    assert (headers["Urgency"], call["method"], call["redirects"]) == ("high", "POST", 0)
    _check_signature(telling, headers["Authorization"])
    with telling.session(write=False) as session:
        row = session.scalars(select(Message)).one()
        assert (row.reached, row.failed, row.finished_at is not None) == (1, 1, True)
    assert len(devices(telling)) == 3
    assert "1 erreicht, 1 nicht" in telling.get("/admin/cityguide/messages").text


def _check_signature(town: Town, header: str) -> None:
    token, key = header.removeprefix("vapid t=").split(", k=")
    with town.session(write=False) as session:
        assert key == queries.public_key(session)
    signed, _, signature = token.rpartition(".")
    claims = json.loads(decode(signed.split(".")[1]))
    assert claims["aud"] == "https://push.example"
    assert claims["sub"] == f"https://{town.host}"
    raw = decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
    point.verify(der, signed.encode(), ec.ECDSA(SHA256()))


@on_sqlite
def test_an_agreement_is_kept_once_sealed_and_ends_when_asked(telling: Town) -> None:
    phone = Phone()
    agree(telling, phone.agreement("warnings"))
    agree(telling, phone.agreement("events"))
    [row] = devices(telling)
    assert (row.events, row.warnings) == (True, False)
    assert "push.example" not in row.sealed + row.mark
    agree(telling, phone.agreement())
    agree(telling, phone.agreement())
    assert devices(telling) == []


@on_sqlite
def test_nonsense_and_strangers_are_refused(telling: Town) -> None:
    good = Phone().agreement("events")
    for data in (
        b"{",
        b"[]",
        b"null",
        b"x" * 5_000,
        good | {"endpoint": "http://push.example/a"},
        good | {"endpoint": "https://user@push.example/a"},
        good | {"endpoint": "https://[push.example/a"},
        good | {"endpoint": 7},
        good | {"keys": {"p256dh": "AAAA", "auth": good["keys"]["auth"]}},
        good | {"keys": good["keys"] | {"auth": "AAAA"}},
        good | {"topics": ["everything"]},
        good | {"topics": 7},
    ):
        agree(telling, data, status=400)
    agree(telling, good, status=403, origin="https://elsewhere.example")
    assert devices(telling) == []
    answer = write(telling, path="https://elsewhere.example/")
    assert answer.status_int == 422
    telling.configure("cityguide", push=False)
    agree(telling, good, status=404)


@on_sqlite
def test_towns_that_do_not_offer_messages_show_nothing(guide_town: Town) -> None:
    guide_town.run_schedule(jobs.KEY)
    assert not guide_town.get("/guide/saved").html.select("[data-messages]")
    agree(guide_town, Phone().agreement("events"), status=404)
    guide_town.login("editor")
    assert "bietet keine Nachrichten an" in guide_town.get("/admin/cityguide/messages").text


@on_sqlite
def test_only_editors_may_write_to_devices(telling: Town) -> None:
    telling.get("/admin/cityguide/messages", status=302)
    telling.login("author")
    telling.get("/admin/cityguide/messages", status=403)
    telling.login("administrator")
    assert telling.get("/admin/cityguide/messages").status_int == 200
