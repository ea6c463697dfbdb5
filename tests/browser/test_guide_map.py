"""The map's background: in ranges from the town's own file, in light and dark, or in tiles."""

import re
from typing import Any

import mapbox_vector_tile
import pytest
from playwright.sync_api import Browser, Route
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
    # Reading the canvas back is this test's own doing.
    page.on(
        "console",
        lambda one: (
            said.append(one.text) if one.type != "log" and "getImageData" not in one.text else None
        ),
    )
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


def test_a_town_without_a_file_shows_tiles_and_their_lack_is_plain_ground(
    demo_server: DemoServer, browser: Browser
) -> None:
    whole = "POLYGON((0 0, 4096 0, 4096 4096, 0 4096, 0 0))"
    tile = mapbox_vector_tile.encode(
        [{"name": "Siedlungsflaeche", "features": [{"geometry": whole, "properties": {}}]}]
    )
    asked: list[str] = []
    said: list[str] = []

    def page_online(route: Route) -> None:
        answer = route.fetch()
        text = re.sub(
            r'data-map-file="[^"]*" data-map-style="[^"]*" data-map-zoom="[^"]*"',
            'data-map-file="/guide/basemap/{z}/{x}/{y}.pbf" data-map-style="basemap"'
            ' data-map-zoom="15"',
            answer.text(),
        )
        route.fulfill(response=answer, body=text)

    def answered(route: Route) -> None:
        asked.append(route.request.url.removeprefix(demo_server.url))
        if len(asked) % 2:
            route.fulfill(body=tile, content_type="application/vnd.mapbox-vector-tile")
        else:
            route.fulfill(status=502, body="")

    context = browser.new_context(locale="de-DE", service_workers="block")
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda one: said.append(one.text) if one.type != "log" else None)
    page.route(f"{demo_server.url}/guide", page_online)
    page.route("**/guide/basemap/**", answered)
    page.goto(f"{demo_server.url}/guide")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_function(PAINTED)
    assert asked
    assert all(re.fullmatch(r"/guide/basemap/\d+/\d+/\d+\.pbf", one) for one in asked)
    assert page.locator(".map__marker").count()
    # The browser tells of answers that failed; our scripts have nothing to add.
    assert [one for one in said if "502" not in one and "getImageData" not in one] == []
    context.close()
