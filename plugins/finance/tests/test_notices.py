"""Notices as PDF: standards, what is embedded, and that PDF and XML say the same."""

import io
import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stadtkern_finance.calculation import calculate
from stadtkern_finance.cli import group
from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.notices.facts import facts_of
from stadtkern_finance.notices.letters.printing import printer
from stadtkern_finance.notices.making import Draft, Notice, Press
from stadtkern_finance.notices.towns import SAMPLE, load_town
from stadtkern_finance.notices.xunternehmen.model import Kind
from stadtkern_finance.notices.xunternehmen.samples import sample
from stadtkern_finance.records.reading import BadInput, record_of, requests_of

TOWN = load_town(SAMPLE)
PRESS = Press(TOWN)
PLACE = {"street": "Eichgasse", "house_number": "7", "postcode": "00000", "town": "Musterstadt"}
OWNER = [{"role": "owner", "surname": "Dorfel", **PLACE}]
PROPERTY: dict[str, Any] = {
    "tax_kind": "grundsteuer_b",
    "messbetrag_cent": 15_000,
    "hebesatz": 420,
    "year": 2026,
    "parties": OWNER,
}
TRADE: dict[str, Any] = {
    "steuernummer13": "2330020016295",
    "parties": OWNER,
    "tax_kind": "gewerbesteuer",
    "messbetrag_cent": 1_000_000,
    "year": 2022,
    "hebesatz": 400,
    "announced_at": "2026-03-20",
    "prepayments": {"set": "27659.45", "due": "27659.45", "paid": 20_000},
}
NOTICE = {"kassenzeichen": "5.0100.1", "day": "2026-03-16"}
MONEY = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{2}(?= €)")
AMOUNTS = (
    "messbetrag",
    "messbetragAlt",
    "festsetzungAktuell",
    "festsetzungBisher",
    "berechnungAktuell",
    "berechnungBisher",
    "betragBereitsGeleisteteZahlungen",
    "betrag",
    "basisUngerundet",
    "basis",
    "zinsbetragUngerundet",
    "zinsbetragBerechnet",
    "zinsbetragEffektiv",
    "zinsFestsetzungUngerundet",
    "zinsBerechnungUngerundet",
)


def drafted(request: dict[str, Any], **notice: Any) -> Draft:
    (given,), _many = requests_of(request)
    assessment = calculate(record_of(given), given)
    return PRESS.draft(assessment, facts_of(assessment, NOTICE | notice))


def made(request: dict[str, Any], **notice: Any) -> Notice:
    return drafted(request, **notice).printed(printer())


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_bounded().replace("\xa0", " ").replace("\r\n", "\n"))
            text.close()
            page.close()
    return found


def before_explanations(notice: Notice) -> str:
    return "\n".join(pages(notice.pdf)).split("Ihr Bescheid in einfachen Worten")[0]


def euros(amount: str) -> str:
    return str(printed(Fact.MONEY, Decimal(amount), "de")).removesuffix("\xa0€")


def assert_same(notice: Notice) -> None:
    """Every amount, rate and day of payment of the attached XML stands in the printed text."""
    with pikepdf.open(io.BytesIO(notice.pdf)) as pdf:
        (name,) = pdf.attachments
        attached = pdf.attachments[name].get_file().read_bytes()
    assert attached == notice.xml
    assert name == f"{notice.stem}.xml"
    tree = etree.fromstring(attached)
    text = before_explanations(notice)
    shown = Counter(MONEY.findall(text))
    told = Counter(euros(element.text) for name in AMOUNTS for element in tree.iter(name))
    assert told
    assert not told - shown, (told - shown, text)
    for rate in tree.iter("hebesatz", "hebesatzAlt"):
        assert f"{printed(Fact.PERCENT, Decimal(rate.text), 'de')}".replace("\xa0", " ") in text
    for demand in tree.iter("zahlungsaufforderung"):
        due = demand.findtext(".//zahlungBis")
        day = "" if due is None else f"{printed(Fact.DATE, date.fromisoformat(due), 'de')} "
        assert f"{day}{euros(demand.findtext('betrag'))} €" in text
    for number in (tree.findtext(".//steuernummerBund"), tree.findtext(".//buchungsnummer")):
        assert number in text


