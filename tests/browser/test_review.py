"""A second person publishes; what refers to a page speaks up before it goes."""

import re
from collections.abc import Iterator

import pytest
from looking import axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def context(demo_server: DemoServer, browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser in English, whose texts stand in the code."""
    made = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def chief(demo_server: DemoServer, context: BrowserContext) -> Page:
    """Log the administrator in, who also reviews."""
    return log_in(context, demo_server.url)


@pytest.fixture
def reviewed(chief: Page) -> Iterator[None]:
    """Let the town publish with a review for a while."""

    def publish(name: str) -> None:
        chief.goto("/admin/settings/content")
        chief.get_by_label("Publishing").select_option(label=name)
        chief.get_by_role("button", name="Save").click()
        expect(chief.locator(".notice.success")).to_be_visible()

    publish("Reviewers publish")
    yield
    publish("Editors publish by themselves")


def note(page: Page) -> str:
    """Return what the page says about the last deed."""
    return page.locator(".notice.success").inner_text()


@pytest.mark.usefixtures("reviewed")
def test_a_page_is_submitted_returned_and_published(
    demo_server: DemoServer, browser: Browser, chief: Page
) -> None:
    other = browser.new_context(locale="en-GB", base_url=demo_server.url)
    writer = log_in(other, demo_server.url, "editor")
    writer.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/page")
    writer.get_by_label("Title").fill("Swimming of the browser test")
    expect(writer.get_by_role("button", name="Save and publish")).to_have_count(0)
    writer.locator(".form-actions button[value=save]").click()
    node = re.sub(r"[?#].*", "", writer.url)

    def submit(words: str) -> None:
        writer.get_by_role("link", name="Submit for review").click()
        writer.get_by_label("Comment").fill(words)
        writer.get_by_role("button", name="Submit for review").click()
        assert note(writer) == "Submitted. The reviewers have got a mail."

    submit("Please have a look.")
    chief.goto("/admin")
    waiting = chief.locator(".tile", has=chief.get_by_role("heading", name="To review"))
    waiting.get_by_role("link", name="Swimming of the browser test").click()
    expect(chief.locator("blockquote")).to_have_text("Please have a look.")
    # Sending back needs a word, so that the author knows why.
    chief.get_by_role("link", name="Return to the author").click()
    assert axe(chief) == []
    chief.get_by_role("button", name="Return to the author").click()
    expect(chief.locator(".error-summary")).to_be_visible()
    chief.get_by_label("Comment").fill("The hours are missing.")
    chief.get_by_role("button", name="Return to the author").click()
    assert note(chief) == "Returned. The author has got your comment."

    writer.goto("/admin")
    tile = writer.locator(".tile", has=writer.get_by_role("heading", name="Returned to you"))
    expect(tile).to_contain_text("The hours are missing.")
    writer.goto(node)
    submit("They are in.")
    assert writer.context.request.get("/swimming-of-the-browser-test").ok  # for colleagues
    stranger = browser.new_context(base_url=demo_server.url)
    assert stranger.request.get("/swimming-of-the-browser-test").status == 404
    chief.goto(node)
    chief.get_by_role("link", name="Publish").click()
    chief.get_by_role("button", name="Publish").click()
    assert note(chief) == "Published."
    assert stranger.request.get("/swimming-of-the-browser-test").ok
    stranger.close()
    other.close()


def test_a_link_speaks_up_before_its_page_goes(demo_server: DemoServer, chief: Page) -> None:
    page, home = chief, demo_server.nodes()["home"]
    page.goto(f"/admin/nodes/{home}/add/page")
    page.get_by_label("Title").fill("Ferry of the browser test")
    page.get_by_role("button", name="Save and publish").click()
    ferry = re.sub(r"[?#].*", "", page.url)

    # The quality check says what to mend, leads there, and is content afterwards.
    page.goto(f"/admin/nodes/{home}/add/page")
    page.get_by_label("Title", exact=True).fill("Timetable of the browser test")
    page.get_by_label("Summary").fill("Departures of every day.")
    page.locator(".add-block button[value='add:heading']").click()
    heading = page.locator(".block-card").first
    heading.get_by_label("Heading").fill("Departures")
    heading.get_by_label("Level").select_option(label="Sub-section")
    page.locator(".add-block button[value='add:text']").click()
    page.locator(".block-card").nth(1).get_by_role("textbox", name="Text").click()
    page.keyboard.type("Read all about the ")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("searchbox").fill("Ferry of the")
    page.locator(".page-results button", has_text="/ferry-of-the-browser-test").click()
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Save and publish").click()
    quality = page.get_by_role("region", name="Quality check")
    expect(quality.locator("li")).to_have_count(1)
    assert axe(page) == []
    quality.get_by_role("link", name="Mend in the form").click()
    heading.get_by_label("Level").select_option(label="Section")
    page.get_by_role("button", name="Save and publish").click()
    expect(quality).to_contain_text("Nothing to mend")

    page.goto(f"{ferry}/delete")
    expect(page.get_by_role("region", name="One page refers to this")).to_contain_text(
        "Timetable of the browser test"
    )
    page.get_by_role("button", name="Delete").click()
    page.goto("/admin")
    tile = page.locator(".tile", has=page.get_by_role("heading", name="Broken links"))
    tile.get_by_role("link", name="Look at the broken links").click()
    row = page.locator("main tbody tr", has_text="Timetable of the browser test")
    expect(row).to_contain_text("The page lies in the trash.")
    page.goto("/admin/trash")
    page.get_by_role("button", name="Restore “Ferry of the browser test”").click()
    page.goto("/admin/links")
    expect(page.locator("main tbody tr", has_text="Timetable")).to_have_count(0)
