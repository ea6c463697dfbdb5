"""Deliveries come in: kept as they are, read once, refused as a whole or not at all."""

import hashlib
import io

import pytest
from exchange_kit import (
    INBOX,
    configure,
    deliver,
    deliveries,
    desk,
    do,
    found,
    lines,
    many,
    stored,
)
from pyramid.exceptions import ConfigurationError
from sqlalchemy import update
from webtest import Upload

from stadtkern import exchange
from stadtkern.exchange import keeping, queries, staging
from stadtkern.exchange.models import Delivery, Record
from stadtkern.jobs.models import JobRow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def town(make_town) -> Town:
    return make_town(configure=configure)


def test_a_delivery_is_kept_as_it_came_and_read(town) -> None:
    data = lines("5;12;Markt", "5;75;Bahnhof", "X9;3;Anderswo", "7;1;Nirgends;rest")
    number = deliver(town, data)
    (row,) = deliveries(town)
    assert (row.state, row.staged, row.known) == ("staged", 4, 0)
    store = keeping.store_of(town.registry, town.tenant_id)
    assert store.read(row.sha) == data
    assert row.sha == hashlib.sha256(data).hexdigest()
    assert [(one.subject, one.state, one.severity) for one in stored(town)] == [
        ("5", "open", ""),
        ("5", "open", "error"),
        ("X9", "aside", ""),
        ("7", "open", "warning"),
    ]
    assert found(town) == [
        ("error", "bus.minute", "5"),
        ("warning", "bus.unknown", "7"),
        ("warning", "bus.stop", "7"),
    ]
    assert stored(town)[3].payload["unmapped"] == {"column 4": ["rest"]}
    assert number == row.id


def test_the_same_delivery_twice_changes_nothing(town) -> None:
    first = deliver(town, many(20))
    before = stored(town)
    assert deliver(town, many(20), "other-name.txt") == first
    assert len(deliveries(town)) == 1
    # The same records in another file: known, and nothing else.
    deliver(town, many(20) + b"99;1;Neu\n")
    assert deliveries(town)[1].known == 20
    assert [row.id for row in stored(town)][:20] == [row.id for row in before]
    assert len(stored(town)) == 21


def test_another_town_takes_the_same_bytes_for_new(town) -> None:
    deliver(town, many(3))
    other = town.second_tenant()
    deliver(other, many(3))
    assert len(stored(other)) == len(stored(town)) == 3
    assert {row.tenant_id for row in stored(other)} == {other.tenant_id}


@on_sqlite
def test_what_breaks_in_the_midst_leaves_nothing_but_the_reason_and_the_bytes(
    town, monkeypatch
) -> None:
    monkeypatch.setattr(staging, "BATCH", 2)
    data = lines("1;1;A", "2;2;B", "3;3;C", "broken", "5;5;E")
    number = deliver(town, data)
    assert stored(town) == []
    (row,) = deliveries(town)
    assert (row.state, row.reason["place"]) == ("refused", "line 4")
    assert keeping.store_of(town.registry, town.tenant_id).read(row.sha) == data
    town.login("bus_clerk")
    page = town.get(f"{INBOX}/deliveries/{number}").text
    assert "line 4" in page
    assert "This line is broken." in page
    # Read again after the format was mended: all of it, once.
    town.post(f"{INBOX}/deliveries/{number}", status=302)
    town.run_jobs()
    assert deliveries(town)[0].state == "refused"


@on_sqlite
def test_what_no_format_knows_is_refused_and_kept(town) -> None:
    deliver(town, b"PK\x03\x04 whatever")
    (row,) = deliveries(town)
    assert row.state == "refused"
    assert row.reason["text"].startswith("It is of no format")
    assert keeping.source_of(town.registry, row).path.is_file()


@on_sqlite
def test_empty_and_too_large_ones_are_not_taken(make_town) -> None:
    town = make_town({"exchange.delivery_mb": "1"}, configure=configure)
    for data, code in ((b"", "empty"), (b"x" * 1_000_001, "too_large")):
        with pytest.raises(exchange.ExchangeRefused) as refused:
            deliver(town, data)
        assert refused.value.code == code
    assert deliveries(town) == []