def test_one_file_keeps_both_standards_and_carries_its_xml() -> None:
    notice = made(TRADE)
    with pikepdf.open(io.BytesIO(notice.pdf)) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
            assert meta["pdfuaid:part"] == "1"
            assert "Gewerbesteuer" in str(meta["dc:title"])
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "de-DE"
        assert "/StructTreeRoot" in root
        assert len(root.OutputIntents) == 1
        (attached,) = root.AF
        assert attached.AFRelationship == pikepdf.Name.Alternative
        assert attached.EF.F.Subtype == pikepdf.Name("/text/xml")
        assert str(attached.UF) == f"{notice.stem}.xml"
        fonts = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        for font in fonts:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys())
            assert "Libertinus" in str(font.FontName)
        headers = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/TH"
        ]
        assert headers


def test_property_tax_has_the_same_standards_and_no_attachment() -> None:
    notice = made(PROPERTY)
    assert notice.xml is None
    assert notice.stem.startswith("GRST-BS-06439015-5_0100_1-2026-03-16_")
    with pikepdf.open(io.BytesIO(notice.pdf)) as pdf, pdf.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfuaid:part"]) == ("3", "1")
        assert "/AF" not in pdf.Root


def test_the_same_notice_is_the_same_bytes() -> None:
    assert made(TRADE) == made(TRADE)
    assert made(TRADE).stem != made(TRADE, kassenzeichen="other").stem


def test_a_letter_says_what_to_pay_when_and_why() -> None:
    first, second, last = pages(
        made(PROPERTY | {"announced_at": "2026-03-20", "previous": {"amount": "600.00"}}).pdf
    )
    assert "Bescheid über Grundsteuer B für 2026" in first
    assert "Grundsteuer B 2026 150,00 € 420 % 630,00 €" in first
    assert "Nachzahlung 20.4.2026 7,50 €" in first
    assert "Rate 15.5.2026 157,50 €" in first
    assert "Summe 480,00 €" in first
    assert "IBAN DE02 1203 0000 0000 2020 51" in first
    assert "Widerspruch" in first
    assert "So wurde gerechnet" in second
    assert "15.2.2026 ist kein Werktag (Sonntag)" in " ".join(second.split())
    assert "Ihr Bescheid in einfachen Worten" in last
    assert "Zahlen Sie 480,00 €" in last


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Zahlen Sie 630,00 €"),
        ({"messbetrag_cent": 0}, "Nichts. Aus diesem Schreiben"),
        (
            {"announced_at": "2026-12-01", "previous": {"amount": "700.00"}},
            "Sie bekommen 70,00 € von uns zurück",
        ),
    ],
)
def test_plain_words_fit_what_is_to_be_done(more: dict[str, Any], words: str) -> None:
    assert words in " ".join(pages(made(PROPERTY | more).pdf)[-1].split())


def test_with_a_mandate_nothing_is_to_be_transferred() -> None:
    text = " ".join("\n".join(pages(made(PROPERTY, mandate="M-1").pdf)).split())
    assert "SEPA-Mandat M-1" in text
    assert "überweisen Sie" not in text


@pytest.mark.parametrize("kind", Kind)
def test_each_message_is_printed_as_its_xml_says(kind: Kind) -> None:
    assert_same(PRESS.trade(sample(kind)).printed(printer()))


@settings(max_examples=8)
@given(
    cents=st.integers(0, 10**8),
    hebesatz=st.integers(200, 900),
    before=st.none() | st.integers(0, 10**8),
    due=st.integers(0, 10**8),
    paid=st.integers(0, 10**8),
    kind=st.sampled_from(["gewerbesteuer", "gewerbesteuer_vorauszahlung"]),
    year=st.integers(2016, 2026),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_pdf_and_xml_say_the_same(
    cents: int,
    hebesatz: int,
    before: int | None,
    due: int,
    paid: int,
    kind: str,
    year: int,
    day: date,
) -> None:
    request = TRADE | {
        "tax_kind": kind,
        "messbetrag_cent": cents,
        "hebesatz": hebesatz,
        "year": year,
        "announced_at": day.isoformat(),
        "prepayments": None,
    }
    if before is not None:
        request["previous"] = {"amount": euro(before)}
    if kind == "gewerbesteuer":
        request["prepayments"] = {"set": euro(due), "due": euro(due), "paid": euro(paid)}
    notice = made(request)
    assert_same(notice)
    tree = etree.fromstring(notice.xml)
    assert tree.tag.endswith(("0001", "0003", "0010"))


def euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def test_a_change_of_the_xml_is_noticed() -> None:
    notice = made(TRADE)
    assert notice.xml is not None
    draft = drafted(TRADE)
    letter = draft.letter
    attached = letter.attached
    assert attached is not None
    other = type(attached)(attached.name, attached.data.replace(b"12340.55", b"12340.56"))
    changed = Draft(draft.stem, type(letter)(**_fields(letter) | {"attached": other}))
    with pytest.raises(AssertionError):
        assert_same(changed.printed(printer()))


def _fields(letter: Any) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in letter.__slots__}


