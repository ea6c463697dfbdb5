"""Base notices out of PDF pages and attached XML; file numbers that are renamed in a circle."""

import io
from contextlib import suppress
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtkern_finance.formats import converters
from stadtkern_finance.formats.model import FileRefused, Level, ParsedRecord
from stadtkern_finance.formats.reading import read
from stadtkern_finance.formats.renames import Plan, Rename, composed, permutation

Text = tuple[float, float, str]
GENERAL = [
    ("Aktenzeichen:", "040 123 4567 890 123 4"),
    ("AGS:", "06439015"),
    ("Bundesland des Finanzamtes:", "Hessen"),
    ("Bundeseinheitliche Finanzamtsnummer:", "2640"),
    ("Erklärungs-ID:", "E1"),
    ("Vorgangs-ID:", "V-1"),
    ("Datum der Berechnung des Bescheids:", "05022024"),
    ("Grund der Veranlagung:", "1 - Hauptveranlagung"),
    ("Feststellungszeitpunkt:", "01.01.2022"),
    ("Art der wirtschaftlichen Einheit:", "2 (bebaut)"),
    ("Eigentumsverhältnis:", "4"),
    ("Datum des Messbetragsbescheids:", "06022024"),
    ("Anzahl der Eigentümer:", "2"),
    ("Messbetrag:", "9600"),
]
PLACE = [("Straße:", "Eichgasse"), ("Hausnummer:", "7"), ("PLZ:", "00000"), ("Ort:", "Musterstadt")]
SPLIT = [("Zerlegungsanteil Messbetrag:", "4800"), ("Anzahl Zerlegungsgemeinden:", "2")]
FIRST = [("Nachname:", "Dorfel"), ("Vorname:", "Rausi"), ("Ort:", "Halwen")]
SECOND = [("Namenszeile 1:", "Kerlin & Mo GmbH"), ("Namenszeile 2:", "z. H. Torsim")]


