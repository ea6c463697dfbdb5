"""From upload to release: one person proposes, another one releases by a sample."""

from pathlib import Path

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in

from stadtkern_finance.synthetic import Order, write

BY_KEYS = 5
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


def test_records_go_on_by_the_keyboard_alone(
    demo_server: DemoServer, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "keys.zip"
    write(Order(BY_KEYS + 1, 77, town="Neustadt"), path)
    demo_server.run("finance", "import", str(path), "--tenant", "demo")
    page = office(demo_server, browser, "editor")
    page.goto(INBOX)
    page.get_by_role("link", name="keys.zip").click()
    page.get_by_role("link", name="open, errors").click()
    # In the table j goes down; Enter opens.
    page.locator("tbody a").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tbody a").first).to_be_focused()
    page.keyboard.press("Enter")
    seen = []
    for _record in range(BY_KEYS):
        expect(page.locator("#work")).to_be_focused()
        seen.append(page.locator("h1").inner_text())
        # "It is a new one" is the last way to mend; the others name accounts that are alike.
        page.keyboard.press(str(page.locator("[name=mend]").count()))
        expect(page.get_by_role("button", name="Propose for release")).to_be_visible()
        expect(page.locator("#work")).to_be_focused()
        page.keyboard.press("p")
        expect(page.locator("h1")).not_to_have_text(seen[-1])
    assert len(set(seen)) == BY_KEYS
    assert axe(page) == []
    # By Tab and Enter as well; and a key outside of the region does nothing.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    here = page.url
    page.locator("summary").first.focus()
    page.keyboard.press("k")
    page.wait_for_timeout(300)
    assert page.url == here
    page.context.close()