def test_the_same_fact_with_other_contents_is_an_error_on_both(town) -> None:
    deliver(town, lines("5;12;Markt", "6;1;Ost"))
    deliver(town, lines("5;13;Markt"))
    assert [(row.subject, row.severity) for row in stored(town)] == [
        ("5", "error"),
        ("6", ""),
        ("5", "error"),
    ]
    # Delivered once more it is no third one.
    deliver(town, lines("5;13;Markt", "8;1;West"))
    assert len(stored(town)) == 4
    # Once the wrong one is rejected, nothing stands against the other.
    town.login("bus_clerk")
    do(town, stored(town)[0].id, "reject", note="alter Plan")
    assert [row.severity for row in stored(town)] == ["error", "", "", ""]
    assert stored(town)[0].state == "rejected"


@on_sqlite
def test_one_file_holds_the_same_fact_twice(town) -> None:
    deliver(town, lines("5;12;Markt", "5;12;Markt", "5;14;Markt"))
    assert deliveries(town)[0].known == 1
    assert [row.severity for row in stored(town)] == ["error", "error"]


@on_sqlite
def test_of_two_readers_one_steps_aside(town, monkeypatch) -> None:
    """Whoever reads believes a number; another one has raised it meanwhile."""
    monkeypatch.setattr(staging, "BATCH", 5)
    deliver(town, many(12), run=False)
    reader = staging.Reader(town.registry, town.tenant, town.session)
    told: list[int] = []

    def overtaken(done: int, _total: int) -> None:
        told.append(done)

    slow = staging.Reader(town.registry, town.tenant, town.session, overtaken)
    whole = staging.Reader._store
    calls = []

    def store(self, session, delivery, kind, chunk) -> None:
        if self is slow and not calls:
            calls.append(1)
            # The other one reads all of it while this one is about to store its first records.
            session.rollback()
            assert reader.run()
        whole(self, session, delivery, kind, chunk)

    monkeypatch.setattr(staging.Reader, "_store", store)
    assert slow.run() is False
    assert len(stored(town)) == 12
    assert deliveries(town)[0].state == "staged"


@on_sqlite
def test_a_format_that_breaks_keeps_nobody_waiting(town, monkeypatch) -> None:
    deliver(town, lines("1;kein;A"), "kaputt.txt", run=False)
    deliver(town, many(2), run=False)
    town.run_jobs(failing=True)
    for _attempt in range(staging.ATTEMPTS):
        with town.session() as session:
            session.execute(update(JobRow).values(due_at=exchange.models.utcnow()))
        town.run_jobs(failing=True)
    assert [row.state for row in deliveries(town)] == ["failed", "staged"]
    assert deliveries(town)[0].reason["values"] == {"kind": "ValueError"}


@on_sqlite
def test_nothing_shows_before_all_of_it_is_read(town, monkeypatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 2)
    deliver(town, many(4), run=False)
    seen = []
    whole = staging.Reader._store

    def store(self, session, delivery, kind, chunk) -> None:
        whole(self, session, delivery, kind, chunk)
        seen.append(queries.count_records(session, "bus", {}))

    monkeypatch.setattr(staging.Reader, "_store", store)
    town.run_jobs()
    assert seen == [0, 0]
    with town.session(write=False) as session:
        assert queries.count_records(session, "bus", {}) == 4


def test_files_are_uploaded_and_the_same_one_is_named(town) -> None:
    town.login("bus_clerk")
    files = [
        ("file", Upload("a.txt", many(3), "text/plain")),
        ("file", Upload("../b.txt", lines("70;1;Z"), "text/plain")),
        ("file", Upload("again.txt", many(3), "text/plain")),
    ]
    page = town.post(INBOX, files, status=302).follow().text
    assert "„again.txt“ wurde schon als „a.txt“ geliefert" in page
    assert [row.name for row in deliveries(town)] == ["a.txt", "b.txt"]
    assert all(row.confirmed_at for row in deliveries(town))
    town.run_jobs()
    assert len(stored(town)) == 4
    assert "Bitte wählen Sie eine Datei" in town.post(INBOX, [], status=422).text
    got = town.post(f"{INBOX}/deliveries/{deliveries(town)[0].id}/file")
    assert got.body == many(3)
    assert got.headers["Content-Disposition"].startswith("attachment")


