"""What devices send once they have a network again: one effect, however often it comes."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stadtkern.db import utcnow
from stadtkern.site import BarrierReport
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.counts import GuideCount
from stadtkern_cityguide.feedback.arriving import KEPT, NotTaken, key_of
from stadtkern_cityguide.feedback.models import Arrived, Feedback
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

PHONE = "Mozilla/5.0 (Linux; Android 16) Firefox/140"
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
VALUES = {"kind": "blocked", "text": "Ein Baum liegt quer.\nSeit gestern.", "mail": ""}


def send(
    town: Town, deed: Any, *, key: str | None = f'"{KEY}"', status: int = 201, **headers: str | None
) -> Any:
    """Send a deed as a device does; a header that is None is left out."""
    given_headers = {
        "Origin": f"http://{town.host}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        "User-Agent": PHONE,
        "Idempotency-Key": key,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    body = deed if isinstance(deed, bytes) else json.dumps(deed).encode()
    answer = town.browser.post(
        "/guide/outbox",
        body,
        headers={name: value for name, value in given_headers.items() if value is not None},
        status=status,
    )
    assert "Set-Cookie" not in answer.headers
    return json.loads(answer.body) if answer.content_type == "application/json" else None


def feedback(number: int | None = None, **changed: Any) -> dict[str, Any]:
    return {"deed": "feedback", "about": number, "page": "/turm", "values": VALUES | changed}


def rows(town: Town, model: Any) -> list[Any]:
    with town.session(write=False) as session:
        found = list(session.scalars(select(model)))
        session.expunge_all()
    return found


@pytest.fixture
def tower(guide_town: Town, add_place: Callable[..., None]) -> int:
    add_place("Turm")
    return guide_town.node("/turm").id


@pytest.fixture
def rally(guide_town: Town, gpx: Path) -> int:
    task = {"kind": "text", "question": "Welcher Baum?", "answer": "Eiche"}
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        number = import_tour(content, plan, folder_for(content, {}), publish=True).node_id
        node = content.get(number)
        content.save(
            number,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=[{"id": "00ab00cd", "type": "rally", "data": {"title": "R", "tasks": [task]}}],
        )
        content.publish(number)
    return int(number)


def test_the_same_deed_twice_has_one_effect_and_one_answer(guide_town: Town, tower: int) -> None:
    first = send(guide_town, feedback(tower))
    assert send(guide_town, feedback(tower)) == first
    [row] = rows(guide_town, Feedback)
    assert (row.reference, row.node_id, row.page) == (first["reference"], tower, "/turm")
    assert (row.kind, row.text, row.sealed, row.status) == (
        *list(VALUES.values())[:2],
        None,
        "open",
    )
    # Neither the key nor what was written stands beside it.
    [arrived] = rows(guide_town, Arrived)
    assert KEY not in json.dumps([arrived.key_hash, arrived.body_hash, arrived.reference])
    # Other contents under the same key are refused, the same under another one are another deed.
    told = send(guide_town, feedback(tower, text="Anderes"), status=422)
    assert told == {"error": "other contents"}
    other = send(guide_town, feedback(tower), key=f'"{KEY[::-1]}"')
    assert other["reference"] != first["reference"]
    assert len(rows(guide_town, Feedback)) == 2


def test_a_finished_rally_counts_once(guide_town: Town, tower: int, rally: int) -> None:
    deed = {"deed": "rally", "about": rally}
    for _time in range(3):
        assert send(guide_town, deed) == {"reference": None}
    assert send(guide_town, deed, key=f'"{KEY[::-1]}"') == {"reference": None}
    # Programs that say what they are do not count.
    send(guide_town, deed, key=f'"{KEY}-bot"', User_Agent="SomeBot/1.0 (bot; +x)")
    # Nor does what is no rally, or none that anybody can see.
    for number in (tower, 999_999, -1, 2**40, True, "1", None):
        send(guide_town, {"deed": "rally", "about": number}, key=f'"{KEY}-x"', status=422)
    found = {(row.metric, row.node_id): row.number for row in rows(guide_town, GuideCount)}
    assert found == {("finished", rally): 2}
    guide_town.login("editor")
    page = guide_town.get("/admin/cityguide/numbers?metric=finished")
    assert page.html.select_one("details table td.number").get_text() == "2"


def test_a_barrier_reaches_the_core_once(guide_town: Town, tower: int) -> None:
    values = {"description": "Drei Stufen", "mail": "mia@people.example"}
    deed = {"deed": "barrier", "about": tower, "page": "/turm", "values": values}
    first = send(guide_town, deed)
    assert send(guide_town, deed) == first
    [row] = rows(guide_town, BarrierReport)
    assert (row.reference, row.page, row.description) == (
        first["reference"],
        "/turm",
        "Drei Stufen",
    )
    assert len([mail for mail in guide_town.mails() if mail.recipient == values["mail"]]) == 1


def test_what_cannot_be_taken_stores_nothing(guide_town: Town, tower: int) -> None:
    deep = b"[" * 5_000 + b"]" * 5_000
    bad: list[tuple[Any, int]] = [
        (feedback(tower, text="x" * 100_000), 413),
        (feedback(tower, text="x" * 2_001), 422),
        (feedback(tower, text=""), 422),
        (feedback(tower, kind="everything"), 422),
        (feedback(tower, mail="nobody"), 422),
        (feedback(tower, kind=7), 422),
        (feedback(tower) | {"values": deep.decode()}, 422),
        (feedback(tower) | {"values": None}, 422),
        (feedback(tower) | {"deed": "certificate"}, 422),
        (feedback(tower) | {"deed": ["feedback"]}, 422),
        (deep, 400),
        (b'{"a":' * 2_500 + b"1" + b"}" * 2_500, 400),
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b"1" * 10_000, 400),
    ]
    for number, (body, status) in enumerate(bad):
        send(guide_town, body, status=status, key=f'"{KEY}-{number}"')
    good = feedback(tower)
    send(guide_town, good, status=403, Origin="https://elsewhere.example")
    send(guide_town, good, status=403, Origin="null")
    send(guide_town, good, status=403, Sec_Fetch_Site="cross-site")
    send(guide_town, good, status=403, Sec_Fetch_Site="same-site")
    send(guide_town, good, status=403, Origin=None, Sec_Fetch_Site=None)
    send(guide_town, good, status=415, Content_Type="text/plain")
    send(guide_town, good, status=415, Content_Type="application/x-www-form-urlencoded")
    for key in (None, KEY, '"short"', f'"{"k" * 300}"', f'"{KEY} {KEY}"', f'"{KEY}', f"'{KEY}'"):
        send(guide_town, good, status=400, key=key)
    assert rows(guide_town, Feedback) == rows(guide_town, Arrived) == []
    # A deed that was refused may come again under its key, put right.
    send(guide_town, good, key=f'"{KEY}-1"', Origin=None)


@given(st.text(max_size=40))
def test_any_header_is_a_key_or_refused(text: str) -> None:
    key = None
    with suppress(NotTaken):
        key = key_of(text)
    assert key is None or (text.strip() == f'"{key}"' and 16 <= len(key) <= 200)


def test_towns_do_not_know_each_others_keys(guide_town: Town, tower: int) -> None:
    first = send(guide_town, feedback(tower))
    other = guide_town.second_tenant()
    send(other, feedback(tower), status=404)
    other.enable("cityguide")
    second = send(other, feedback(tower, text="Im Nachbarort"))
    assert second["reference"] != first["reference"]
    # A place of another town is none here: the words are kept, with the page they were about.
    [row] = rows(other, Feedback)
    assert (row.node_id, row.page, row.text) == (None, "/turm", "Im Nachbarort")
    assert [one.reference for one in rows(guide_town, Feedback)] == [first["reference"]]


@on_sqlite
def test_keys_are_forgotten_after_long(guide_town: Town, tower: int) -> None:
    send(guide_town, feedback(tower))
    with guide_town.session() as session:
        session.scalars(select(Arrived)).one().created_at = utcnow() - KEPT - timedelta(days=1)
    send(guide_town, feedback(tower), key=f'"{KEY[::-1]}"')
    assert len(rows(guide_town, Arrived)) == 1


@on_sqlite
def test_nobody_sends_without_end(guide_town: Town, tower: int) -> None:
    for number in range(20):
        send(guide_town, feedback(tower), key=f'"{KEY}-{number}"')
    send(guide_town, feedback(tower), key=f'"{KEY}-20"', status=429)
    # What is known already is answered all the same, else devices would keep it for ever.
    send(guide_town, feedback(tower), key=f'"{KEY}-3"')
    assert len(rows(guide_town, Feedback)) == 20
