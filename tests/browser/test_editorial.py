"""A page's life: changed, compared, shown around, published, brought back, deleted, restored."""

import re
from collections.abc import Iterator

import pytest
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def office(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


@pytest.fixture
def visitor(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open a window without a login."""
    context = browser.new_context(locale="de-DE", base_url=demo_server.url)
    yield context.new_page()
    context.close()


def new_page(page: Page, home: int, title: str) -> str:
    """Add and publish a page below the front page; return its address in the back office."""
    page.goto(f"/admin/nodes/{home}/add/page")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()
    return re.sub(r"[?#].*", "", page.url)


def test_changes_show_when_they_are_published(
    office: Page, visitor: Page, demo_server: DemoServer
) -> None:
    page = office
    node = new_page(page, demo_server.nodes()["home"], "Bath of the browser test")
    address = "/bath-of-the-browser-test"
    page.goto(f"{node}/edit")
    page.get_by_label("Title").fill("Open-air bath of the browser test")
    page.locator(".form-actions button[value=save]").click()
    expect(page.get_by_text("Saved as a working copy")).to_be_visible()
    visitor.goto(address)
    expect(visitor.locator("h1")).to_have_text("Bath of the browser test")

    # Whoever has the link sees the working copy, and nothing is remembered of them.
    page.goto(f"{node}/preview-links")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Preview link").input_value()
    assert axe(page) == []
    visitor.goto(link)
    expect(visitor.locator("h1")).to_have_text("Open-air bath of the browser test")
    assert visitor.context.cookies() == []

    page.goto(f"{node}/revisions")
    assert axe(page) == []
    page.get_by_role("button", name="Compare the two").click()
    expect(page.locator("ins")).to_contain_text("Open-air")
    assert axe(page) == []

    page.goto(node)
    page.get_by_role("button", name="Publish changes").click()
    visitor.goto(address)
    expect(visitor.locator("h1")).to_have_text("Open-air bath of the browser test")

    # Bringing the first version back is a working copy again.
    page.goto(f"{node}/revisions")
    page.get_by_role("button", name="Bring version 1 back").click()
    expect(page.get_by_text("Version 1 is your working copy now")).to_be_visible()


def test_a_deleted_page_comes_back(office: Page, visitor: Page, demo_server: DemoServer) -> None:
    page = office
    node = new_page(page, demo_server.nodes()["home"], "Market of the browser test")
    page.goto(f"{node}/delete")
    page.locator("main form button.danger").click()
    assert visitor.goto("/market-of-the-browser-test").status == 404
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert visitor.goto("/market-of-the-browser-test").status == 200
    page.goto(f"{node}/delete")
    page.locator("main form button.danger").click()
    page.goto("/admin/trash")
    expect(page.get_by_text("Market of the browser test").first).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Restore “Market of the browser test”").click()
    expect(page.get_by_text("it stands at /market-of-the-browser-test again")).to_be_visible()
    assert visitor.goto("/market-of-the-browser-test").status == 200


def test_a_place_that_was_taken_is_explained(
    office: Page, visitor: Page, demo_server: DemoServer
) -> None:
    page, home = office, demo_server.nodes()["home"]
    page.goto(f"{new_page(page, home, 'Fountain of the browser test')}/delete")
    page.locator("main form button.danger").click()
    new_page(page, home, "Fountain of the browser test")
    page.goto("/admin/trash")
    page.get_by_role("button", name="Restore “Fountain of the browser test”").click()
    expect(page.locator(".error-summary")).to_contain_text("address")
    assert axe(page) == []
    page.get_by_label("Last part of the address").fill("old-fountain-of-the-browser-test")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".notice.success")).to_be_visible()
    for address in ("/fountain-of-the-browser-test", "/old-fountain-of-the-browser-test"):
        assert visitor.goto(address).status == 200


def test_a_page_is_planned_and_taken_back(
    office: Page, visitor: Page, demo_server: DemoServer
) -> None:
    page = office
    node = new_page(page, demo_server.nodes()["home"], "Fair of the browser test")
    page.goto(f"{node}/schedule")
    page.get_by_label("Take off the site at").fill("2001-01-01T12:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("must lie in the future")
    page.get_by_label("Take off the site at").fill("2099-01-01T12:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Will leave the site")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert visitor.goto("/fair-of-the-browser-test").status == 404
