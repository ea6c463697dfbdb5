"""The treasury's pages: an account is found and noted on, a rate tried, a year released by two."""

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in

FINANCE = "/admin/finance"


def office(demo_server: DemoServer, browser: Browser, who: str) -> Page:
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    return log_in(context, demo_server.url, who)


def narrow(page: Page) -> None:
    """Check that the page fits 320 pixels, then make it wide again."""
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_year_is_worked_out_by_one_and_released_by_another(
    demo_server: DemoServer, browser: Browser
) -> None:
    clerk = office(demo_server, browser, "editor")
    clerk.goto(f"{FINANCE}/accounts")
    clerk.get_by_label("Kassenzeichen, file number, name or place").fill("5.0100.000001")
    clerk.get_by_role("button", name="Search").click()
    assert axe(clerk) == []
    narrow(clerk)
    clerk.get_by_role("link", name="5.0100.000001.1").click()
    clerk.get_by_role("link", name="Add a note").click()
    assert axe(clerk) == []
    clerk.get_by_label("Note").fill("Ruft morgens an.")
    clerk.get_by_role("button", name="Keep").click()
    expect(clerk.get_by_text("Ruft morgens an.")).to_be_visible()
    assert axe(clerk) == []
    clerk.goto(f"{FINANCE}/simulation?tax=grundsteuer_b&percent=900&year=2026")
    expect(clerk.locator("figure.chart svg rect").first).to_be_attached()
    assert axe(clerk) == []
    narrow(clerk)
    for path in ("rates", "reconcile", "follow-ups", "people"):
        clerk.goto(f"{FINANCE}/{path}")
        assert axe(clerk) == [], path
        narrow(clerk)
    clerk.goto(f"{FINANCE}/runs")
    assert axe(clerk) == []
    clerk.get_by_label("Year to assess").fill("2027")
    clerk.get_by_role("button", name="Work it out").click()
    for _look in range(60):
        if clerk.get_by_role("button", name="Propose for release").count():
            break
        clerk.wait_for_timeout(500)
        clerk.reload()
    assert axe(clerk) == []
    narrow(clerk)
    clerk.get_by_role("button", name="Propose for release").click()
    expect(clerk.get_by_role("button", name="Release", exact=True)).to_have_count(0)
    second = office(demo_server, browser, "admin")
    second.goto(clerk.url)
    second.get_by_role("button", name="Release", exact=True).click()
    expect(second.locator(".notice.success")).to_be_visible()
    for page in (clerk, second):
        page.context.close()
