"""Mandates come with the stock, stay sealed, and make direct debits that a bank can read."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import colander
import pytest
from intake_kit import deliver, notice
from lxml import etree
from sqlalchemy import select, update
from test_booking_export import booked, export, released

from stadtkern.audit import Wanted, find
from stadtkern.db import utcnow
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.ledger.models import Collection, Mandate, StoredBatch
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.schemas import FinanceSettings
from stadtkern_finance.stock import mandates

IBAN = "DE89370400440532013000"
HEAD = "Kassenzeichen;Steuerart;Aktenzeichen;Nachname;Mandatsreferenz;Mandat vom;IBAN;Mandatsart"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure(
        "finance",
        rate_b=690,
        payee_name="Stadtkasse Musterstadt",
        payee_iban="DE02120300000000202051",
        creditor_id="DE98ZZZ09999999999",
    )
    return town


def stock(stadtkern: Any, tmp_path: Path, *rows: str, code: int = 0) -> Any:
    path = tmp_path / "stock.csv"
    path.write_text("\n".join([HEAD, *rows]), "utf-8")
    done = stadtkern("finance", "stock", "import", str(path), "--tenant", "musterstadt", "--json")
    assert done.exit_code == code, done.output
    assert IBAN not in done.output
    return json.loads(done.output)


def row(
    reference: str = "M-1", iban: str = IBAN, day: str = "05.01.2026", kind: str = "RCUR"
) -> str:
    return f"5.1;Grundsteuer B;4011223344556677;Dörfel;{reference};{day};{iban};{kind}"


def stored(town: Town) -> list[Mandate]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Mandate).order_by(Mandate.id)))
        session.expunge_all()
    return rows


def test_mandates_come_with_the_stock_and_stay_sealed(town, stadtkern, tmp_path) -> None:
    assert stock(stadtkern, tmp_path, row())["mandates"] == 1
    assert stock(stadtkern, tmp_path, row())["mandates"] == 0
    (one,) = stored(town)
    assert IBAN not in one.iban
    assert (one.iban_end, one.sequence, one.ended) == ("3000", "RCUR", None)
    with town.session(write=False) as session:
        found = session.scalars(select(Mandate)).one()
        assert mandates.account_number(session, town.registry, found) == IBAN
    # Another reference ends the one before.
    assert stock(stadtkern, tmp_path, row("M-2"))["mandates"] == 1
    assert [one.ended is None for one in stored(town)] == [False, True]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (row(iban="DE88370400440532013000"), "mandate.iban"),
        (row(iban=""), "mandate.iban"),
        (row(reference="Ä"), "mandate.reference"),
        (row(day="01.01.2099"), "mandate.signed"),
        (row(kind="EWIG"), "mandate.sequence"),
    ],
)
@on_sqlite
def test_mandates_that_do_not_fit_leave_their_line_out(
    town, stadtkern, tmp_path, line, field
) -> None:
    (problem,) = stock(stadtkern, tmp_path, line, code=1)["problems"]
    assert (problem["line"], problem["field"]) == (2, field)
    assert "370400" not in problem["reason"]
    assert stored(town) == []


@on_sqlite
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_signed_today_goes_by_the_clock_of_the_town(town, stadtkern, tmp_path, zone) -> None:
    # 14 hours before UTC and 11 behind: at any hour one of them has another day than UTC.
    with town.session() as session:
        session.execute(update(TenantRow).values(timezone=zone))
    today = datetime.now(ZoneInfo(zone)).date()
    later = today + timedelta(days=1)
    stock(stadtkern, tmp_path, row(day=f"{later:%d.%m.%Y}"), code=1)
    assert stored(town) == []
    assert stock(stadtkern, tmp_path, row(day=f"{today:%d.%m.%Y}"))["mandates"] == 1
    # A new reference ends the one before on the same day.
    stock(stadtkern, tmp_path, row("M-2", day=f"{today:%d.%m.%Y}"))
    assert [one.ended for one in stored(town)] == [today, None]


def collected(town: Town) -> Any:
    answer = town.post("/admin/finance/batches/1/debits", status="*")
    return etree.fromstring(answer.body) if answer.status_int == 200 else None


def test_direct_debits_of_a_batch_add_up(town, stadtkern, tmp_path, monkeypatch) -> None:
    stock(stadtkern, tmp_path, row())
    deliver(town, notice(AbweichendeGueltigkeit="01012098"), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    lines = booked(town)
    assert {one.facts["sepa_mandat"] for one in lines} == {"M-1"}
    town.login("finance_clerk")
    town.get("/admin/finance/batches/1").mustcontain("662,40\xa0€", "pain.008")
    xml = collected(town)
    space = {"p": xml.nsmap[None]}
    assert xml.nsmap[None].endswith("pain.008.001.08")
    amounts = [Decimal(one) for one in xml.xpath("//p:InstdAmt/text()", namespaces=space)]
    assert sorted(amounts) == [Decimal("165.60")] * 4
    assert set(xml.xpath("//p:GrpHdr/p:CtrlSum/text()", namespaces=space)) == {"662.40"}
    assert xml.xpath("//p:DbtrAcct//p:IBAN/text()", namespaces=space) == [IBAN] * 4
    assert set(xml.xpath("//p:MndtId/text()", namespaces=space)) == {"M-1"}
    assert xml.xpath("//p:ReqdColltnDt/text()", namespaces=space)[0].startswith("2098")
    # The mandate ends: nothing is collected any more.
    with town.session() as session:
        session.scalars(select(Mandate)).one().ended = session.scalars(select(Mandate)).one().signed
    assert collected(town) is None
    assert "pain.008" not in town.get("/admin/finance/batches/1").text


@on_sqlite
def test_what_was_reversed_or_is_overdue_is_not_collected(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, row())
    deliver(town, notice(AbweichendeGueltigkeit="01012098"), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    deliver(
        town,
        notice(
            VorgangsId="V-2",
            AbweichendeGueltigkeit="01012098",
            DatumDesMessbetragsbescheids="07022026",
            Messbetrag="9700",
        ),
        "b.xml",
    )
    released(town)
    assert len(booked(town)) == 12
    town.login("finance_clerk")
    assert collected(town) is None


def sequences(xml: Any) -> list[tuple[str, int]]:
    space = {"p": xml.nsmap[None]}
    return [
        (
            one.findtext(".//p:SeqTp", None, space),
            len(one.findall("p:DrctDbtTxInf", space)),
        )
        for one in xml.iterfind(".//p:PmtInf", space)
    ]


KINDS = [
    # kind of the stock, what the file says, what a second batch can collect
    ("FRST", {"RCUR": 4}, True),
    ("FNAL", {"RCUR": 3, "FNAL": 1}, False),
    ("OOFF", {"OOFF": 1}, False),
]


@on_sqlite
@pytest.mark.parametrize(("kind", "expected", "again"), KINDS)
def test_a_mandate_is_used_by_the_file_and_given_back(
    town, stadtkern, tmp_path, kind, expected, again
) -> None:
    stock(stadtkern, tmp_path, row(kind=kind))
    deliver(town, notice(AbweichendeGueltigkeit="01012098"), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    town.login("finance_clerk")
    first = collected(town)
    counts: dict[str, int] = {}
    for name, number in sequences(first):
        counts[name] = counts.get(name, 0) + number
    assert counts == expected
    # The same file once more is the same; the mandate shows where it was used.
    assert etree.tostring(collected(town)) == etree.tostring(first)
    with town.session(write=False) as session:
        number = session.scalars(select(TaxAccount.id)).one()
        assert (
            number in mandates.live(session, [number], date(2098, 3, 1), town.tenant.today())
        ) is again
    page = town.get(f"/admin/finance/accounts/{number}")
    page.mustcontain("Stapel 1", "M-1")
    assert ("verbraucht" in page.text) is not again
    town.post("/admin/finance/batches/1/debits/back", {}, status=302)
    with town.session(write=False) as session:
        assert number in mandates.live(session, [number], date(2098, 3, 1), town.tenant.today())
    assert "keine bekannt" in town.get(f"/admin/finance/accounts/{number}").text


@on_sqlite
def test_an_unused_mandate_lapses_after_36_months(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, row())
    with town.session() as session:
        found = session.scalars(select(Mandate)).one()
        batch = StoredBatch(
            number=1,
            town="x",
            zone="UTC",
            created_at=utcnow(),
            profile="p",
            profile_text="",
            count=0,
            debit_cent=0,
            credit_cent=0,
            lines_hash="",
            hash="",
            prev_hash="",
            file_sha="",
        )
        session.add(batch)
        session.flush()
        use = Collection(batch_id=batch.id, mandate_id=found.id, last_day=date(2030, 3, 31))
        session.add(use)
        session.flush()
        for day, holds in ((date(2033, 3, 31), True), (date(2033, 4, 1), False)):
            alive = mandates.live(session, [found.account_id], day, town.tenant.today())
            assert (found.account_id in alive) is holds
            known = mandates.of_account(session, found.account_id)[0]
            assert known.state(day) == ("live" if holds else "lapsed")


def test_a_clerk_enters_and_ends_a_mandate(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, row())
    town.login("finance_clerk")
    with town.session(write=False) as session:
        place = f"/admin/finance/accounts/{session.scalars(select(TaxAccount.id)).one()}"
    fields = {
        "reference": "M-7",
        "signed": "2026-03-03",
        "iban": "DE02 1203 0000 0000 2020 51",
        "holder": "",
        "sequence": "RCUR",
        "reason": "Vordruck vom 3. März",
    }
    for wrong in (
        {"iban": IBAN[:-1]},
        {"signed": "2099-01-01"},
        {"reference": "M-1"},
        {"reason": ""},
    ):
        page = town.post(f"{place}/add/mandate", fields | wrong, status=422)
        assert "370400440532013" not in page.html.select_one(".error-summary").text
    page = town.post(f"{place}/add/mandate", fields, status=302).follow()
    page.mustcontain("M-7", "…&nbsp;2051", "Vordruck vom 3. März", "beendet")
    old, new = stored(town)
    assert (old.ended is None, new.ended) == (False, None)
    ending = {"about": str(new.id), "day": "2026-03-01", "reason": "Konto aufgelöst"}
    town.post(f"{place}/add/revoke", ending, status=422)
    page = town.post(f"{place}/add/revoke", ending | {"day": "2026-11-02"}, status=302).follow()
    page.mustcontain("Konto aufgelöst")
    town.post(f"{place}/add/revoke", ending, status=422)
    town.post(f"{place}/add/revoke", ending | {"about": "999"}, status=404)
    with town.session(write=False) as session:
        deeds = [one.deed for one in find(session, Wanted(kind="finance_mandate")).rows]
    assert {"finance.mandate", "finance.mandate.end"} <= set(deeds)


def test_a_creditor_identifier_is_checked() -> None:
    schema = FinanceSettings()
    values = schema.deserialize({"creditor_id": "de98 zzz0 9999 9999 99"})
    assert values["creditor_id"] == "DE98ZZZ09999999999"
    with pytest.raises(colander.Invalid):
        schema.deserialize({"creditor_id": "DE97ZZZ09999999999"})