def test_insolvency_makes_a_calculation_that_demands_nothing() -> None:
    request = TRADE | {"flags": {"insolvent": True}, "prepayments": None}
    with pytest.raises(BadInput, match="insolvency_opened"):
        drafted(request)
    notice = made(request, insolvency_opened="2026-01-05", court_reference="IN 12/26")
    assert notice.stem.startswith("GEWST-BR-")
    assert notice.xml is not None
    assert b"zahlungsaufforderung" not in notice.xml
    text = "\n".join(pages(notice.pdf))
    assert "kein Bescheid" in text
    assert "Einen Monat nach Bekanntgabe" not in " ".join(text.split())
    assert "Rechtsbehelf" not in text


def test_letterhead_and_legal_text_hold_by_date() -> None:
    town = load_town(
        SAMPLE
        + """\
  - since: 2026-06-01
    lines: [Stadt Musterstadt am Bach]
remedies:
  - {since: 2026-06-01, text: "Neue Belehrung: ${authority}, ${address}."}
"""
    )
    old, new = date(2026, 5, 31), date(2026, 6, 1)
    assert town.letterhead(old).lines[0] == "Stadt Musterstadt"
    assert town.letterhead(new).lines == ("Stadt Musterstadt am Bach",)
    assert "HVwVfG" in town.remedy(old)
    assert town.remedy(new) == (
        "Neue Belehrung: Magistrat der Stadt Musterstadt, Hauptstraße 1, 00000 Musterstadt."
    )
    with pytest.raises(BadInput, match="letterheads"):
        town.letterhead(date(2001, 1, 1))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("DE02 1203", "DE03 1203"), "bank.iban"),
        (("name: Stadt Musterstadt\n", ""), "Field name: is missing"),
        (("lines: [Stadt", "lines: Stadt #"), "letterheads[0].lines"),
        (("ags:", "ags: ["), "is not YAML at line"),
        (("since: 2002-01-01", "since: 2002-13-01"), "is not YAML at line"),
    ],
)
def test_a_town_file_that_is_wrong_says_where(change: tuple[str, str], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_town(SAMPLE.replace(*change))
    assert words in " ".join(caught.value.sentences("en"))


def test_a_town_file_is_text() -> None:
    with pytest.raises(BadInput, match="UTF-8 at byte 1"):
        load_town(b"\xff")
    assert load_town(b"\xef\xbb\xbf" + SAMPLE.encode()) == TOWN


def test_the_dead_get_no_notice() -> None:
    with pytest.raises(BadInput, match="deceased"):
        drafted(PROPERTY | {"flags": {"deceased": True}})


def call(*arguments: str, data: Any = None) -> Any:
    text = None if data is None else json.dumps(data)
    return CliRunner().invoke(group, ["notices", *arguments], input=text)


def test_the_command_writes_files(tmp_path: Path) -> None:
    result = call(str(tmp_path / "a"), "--sample", "--json")
    assert result.exit_code == 0, result.output
    names = json.loads(result.stdout)["files"]
    assert len(names) == 7
    for name in names:
        data = (tmp_path / "a" / name).read_bytes()
        assert data.startswith(b"%PDF-" if name.endswith(".pdf") else b"<?xml")
    record = {name: value for name, value in PROPERTY.items() if name != "hebesatz"}
    around: dict[str, Any] = {
        "records": [record | {"notice": {"kassenzeichen": "1"}}],
        "notice": NOTICE,
    }
    around["hebesatz"] = 420
    result = call(str(tmp_path / "b"), data=around)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("GRST-BS-06439015-1-2026-03-16_")
    assert "letterheads:" in call("--town-sample").stdout


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([PROPERTY | {"notice": NOTICE}, PROPERTY], "Record 2: Field kassenzeichen: is missing"),
        ([PROPERTY | {"notice": NOTICE}] * 2, "Record 2: Field notice.message_id"),
        (PROPERTY | {"notice": NOTICE, "parties": []}, "parties: is missing"),
        (TRADE | {"notice": NOTICE, "steuernummer13": None}, "steuernummer13: is missing"),
        (PROPERTY | {"notice": NOTICE, "year": None}, "year: is missing"),
        (3, "The input is a number"),
    ],
)
def test_the_command_refuses_and_writes_nothing(tmp_path: Path, data: Any, words: str) -> None:
    result = call(str(tmp_path / "out"), data=data)
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out").exists()
