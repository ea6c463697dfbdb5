"""The map's background: read in ranges from the town's own file, in light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Browser
from served import DemoServer

PAINTED = """
() => [...document.querySelectorAll('.map canvas')].some((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, index) => index % 4 === 3 && value > 0);
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_background_is_drawn_from_ranges_of_our_own_file(
    demo_server: DemoServer, browser: Browser, scheme: Any
) -> None:
    context = browser.new_context(color_scheme=scheme, locale="de-DE")
    page = context.new_page()
    said: list[str] = []
    answers: list[tuple[str, int]] = []
    page.on("console", lambda one: said.append(one.text) if one.type != "log" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"{demo_server.url}/guide")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_function(PAINTED)
    assert page.locator(".leaflet-control-attribution").inner_text() == "Taunusstein"
    assert all(url.startswith(demo_server.url) for url, _status in answers)
    ranges = [status for url, status in answers if url.endswith(".pmtiles")]
    assert ranges
    assert set(ranges) == {206}
    assert not said
    context.close()
