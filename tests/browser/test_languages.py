"""A page gets its English twin, falls behind, and is brought up to its source again."""

import re
from collections.abc import Iterator

import pytest
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def page(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def test_a_translation_stands_beside_its_source(
    demo_server: DemoServer, browser: Browser, page: Page
) -> None:
    page.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/page")
    page.get_by_label("Title", exact=True).fill("Sternwarte im Browser")
    page.get_by_label("Summary").fill("Freitags geöffnet.")
    page.get_by_role("button", name="Save and publish").click()
    source = re.sub(r"[?#].*", "", page.url)
    page.get_by_role("link", name="Translations").last.click()
    english = page.locator(".languages > li", has=page.get_by_role("heading", name="English"))
    expect(english).to_contain_text("missing")
    english.get_by_label("Title in this language").fill("Observatory in the browser")
    english.get_by_role("button", name="Make a translation: English").click()
    expect(page.get_by_role("group", name="Source: Deutsch").first).to_contain_text(
        "Freitags geöffnet."
    )
    assert axe(page) == []
    page.get_by_label("Summary").fill("Open on Fridays.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Publish").first.click()
    target = re.sub(r"[?#].*", "", page.url)

    # The switch names languages in themselves and leads from one to the other.
    visitor = browser.new_context(base_url=demo_server.url).new_page()
    visitor.goto("/sternwarte-im-browser")
    visitor.locator(".main-nav + .language-switch").get_by_role("link", name="English").click()
    expect(visitor.locator("h1")).to_have_text("Observatory in the browser")
    alternate = visitor.locator("link[rel=alternate][hreflang=de]")
    expect(alternate).to_have_attribute("href", f"{demo_server.url}/sternwarte-im-browser")
    visitor.locator(".main-nav + .language-switch").get_by_role("link", name="Deutsch").click()
    expect(visitor.locator("h1")).to_have_text("Sternwarte im Browser")
    visitor.context.close()

    page.goto(f"{source}/edit")
    page.get_by_label("Summary").fill("Samstags geöffnet.")
    page.get_by_role("button", name="Save and publish").click()
    page.goto("/admin/translations?state=outdated")
    page.get_by_role("link", name="Sternwarte im Browser").click()
    expect(page.locator(".headline")).to_contain_text("outdated")
    expect(page.locator(".translate-part del")).to_have_text("Freitags")
    expect(page.locator(".translate-part ins")).to_have_text("Samstags")
    assert axe(page) == []
    page.get_by_label("Summary").fill("Open on Saturdays.")
    page.get_by_label("The translation now says what the source says").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notice.success")).to_be_visible()
    page.goto(f"{target}/translations")
    expect(page.locator(".languages")).not_to_contain_text("outdated")
