"""A page on a phone beside its form, while it is typed and drawn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def page(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        reduced_motion="reduce",
        viewport={"width": 1600, "height": 900},
    )
    opened = log_in(context, demo_server.url)
    opened.on("dialog", lambda asked: asked.accept())
    yield opened
    context.close()


def test_the_phone_follows_while_somebody_types(
    demo_server: DemoServer, page: Page, tmp_path: Path
) -> None:
    number = demo_server.nodes()["place"]
    address = f"/admin/nodes/{number}/edit"
    page.goto(address)
    frame = page.frame_locator(".guide-phone iframe")
    said = page.locator("[data-look-said]")
    expect(said).to_have_text("This is the saved draft.")
    saved = frame.locator("h1").inner_text()
    # Somewhere down the page: it stays there.
    inner = next(one for one in page.frames if one.url.endswith("/frame"))
    inner.evaluate("scrollTo(0, 300)")
    page.get_by_label("Title", exact=True).fill("Typed and not saved")
    expect(frame.locator("h1")).to_have_text("Typed and not saved")
    expect(said).to_have_text("This is what you have typed. Nothing of it is saved yet.")
    inner = next(one for one in page.frames if one.url.endswith("/frame/typed"))
    page.wait_for_timeout(300)
    assert inner.evaluate("scrollY") == 300
    # What is wrong stays as it is saved, and the line above says so.
    page.get_by_label("Latitude").fill("far north")
    expect(said).to_contain_text("“Latitude” is not shown yet: ")
    assert frame.locator("[data-left-out]").count() == 0
    page.screenshot(path=tmp_path / "typing.png")
    assert axe(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # Nothing was saved by it.
    page.goto(address)
    assert frame.locator("h1").inner_text() == saved
    page.get_by_role("button", name="Discard it").click()


def test_a_new_event_shows_before_it_is_saved(demo_server: DemoServer, page: Page) -> None:
    page.goto(f"/admin/nodes/{demo_server.nodes()['folder']}/add/event")
    expect(page.locator(".guide-phone")).to_be_hidden()
    page.get_by_label("Title", exact=True).fill("Not there yet")
    frame = page.frame_locator(".guide-phone iframe")
    expect(frame.locator("h1")).to_have_text("Not there yet")
    expect(page.locator("[data-look-said]")).to_contain_text("Nothing of it is saved yet.")
    assert axe(page) == []


def test_the_preview_in_another_window_follows(demo_server: DemoServer, page: Page) -> None:
    number = demo_server.nodes()["page"]
    look = page.context.new_page()
    look.goto(f"/admin/nodes/{number}/look?width=phone")
    page.goto(f"/admin/nodes/{number}/edit")
    page.get_by_label("Title", exact=True).fill("Seen over there")
    expect(look.frame_locator("iframe").locator("h1")).to_have_text("Seen over there")
    expect(look.locator("[data-look-said]")).to_contain_text("Nothing of it is saved yet.")
    page.goto(f"/admin/nodes/{number}/edit")
    page.get_by_role("button", name="Discard it").click()


def test_the_phone_follows_while_a_tour_is_drawn(demo_server: DemoServer, page: Page) -> None:
    page.goto(f"/admin/cityguide/tours/{demo_server.nodes()['tour']}/route")
    frame = page.frame_locator("iframe")
    said = page.locator("[data-look-said]")
    expect(said).to_have_text("This is the saved draft.")
    page.get_by_label("Stop", exact=True).nth(0).fill("Just renamed")
    expect(frame.locator(".stops h3").first).to_have_text("Just renamed")
    expect(said).to_contain_text("Nothing of it is saved yet.")
    page.get_by_label("Latitude").nth(1).fill("up")
    expect(said).to_contain_text("“Stop 2” is not shown yet")


def test_without_a_script_the_saved_draft_stands_there(
    demo_server: DemoServer, browser: Browser
) -> None:
    context = browser.new_context(
        locale="en-GB", base_url=demo_server.url, java_script_enabled=False
    )
    page = log_in(context, demo_server.url)
    page.goto(f"/admin/nodes/{demo_server.nodes()['place']}/edit")
    expect(page.locator("[data-look-said]")).to_have_text("This is the saved draft.")
    expect(page.frame_locator(".guide-phone iframe").locator("h1")).to_be_visible()
    context.close()