def pdf(pages: list[list[Text]]) -> bytes:
    """Return a plain PDF as jsPDF draws it: one text object for each label and each value."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objects.append(font)
    kids = []
    for texts in pages:
        drawn = b""
        for left, top, text in texts:
            words = text.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)")
            drawn += b"BT\n/F1 10 Tf\n%.2f %.2f Td\n(%s) Tj\nET\n" % (left, 842 - top, words)
        objects.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawn), drawn))
        content = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % content
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    made = b"%PDF-1.3\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return made


def page(
    *sections: tuple[str, list[tuple[str, str]]], column: float = 260, columns_first: bool = False
) -> list[Text]:
    """Return the texts of a page: headings, labels at 20, values at ``column``."""
    made: list[Text] = []
    top = 60.0
    for title, rows in sections:
        if title:
            made.append((20, top, title))
            top += 16
        for label, value in rows:
            made += [(20, top, label), (column, top, value)]
            top += 14
    if columns_first:
        made.sort(key=lambda one: (one[0], -one[1]))
    return [*made, (270, 820, "Seite 1 von 1")]


def parsed(data: bytes) -> ParsedRecord:
    (record,) = read(data, "file.pdf")
    return record


def notice(*, split: bool, **layout: Any) -> bytes:
    """Return a printed notice; with a split all later sections have a number more."""
    titles = ["Allgemeine Angaben", "Lage", "Eigentümer 1", "Eigentümer 2"]
    rows = [GENERAL, PLACE, FIRST, SECOND]
    if split:
        titles.insert(1, "Zerlegung")
        rows.insert(1, SPLIT)
    numbered = [f"{number}. {title}" for number, title in enumerate(titles, 1)]
    return pdf([page(*zip(numbered, rows, strict=True), **layout)])


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("layout", [{}, {"column": 330.0}, {"columns_first": True}])
def test_labels_anchor_whatever_numbers_and_places_say(
    *, split: bool, layout: dict[str, Any]
) -> None:
    record = parsed(notice(split=split, **layout))
    assert record.findings == ()
    assert record.format == "gmbx-pdf-jspdf"
    fields = record.fields
    assert fields["messbetrag_cent"] == 9600
    assert fields["notice_date"] == "2024-02-06"
    assert fields["aktenzeichen_norm"] == "0401234567890" + "1234"
    assert (fields["tax_kind"], fields["unit_kind"], fields["reason"]) == ("grundsteuer_b", 2, 1)
    assert fields["location"] == {
        "street": "Eichgasse",
        "house_number": "7",
        "postcode": "00000",
        "town": "Musterstadt",
    }
    assert fields["parties"] == [
        {"role": "owner", "surname": "Dorfel", "given_name": "Rausi", "town": "Halwen"},
        {"role": "owner", "names": ["Kerlin & Mo GmbH", "z. H. Torsim"]},
    ]
    share = {"share_cent": 4800, "municipalities": 2} if split else None
    assert fields.get("apportionment") == share


def test_a_notice_goes_on_over_pages_and_lines() -> None:
    first = page(("1. Allgemeine Angaben", GENERAL))
    # A long name goes on below, where its value stands.
    rows = [("Nachname:", "Dorfel-"), ("", "Halwenkerlin"), ("Vorname:", "Rausi")]
    second = page(("2. Eigentümer 1", rows))
    record = parsed(pdf([first, second]))
    assert record.fields["parties"][0]["surname"] == "Dorfel- Halwenkerlin"
    assert record.fields["parties"][0]["given_name"] == "Rausi"


def test_a_value_may_stand_below_its_label() -> None:
    rows = [(20.0, 100.0 + 20 * n, label) for n, (label, _value) in enumerate(GENERAL)]
    rows += [(20.0, 110.0 + 20 * n, value) for n, (_label, value) in enumerate(GENERAL)]
    record = parsed(pdf([rows]))
    assert record.fits
    assert record.fields["messbetrag_cent"] == 9600


def test_what_no_label_knows_is_kept_and_told() -> None:
    record = parsed(
        pdf(
            [
                page(
                    ("", GENERAL),
                    ("2. Eigentümer 1", FIRST),
                    ("3. Neuer Abschnitt", [("Neue Angabe:", "Wert"), ("Ort:", "Anderswo")]),
                )
            ]
        )
    )
    assert record.fits
    assert record.fields["unmapped"]["Neue Angabe"] == ["Wert"]
    assert record.fields["unmapped"]["text"] == ["3. Neuer Abschnitt"]
    # What stands below an unknown heading belongs to nobody that we know.
    assert record.fields["unmapped"]["Ort"] == ["Anderswo"]
    assert record.fields["parties"][0]["town"] == "Halwen"
    assert {one.level for one in record.findings} == {Level.WARNING}


def test_a_value_that_does_not_fit_is_an_error_of_the_record() -> None:
    rows = [(label, "viel" if label == "Messbetrag:" else value) for label, value in GENERAL]
    record = parsed(pdf([page(("", rows))]))
    assert not record.fits
    assert record.fields["unmapped"]["Messbetrag"] == ["viel"]


@pytest.mark.parametrize(
    ("text", "cents"),
    [("9600", 9600), ("96,00 EUR", 9600), ("1.234,5 €", 123_450), ("96 Euro", 9600)],
)
def test_cents_as_in_xml_or_euros_as_printed(text: str, cents: int) -> None:
    assert converters.cents_or_euros(text) == cents


def carrying(**files: bytes) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        for name, data in files.items():
            document.attachments[name.replace("_", ".")] = data
        document.save(target)
    return target.getvalue()


GEWST = b"""<GewerbesteuerMessbescheide xmlns="urn:stadtkern:gewst:1"><Messbescheid>
<VorgangsId>G-1</VorgangsId><Art>Zerlegung</Art><Steuernummer>2330020016295</Steuernummer>
<AGS>06439015</AGS><Erhebungszeitraum>2024</Erhebungszeitraum>
<DatumDesMessbetragsbescheids>2026-05-21</DatumDesMessbetragsbescheids><Messbetrag>3500</Messbetrag>
</Messbescheid></GewerbesteuerMessbescheide>"""


def test_a_pdf_is_read_as_the_xml_that_it_carries() -> None:
    record = parsed(carrying(zerlegung_xml=GEWST))
    assert record.fits
    assert (record.format, record.entry) == ("gewst-own-1", "file.pdf/zerlegung.xml")
    assert record.fields["messbetrag_cent"] == 3500


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (carrying(a_xml=GEWST, b_xml=GEWST), "more than one XML"),
        (carrying(a_xml=b"<Fremd/>"), "Fremd"),
        (carrying(a_txt=b"text"), "without XML"),
        (pdf([[(20, 50, "Rechnung")]]), "without XML"),
        (b"%PDF-1.7\nnothing", "cannot be read as PDF"),
    ],
)
def test_other_pdf_files_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        list(read(data, "file.pdf"))


@settings(max_examples=30)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=40))
def test_a_broken_pdf_is_read_or_refused(place: int, noise: bytes) -> None:
    whole = notice(split=False)
    with suppress(FileRefused):
        for record in read(whole[:place] + noise + whole[place + len(noise) :], "x.pdf"):
            assert record.fields["version"] == 1


GMBAX = """<AktenzeichenAenderungen xmlns="urn:stadtkern:gmbax:1">
<Aenderung><AGS>06439015</AGS><AktenzeichenAlt>040 1</AktenzeichenAlt>
<AktenzeichenNeu>040 2</AktenzeichenNeu><DatumDerAenderung>01022026</DatumDerAenderung></Aenderung>
<Aenderung><AGS>06439015</AGS><AktenzeichenAlt>040 2</AktenzeichenAlt>
<AktenzeichenNeu>040 1</AktenzeichenNeu></Aenderung>
<Aenderung><AGS>06439015</AGS><AktenzeichenAlt>x</AktenzeichenAlt></Aenderung>
</AktenzeichenAenderungen>"""


def test_renames_come_in_and_become_a_swap() -> None:
    *good, bad = read(GMBAX.encode(), "a.xml")
    assert [one.subject for one in good] == ["rename", "rename"]
    assert all(one.fits for one in good)
    assert not bad.fits
    assert {one.field for one in bad.findings} >= {"AktenzeichenAlt", "AktenzeichenNeu"}
    plan = permutation(Rename(one.fields["old"], one.fields["new"]) for one in good)
    assert plan.moves == {"0401": "0402", "0402": "0401"}
    assert plan.cycles == (("0401", "0402"),)


@given(st.lists(st.integers(0, 30), min_size=1, unique=True), st.randoms())
def test_a_plan_is_a_permutation(numbers: list[int], dice: Any) -> None:
    old = [str(one) for one in numbers]
    new = list(old)
    dice.shuffle(new)
    renames = [Rename(*pair) for pair in zip(old, new, strict=True)]
    plan = permutation(renames, known=set(old))
    assert plan.conflicts == ()
    after = [plan.apply(one) for one in old]
    assert after == new
    assert sorted(after) == sorted(old)
    inside = {number for cycle in plan.cycles for number in cycle}
    assert inside == set(plan.moves)
    back = permutation([Rename(b, a) for a, b in renames])
    assert composed([plan, back]).moves == {}


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_days_one_after_the_other(days: list[list[tuple[int, int]]]) -> None:
    stock = {str(number) for number in range(6)}
    plans: list[Plan] = []
    names = {number: number for number in stock}
    for day in days:
        plan = permutation([Rename(str(a), str(b)) for a, b in day], known=set(names.values()))
        if plan.conflicts:
            assert plan.moves == {}
            continue
        plans.append(plan)
        names = {first: plan.apply(now) for first, now in names.items()}
    whole = composed(plans)
    assert {first: whole.apply(first) for first in stock} == names
    assert len(set(names.values())) == len(stock)


def test_conflicts_are_named() -> None:
    plan = permutation(
        [Rename("1", "2"), Rename("1", "3"), Rename("4", "5"), Rename("6", "5")], {"1", "4", "6"}
    )
    assert plan.moves == {}
    assert [one.numbers for one in plan.conflicts] == [("1", "2", "3"), ("5", "4", "6")]
    assert {"1", "2", "3", "4", "5", "6"} <= plan.affected
    taken = permutation([Rename("1", "2")], {"1", "2"})
    assert "another property has and keeps" in taken.conflicts[0].text.interpolate()
    missing = permutation([Rename("9", "8")], {"1"})
    assert "9 is not in the stock" in missing.conflicts[0].text.interpolate()
    assert permutation([Rename("1", "1"), Rename("1", "2"), Rename("1", "2")]).moves == {"1": "2"}
