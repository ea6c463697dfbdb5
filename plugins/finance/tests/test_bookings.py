"""Booking lines, batches, profiles, receipts, direct debits."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sepaxml
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stadtkern_finance.bookings.building import Account, Place, corrected, lines_of, reversal
from stadtkern_finance.bookings.model import (
    BookingLine,
    Debtor,
    ExportBatch,
    Kind,
    Tax,
    chain_is_whole,
    totals,
)
from stadtkern_finance.bookings.profile import Profile, load_profile, shipped_profiles
from stadtkern_finance.bookings.receipts import Answer, Outcome, compared, read_receipt
from stadtkern_finance.bookings.rendering import render
from stadtkern_finance.bookings.samples import preview, sample_batch
from stadtkern_finance.bookings.sepa import SCHEMA, Creditor, DebitMandate, direct_debits
from stadtkern_finance.calculation import Assessment, calculate
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.records.reading import BadInput, record_of, requests_of

DEBTOR = Debtor("D-1", "Rausi Dörfel", street="Eichgasse", house_number="7", town="Musterstadt")
ACCOUNT = Account(
    "5.0100.1", DEBTOR, "B-1", chart={Tax.PROPERTY_B: Place("61101", "5012000", "110")}
)
CREATED = datetime(2026, 3, 16, 10, 0, 0)  # noqa: DTZ001  # a town's own time
IBAN = "DE02120300000000202051"
CSV = """\
name: test-1
title: Test
format: csv
file_name: "x_${number}.csv"
columns:
  - {name: Id, value: line_id}
  - {name: Betrag, value: betrag, form: amount}
