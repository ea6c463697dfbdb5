"""From upload to receipt: two persons, one batch, one folder, and the word “acknowledged”."""

import csv
import io
from pathlib import Path

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in

from stadtkern_finance.synthetic import Order, write

INBOX = "/admin/exchange/finance"
BATCHES = "/admin/finance/batches"


def office(demo_server: DemoServer, browser: Browser, who: str) -> Page:
    context = browser.new_context(
        locale="en-GB", base_url=demo_server.url, reduced_motion="reduce", accept_downloads=True
    )
    return log_in(context, demo_server.url, who)


def until(page: Page, text: str) -> None:
    """Reload until a text is there: jobs run in the background."""
    for _look in range(60):
        if page.get_by_text(text, exact=True).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(text, exact=True).first).to_be_visible()


def proposed(clerk: Page, path: Path) -> str:
    """Take a delivery in, say whose record it is, propose it; return its address."""
    clerk.goto(INBOX)
    clerk.get_by_label("Files").set_input_files(path)
    clerk.get_by_role("button", name="Take in").click()
    for _look in range(60):
        if clerk.get_by_role("heading", name="Its records").count():
            break
        clerk.wait_for_timeout(500)
        clerk.reload()
    clerk.get_by_role("link", name="open, errors").click()
    clerk.locator("tbody a").first.click()
    clerk.get_by_role("button", name="It is a new one").click()
    record = clerk.url.partition("?")[0]
    clerk.get_by_role("button", name="Propose for release").click()
    return record


def test_a_notice_goes_from_upload_to_receipt(
    demo_server: DemoServer, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "story.zip"
    write(Order(1, 4711, town="Neustadt"), path)
    clerk = office(demo_server, browser, "editor")
    second = office(demo_server, browser, "admin")

    record = proposed(clerk, path)
    # Released by the second, who alone says where files go.
    second.goto(record)
    second.get_by_role("button", name="Release").click()
    expect(second.locator(".notice.success")).to_be_visible()
    second.goto("/admin/finance/delivery")
    second.get_by_label("Way").select_option("folder")
    second.get_by_role("button", name="Save").click()
    expect(second.locator(".notice.success")).to_be_visible()

    # Booked, made, delivered.
    clerk.goto(BATCHES)
    for _look in range(60):
        if clerk.get_by_role("button", name="Make a batch").count():
            break
        clerk.wait_for_timeout(500)
        clerk.reload()
    assert axe(clerk) == []
    clerk.get_by_label("Profile").select_option("csv-own-1")
    clerk.get_by_role("button", name="Make a batch").click()
    expect(clerk.locator(".notice.success")).to_be_visible()
    with clerk.expect_download() as download:
        clerk.get_by_role("button", name="Download the file").click()
    file = tmp_path / "batch.csv"
    download.value.save_as(file)
    clerk.get_by_role("button", name="Deliver", exact=True).click()
    until(clerk, "delivered")
    assert axe(clerk) == []
    arrived = list((demo_server.ini.parent / "out").rglob("*.csv"))
    assert [one.read_bytes() for one in arrived] == [file.read_bytes()]

    # Answered.
    rows = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";")
    told = "".join(f"{row['Zeilen-ID']};OK\n" for row in rows)
    batch = clerk.url
    clerk.goto("/admin/finance/receipts")
    assert axe(clerk) == []
    receipt = {"name": "receipt.csv", "mimeType": "text/csv"}
    clerk.get_by_label("Receipt of the accounting system").set_input_files(
        {**receipt, "buffer": f"Zeilen-ID;Status\n{told}".encode()}
    )
    clerk.get_by_role("button", name="Read").click()
    expect(clerk.locator(".notice.success")).to_be_visible()
    clerk.goto(batch)
    expect(clerk.get_by_text("acknowledged", exact=True)).to_be_visible()
    clerk.set_viewport_size({"width": 320, "height": 900})
    for place in (BATCHES, batch, "/admin/finance/profiles/csv-own-1"):
        clerk.goto(place)
        assert clerk.evaluate("document.documentElement.scrollWidth") == 320, place
        assert axe(clerk) == [], place
    for page in (clerk, second):
        page.context.close()
