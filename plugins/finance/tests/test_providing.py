"""Notices handed to ELSTER-Transfer: once, by the taxpayer's wish, whatever the other side does."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from issuing_kit import OWNER, PLACE, assess, make, notices, ready
from sqlalchemy import update
from test_transfer import Other, running, write

from stadtkern.db import utcnow
from stadtkern.exchange import Delivery, Record
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.web.egress import Egress, Rules
from stadtkern_finance.issuing import keeping, providing
from stadtkern_finance.issuing.models import StoredNotice
from stadtkern_finance.law.announcement import Regime, announce, electronic_regime
from stadtkern_finance.models import StoredAssessment
from stadtkern_finance.transfer import (
    OrderRefused,
    PortRefused,
    Provider,
    Stage,
    Status,
    TransferFailed,
    ports,
)

PILES = "/admin/finance/piles"


@pytest.fixture
def etr(tmp_path: Path) -> Iterator[Other]:
    with running(tmp_path) as started:
        yield started


def provider(etr: Other, **changes: Any) -> Provider:
    client = etr.client(**changes)
    return Provider(client.port, Egress(Rules(loopback=True)).fetch)


def orders(etr: Other) -> list[str]:
    path = etr.folder / "orders.txt"
    return path.read_text("utf-8").split() if path.exists() else []


def says(etr: Other, **states: Any) -> None:
    write(etr.folder / "status.json", json.dumps(states))


def test_a_file_is_ordered_once_however_often_it_is_sent(etr: Other) -> None:
    out = provider(etr)
    out.provide("n1", "brief.pdf", b"%PDF one", "2330020016295")
    out.provide("n1", "brief.pdf", b"%PDF one", "2330020016295")
    assert orders(etr) == ["n1"]
    assert (etr.folder / "uploaded-n1").read_bytes() == b"%PDF one"
    order = json.loads((etr.folder / "order-n1").read_text("utf-8"))
    assert (order["VorgangId"], order["steuernummer"]) == ("n1", "2330020016295")
    assert (order["groesse"], len(order["sha256"])) == (8, 64)


@pytest.mark.parametrize(
    ("call", "fault"), [("upload", "error"), ("upload", "lost"), ("order", "lost")]
)
def test_a_lost_answer_is_no_second_order(
    etr: Other,
    call: str,
    fault: str,
) -> None:
    out = provider(etr)
    etr.fails(**{call: {"n1": [fault]}})
    with pytest.raises(TransferFailed):
        out.provide("n1", "brief.pdf", b"%PDF", "1")
    out.provide("n1", "brief.pdf", b"%PDF", "1")
    assert orders(etr) == ["n1"]


def test_who_does_not_answer_is_given_up_and_who_says_no_is_believed(
    etr: Other,
) -> None:
    etr.fails(order={"n1": ["slow"], "n2": ["refused"]})
    with pytest.raises(TransferFailed) as slow:
        provider(etr, seconds=1).provide("n1", "brief.pdf", b"%PDF", "1")
    assert not isinstance(slow.value, OrderRefused)
    with pytest.raises(OrderRefused):
        provider(etr).provide("n2", "brief.pdf", b"%PDF", "1")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "ANGENOMMEN"}, Status(Stage.WAITING, word="ANGENOMMEN")),
        (
            {"status": "BEREITGESTELLT", "bereitgestelltAm": "2026-11-23T10:00:00"},
            Status(Stage.PROVIDED, date(2026, 11, 23), "BEREITGESTELLT"),
        ),
        ({"status": "BEREITGESTELLT"}, Status(Stage.UNCLEAR, word="BEREITGESTELLT")),
        ({"status": "ABGELEHNT"}, Status(Stage.REFUSED, word="ABGELEHNT")),
        ({"status": "VERSCHOLLEN"}, Status(Stage.UNCLEAR, word="VERSCHOLLEN")),
        ({}, Status(Stage.UNCLEAR)),
    ],
)
def test_states_are_read_and_unknown_words_are_not_guessed(
    etr: Other,
    said: Any,
    status: Status,
) -> None:
    out = provider(etr)
    assert out.status("n1") == Status(Stage.GONE)
    out.provide("n1", "brief.pdf", b"%PDF", "1")
    says(etr, n1=said)
    assert out.status("n1") == status
    etr.fails(status={"n1": ["", "", "garbled", "error"]})
    for _fault in range(2):
        with pytest.raises(TransferFailed):
            out.status("n1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("provide: 1", "provide"),
        ("methods: {order: GET}", "methods"),
        ("states: {weg: [X]}", "states"),
        ("states: {provided: X}", "states.provided"),
        ("paths: {upload: /hoch}", "paths.upload"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PortRefused, match=said):
        ports(write(tmp_path / "t.yaml", f"towns: {{a: {{url: 'https://x.example', {text}}}}}"))


@pytest.fixture
def town(etr: Other, make_town: Any, tmp_path: Path) -> Town:
    text = f"towns: {{musterstadt: {{url: '{etr.port.url}', provide: true, seconds: 5}}}}"
    file = write(tmp_path / "transfer.yaml", text)
    settings = {"finance.transfer": str(file), "egress.allow_loopback": "true"}
    return ready(make_town(settings))


def wished(town: Town, number: int) -> int:
    """Store an assessment whose taxpayer wants the notice electronically."""
    party = OWNER | {"role": "owner", **PLACE}
    made = assess(town, number, owners=[party])
    with town.session() as session:
        row = session.get(StoredAssessment, made)
        assert row is not None
        row.record_id = town_record(session, number)
    return made


def town_record(session: Any, number: int) -> int:

    delivery = Delivery(
        area="finance", sha=f"{number:064d}", size=1, name="x", source="upload", state="staged"
    )
    session.add(delivery)
    session.flush()
    payload = {"tax_kind": "grundsteuer_b", "delivery_wish": "electronic"}
    record = Record(
        delivery_id=delivery.id,
        area="finance",
        format="finance.csv",
        key=f"k{number}",
        entry="x",
        number=1,
        kind="grundsteuer_b",
        subject="x",
        summary="x",
        payload=payload,
        content_hash="x",
        payload_hash="x",
        state="done",
    )
    session.add(record)
    session.flush()
    return record.id


@on_sqlite
def test_only_whoever_wishes_it_is_provided_for(town: Town, etr: Other) -> None:
    wished(town, 1)
    assess(town, 2)
    make(town, town.tenant.today())
    assert [(row.state, row.way) for row in notices(town)] == [
        ("made", "electronic"),
        ("made", "post"),
    ]
    town.post(PILES, {"do": "provide"}, status=302)
    town.run_jobs()
    first, second = notices(town)
    assert (first.state, second.state) == ("ordered", "made")
    assert orders(etr) == [first.message_id]
    store = keeping.store_of(town.registry, town.tenant_id)
    sent = (etr.folder / f"uploaded-{first.message_id}").read_bytes()
    assert sent == store.read(first.pdf_sha or "")
    town.run_schedule(providing.ASK)
    assert notices(town)[0].state == "ordered"
    day = town.tenant.today()
    says(etr, **{first.message_id: {"status": "BEREITGESTELLT", "bereitgestelltAm": f"{day}"}})
    town.run_schedule(providing.ASK)
    (first, _second) = notices(town)
    found = announce(day, electronic_regime(day))
    assert (first.state, first.sent_on, first.regime) == ("sent", day, found.regime.value)
    assert (first.announced_at, first.objection_until) == (
        found.announced_at,
        found.objection_until,
    )
    assert str(found.announced_at.year) in town.get(f"/admin/finance/notices/{first.id}").text


@on_sqlite
def test_what_is_refused_goes_by_post_and_what_hangs_is_seen(
    town: Town,
    etr: Other,
) -> None:
    for number in range(3):
        wished(town, number)
    make(town, town.tenant.today())
    ids = [row.message_id for row in notices(town)]
    etr.fails(order={ids[0]: ["refused"], ids[1]: ["error"]}, status={ids[2]: ["error"]})
    town.post(PILES, {"do": "provide"}, status=302)
    town.run_jobs(failing=True)
    assert [(row.state, row.way) for row in notices(town)] == [
        ("made", "post"),
        ("made", "electronic"),
        ("ordered", "electronic"),
    ]
    # What nobody answered for is sent once more under the same id.
    town.post(PILES, {"do": "provide"}, status=302)
    town.run_jobs()
    assert sorted(orders(etr)) == sorted(ids[1:])
    says(etr, **{ids[1]: {"status": "ABGELEHNT"}, ids[2]: {"status": "VERSCHOLLEN"}})
    with town.session() as session:
        long_ago = utcnow() - providing.OVERDUE - timedelta(hours=1)
        session.execute(update(StoredNotice).values(ordered_at=long_ago))
    town.run_jobs()
    with pytest.raises(TransferFailed):
        town.run_schedule(providing.ASK)
    (_first, second, third) = notices(town)
    assert (second.state, second.way) == ("made", "post")
    assert (third.state, third.order_note) == ("ordered", "")
    page = town.get(f"{PILES}?lang=en", headers={"Accept-Language": "en"})
    assert "more than three days ago" in page.text


def test_the_rule_of_the_day_counts() -> None:
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert electronic_regime(before) is Regime.CONSENT
    assert electronic_regime(after) is Regime.RULE
    row = StoredNotice(id=1, state="ordered", way="electronic", ordered_at=utcnow())
    now = row.ordered_at.date() if row.ordered_at else after
    providing.told(_Session(), row, Status(Stage.PROVIDED, now + timedelta(days=9), "x"), now)  # type: ignore[arg-type]
    assert (row.state, row.order_note[:8]) == ("ordered", "unclear:")
    providing.told(_Session(), row, Status(Stage.GONE), now)  # type: ignore[arg-type]
    assert row.state == "made"


class _Session:
    """Nothing is stored."""
