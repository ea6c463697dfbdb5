"""Deliveries: what is read of them, what is kept, what is refused; the ledger as an oracle."""

import ast
import json
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from stadtkern_finance import synthetic
from stadtkern_finance.calculation import calculate
from stadtkern_finance.cli import group
from stadtkern_finance.formats import archive, converters, xml
from stadtkern_finance.formats.archive import Limits
from stadtkern_finance.formats.mapping import MappingBroken, load, load_folder, shipped
from stadtkern_finance.formats.model import FileRefused, Level, ParsedRecord
from stadtkern_finance.formats.reading import read
from stadtkern_finance.records.model import AssessmentRecord

GMBX = """<?xml version="1.0" encoding="UTF-8"?>
<GrundsteuerMessbescheide xmlns="urn:stadtkern:gmbx:1">
 <Messbescheid>
  <VorgangsId>V-1</VorgangsId><Aktenzeichen>040 123-4567 890</Aktenzeichen><AGS>06439015</AGS>
  <ArtDerWirtschaftlichenEinheit>3</ArtDerWirtschaftlichenEinheit>
  <DatumDesMessbetragsbescheids>06022024</DatumDesMessbetragsbescheids>
  <Messbetrag>9600</Messbetrag>
  <Lage><Ort>Musterstadt</Ort><Neu art="x">Wert</Neu></Lage>
  <Eigentuemer><Namenszeile>Eine</Namenszeile><Namenszeile>Zweite</Namenszeile></Eigentuemer>
  <Eigentuemer><Nachname>Dorfel</Nachname><Geburtsdatum>01.02.1950</Geburtsdatum></Eigentuemer>
  <Empfangsvollmacht><Nachname>Kerlin</Nachname></Empfangsvollmacht>
 </Messbescheid>
</GrundsteuerMessbescheide>
"""
GEWST = """<GewerbesteuerMessbescheide xmlns="urn:stadtkern:gewst:1"><Messbescheid>
<VorgangsId>G-1</VorgangsId><Art>Vorauszahlung</Art><Steuernummer>2330020016295</Steuernummer>
<AGS>06439015</AGS><Erhebungszeitraum>2026</Erhebungszeitraum>
<DatumDesMessbetragsbescheids>2026-05-21</DatumDesMessbetragsbescheids><Messbetrag>3500</Messbetrag>
<Bescheidkennzeichnung>11</Bescheidkennzeichnung><Bescheidkennzeichnung>24</Bescheidkennzeichnung>
</Messbescheid></GewerbesteuerMessbescheide>"""


def parsed(text: str | bytes, name: str = "file") -> list[ParsedRecord]:
    return list(read(text.encode() if isinstance(text, str) else text, name))


