"""Official schemas and mappings of the operator: a gate where there are some."""

from pathlib import Path
from typing import Any

import pytest
from intake_kit import deliver, notice, records

from stadtkern.testing.databases import on_sqlite
from stadtkern_finance.formats.mapping import MappingBroken
from stadtkern_finance.formats.pack import load_pack

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="urn:stadtkern:gmbx:1" elementFormDefault="qualified">
 <xs:element name="GrundsteuerMessbescheide"><xs:complexType><xs:sequence>
 <xs:element name="Messbescheid" maxOccurs="unbounded"><xs:complexType><xs:sequence>
 <xs:any processContents="skip" minOccurs="0" maxOccurs="8"/>
 </xs:sequence></xs:complexType></xs:element>
 </xs:sequence></xs:complexType></xs:element></xs:schema>"""
MAPPING = """
name: gmbx-amt-2
kind: xml
root: Bescheide
record: Fall
fields:
  - {source: Nummer, target: aktenzeichen, required: true}
  - {source: Nummer, target: aktenzeichen_norm, convert: digits}
  - {source: Betrag, target: messbetrag_cent, convert: cents, required: true}
constants: {datenart: GMBX, tax_kind: grundsteuer_b}
"""


def pack(tmp_path: Path, xsd: str = XSD) -> Path:
    place = tmp_path / "schemas" / "gmbx" / "gmbx-own-1"
    place.mkdir(parents=True)
    (place / "gmbx.xsd").write_text(xsd, "utf-8")
    return tmp_path


def town_of(make_town: Any, folder: Path) -> Any:
    town = make_town({"finance.schema_pack": str(folder)})
    town.enable("finance")
    town.configure("finance", rate_b=690)
    return town


@on_sqlite
def test_a_file_that_breaks_its_official_schema_is_refused(make_town: Any, tmp_path: Path) -> None:
    town = town_of(make_town, pack(tmp_path))
    assert deliver(town, notice(), "good.xml").state == "staged"
    row = deliver(town, notice(extra="<Neuntes/>", VorgangsId="V-2"), "bad.xml")
    assert row.state == "refused"
    assert "line 1" in str(row.reason) or "'line': 1" in str(row.reason)
    assert "Neuntes" in str(row.reason)
    assert len(records(town)) == 1


@on_sqlite
def test_a_mapping_is_dropped_in_without_code(make_town: Any, tmp_path: Path) -> None:
    place = tmp_path / "mapping" / "gmbx"
    place.mkdir(parents=True)
    (place / "gmbx-amt-2.yaml").write_text(MAPPING, "utf-8")
    town = town_of(make_town, tmp_path)
    data = b"<Bescheide><Fall><Nummer>40 11</Nummer><Betrag>9600</Betrag></Fall></Bescheide>"
    row = deliver(town, data, "amt.xml")
    assert (row.state, row.format) == ("staged", "finance.gmbx")
    assert records(town)[0].payload["aktenzeichen_norm"] == "4011"


@pytest.mark.parametrize("xsd", ["<a/>", "<not", XSD.replace("GrundsteuerMessbescheide", "Other")])
def test_a_pack_without_a_usable_schema_says_so(tmp_path: Path, xsd: str) -> None:
    with pytest.raises(MappingBroken, match="gmbx"):
        load_pack(pack(tmp_path, xsd))
