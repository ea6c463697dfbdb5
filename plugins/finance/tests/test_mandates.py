"""Mandates come with the stock, stay sealed, and make direct debits that a bank can read."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import colander
import pytest
from intake_kit import deliver, notice
from lxml import etree
from sqlalchemy import select
from test_booking_export import booked, export, released

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.ledger.models import Mandate
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


def test_a_creditor_identifier_is_checked() -> None:
    schema = FinanceSettings()
    values = schema.deserialize({"creditor_id": "de98 zzz0 9999 9999 99"})
    assert values["creditor_id"] == "DE98ZZZ09999999999"
    with pytest.raises(colander.Invalid):
        schema.deserialize({"creditor_id": "DE97ZZZ09999999999"})