"""


def assessed(**more: Any) -> Assessment:
    given: dict[str, Any] = {
        "tax_kind": "grundsteuer_b",
        "messbetrag_cent": 15_000,
        "hebesatz": 420,
        "year": 2026,
        **more,
    }
    (request,), _many = requests_of(given)
    return calculate(record_of(request), request)


def batch(lines: tuple[BookingLine, ...] | None = None, **more: Any) -> ExportBatch:
    made = lines_of(assessed(), ACCOUNT) if lines is None else lines
    return ExportBatch("musterstadt", "csv-own-1", 7, CREATED, made, **more)


def said(error: pytest.ExceptionInfo[BadInput]) -> str:
    return " ".join(error.value.sentences("en"))


def test_an_assessment_becomes_a_line_for_each_instalment() -> None:
    lines = lines_of(assessed(), ACCOUNT)
    assert [one.betrag for one in lines] == [Decimal("157.50")] * 4
    assert lines[0].faelligkeit == date(2026, 2, 16)
    assert lines[0].sachkonto == "5012000"
    assert len({one.line_id for one in lines}) == 4
    assert lines == lines_of(assessed(), ACCOUNT)
    assert lines[0].line_id != replace(lines[0], betrag=Decimal("157.51")).line_id


def test_trade_tax_is_booked_against_its_prepayments_with_interest() -> None:
    assessment = assessed(
        tax_kind="gewerbesteuer",
        messbetrag_cent=1_000_000,
        hebesatz=400,
        year=2022,
        announced_at="2026-03-20",
        prepayments={"set": "27659.45", "due": "27659.45", "paid": 20_000},
    )
    tax, interest = lines_of(assessment, ACCOUNT, prepayments_booked=Decimal("27659.45"))
    assert (tax.betrag, tax.steuerart) == (Decimal("12340.55"), Tax.TRADE)
    assert tax.faelligkeit == date(2026, 4, 20)
    assert (interest.betrag, interest.steuerart) == (Decimal(332), Tax.INTEREST)


@settings(max_examples=60)
@given(
    old=st.integers(0, 10**7),
    new=st.integers(0, 10**7),
    day=st.dates(date(2025, 12, 1), date(2026, 12, 31)),
)
def test_a_correction_is_reversal_and_new(old: int, new: int, day: date) -> None:
    before = lines_of(assessed(messbetrag_cent=old), ACCOUNT)
    was = sum((one.betrag for one in before), Decimal(0))
    assessment = assessed(
        messbetrag_cent=new, previous={"amount": str(was)}, announced_at=day.isoformat()
    )
    later = replace(ACCOUNT, bescheid_ref="B-2")
    after = lines_of(assessment, later, announced=day, previous=before)
    assert sum((one.betrag for one in after), Decimal(0)) == assessment.amount
    correction = corrected(before, after, "B-2")
    assert sum((one.betrag for one in correction), Decimal(0)) == assessment.amount - was
    reversed_ids = [one.storno_of for one in correction if one.kind is Kind.REVERSAL]
    assert reversed_ids == [one.line_id for one in before]
    again = corrected((*before, *correction), (), "B-3")
    assert sum((one.betrag for one in again), Decimal(0)) == -assessment.amount


def test_lines_that_do_not_fit_are_refused() -> None:
    assessment = assessed(previous={"amount": "600.00"}, announced_at="2026-06-01")
    with pytest.raises(BadInput, match="does not add up"):
        lines_of(assessment, ACCOUNT, announced=date(2026, 6, 1))
    line = lines_of(assessed(), ACCOUNT)[0]
    with pytest.raises(BadInput, match="stands there twice"):
        batch((line, line))
    with pytest.raises(BadInput, match="no reversal"):
        reversal(reversal(line, "B-2"), "B-3")


def test_totals_and_chain() -> None:
    first = batch()
    second = replace(first, number=8, prev_hash=first.hash)
    assert chain_is_whole([first, second])
    changed = replace(first, lines=first.lines[1:])
    assert not chain_is_whole([changed, second])
    lines = corrected(first.lines[:1], first.lines[1:2], "B-2")
    counted = totals(lines)
    assert (counted.count, counted.sum_debit, counted.sum_credit) == (
        2,
        Decimal("157.50"),
        Decimal("-157.50"),
    )
    assert first.id == batch().id
    assert first.id.startswith("000007-")


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_rendering_twice_is_the_same_bytes(name: str) -> None:
    profile = shipped_profiles()[name]
    made = render(batch(), profile)
    assert made == render(batch(), profile)
    assert made.data
    assert "/" not in made.name
    text = made.data.decode(profile.get("encoding", "utf-8"))
    for line in batch().lines:
        assert line.line_id in text


def test_csv_is_read_back_and_safe_in_a_spreadsheet() -> None:
    lines = list(batch().lines)
    evil = replace(DEBTOR, name='=HYPERLINK("x";1)', street="Am;Bach")
    lines[0] = replace(lines[0], debtor=evil, betrag=Decimal("-5.00"))
    data = render(batch(tuple(lines)), shipped_profiles()["csv-own-1"]).data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4
    assert rows[0]["Name"] == '\'=HYPERLINK("x";1)'
    assert rows[0]["Straße"] == "Am;Bach"
    assert rows[0]["Betrag"] == "-5,00"
    assert rows[1]["Fälligkeit"] == "15.05.2026"
    found = sum((Decimal(row["Betrag"].replace(",", ".")) for row in rows), Decimal(0))
    assert found == sum((one.betrag for one in lines), Decimal(0))


def test_fixed_width_places_and_signs() -> None:
    lines = (replace(batch().lines[0], betrag=Decimal("-5.00"), debtor=Debtor("D", "Müllő" * 20)),)
    data = render(batch(lines), shipped_profiles()["fixed-own-1"]).data
    row, last, end = data.decode("iso-8859-15").split("\r\n")
    assert (last, end) == ("E1", "")
    assert len(row) == 177
    assert row[21:23] == "01"
    assert "-000000000500" in row
    assert "Müllo" in row


def test_an_amount_or_an_id_is_never_cut() -> None:
    line = batch().lines[0]
    long = replace(line, kassenzeichen="5" * 21)
    with pytest.raises(BadInput) as caught:
        render(batch((long,)), shipped_profiles()["fixed-own-1"])
    assert f"{long.line_id}.Kassenzeichen" in said(caught)
    assert "at most 20 characters" in said(caught)
    with pytest.raises(BadInput, match="Betrag"):
        render(batch((replace(line, betrag=Decimal(10) ** 12),)), shipped_profiles()["fixed-own-1"])
    greek = replace(line, debtor=Debtor("D", "Ω"))
    with pytest.raises(BadInput, match="Name"):
        render(batch((greek,)), shipped_profiles()["fixed-own-1"])


def test_xml_and_json_hold_totals_and_hash() -> None:
    made = batch()
    tree = etree.fromstring(render(made, shipped_profiles()["xfinanz-like-1"]).data)
    space = {"b": "urn:stadtkern:bookings:1"}
    assert tree.findtext("b:Kopf/b:SummeSoll", namespaces=space) == "630.00"
    assert tree.findtext("b:Kopf/b:Pruefsumme", namespaces=space) == made.hash
    amounts = [one.text for one in tree.iterfind("b:NachrichtAODoppisch/b:Betrag", space)]
    assert amounts == ["157.50"] * 4
    data = json.loads(render(made, shipped_profiles()["json-own-1"]).data)
    assert data["hash"] == made.hash
    assert [row["line_id"] for row in data["lines"]] == [one.line_id for one in made.lines]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CSV.replace("form: amount", "form: betrag"), "columns[1].form (7)"),
        (CSV.replace("value: line_id", "value: lineid"), "columns[0].value (6)"),
        (CSV.replace("title: Test\n", ""), "title (1): is missing"),
        (CSV.replace("format: csv", "format: fixed"), "columns[0].width (6): is missing"),
        (CSV.replace("format: csv", "format: xml"), "root (1): is missing"),
        (CSV.replace("name: Betrag", "name: Id"), "columns[1].name (7): stands there twice"),
        (CSV.replace("value: line_id", "constant: x, value: line_id"), "columns[0] (6)"),
        (CSV + "colour: red\n", "colour (8)"),
        (CSV + "  - [", "is not YAML at line"),
        ("- 1", "/ (1): is a list"),
        ("", "is empty"),
    ],
)
def test_a_wrong_profile_names_line_and_key(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_profile(text)
    assert words in said(caught)


def test_an_unknown_fact_of_a_file_name_is_refused() -> None:
    with pytest.raises(BadInput, match="file_name"):
        render(batch(), load_profile(CSV.replace("${number}", "${nothing}")))
    with pytest.raises(BadInput, match="Betrag"):
        render(batch(), load_profile(CSV.replace("form: amount", "form: ja-nein")))


def answers(profile: Profile, rows: list[tuple[str, str, str]]) -> bytes:
    rules = profile.get("receipt")
    names = (rules["line"], rules["status"], rules.get("reason", "Grund"))
    if rules["format"] == "csv":
        return "\n".join(";".join(row) for row in [names, *rows]).encode()
    made = [dict(zip(names, row, strict=True)) for row in rows]
    if rules["format"] == "json":
        return json.dumps({rules["record"]: made}).encode()
    root = etree.Element("Quittungen", nsmap={None: rules["namespace"]})
    etree.SubElement(root, f"{{{rules['namespace']}}}Datum").text = "2026-03-17"
    for row in made:
        place = etree.SubElement(root, f"{{{rules['namespace']}}}{rules['record']}")
        for name, text in row.items():
            etree.SubElement(place, f"{{{rules['namespace']}}}{name}").text = text
    return etree.tostring(root)


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_receipts_are_read_a_line_at_a_time(name: str) -> None:
    profile = shipped_profiles()[name]
    rules = profile.get("receipt")
    yes, no = rules["accepted"][0], rules["rejected"][0]
    made = batch()
    ids = [one.line_id for one in made.lines]
    rows = [(one, yes, "") for one in ids[:3]] + [(ids[3], no, "Konto gesperrt")]
    found = read_receipt(answers(profile, rows), profile)
    assert found[3] == Answer(ids[3], accepted=False, reason="Konto gesperrt")
    seen = compared(made, found)
    assert seen.outcome is Outcome.PARTIALLY_REJECTED
    assert [one.line_id for one in seen.rejected] == [ids[3]]
    whole = read_receipt(answers(profile, [(one, yes, "") for one in ids]), profile)
    assert compared(made, whole).outcome is Outcome.ACKNOWLEDGED
    refused = [answer._replace(accepted=False) for answer in whole]
    assert compared(made, refused).outcome is Outcome.REJECTED
    short = compared(made, [*whole[:2], Answer("other", accepted=True)])
    assert (short.outcome, short.unknown) == (Outcome.INCOMPLETE, ("other",))
    assert short.unanswered == tuple(ids[2:])
    both = compared(made, [*whole, refused[0]])
    assert both.contradictory == (ids[0],)
    with pytest.raises(FileRefused, match="unknown status"):
        read_receipt(answers(profile, [(ids[0], "vielleicht", "")]), profile)
    with pytest.raises(FileRefused, match="lacks line or status"):
        read_receipt(answers(profile, [(ids[0], "", "")]), profile)


def test_a_receipt_that_is_no_receipt_is_refused() -> None:
    profiles = shipped_profiles()
    with pytest.raises(FileRefused):
        read_receipt(b"<a", profiles["xfinanz-like-1"])
    with pytest.raises(FileRefused, match="no list"):
        read_receipt(b"3", profiles["json-own-1"])
    with pytest.raises(FileRefused, match="no receipt"):
        read_receipt(b"x", load_profile(CSV))


def debits(lines: tuple[BookingLine, ...], iban: str = IBAN) -> bytes:
    mandate = DebitMandate("M-1", date(2020, 1, 2), "Jürgen Größe & Söhne", iban)
    creditor = Creditor("Stadtkasse Mühlstädt", IBAN, "BYLADEM1001", "DE98ZZZ09999999999")
    return direct_debits(
        lines, {"M-1": mandate}, creditor, message_id="000007-abc", created=CREATED
    )


def test_direct_debits_are_valid_and_the_same_again() -> None:
    lines = lines_of(assessed(), replace(ACCOUNT, sepa_mandat="M-1"))
    xml = debits(lines)
    assert xml == debits(lines)
    folder = sepaxml.__path__[0]
    xmlschema.XMLSchema(f"{folder}/schemas/{SCHEMA}.xsd").validate(xml.decode())
    tree = etree.fromstring(xml)
    space = {"p": tree.nsmap[None]}
    assert tree.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=space) == "630.00"
    assert len(tree.findall(".//p:PmtInf", space)) == 4
    assert [one.text for one in tree.iterfind(".//p:EndToEndId", space)] == [
        one.line_id for one in lines
    ]
    assert tree.findtext(".//p:Dbtr/p:Nm", namespaces=space) == "Juergen Groesse + Soehne"


def test_what_cannot_be_collected_is_refused() -> None:
    line = lines_of(assessed(), replace(ACCOUNT, sepa_mandat="M-1"))[0]
    for wrong, words in (
        (replace(line, sepa_mandat=""), "a mandate that is known"),
        (replace(line, betrag=Decimal(-1)), "refunds are not collected"),
        (replace(line, faelligkeit=None), "faelligkeit: is missing"),
    ):
        with pytest.raises(BadInput) as caught:
            debits((wrong,))
        assert words in said(caught)
    with pytest.raises(BadInput) as caught:
        debits((line,), "DE03120300000000202051")
    assert "is no IBAN" in said(caught)
    assert "DE03" not in said(caught)
    with pytest.raises(BadInput, match="lines"):
        debits(())


def test_a_profile_is_previewed_with_a_made_up_batch() -> None:
    made = preview(CSV)
    rows = made.data.decode().splitlines()
    assert rows[0] == "Id;Betrag"
    assert [row.split(";")[1] for row in rows[1:]] == ["157.50", "12340.55", "-157.50", "150.00"]
    assert made.name == "x_1.csv"
    for profile in shipped_profiles().values():
        assert render(sample_batch(), profile).data
    with pytest.raises(BadInput, match="form"):
        preview(CSV.replace("form: amount", "form: betrag"))
