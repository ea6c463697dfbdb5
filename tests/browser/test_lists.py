"""Lists show pictures beside titles, on phones and wide screens."""

import pytest
from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer


@pytest.mark.parametrize("width", [390, 1280])
def test_pictures_stand_beside_titles(
    demo_server: DemoServer, browser: Browser, width: int
) -> None:
    context = browser.new_context(
        base_url=demo_server.url, viewport={"width": width, "height": 900}, locale="de-DE"
    )
    page = context.new_page()
    for path in ("/", "/aktuelles"):
        page.goto(path)
        entry = page.locator("li.with-picture").first
        picture = entry.locator(".teaser-picture img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_attribute("alt", "")
        expect(picture).not_to_have_js_property("naturalWidth", 0)
        title, shown = entry.locator("a").bounding_box(), picture.bounding_box()
        assert title is not None
        assert shown is not None
        # Beside the title, not over it, cut to 16 by 10.
        assert title["x"] + title["width"] <= shown["x"] + 1
        assert abs(shown["width"] / shown["height"] - 1.6) < 0.02
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    context.close()
