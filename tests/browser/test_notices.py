"""A clerk makes letters out of what was released; their reader opens hers by its code."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pypdfium2
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in
from sqlalchemy import insert

from stadtkern.db import utcnow
from stadtkern_finance.models import StoredAssessment, TaxAccount

NUMBER = "5.0100.900001.1"
HEAD = {
    "Street": "Aarstraße",
    "House number": "150",
    "Postcode": "65232",
    "Payee": "Stadtkasse",
    "IBAN": "DE02 1203 0000 0000 2020 51",
    "BIC": "BYLADEM1001",
    "Where one objects": "Magistrat der Stadt",
}


def released(demo_server: DemoServer) -> None:
    """Store an assessment as a release leaves it."""
    place = {"street": "Eichgasse", "house_number": "7", "postcode": "00000", "town": "Neustadt"}
    owner = {"role": "owner", "given_name": "Rausi", "surname": "Dorfel", **place}
    account = {"id": 900_001, "tenant_id": 1, "kassenzeichen": NUMBER, "tax_kind": "grundsteuer_b"}
    account |= {"number": "4011223344556677", "place": place, "place_key": "", "owners": [owner]}
    demo_server.store(insert(TaxAccount).values(account | {"changed_at": utcnow()}))
    row = {"tenant_id": 1, "account_id": 900_001, "reference": "browser", "year": 2026}
    row |= {"tax_kind": "grundsteuer_b", "messbetrag_cent": 15_000, "hebesatz": "420"}
    row |= {"amount_cent": 63_000, "instalments": [], "notice_date": date(2026, 2, 3)}
    demo_server.store(insert(StoredAssessment).values(row | {"booked_at": utcnow()}))


def until(page: Page, words: str) -> None:
    """Refresh until the background work shows."""
    for _look in range(60):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(words).first).to_be_visible()


def code_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        stack = archive.read(next(name for name in archive.namelist() if name.endswith(".pdf")))
    with pypdfium2.PdfDocument(io.BytesIO(stack)) as document:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", text)
    assert found is not None
    return found.group()


def test_from_a_release_to_the_reader(
    demo_server: DemoServer, browser: Browser, tmp_path: Path
) -> None:
    released(demo_server)
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    clerk = log_in(context, demo_server.url, "editor")
    clerk.goto("/admin/finance/letterheads/new")
    for label, value in HEAD.items():
        clerk.get_by_label(label, exact=True).fill(value)
    clerk.get_by_label("Town", exact=True).fill("Neustadt")
    assert axe(clerk) == []
    clerk.get_by_role("button", name="Save").click()
    expect(clerk.get_by_role("link", name="Look at a sample (PDF)")).to_be_visible()
    clerk.goto("/admin/finance/notices")
    assert axe(clerk) == []
    clerk.get_by_role("button", name="Make notices").click()
    until(clerk, NUMBER)
    clerk.get_by_role("link", name=NUMBER).click()
    assert axe(clerk) == []
    clerk.get_by_role("link", name="What the taxpayer sees").click()
    assert axe(clerk) == []
    clerk.goto("/admin/finance/piles")
    clerk.get_by_role("button", name="Make a pile").click()
    until(clerk, "ready to be printed")
    assert axe(clerk) == []
    with clerk.expect_download() as download:
        clerk.get_by_role("button", name="Download the archive").click()
    archive = tmp_path / "pile.zip"
    download.value.save_as(archive)
    clerk.get_by_role("button", name="Note the day of posting").click()
    expect(clerk.locator(".notice.success")).to_contain_text("objection is possible until")
    context.close()
    reader = browser.new_context(
        locale="de-DE", base_url=demo_server.url, viewport={"width": 390, "height": 844}
    )
    page = reader.new_page()
    page.goto("/finance/notice")
    assert axe(page) == []
    page.get_by_label("Kassenzeichen").fill(NUMBER)
    page.locator("#code").fill("falsch")
    page.get_by_role("button", name="Bescheid öffnen").click()
    expect(page.get_by_role("alert")).to_contain_text("lässt sich kein Bescheid öffnen")
    assert axe(page) == []
    page.locator("#code").fill(code_of(archive).lower())
    page.get_by_role("button", name="Bescheid öffnen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grundsteuer B für 2026, erklärt")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    with page.expect_download() as download:
        page.get_by_role("button", name="Bescheid herunterladen").click()
    assert download.value.suggested_filename.startswith("GRST-BS-")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Property tax B for 2026, explained")
    assert reader.cookies() == []
    reader.close()
