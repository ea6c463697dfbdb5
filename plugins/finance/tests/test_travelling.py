"""A town moves with all that it has taken in, booked and sent: nothing lost, chains whole."""

import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from intake_kit import deliver, notice, zipped
from issuing_kit import DAY, FACTS
from sqlalchemy import select

from stadtkern.db import work
from stadtkern.exchange import Desk, Record, keeping, records, releasing
from stadtkern.exchange.models import Delivery, Dispatch, Finding, Release
from stadtkern.exchange.values import released_hash
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.town import Town
from stadtkern.vault import open_, seal
from stadtkern_finance.bookings.model import chain_is_whole
from stadtkern_finance.cases import models as cases
from stadtkern_finance.issuing import keeping as kept_notices
from stadtkern_finance.issuing import making, piling
from stadtkern_finance.issuing.models import Letterhead, Pile, StoredNotice
from stadtkern_finance.ledger import answers, batches, delivering, profiles
from stadtkern_finance.ledger.models import (
    BookedLine,
    Collection,
    Mandate,
    StoredBatch,
    StoredProfile,
)
from stadtkern_finance.models import AccountAlias, Rate, TaxAccount
from stadtkern_finance.runs import services
from stadtkern_finance.runs.models import WRITING, Run
from stadtkern_finance.stock import words

IBAN = "DE89370400440532013000"
NUMBERS = [f"401122334455000{n}" for n in range(6)]
LYING = {"house_number": "7", "postcode": "00000", "street": "Eichgasse", "town": "Musterstadt"}
LIES = "<Lage><Strasse>Eichgasse</Strasse><Hausnummer>7</Hausnummer><Ort>Musterstadt</Ort></Lage>"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400, check_ags=False)
    return town


def desk(town: Town, session: Any) -> Desk:
    return Desk(session, town.registry, town.tenant)


def green(town: Town, first: int, second: int) -> None:
    """Have records without warnings released as a batch, and booked."""
    with town.session() as session:
        number = releasing.propose_green(desk(town, session), "finance", {}, first).id
    with town.session() as session:
        every = set(session.scalars(select(Record.id)))
        releasing.release_batch(desk(town, session), "finance", number, second, every)
    town.run_jobs()


def beside(one: int, first: int, second: int) -> list[Any]:
    """Return what clerks keep beside an account."""
    return [
        cases.Note(account_id=one, text="Ruft gern an.", author_id=first),
        cases.FollowUp(account_id=one, day=DAY, text="Nachsehen", person_id=first),
        cases.OwnerChange(
            account_id=one, day=DAY, first_year=2027, before=[], after=[], created_by=first
        ),
        cases.Objection(account_id=one, posted_on=DAY, until=DAY, received_on=DAY),
        cases.Suspension(account_id=one, amount_cent=100, first_day=DAY),
        cases.Deputy(person_id=first, deputy_id=second, first_day=DAY, last_day=DAY),
        cases.ReleaseLimit(person_id=second, cents=10**9),
    ]


def exported(session: Any, town: Town) -> None:
    """Make a batch, and note its direct debits."""
    made = batches.make(session, town.tenant, "csv-own-1")
    assert made is not None
    mandate = session.scalars(select(Mandate)).one()
    session.add(Collection(batch_id=made.id, mandate_id=mandate.id, last_day=DAY))


