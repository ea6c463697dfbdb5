"""An administrator lets another system know what happens, without scripts and on a phone."""

import re

import pytest
from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer, log_in


@pytest.mark.parametrize("width", [390, 1280])
def test_a_receiver_is_added_tested_and_deleted(
    demo_server: DemoServer, browser: Browser, width: int
) -> None:
    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = log_in(context, demo_server.url)
    page.goto("/admin/webhooks")
    expect(page.get_by_role("heading", name="No receivers yet")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Add a receiver").click()
    page.get_by_label("Name").fill("Archiv")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_label("A page went public").check()
    assert axe(page) == []
    page.get_by_role("button", name="Add receiver").click()
    # An inner address is refused, and what was typed is still there.
    expect(page.get_by_label("Name")).to_have_value("Archiv")
    expect(page.get_by_label("A page went public")).to_be_checked()
    page.get_by_label("Address").fill("https://archiv.invalid/hook")
    page.get_by_role("button", name="Add receiver").click()
    expect(page.get_by_label("Secret for signatures")).to_have_value(re.compile("^whsec_.{44}$"))
    assert axe(page) == []
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    # There is no such name: the log says so once the job has tried.
    for _look in range(40):
        if page.locator("tbody .pill.bad").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("tbody tr")).to_contain_text("1 attempt")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Delete receiver").click()
    expect(page.get_by_role("heading", name="No receivers yet")).to_be_visible()
    context.close()
