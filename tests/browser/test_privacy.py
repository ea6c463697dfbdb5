"""Somebody wants to be forgotten: looked up, handed out, held, erased, without scripts too."""

import zipfile

import pytest
from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer, log_in


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1280, True)])
def test_a_reporter_is_handed_out_and_erased(
    demo_server: DemoServer, browser: Browser, width: int, *, scripts: bool
) -> None:
    mail = f"erika{width}@buergerin.example"
    visitor = browser.new_context(locale="en-GB", base_url=demo_server.url)
    page = visitor.new_page()
    page.goto("/barriere-melden?lang=en")
    page.get_by_label("What does not work for you?").fill("Die Karte ist ohne Maus nicht bedienbar")
    page.get_by_label("Your mail address").fill(mail)
    page.locator("main form button").last.click()
    visitor.close()

    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    page = log_in(context, demo_server.url)
    page.goto("/admin/privacy")
    page.get_by_label("Mail address of the person").fill(mail)
    page.get_by_role("button", name="Show what is stored").click()
    expect(page.get_by_role("heading", name="What is stored", exact=True)).to_be_visible()
    expect(page.locator("main .list")).to_contain_text("Reports on barriers")
    expect(page.locator("main .list")).to_contain_text("Mails to this address")
    if scripts:
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as packed:
        page.get_by_role("button", name="Download all records").click()
    with zipfile.ZipFile(packed.value.path()) as found:
        assert "ohne Maus nicht bedienbar" in found.read("data.html").decode()

    page.get_by_role("button", name="Place a hold").click()
    expect(page.get_by_label("Mail address")).to_have_value(mail)
    page.get_by_label("Reason").fill("Beschwerde läuft")
    page.get_by_role("button", name="Place the hold").click()
    if scripts:
        assert axe(page) == []
    page.get_by_role("button", name=f"Lift the hold on {mail}").click()

    page.goto("/admin/privacy")
    page.get_by_label("Mail address of the person").fill(mail)
    page.get_by_role("button", name="Show what is stored").click()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("Please confirm that you know who is asking")).to_be_visible()
    page.get_by_label("I know who is asking").check()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("heading", name="Certificate of erasure L-")).to_be_visible()
    assert mail not in page.content()
    if scripts:
        assert axe(page) == []
        for part in ("retention", "register", "certificates", "holds"):
            page.goto(f"/admin/privacy/{part}")
            assert axe(page) == [], part
            assert page.evaluate("document.documentElement.scrollWidth") <= width, part
    context.close()
