"""Two editors at one page, and a login that ends while somebody writes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def people(demo_server: DemoServer, browser: Browser) -> Iterator[list[BrowserContext]]:
    """Open two browsers in English, whose texts stand in the code."""
    made = [
        browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
        for _number in range(2)
    ]
    yield made
    for context in made:
        context.close()


def edit_form(page: Page, number: int) -> None:
    page.goto(f"/admin/nodes/{number}/edit")


def new_page(page: Page, server: DemoServer, title: str) -> int:
    """Add a page of the test's own; return its number."""
    page.goto(f"/admin/nodes/{server.nodes()['home']}/add/page")
    page.get_by_label("Title").fill(title)
    page.locator(".form-actions button[value=save]").click()
    expect(page.locator(".notice.success")).to_be_visible()
    return int(page.url.rpartition("/")[2])


def test_text_survives_the_end_of_a_login(
    demo_server: DemoServer, people: list[BrowserContext]
) -> None:
    context = people[0]
    page = log_in(context, demo_server.url)
    number = new_page(page, demo_server, "Page of a long login")
    edit_form(page, number)
    page.get_by_label("Title").fill("Written with care")
    expect(page.locator("[data-kept]")).to_contain_text("Your text is kept", timeout=15_000)
    context.clear_cookies()
    page.get_by_label("Summary").fill("and nothing of it lost")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=15_000)
    with context.expect_page() as opened:
        dialog.get_by_role("link").click()
    window = opened.value
    window.fill("input[type=email]", "admin@demo.example")
    window.fill("input[type=password]", "Limes-Weiher-Kirsche-41")
    window.click("main button")
    expect(window.locator("[data-returned]")).to_be_visible()
    window.close()
    expect(dialog).to_be_hidden(timeout=15_000)
    expect(page.get_by_label("Summary")).to_have_value("and nothing of it lost")
    expect(page.locator("[data-kept]")).to_contain_text("Your text is kept", timeout=15_000)
    # A crash: the page is opened anew, and what was typed is offered.
    page.on("dialog", lambda asked: asked.accept())
    edit_form(page, number)
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("Title")).to_have_value("Written with care")
    expect(page.get_by_label("Summary")).to_have_value("and nothing of it lost")
    page.locator(".form-actions button[value=save]").click()
    expect(page.locator(".notice.success")).to_be_visible()


def test_taking_over_and_merging(demo_server: DemoServer, people: list[BrowserContext]) -> None:
    first = log_in(people[0], demo_server.url)
    second = log_in(people[1], demo_server.url, who="editor")
    number = new_page(first, demo_server, "Page of two people")
    with first.expect_response(lambda answer: answer.url.endswith("/lock")):
        edit_form(first, number)
    edit_form(second, number)
    expect(second.locator(".notice.warning")).to_contain_text("edits this page")
    with second.expect_response(
        lambda answer: answer.url.endswith("/lock") and answer.status == 200
    ):
        second.get_by_role("button", name="Take over and edit").click()
    second.get_by_label("Title").fill("Their title")
    second.get_by_label("Summary").fill("Their summary")
    second.locator(".form-actions button[value=save]").click()
    expect(second.locator(".notice.success")).to_be_visible()
    first.get_by_label("Title").fill("My title")
    first.locator(".form-actions button[value=save]").click()
    expect(first.get_by_role("heading", name="Merge")).to_be_visible()
    assert first.locator(".merge ins").count() >= 2
    expect(first.locator("input[type=radio]:checked")).to_have_count(0)
    first.get_by_label("mine", exact=True).check()
    first.get_by_role("button", name="Save the merged page").click()
    expect(first.locator(".notice.success")).to_be_visible()
    edit_form(first, number)
    expect(first.get_by_label("Title")).to_have_value("My title")
    expect(first.get_by_label("Summary")).to_have_value("Their summary")