def packed(files: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def refused(data: bytes, **more: Any) -> str:
    with pytest.raises(FileRefused) as caught:
        list(read(data, "delivery", **more))
    assert caught.value.entry.startswith("delivery")
    return str(caught.value)


def test_a_property_tax_record_comes_in_whole() -> None:
    (record,) = parsed(GMBX)
    assert record.fits
    fields = record.fields
    assert (fields["messbetrag_cent"], fields["notice_date"]) == (9600, "2024-02-06")
    assert fields["tax_kind"] == "grundsteuer_a"
    assert fields["aktenzeichen"] == "040 123-4567 890"
    assert fields["aktenzeichen_norm"] == "0401234567890"
    assert fields["parties"] == [
        {"role": "owner", "names": ["Eine", "Zweite"]},
        {"role": "owner", "surname": "Dorfel", "birth_date": "1950-02-01"},
        {"role": "recipient", "surname": "Kerlin"},
    ]
    assert str(AssessmentRecord(fields).messbetrag) == "96.00"


def test_what_no_mapping_knows_is_kept_and_told() -> None:
    (record,) = parsed(GMBX)
    assert record.fields["unmapped"] == {"Lage/Neu/@art": ["x"], "Lage/Neu": ["Wert"]}
    assert [(one.level, one.field) for one in record.findings] == [
        (Level.WARNING, "Lage/Neu/@art"),
        (Level.WARNING, "Lage/Neu"),
    ]


def test_an_element_twice_is_not_overwritten() -> None:
    (record,) = parsed(GMBX.replace("<AGS>", "<Messbetrag>100</Messbetrag><AGS>"))
    assert record.fields["messbetrag_cent"] == 100
    assert record.fields["unmapped"]["Messbetrag"] == ["9600"]


def test_a_record_that_lacks_something_says_what() -> None:
    broken = GMBX.replace("06022024", "31022024").replace("<Messbetrag>9600</Messbetrag>", "")
    (record,) = parsed(broken)
    assert not record.fits
    errors = {one.field for one in record.findings if one.level is Level.ERROR}
    assert errors == {"DatumDesMessbetragsbescheids", "Messbetrag"}
    assert record.fields["unmapped"]["DatumDesMessbetragsbescheids"] == ["31022024"]


def test_trade_tax_records() -> None:
    (record,) = parsed(GEWST)
    assert record.fits
    assert record.fields["tax_kind"] == "gewerbesteuer_vorauszahlung"
    assert record.fields["flags"] == {"markings": ["11", "24"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_lists_from_a_spreadsheet(encoding: str, delimiter: str) -> None:
    rows = [
        ["Steuerart", "AGS", "Messbetrag", "Straße", "Bemerkung"],
        ["Grundsteuer B", "06439015", '"1.234,56"', "Höhenweg", "alt"],
        ["", "", "", "", ""],
        ["Hundesteuer", "06439015", "12.50", "", ""],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    good, bad = parsed(text.encode(encoding))
    assert good.fits
    assert good.fields["messbetrag_cent"] == 123_456
    assert good.fields["location"] == {"street": "Höhenweg"}
    assert good.fields["unmapped"] == {"Bemerkung": ["alt"]}
    assert not bad.fits
    assert bad.fields["unmapped"]["Steuerart"] == ["Hundesteuer"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (GMBX.encode()[:400], "line 8"),
        (GMBX.encode().replace(b"Musterstadt", b"M\xfcnster"), "line 8"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "XML"),
        (b"<Fremd><a/></Fremd>", "Fremd"),
        (b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', "document type"),
        (b"Name;Ort\nA;B\n", "Name;Ort"),
        (b"Steuerart;AGS;Messbetrag\nGrundsteuer B;06439015\n", "line 2"),
        (b'Steuerart;AGS;Messbetrag\nGrundsteuer B;06439015;"1', "line 2"),
        (b"Steuerart;AGS;Messbetrag\n\0", "byte 26"),
        (b"PK\x03\x04 no archive at all", "broken archive"),
        (packed({"../a.xml": b""}), "outside"),
        (packed({"/a.xml": b""}), "outside"),
        (packed({"a/..\\..\\b.xml": b""}), "outside"),
        (packed({"c:x.xml": b""}), "outside"),
        (packed({"inner.zip": packed({"a": b"b"})}), "within an archive"),
        (packed({"a.xml": b" " * 5_000_000}), "packed more than"),
        (packed({"a.xml": GMBX.encode(), "b.xml": GMBX.encode()[:300]}), "b.xml"),
    ],
)
def test_what_is_refused_says_why_and_where(
    data: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said in refused(data)
    # Large files are read piece by piece, and refused alike.
    monkeypatch.setattr(xml, "SMALL", 0)
    assert said in refused(data)


def test_archives_have_limits() -> None:
    three = packed({f"{number}.xml": GMBX.encode() for number in range(3)})
    assert len(list(read(three, "delivery"))) == 3
    assert "more than 2 files" in refused(three, limits=Limits(entries=2))
    assert "larger than" in refused(three, limits=Limits(all_bytes=2000))
    assert "larger than" in refused(three, limits=Limits(entry_bytes=500))


def test_deep_and_wide_records_end() -> None:
    deep = "<Tief>" * 50 + "</Tief>" * 50
    assert "nested too deep" in refused(GMBX.replace("<AGS>", f"{deep}<AGS>").encode())
    wide = "<Breit/>" * 6000
    assert "5000 elements" in refused(GMBX.replace("<AGS>", f"{wide}<AGS>").encode())


def test_a_new_layout_is_a_file_and_no_code(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "arten.yaml").write_text('"7": grundsteuer_c\n', "utf-8")
    (tmp_path / "neu").mkdir()
    (tmp_path / "neu" / "neu-1.yaml").write_text(
        "{name: neu-1, kind: xml, root: Liste, record: Satz, fields: ["
        "{source: '@art', target: tax_kind, convert: 'code:arten', required: true},"
        "{source: Wert/Betrag, target: messbetrag_cent, convert: euros, required: true}]}",
        "utf-8",
    )
    mappings = load_folder(tmp_path)
    data = b'<Liste><Satz art="7"><Wert><Betrag>12,5</Betrag></Wert></Satz></Liste>'
    (record,) = read(data, "x", mappings)
    assert record.fits
    assert record.fields == {"version": 1, "tax_kind": "grundsteuer_c", "messbetrag_cent": 1250}
    assert record.format == "neu-1"


@pytest.mark.parametrize(
    "text",
    ["[", "kind: xml", "{kind: doc, name: x, fields: []}", "{kind: csv, name: x, fields: [{a: 1}]}",
     "{kind: csv, name: x, fields: [{source: a, target: b, convert: 'code:c'}]}",
     "{kind: csv, name: x, fields: [{source: a, target: b, convert: magic}]}",
     "{kind: csv, name: x, subject: y, fields: []}",
     "{kind: pdf, name: x, ignored: ['('], fields: []}"],
)  # fmt: skip
def test_a_broken_mapping_is_named(text: str) -> None:
    with pytest.raises(MappingBroken):
        load(text, "x/y.yaml", {})


def test_shipped_mappings_fill_fields_of_the_schema() -> None:
    assert [one.name for one in shipped()] == [
        "csv-generic",
        "gewst-own-1",
        "gmbax-own-1",
        "gmbx-own-1",
        "gmbx-pdf-jspdf",
    ]


@given(st.integers(0, 10**11 - 1), st.booleans())
def test_amounts_in_euros_become_cents(cents: int, grouped: bool) -> None:  # noqa: FBT001
    whole, rest = divmod(cents, 100)
    shown = f"{whole:,}".replace(",", ".") if grouped else str(whole)
    assert converters.euros(f"{shown},{rest:02d}") == cents
    assert converters.euros(f"{whole}.{rest:02d}") == cents


@pytest.mark.parametrize("text", ["", "-1", "1,234.5", "1.23.4", "1,234", "１２", "1e3", " 1"])
def test_what_is_no_amount_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        converters.euros(text)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    records = []
    with suppress(FileRefused):
        records = list(read(data, "delivery"))
    assert all(record.fields["version"] == 1 for record in records)


def generated(folder: Path, name: str, *options: str) -> tuple[bytes, dict[str, Any]]:
    target = folder / f"{name}.zip"
    result = CliRunner().invoke(group, ["generate", str(target), *options])
    assert result.exit_code == 0, result.output
    ledger = json.loads((folder / f"{name}.ledger.json").read_text("utf-8"))
    return target.read_bytes(), ledger


def test_what_is_read_and_calculated_is_what_the_ledger_says(tmp_path: Path) -> None:
    data, ledger = generated(tmp_path, "a", "--records", "300", "--seed", "7")
    records = list(read(data, "a.zip"))
    assert len(records) == ledger["count"] == len(ledger["records"]) == 300
    total = 0
    for record, line in zip(records, ledger["records"], strict=True):
        assert record.findings == ()
        for name in ("vorgangs_id", "aktenzeichen", "tax_kind", "messbetrag_cent"):
            assert record.fields[name] == line[name]
        assert len(record.fields["parties"]) == record.fields["owner_count"]
        rate = ledger["hebesatz"][line["tax_kind"]]
        found = calculate(AssessmentRecord(record.fields), {"hebesatz": rate}).as_json()
        assert found["year"] == ledger["year"]
        assert found["amount"] == line["amount"]
        assert [one["amount"] for one in found["instalments"]] == line["instalments"]
        total += int(found["amount"].replace(".", ""))
    assert total == int(ledger["amount"].replace(".", ""))


def test_the_same_order_gives_the_same_bytes(tmp_path: Path) -> None:
    first = generated(tmp_path, "a", "--records", "20", "--seed", "3")
    again = generated(tmp_path, "b", "--records", "20", "--seed", "3")
    other = generated(tmp_path, "c", "--records", "20", "--seed", "4")
    assert first == again
    assert first[0] != other[0]


def test_the_ledger_shares_no_code_with_what_it_judges() -> None:
    tree = ast.parse(Path(synthetic.__file__).read_text("utf-8"))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not [name for name in names if name and name.startswith("stadtkern")]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    target = str(tmp_path / "no" / "a.zip")
    result = CliRunner().invoke(group, ["generate", target, "--records", "1"])
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("small", [0, xml.SMALL])
def test_many_records_in_one_file_and_strangers_between_them(
    small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml, "SMALL", small)
    one = GMBX[GMBX.index(" <Messbescheid>") : GMBX.index("</Grund")]
    many = "".join(one.replace("V-1", f"V-{number}") for number in range(1, 200))
    body = f"<Kopf><Version>2</Version></Kopf>{many}<Ende/>"
    records = parsed(GMBX.replace(one, body))
    assert [record.fields.get("vorgangs_id") for record in records] == [
        None,
        *(f"V-{number}" for number in range(1, 200)),
        None,
    ]
    assert records[0].fields["unmapped"] == {"Kopf/Version": ["2"]}
    assert records[-1].fields["unmapped"] == {"Ende": [""]}
    assert all(record.fits for record in records[1:-1])
    assert len({str(record.fields["parties"]) for record in records[1:-1]}) == 1
    only_strangers = parsed(GMBX.replace(one, "<Kopf>x</Kopf>"))
    assert [record.fields["unmapped"] for record in only_strangers] == [{"Kopf": ["x"]}]


def test_small_files_of_archives_are_read_as_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever byte of an archive is another one: the quick way says what the careful one says."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.xml", "<a>Straße</a>" * 9)
        made.writestr("ö.xml", "<b/>")
    whole = target.getvalue()

    def outcome(data: bytes) -> Any:
        try:
            return list(archive.archive_files(BytesIO(data), "x"))
        except FileRefused as refused:
            return refused.entry

    changed = [
        whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]
        for place in range(len(whole))
    ]
    quick = [outcome(data) for data in (whole, *changed)]
    assert [len(data) for _name, data in quick[0]] == [126, 4]
    monkeypatch.setattr(archive, "_small", lambda *_all: None)
    assert quick == [outcome(data) for data in (whole, *changed)]