@on_sqlite
def test_bytes_without_a_delivery_go_and_deliveries_go_after_their_time(town, monkeypatch) -> None:
    from stadtkern.privacy.kinds import rules
    from stadtkern.privacy.retention import desk_for

    number = deliver(town, many(3))
    store = keeping.store_of(town.registry, town.tenant_id)
    lost, _size = store.put(io.BytesIO(b"never noted"), maximum=100)
    monkeypatch.setattr(keeping, "GRACE", -1)
    town.run_schedule(keeping.SWEEP)
    assert not store.has(lost)
    assert len(list(store.shas())) == 1
    rule = rules(town.registry)["exchange"]
    with town.session() as session:
        privacy = desk_for(session, town.registry, town.tenant)
        assert rule.due(privacy, exchange.models.utcnow(), None, 10)[0].id == number
        rule.erase(privacy, [number])
    assert stored(town) == []
    town.run_schedule(keeping.SWEEP)
    assert list(store.shas()) == []


@on_sqlite
def test_reading_costs_the_same_statements_for_few_and_many(town, monkeypatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 500)
    numbers = []
    for start, count in ((0, 5), (1000, 400)):
        deliver(town, many(count, start), run=False)
        with town.statements() as seen:
            staging.Reader(town.registry, town.tenant, town.session).run()
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


@on_sqlite
def test_what_is_declared_badly_is_refused_at_once(make_town) -> None:
    def nameless(config) -> None:
        configure(config)
        config.add_exchange_target("x", title="X", area="nowhere", send=len)

    with pytest.raises(ConfigurationError, match="there is no area"):
        make_town(configure=nameless)


def test_paths_of_a_payload() -> None:
    records = exchange.records
    payload = {"a": {"b": 1}, "list": [{"c": "x"}, {"c": "y"}]}
    assert records.leaves(payload) == [("a.b", 1), ("list[0].c", "x"), ("list[1].c", "y")]
    changed = records.put(payload, "list[1].c", "z")
    assert changed["list"][1]["c"] == "z"
    assert payload["list"][1]["c"] == "y"
    assert "b" not in records.put(payload, "a.b", None)["a"]
    with pytest.raises((LookupError, TypeError)):
        records.put(payload, "list[7].c", "z")


@on_sqlite
def test_a_correction_is_typed_as_people_type(town) -> None:
    cents = exchange.Field("Betrag", "cents")
    day = exchange.Field("Tag", "day")
    assert exchange.records.as_value(cents, "1 234,5") == 123450
    assert exchange.records.as_value(day, "1.2.2026") == "2026-02-01"
    assert exchange.records.as_value(day, " ") is None
    for field, text in ((cents, "12,345"), (day, "31.02.2026")):
        with pytest.raises(ValueError, match=r"12,345|day"):
            exchange.records.as_value(field, text)
    deliver(town, lines("5;12;Markt"))
    with town.session() as session:
        row = session.get(Record, stored(town)[0].id)
        exchange.checking.recheck(desk(town, session), [row])
        assert isinstance(session.get(Delivery, row.delivery_id), Delivery)


def test_a_format_that_has_changed_is_told(town: Town) -> None:
    deliver(town, lines("5;12;Markt", "6;13;Bahnhof;neu"))
    (row,) = deliveries(town)
    assert row.unmapped == 1
    town.login("bus_clerk")
    town.get(INBOX).mustcontain("unbekannte Elemente")
    town.get(f"{INBOX}/deliveries/{row.id}").mustcontain("in 1 ihrer Datensätze")
