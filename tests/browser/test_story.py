"""A clerk's morning: a plugin that goes off and on again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


@pytest.fixture
def office(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def test_a_plugin_goes_off_and_a_page_takes_its_address(office: Page) -> None:
    page = office
    base = page.url.split("/admin")[0]
    stranger = page.context.browser.new_context()  # type: ignore[union-attr]
    reader = stranger.new_page()
    assert reader.goto(f"{base}/guide").status == 200  # type: ignore[union-attr]
    places = reader.locator("main .stops a[href*='/']").first
    place = base + str(places.get_attribute("href"))
    assert reader.goto(place).status == 200  # type: ignore[union-attr]

    page.goto("/admin/plugins")
    page.get_by_role("button", name=re.compile("Switch off .*[Gg]uide")).click()
    expect(page.locator(".notice.success")).to_be_visible()
    try:
        for gone in (f"{base}/guide", place):
            assert reader.goto(gone).status == 404, gone  # type: ignore[union-attr]
        page.goto("/")
        expect(page.locator("a.door[href*='/guide']")).to_have_count(0)

        page.goto("/admin/content")
        page.locator(".tree-row a", has_text="Taunusstein").first.click()
        page.get_by_role("link", name="Page", exact=True).click()
        page.get_by_label("Title").fill("Our own guide")
        page.locator("[name=slug]").fill("guide")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.locator(".notice.success")).to_be_visible()
        assert reader.goto(f"{base}/guide").status == 200  # type: ignore[union-attr]
        expect(reader.locator("h1")).to_have_text("Our own guide")
        page.get_by_role("link", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete").click()
    finally:
        page.goto("/admin/plugins")
        page.get_by_role("button", name=re.compile("Switch on .*[Gg]uide")).click()
        expect(page.locator(".notice.success")).to_be_visible()
    assert reader.goto(place).status == 200  # type: ignore[union-attr]
    stranger.close()
