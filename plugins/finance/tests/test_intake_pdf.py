"""Base notices that come as PDF: printed pages, and pages that carry the XML."""

import io
import zipfile

import pikepdf
import pytest
import typst
from sqlalchemy import select

from stadtkern import exchange
from stadtkern.exchange.models import Record
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

ROWS = {
    "Vorgangs-ID": "V-1",
    "Aktenzeichen": "4011223344556677",
    "AGS": "06439015",
    "Art der wirtschaftlichen Einheit": "2",
    "Datum des Messbetragsbescheids": "06022026",
    "Abweichende Gültigkeit des Messbetrags": "01012026",
    "Messbetrag": "9600",
}
XML = (
    b'<GrundsteuerMessbescheide xmlns="urn:stadtkern:gmbx:1"><Messbescheid>'
    b"<VorgangsId>V-2</VorgangsId><Aktenzeichen>4011223344556678</Aktenzeichen>"
    b"<AGS>06439015</AGS><ArtDerWirtschaftlichenEinheit>2</ArtDerWirtschaftlichenEinheit>"
    b"<DatumDesMessbetragsbescheids>06022026</DatumDesMessbetragsbescheids>"
    b"<Messbetrag>9600</Messbetrag></Messbescheid></GrundsteuerMessbescheide>"
)


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def printed() -> bytes:
    cells = "".join(f"[{label}:],[{value}],\n" for label, value in ROWS.items())
    made = typst.compile(f"#grid(columns: 2, gutter: 12pt,\n{cells})".encode(), format="pdf")
    assert isinstance(made, bytes)
    return made


def carrying() -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["messbescheid.xml"] = XML
        document.save(target)
    return target.getvalue()


@on_sqlite
def test_pdf_notices_are_shown_as_they_came_and_calculated(town) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("gedruckt.pdf", printed())
        archive.writestr("mit-xml.pdf", carrying())
    with town.session() as session:
        exchange.receiving.receive(
            session,
            town.registry,
            area="finance",
            stream=io.BytesIO(packed.getvalue()),
            name="lieferung.zip",
            source="command",
        )
    town.run_jobs()
    with town.session(write=False) as session:
        found = {row.entry: row.id for row in session.scalars(select(Record))}
    town.login("finance_clerk")
    pages = {
        entry: town.get(f"/admin/exchange/finance/records/{number}").text
        for entry, number in found.items()
    }
    assert "Messbetrag: 9600" in pages["lieferung.zip/gedruckt.pdf"]
    inner = "lieferung.zip/mit-xml.pdf/messbescheid.xml"
    assert "&lt;Messbetrag&gt;9600&lt;/Messbetrag&gt;" in pages[inner]
    for page in pages.values():
        assert "662,40" in page
