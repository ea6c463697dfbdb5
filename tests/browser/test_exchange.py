"""From upload to release: one person proposes, another one releases by a sample."""

from pathlib import Path

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in

from stadtkern_finance.synthetic import Order, write

INBOX = "/admin/exchange/finance"


def office(demo_server: DemoServer, browser: Browser, who: str) -> Page:
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    return log_in(context, demo_server.url, who)


def test_a_delivery_is_taken_in_and_released_by_two(
    demo_server: DemoServer, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "delivery.zip"
    write(Order(6, 99, town="Neustadt"), path)
    clerk = office(demo_server, browser, "editor")
    clerk.goto(INBOX)
    assert axe(clerk) == []
    clerk.get_by_label("Files").set_input_files(path)
    clerk.get_by_role("button", name="Take in").click()
    expect(clerk.get_by_role("heading", level=1)).to_have_text("delivery.zip")
    for _look in range(60):
        if clerk.get_by_role("heading", name="Its records").count():
            break
        clerk.wait_for_timeout(500)
        clerk.reload()
    # Not one of them has an account here: the first is said to be a new one.
    assert axe(clerk) == []
    clerk.get_by_role("link", name="open, errors").click()
    assert axe(clerk) == []
    clerk.locator("tbody a").first.click()
    expect(clerk.get_by_role("heading", name="As it came")).to_be_visible()
    expect(clerk.locator("pre")).to_contain_text("Messbetrag")
    assert axe(clerk) == []
    clerk.set_viewport_size({"width": 320, "height": 900})
    assert clerk.evaluate("document.documentElement.scrollWidth") == 320
    clerk.get_by_role("button", name="It is a new one").click()
    record = clerk.url.partition("?")[0]
    clerk.get_by_role("button", name="Propose for release").click()
    second = office(demo_server, browser, "admin")
    second.goto(record)
    expect(second.get_by_role("heading", name="How it is worked out")).to_be_visible()
    second.get_by_role("button", name="Release").click()
    expect(second.locator(".notice.success")).to_be_visible()
    expect(second.get_by_text("decided by Anna Amt")).to_be_visible()
    for page in (clerk, second):
        page.context.close()
