"""Release by a second person, bound to what was seen; then on to the targets."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from exchange_kit import INBOX, configure, deliver, desk, do, lines, many, stored
from lxml import etree
from sqlalchemy import select, update

from stadtkern import exchange
from stadtkern.exchange import Receipt, releasing, sending
from stadtkern.exchange.models import Batch, Dispatch, Record, Release, utcnow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def town(make_town) -> Town:
    return make_town(configure=configure)


def clerk(town: Town) -> int:
    return int(town.login("bus_clerk", mail="eins@people.example").id)


def second(town: Town) -> int:
    return int(town.login("bus_second", mail="zwei@people.example").id)


def release(town: Town, number: int, *, status: int = 302, **fields: str) -> Any:
    row = next(row for row in stored(town) if row.id == number)
    return do(town, number, "release", status=status, seen=fields.get("seen", row.payload_hash))


def dispatches(town: Town) -> list[Dispatch]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Dispatch).order_by(Dispatch.id)))
        session.expunge_all()
    return rows


def test_two_persons_release_and_the_record_arrives(town) -> None:
    deliver(town, lines("5;12;Markt"))
    (row,) = stored(town)
    clerk(town)
    do(town, row.id, "propose")
    assert release(town, row.id, status=403).status_int == 403
    second(town)
    page = town.get(f"{INBOX}/records/{row.id}").text
    assert "5;12;Markt" in page
    assert "Abfahrt 12" in page
    release(town, row.id)
    town.run_jobs()
    (got,) = town.registry["bus_target"].got
    assert got.payload == {"line": "5", "stop": "Markt", "minute": 12}
    assert stored(town)[0].state == "done"
    assert [one.receipt for one in dispatches(town)] == ["accepted"]
    # What is decided on is changed by nobody any more.
    do(town, row.id, "correct", path="minute", value="13", status=422)


@on_sqlite
def test_nobody_releases_what_is_their_own(town) -> None:
    deliver(town, lines("5;12;Markt"))
    (row,) = stored(town)
    second(town)
    do(town, row.id, "propose")
    assert "Vier-Augen-Prinzip" in release(town, row.id, status=422).text
    # Nor what they have corrected and somebody else has proposed.
    do(town, row.id, "correct", path="minute", value="13")
    clerk(town)
    do(town, row.id, "propose")
    second(town)
    assert "Vier-Augen-Prinzip" in release(town, row.id, status=422).text
    assert stored(town)[0].state == "proposed"


def test_an_edit_makes_a_proposal_void(town) -> None:
    deliver(town, lines("5;12;Markt"))
    (row,) = stored(town)
    clerk(town)
    do(town, row.id, "propose")
    do(town, row.id, "correct", path="minute", value="13")
    (now,) = stored(town)
    assert (now.state, now.payload["minute"], now.proposal) == ("open", 13, {"departs": 13})
    assert now.payload_hash != row.payload_hash
    with town.session(write=False) as session:
        assert session.scalars(select(Release.state)).all() == ["void"]
    second(town)
    release(town, row.id, status=422)
    # Whoever saw the old one releases nothing, though it is proposed again.
    clerk(town)
    do(town, row.id, "propose")
    town.login("bus_second", mail="drei@people.example")
    answer = release(town, row.id, seen=row.payload_hash, status=422)
    assert "nicht mehr, was vorgeschlagen wurde" in answer.text


@on_sqlite
def test_a_row_that_was_changed_behind_the_room_is_not_released(town) -> None:
    deliver(town, lines("5;12;Markt"))
    (row,) = stored(town)
    clerk(town)
    do(town, row.id, "propose")
    with town.session() as session:
        session.execute(update(Record).values(payload={"line": "5", "minute": 59}))
    second(town)
    release(town, row.id, status=422)


@on_sqlite
def test_an_error_is_mended_by_one_click_and_a_warning_by_a_choice(town) -> None:
    deliver(town, lines("5;75;Markt", "6;1;Nirgends"))
    late, nowhere = stored(town)
    clerk(town)
    do(town, late.id, "propose", status=422)
    for row, button in ((late, "Make it the last minute"), (nowhere, "It is the depot")):
        page = town.get(f"{INBOX}/records/{row.id}")
        form = next(form for form in page.forms.values() if "mend" in form.fields)
        assert button in page.text
        form.submit("mend", status=302)
    assert [row.severity for row in stored(town)] == ["", ""]
    assert stored(town)[0].payload["minute"] == 59
    assert stored(town)[1].decisions == {"stop": "depot"}


@on_sqlite
def test_of_two_clerks_at_once_the_second_is_told(town) -> None:
    deliver(town, lines("5;12;Markt"))
    (row,) = stored(town)
    clerk(town)
    do(town, row.id, "correct", path="minute", value="13")
    old = {"version": "1", "do": "correct", "path": "minute", "value": "14"}
    answer = town.post(f"{INBOX}/records/{row.id}", old, status=409)
    assert "inzwischen geändert" in answer.text
    assert stored(town)[0].payload["minute"] == 13


def test_many_go_by_a_sample_and_what_was_changed_stays_behind(town) -> None:
    deliver(town, many(30) + b"5;75;Spaet\n6;1;Nirgends\n")
    clerk(town)
    town.post(f"{INBOX}/records", {"state": "open"}, status=302)
    assert {row.state for row in stored(town)[:30]} == {"proposed"}
    assert [row.state for row in stored(town)[30:]] == ["open", "open"]
    with town.session(write=False) as session:
        batch = session.scalars(select(Batch)).one()
    place = f"{INBOX}/batches/{batch.id}"
    assert "seen" not in town.get(place).text
    assert len(batch.sample) == 3
    second(town)
    changed = next(row.id for row in stored(town)[:30] if row.id not in batch.sample)
    do(town, changed, "correct", path="minute", value="59")
    town.post(place, [("seen", str(batch.sample[0])), ("do", "release")], status=422)
    seen = [("seen", str(number)) for number in batch.sample]
    town.post(place, [*seen, ("do", "release")], status=302)
    assert sum(row.state == "released" for row in stored(town)) == 29
    town.run_jobs()
    assert len(town.registry["bus_target"].got) == 29
    assert sum(row.state == "done" for row in stored(town)) == 29


@on_sqlite
def test_a_batch_is_given_back_whole(town) -> None:
    deliver(town, many(5))
    with town.session() as session:
        made = releasing.propose_green(desk(town, session), "bus", {}, clerk(town))
        number = made.id
    other = second(town)
    with town.session() as session:
        releasing.refuse_batch(desk(town, session), "bus", number, other)
    assert {row.state for row in stored(town)} == {"open"}


def due_now(town: Town) -> None:
    """Let the time pass that a failed dispatch waits."""
    with town.session() as session:
        session.execute(update(Dispatch).values(due_at=utcnow() - timedelta(seconds=1)))


def test_what_fails_is_tried_again_then_lies_dead_and_is_sent_by_hand(town) -> None:
    away = town.registry["bus_target"]
    deliver(town, many(3))
    with town.session() as session:
        made = releasing.propose_green(desk(town, session), "bus", {}, clerk(town))
        number, sample = made.id, set(made.sample)
    away.answer = ConnectionError("secret words")
    with town.session() as session:
        releasing.release_batch(desk(town, session), "bus", number, second(town), sample)
    town.run_jobs()
    assert {(row.state, row.attempts, row.error) for row in dispatches(town)} == {
        ("waiting", 1, "ConnectionError")
    }
    for _attempt in range(sending.ATTEMPTS - 1):
        due_now(town)
        town.run_schedule(sending.REMIND)
    assert {row.state for row in dispatches(town)} == {"dead"}
    clerk(town)
    page = town.get(f"{INBOX}/sending").text
    assert "ConnectionError" in page
    assert "secret words" not in page
    away.answer = Receipt(reference="A-1")
    town.post(f"{INBOX}/sending", {"do": "all"}, status=302)
    town.run_jobs()
    assert {row.state for row in stored(town)} == {"done"}
    # The receiver sees the same reference at each attempt.
    assert len({one.reference for one in away.got}) == 3


@on_sqlite
def test_a_receipt_may_come_later_and_may_say_no(town) -> None:
    away = town.registry["bus_target"]
    away.answer = Receipt(None, reference="B-7")
    deliver(town, lines("5;12;Markt"))
    clerk(town)
    do(town, stored(town)[0].id, "propose")
    second(town)
    release(town, stored(town)[0].id)
    town.run_jobs()
    assert stored(town)[0].state == "released"
    with town.session() as session:
        no = Receipt("rejected", note="Tafel kaputt")
        assert sending.receipts(desk(town, session), "bus.board", {"B-7": no, "?": no}) == 1
    assert "Tafel kaputt" in town.get(f"{INBOX}/sending").text
    with town.session() as session:
        assert sending.replay(desk(town, session), "bus") == 1
    town.run_jobs()
    with town.session() as session:
        sending.receipts(desk(town, session), "bus.board", {"B-7": Receipt()})
    assert stored(town)[0].state == "done"


@on_sqlite
def test_each_inbox_has_its_own_people(town) -> None:
    deliver(town, lines("5;12;Markt"))
    town.login("administrator")
    town.get(INBOX, status=403)
    town.login("finance_clerk")
    town.get(INBOX, status=403)
    clerk(town)
    town.get("/admin/exchange/nothing", status=404)
    do(town, stored(town)[0].id, "propose")
    do(town, stored(town)[0].id, "refuse", note="x", status=403)


def test_lists_and_a_record_cost_the_same_however_many_there_are(town) -> None:
    """Whole requests: finding the town and the login count, on PostgreSQL binding the town too."""
    clerk(town)
    costs = []
    for start, count in ((0, 3), (100, 60)):
        deliver(town, many(count, start) + f"z{start};75;Spaet\n".encode())
        number = stored(town)[0].id
        found = []
        for path in ("", "/records?state=open&words=Halt", f"/records/{number}"):
            town.get(f"{INBOX}{path}")
            with town.statements() as seen:
                town.get(f"{INBOX}{path}")
            found.append(len(seen))
        costs.append(found)
    assert costs[0] == costs[1]
    inbox, work_list, record = costs[0]
    assert (inbox <= 8, work_list <= 7, record <= 6) == (True, True, True), costs


@on_sqlite
def test_lists_are_saved_as_tables_narrowed_as_they_were(town) -> None:
    deliver(town, lines("5;12;Markt", "6;75;Spaet", "7;75;=Spaeter"))
    clerk(town)
    texts = {}
    for name in ("records", "findings", "deliveries"):
        answer = town.post(f"{INBOX}/{name}.xlsx", {"state": "open", "severity": "error"})
        with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
            shared = etree.fromstring(book.read("xl/sharedStrings.xml"))
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        texts[name] = ["".join(one.itertext()) for one in shared]
    assert {"Spaet, 75", "=Spaeter, 75", "plan.txt"} <= set(texts["records"])
    assert "Markt, 12" not in texts["records"]
    assert "There is no minute 75." in texts["findings"]
    assert "plan.txt" in texts["deliveries"]
    town.post(f"{INBOX}/records.xlsx", {"words": "Nirgendwo"}, status=404)
    town.logout()
    town.login("finance_clerk")
    town.post(f"{INBOX}/records.xlsx", {}, status=403)


@on_sqlite
def test_a_place_in_a_payload_that_leads_nowhere_is_refused(town) -> None:
    deliver(town, lines("5;12;Markt"))
    account = clerk(town)
    with town.session() as session:
        row = session.get(Record, stored(town)[0].id)
        for path, value in (("nothing", "1"), ("minute", "viel")):
            with pytest.raises(exchange.ExchangeRefused):
                exchange.records.correct(desk(town, session), row, account, {path: value}, {})