def furnish(town: Town) -> None:
    """Bring a town through all that it does: intake, release, notices, bookings, a run."""
    first, second = (
        town.account(f"finance_{role}", mail=f"{name}@people.example").id
        for role, name in (("clerk", "first"), ("approver", "second"))
    )
    owner = {"role": "owner", "surname": "Dorfel", "given_name": "Rausi", **LYING}
    with town.session() as session:
        accounts = [
            TaxAccount(
                kassenzeichen=f"5.{place}",
                tax_kind="grundsteuer_b",
                number=number,
                place=LYING if place > 3 else {},
                place_key="eichgasse7musterstadt" if place > 3 else "",
                owners=[owner],
            )
            for place, number in enumerate(NUMBERS)
        ]
        session.add_all(accounts)
        session.flush()
        words.keep(session, accounts)
        mandate = Mandate(
            account_id=accounts[0].id, reference="M-1", signed=date(2026, 1, 5),
            iban_end="3000", sequence="RCUR",
        )  # fmt: skip
        mandate.iban = seal(session, town.registry, town.tenant_id, IBAN.encode(), mandate.context)
        one = accounts[1].id
        session.add_all(
            [
                mandate,
                Rate(tax="grundsteuer_b", first_year=2020, percent=690),
                AccountAlias(account_id=one, number="77", until=date(2025, 1, 1)),
                *beside(one, first, second),
                StoredProfile(name="eigen", text=profiles.text_of(session, "csv-own-1")),
                Letterhead(valid_from=date(2026, 1, 1), facts=FACTS),
            ]
        )
        way = {"url": "https://h.example/", "secret": "geheim"}
        delivering.choose(session, town.registry, "https", **way)
    files = {
        f"{n}.xml": notice(VorgangsId=f"V{n}", Aktenzeichen=number)
        for n, number in enumerate(NUMBERS[:3])
    }
    deliver(town, zipped(**files), "a.zip")
    # What nobody can read is kept, too.
    deliver(town, b"\x00 nothing", "c.bin")
    green(town, first, second)
    with town.session() as session:
        making.ask(session, town.registry, town.tenant, DAY)
    town.run_jobs()
    with town.session() as session:
        piling.ask(session, town.registry, town.tenant)
    town.run_jobs()
    for last in (False, True):
        with town.session() as session:
            exported(session, town)
        if last:
            break
        with town.session() as session:
            lines = session.scalars(select(BookedLine).order_by(BookedLine.id)).all()
            told = ["Zeilen-ID;Status;Grund"]
            told += [f"{line.line_id};gebucht;" for line in lines[1:]]
            told.append(f"{lines[0].line_id};abgelehnt;Personenkonto fehlt")
            answers.take(session, "\r\n".join(told).encode(), "quittung.csv")
            again = lines[0].id
        with town.session() as session:
            assert answers.send_again(session, [again]) == 1
    # One that two accounts might be: a person says which, and it waits for its release.
    deliver(town, notice(LIES, VorgangsId="V8", Aktenzeichen="9999999999999999"), "b.xml")
    with town.session() as session:
        row = session.scalars(select(Record).where(Record.state == "open")).one()
        chosen = {"account": accounts[4].id}
        records.correct(desk(town, session), row, first, {}, chosen)
        releasing.propose(desk(town, session), row, first)
        run = services.start(session, town.registry, town.tenant, 2027, first).id
    town.run_jobs()
    with town.session() as session:
        row = session.get(Run, run)
        assert row is not None
        services.propose(session, row, first)
    # One more of which nobody has said anything: its findings offer both accounts.
    deliver(town, notice(LIES, VorgangsId="V9", Aktenzeichen="8888888888888888"), "d.xml")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        name[5:-6]: [json.loads(line) for line in data.splitlines()]
        for name, data in members(path).items()
        if name.startswith("data/")
    }


def leave(town: Town, stadtkern: Any, path: Path) -> Path:
    done = stadtkern("tenants", "export", town.slug, str(path))
    assert done.exit_code == 0, done.output
    return path


def gone(town: Town) -> None:
    """Delete the town here, with the bytes that lie in stores of its own."""
    for store in (keeping.store_of, kept_notices.store_of):
        for sha in list(store(town.registry, town.tenant_id).shas()):
            store(town.registry, town.tenant_id).remove(sha)
    with work(town.database) as session:
        session.delete(session.get(TenantRow, town.tenant_id))


def arrive(town: Town, stadtkern: Any, path: Path) -> Town:
    done = stadtkern("tenants", "import", str(path))
    assert done.exit_code == 0, done.output
    again = Town.__new__(Town)
    with work(town.database, write=False) as session:
        number = tenant_by_slug(session, town.slug).id
    vars(again).update(vars(town) | {"tenant_id": number})
    return again


def whole(town: Town, files: Mapping[int, bytes]) -> None:
    """Hold what has come in against what the town had: the same files, every chain whole."""
    with town.session(write=False) as session:
        stored = session.scalars(select(StoredBatch).order_by(StoredBatch.number)).all()
        assert chain_is_whole([batches.export_batch(session, row) for row in stored])
        assert {row.number: batches.artifact(session, row).data for row in stored} == files
        for delivery in session.scalars(select(Delivery)):
            assert keeping.source_of(town.registry, delivery).path.stat().st_size == delivery.size
        store = kept_notices.store_of(town.registry, town.tenant_id)
        assert all(store.has(row.pdf_sha or "") for row in session.scalars(select(StoredNotice)))
        assert store.has(session.scalars(select(Pile)).one().file_sha or "")
        mandate = session.scalars(select(Mandate)).one()
        plain = open_(session, town.registry, town.tenant_id, mandate.iban, mandate.context)
        assert plain.decode() == IBAN
        for record in session.scalars(select(Record)):
            bound = released_hash(record.payload, record.decisions, record.proposal)
            assert record.payload_hash == bound


