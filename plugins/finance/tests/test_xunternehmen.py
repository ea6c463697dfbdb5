"""XUnternehmen.Gewerbesteuer: five messages, two schema implementations, rules beyond both."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stadtkern_finance.notices.xunternehmen.building import build, unchecked
from stadtkern_finance.notices.xunternehmen.markings import DATED, PHRASES, Marking, joined, marking
from stadtkern_finance.notices.xunternehmen.model import Demand, Kind, Message, Paid
from stadtkern_finance.notices.xunternehmen.names import file_name
from stadtkern_finance.notices.xunternehmen.rules import problems
from stadtkern_finance.notices.xunternehmen.samples import sample
from stadtkern_finance.notices.xunternehmen.schema_pack import ENTRY, FOLDER, SchemaPack, load_pack
from stadtkern_finance.records.reading import BadInput

SHARED = Path(__file__).parents[4] / "shared" / "data"
PACK = Path(os.environ.get("STADTKERN_SCHEMA_PACK", SHARED / "xsd"))
EXAMPLES = PACK.parent / "xgewst"
needs_pack = pytest.mark.skipif(
    not (PACK / FOLDER / ENTRY).is_file(), reason="the official schemas are not at hand"
)


@pytest.fixture(scope="module")
def gate() -> SchemaPack:
    pack = load_pack(PACK)
    assert pack is not None
    return pack


@pytest.fixture(scope="module")
def second() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(PACK / FOLDER / ENTRY))


def valid(xml: bytes, gate: SchemaPack, second: xmlschema.XMLSchema) -> bool:
    findings = gate.findings(xml)
    other = [str(error.reason) for error in second.iter_errors(xml.decode())]
    assert bool(findings) == bool(other), (findings, other)
    return not findings


def broken(message: Message) -> dict[str, str]:
    return {one.field: str(one.reason) for one in problems(message)}


def with_tax(message: Message, **changes: Any) -> Message:
    return replace(message, taxes=(replace(message.taxes[0], **changes),))


def with_assessed(message: Message, part: str, **changes: Any) -> Message:
    block = getattr(message, part)[0]
    changed = replace(block, assessed=replace(block.assessed, **changes))
    return replace(message, **{part: (changed, *getattr(message, part)[1:])})


@needs_pack
@pytest.mark.parametrize("kind", Kind)
def test_each_message_is_valid_for_both(
    kind: Kind, gate: SchemaPack, second: xmlschema.XMLSchema
) -> None:
    message = sample(kind)
    xml = build(message)
    assert valid(xml, gate, second)
    assert xml == build(message)
    gate.check(xml)


@needs_pack
def test_the_gate_takes_the_official_examples_and_nothing_else(
    gate: SchemaPack, second: xmlschema.XMLSchema
) -> None:
    files = sorted(EXAMPLES.glob("*.xml"))
    assert len(files) == 5
    for file in files:
        assert valid(file.read_bytes(), gate, second), file.name
    xml = build(sample(Kind.TAX))
    for wrong in (
        xml.replace(b"<bescheidDatum>", b"<bescheidDatum>x"),
        xml.replace(b"<code>GV</code>", b"<code>XX</code>"),
        xml.replace(b"Steueramt</abteilung>", "Стeueramt</abteilung>".encode()),
    ):
        assert not valid(wrong, gate, second)
        with pytest.raises(BadInput, match="breaks the official schema"):
            gate.check(wrong)
    assert gate.findings(b"<a>")[0].line == 1


@needs_pack
@settings(max_examples=40)
@given(
    cents=st.integers(0, 10**9),
    hebesatz=st.integers(200, 10_000),
    name=st.text(st.characters(codec="latin-1", exclude_categories=("C",)), min_size=1),
    marks=st.lists(st.sampled_from([code for code in PHRASES if code != "00"]), unique=True),
)
def test_what_keeps_the_rules_is_valid(
    gate: SchemaPack, cents: int, hebesatz: int, name: str, marks: list[str]
) -> None:
    amount = Decimal(cents).scaleb(-2)
    message = with_tax(sample(Kind.GENERIC), messbetrag=amount, hebesatz=Decimal(hebesatz))
    message = replace(
        message,
        taxpayer=replace(message.taxpayer, name=name),
        markings=tuple(marking(code, date(2026, 1, 2)) for code in marks),
    )
    if broken(message):
        assert not name.strip()
        return
    xml = build(message)
    assert gate.findings(xml) == ()
    tree = etree.fromstring(xml)
    assert Decimal(tree.findtext("gwstVeranlagung/messbetrag")) == amount
    assert tree.findtext("gwstVeranlagung/hebesatz") == str(hebesatz)


def test_the_order_and_the_signs_of_a_notice() -> None:
    tree = etree.fromstring(build(sample(Kind.GENERIC)))
    assert [child.tag for child in tree][:5] == [
        "nachrichtenkopf",
        "briefkopf",
        "kommune",
        "inhaltsAdressat",
        "bekanntgabeAdressat",
    ]
    tax = tree.find("gwstVeranlagung/festsetzungsAngaben")
    assert tax.findtext("festsetzungAktuell") == "40000.00"
    demands = tax.find("zahlungsaufforderungsAngaben")
    assert demands.findtext("geleisteteZahlung/betragBereitsGeleisteteZahlungen") == "-27659.45"
    assert demands.findtext("zahlungsaufforderung/faelligkeit/zahlungBis") == "2026-04-20"
    yearly, *quarters = tree.findall("gwstVorauszahlungen")
    assert yearly.find(".//zahlungsaufforderung") is None
    assert [one.findtext(".//quartal") for one in quarters] == ["2", "3", "4"]
    assert "–" not in tree.findtext("erlaeuterungsText")


def test_a_calculation_for_insolvency_demands_nothing() -> None:
    tree = etree.fromstring(build(sample(Kind.INSOLVENCY)))
    assert tree.find("rechtsbehelfsBelehrung") is None
    assert tree.find(".//zahlungsaufforderung") is None
    assert tree.findtext("briefkopf/insolvenzeroeffnung") == "2026-01-05"
    order = [child.tag for child in tree.find("gwstZinsen/zinsangaben")]
    assert order[:3] == ["zinsart", "zinslauf", "berechnungsstatus"]


def test_file_names_are_as_prescribed() -> None:
    message = sample(Kind.TAX)
    message = replace(
        message,
        head=replace(message.head, message_id="91d15bca-1111-4222-8333-444455556666"),
        reference=replace(message.reference, day=date(2022, 5, 21)),
        municipality=replace(message.municipality, ags="03254021"),
    )
    stem = "-03254021-2330020016295-2022-05-21_91d15bca-1111-4222-8333-444455556666"
    assert file_name(message, "pdf") == f"GEWST-BS{stem}.pdf"
    assert file_name(replace(message, kind=Kind.INSOLVENCY), "xml") == f"GEWST-BR{stem}.xml"


def test_markings_become_one_text() -> None:
    both = joined([marking("11"), marking("24")])
    assert both == (
        "Der Bescheid ist nach § 165 Abs. 1 Satz 1 AO teilweise vorläufig. Er ist nach § 164 "
        "Abs. 2 AO geändert. Der Vorbehalt der Nachprüfung bleibt bestehen."
    )
    # After another subject "Er" would mean that one.
    assert ". Der Bescheid ist" in joined([marking("24"), marking("33")])
    assert joined([marking("12")], insolvency=True).startswith("Die Berechnung ist")
    assert joined([marking("00")]) == ""
    dated = marking("26", date(2025, 6, 2))
    assert dated.code is None
    assert dated.text is not None
    assert "Bescheid vom 2.6.2025" in dated.text
    assert DATED == ("20", "26", "27", "29")
    for code in DATED:
        with pytest.raises(BadInput, match="without a day"):
            marking(code)
    with pytest.raises(BadInput, match="Bescheidkennzeichnung"):
        marking("98")
    assert len(PHRASES) == 38


@pytest.mark.parametrize(
    ("hebesatz", "fits"),
    [("200", True), ("10000", True), ("199", False), ("10001", False), ("400.5", False)],
)
def test_a_rate_is_a_whole_number(hebesatz: str, *, fits: bool) -> None:
    message = with_tax(sample(Kind.TAX), hebesatz=Decimal(hebesatz))
    assert ("taxes[0].hebesatz" not in broken(message)) is fits


def test_rules_beyond_the_schema() -> None:
    notice = sample(Kind.GENERIC)
    demand = Demand(Decimal(10), date(2026, 5, 15))
    wrong: dict[str, Message] = {
        "taxes[0].messbetrag": with_tax(notice, messbetrag=Decimal("1.001")),
        "taxes[0].assessed.amount": with_assessed(notice, "taxes", amount=Decimal("1.005")),
        "taxes[0].assessed.duty": with_assessed(notice, "taxes", duty="GB"),
        "taxes[0].assessed.manner": with_assessed(notice, "taxes", manner="EB"),
        "taxes[0].assessed.previous": with_assessed(notice, "taxes", manner="EF"),
        "taxes[0].assessed.basis": with_assessed(notice, "taxes", basis=None),
        "taxes[0].assessed.paid[0]": with_assessed(notice, "taxes", basis="SOLL"),
        "taxes[0].assessed.demands[0].amount": with_assessed(
            notice, "taxes", demands=(Demand(Decimal(0)),)
        ),
        "interest[0].unrounded": replace(
            notice, interest=(replace(notice.interest[0], unrounded=Decimal("NaN")),)
        ),
        "prepayments[0].assessed.demands": with_assessed(notice, "prepayments", demands=(demand,)),
        "prepayments[1].assessed.demands": replace(
            notice,
            prepayments=(
                notice.prepayments[0],
                replace(
                    notice.prepayments[1],
                    assessed=replace(notice.prepayments[1].assessed, demands=(demand, demand)),
                ),
            ),
        ),
        "prepayments[4]": replace(notice, prepayments=(*notice.prepayments, notice.prepayments[1])),
        "interest[1].assessed.period.year": replace(notice, interest=notice.interest * 2),
        "interest[0].assessed.amount": with_assessed(notice, "interest", amount=Decimal(333)),
        "interest[0].items[0].effective": replace(
            notice,
            interest=(
                replace(
                    notice.interest[0],
                    items=(replace(notice.interest[0].items[0], status="GETILGT"),),
                ),
            ),
        ),
        "markings[0]": replace(notice, markings=(Marking(code="20"),)),
        "markings": replace(notice, markings=(Marking(code="00"), Marking(code="11"))),
        "remedy": replace(notice, remedy=None),
        "reference.tax_number": replace(
            notice, reference=replace(notice.reference, tax_number="123")
        ),
        "taxpayer.name": replace(notice, taxpayer=replace(notice.taxpayer, name="Ωmega")),
        "recipient.addresses": replace(notice, recipient=replace(notice.recipient, addresses=())),
        "addressees[0].represents": replace(
            notice, addressees=(replace(notice.addressees[0], represents="22"),)
        ),
        "taxes": replace(notice, kind=Kind.INTEREST),
    }
    for field, message in wrong.items():
        assert field in broken(message), field
        with pytest.raises(BadInput):
            build(message)
    assert not broken(notice)


def test_rules_of_insolvency() -> None:
    calculation = sample(Kind.INSOLVENCY)
    assert not broken(calculation)
    paid = (Paid(Decimal(-5)),)
    assert "taxes[0].assessed.demands" in broken(with_assessed(calculation, "taxes", paid=paid))
    assert "remedy" in broken(replace(calculation, remedy="Widerspruch"))
    opened = replace(calculation.reference, insolvency_opened=None)
    assert "reference.insolvency_opened" in broken(replace(calculation, reference=opened))
    prepayment = calculation.prepayments[1]
    lapsed = replace(prepayment, assessed=replace(prepayment.assessed, amount=Decimal(5)))
    assert "prepayments[0].assessed.amount" in broken(replace(calculation, prepayments=(lapsed,)))


@pytest.mark.parametrize(
    ("unrounded", "fixed"), [("332.90", "332"), ("-10.30", "-11"), ("9.99", "0"), ("-8.20", "0")]
)
def test_interest_is_rounded_for_the_taxpayer(unrounded: str, fixed: str) -> None:
    message = sample(Kind.INTEREST)
    block = message.interest[0]
    item = replace(
        block.items[0], calculated=Decimal(unrounded), effective=Decimal(unrounded), run=None
    )
    assessed = replace(block.assessed, amount=Decimal(fixed), demands=())
    fitting = replace(block, items=(item,), unrounded=Decimal(unrounded), assessed=assessed)
    assert not broken(replace(message, interest=(fitting,)))
    other = replace(assessed, amount=Decimal(fixed) + 1)
    wrong = replace(fitting, assessed=other)
    assert "interest[0].assessed.amount" in broken(replace(message, interest=(wrong,)))


def test_without_a_pack_there_is_no_gate(tmp_path: Path) -> None:
    assert load_pack(None) is None
    assert load_pack(tmp_path) is None
    (tmp_path / ENTRY).write_text("<xs:schema")
    with pytest.raises(BadInput, match="schema_pack"):
        load_pack(tmp_path)


def test_unchecked_is_the_same_bytes() -> None:
    assert unchecked(sample(Kind.TAX)) == build(sample(Kind.TAX))
