"""Somebody sets up a second factor, logs in with it, and looks where they are logged in."""

import re
import time

import pyotp
from playwright.sync_api import Browser, expect
from served import PASSWORD, DemoServer, log_in

WHO = "editor@demo.example"


def test_set_up_and_log_in_with_a_second_factor(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        locale="en-GB", base_url=demo_server.url, java_script_enabled=False
    )
    page = log_in(context, demo_server.url, "editor")
    try:
        page.goto("/account")
        page.get_by_role("link", name="Set up a second factor").click()
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        key = page.locator("code").first.inner_text().replace(" ", "")
        code = pyotp.TOTP(key).now()
        page.get_by_label("Code that the app shows now").fill(code)
        page.get_by_role("button", name="Switch on").click()
        codes = page.locator(".recovery-codes code").all_inner_texts()
        assert len(codes) == 10
        page.get_by_role("link", name="I have kept them").click()
        page.get_by_role("button", name="Log out").click()

        page.fill("input[type=email]", WHO)
        page.fill("input[type=password]", PASSWORD)
        page.get_by_role("button", name="Log in").click()
        field = page.get_by_label("Code of your app")
        field.fill(code)
        page.get_by_role("button", name="Log in").click()
        # A code that was taken once is not taken again; the next one is.
        expect(page.locator(".notice.error")).to_be_visible()
        field.fill(pyotp.TOTP(key).at(time.time() + 30))
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(re.compile("/admin$"))
        page.goto("/account/logins")
        expect(page.locator("main .list li").first).to_contain_text("Chrome")
        expect(page.locator("main .list li .pill.good")).to_have_count(1)
    finally:
        demo_server.run("accounts", "reset-factor", WHO)
    context.close()