def files_of(town: Town) -> dict[int, bytes]:
    with town.session(write=False) as session:
        stored = session.scalars(select(StoredBatch)).all()
        return {row.number: batches.artifact(session, row).data for row in stored}


@pytest.mark.usefixtures("in_2026")
def test_there_and_back_is_the_same_json(town, stadtkern, tmp_path) -> None:
    furnish(town)
    files = files_of(town)
    first = leave(town, stadtkern, tmp_path / "first.zip")
    empty = {name for name, found in rows(first).items() if not found}
    assert not {name for name in empty if name.startswith(("finance_", "exchange_"))}
    assert IBAN in text_of(first, "finance_mandate")
    assert "geheim" not in text_of(first, "finance_way")
    gone(town)
    again = arrive(town, stadtkern, first)
    assert members(leave(again, stadtkern, tmp_path / "second.zip")) == members(first)
    whole(again, files)


def text_of(path: Path, name: str) -> str:
    return members(path)[f"data/{name}.jsonl"].decode()


@pytest.mark.usefixtures("in_2026")
def test_where_numbers_are_taken_all_that_names_them_follows(town, stadtkern, tmp_path) -> None:
    other = town.second_tenant()
    furnish(town)
    files = files_of(town)
    first = leave(town, stadtkern, tmp_path / "first.zip")
    before = rows(first)
    numbered = ("finance_account", "finance_line", "exchange_record", "exchange_delivery")
    taken = {name: before[name][1]["id"] for name in numbered}
    gone(town)
    with other.session() as session:
        # In the midst of them: those before keep their numbers, and the order must hold.
        session.add(
            TaxAccount(
                id=taken["finance_account"], kassenzeichen="x", tax_kind="grundsteuer_b", number="1"
            )
        )
        session.flush()
        session.add(
            Delivery(
                id=taken["exchange_delivery"], area="x", sha="0" * 64, size=0, name="x", source="x"
            )
        )
        session.flush()
        session.add(
            Record(
                id=taken["exchange_record"], delivery_id=taken["exchange_delivery"], area="x",
                format="x", key="x", entry="x", number=1, kind="x", subject="x", summary="x",
                payload={}, content_hash="x", payload_hash="x",
            )
        )  # fmt: skip
        session.add(
            BookedLine(
                id=taken["finance_line"], account_id=taken["finance_account"], line_id="x",
                reference="x", year=2026, amount_cent=1, facts={},
            )
        )  # fmt: skip
    again = arrive(town, stadtkern, first)
    after = rows(leave(again, stadtkern, tmp_path / "second.zip"))
    whole(again, files)
    for name in numbered:
        numbers = [one["id"] for one in after[name]]
        assert numbers[0] == before[name][0]["id"]
        assert numbers[1] > before[name][-1]["id"]
        assert numbers == sorted(numbers)
        assert len(after[name]) == len(before[name])
    with again.session(write=False) as session:
        named = {row.id: row.kassenzeichen for row in session.scalars(select(TaxAccount))}
        waiting = session.scalars(select(Record).where(Record.state == "proposed")).one()
        assert named[waiting.decisions["account"]] == named[waiting.proposal["account"]] == "5.4"
        release = session.scalars(select(Release).where(Release.record_id == waiting.id)).one()
        assert release.payload_hash == waiting.payload_hash
        offers = [
            mend["decisions"]["account"]
            for finding in session.scalars(select(Finding))
            for mend in finding.mends
            if isinstance(mend["decisions"].get("account"), int)
        ]
        assert {named[number] for number in offers} == {"5.4", "5.5"}
        sent = session.scalars(select(Dispatch).order_by(Dispatch.id)).all()
        assert {one.reference for one in sent} == {"5.0", "5.1", "5.2"}
        seen, run = waiting.payload_hash, session.scalars(select(Run)).one()
        ids = waiting.id, run.id, run.rows_hash
    # What waited for its release there is released here.
    second = again.account("finance_approver", mail="second@people.example").id
    with again.session() as session:
        row = session.get(Record, ids[0])
        assert row is not None
        releasing.release(desk(again, session), row, second, seen)
        run = session.get(Run, ids[1])
        assert run is not None
        services.release(session, again.registry, again.tenant, run, second, ids[2])
        assert run.state == WRITING
    again.run_jobs()
    with again.session(write=False) as session:
        assert session.get(Record, ids[0]).state == "done"
        assert session.get(Run, ids[1]).state == "done"
        assert session.get(Run, ids[1]).written > 0
