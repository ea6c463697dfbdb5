"""Ways into the guide that ask for a position, and those that work without one."""

from collections.abc import Iterator

import pytest
from looking import axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served import DemoServer

GUIDE = "/guide"


@pytest.fixture
def phone(demo_server: DemoServer, browser: Browser) -> Iterator[BrowserContext]:
    """Open a phone's window that may know where it is, but is not asked yet."""
    context = browser.new_context(
        base_url=demo_server.url,
        viewport={"width": 390, "height": 844},
        locale="de-DE",
        reduced_motion="reduce",
    )
    yield context
    context.close()


def a_tour(page: Page) -> str:
    page.goto(GUIDE)
    return str(page.locator("#tours + ol a").first.get_attribute("href"))


def stand(context: BrowserContext, lat: float, lon: float, accuracy: float = 10) -> None:
    context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": accuracy})


def test_near_me_asks_on_a_press_and_rounds(phone: BrowserContext) -> None:
    phone.grant_permissions(["geolocation"])
    stand(phone, 50.143219, 8.152345)
    page = phone.new_page()
    page.goto(GUIDE)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="In meiner Nähe").click()
    page.wait_for_url("**near=50.143*")
    assert "8.152" in page.url
    assert "8.1523" not in page.url
    expect(page.locator("#found")).to_contain_text("die nächsten zuerst")
    # The filter form keeps it, and it can be sent to somebody as it is.
    page.get_by_label("stufenlos").check()
    page.locator(".guide-words button").click()
    page.wait_for_url("**step_free=1*")
    assert "near=50.143" in page.url
    assert phone.cookies() == []


def test_without_permission_the_list_goes_on(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(GUIDE)
    page.get_by_role("button", name="In meiner Nähe").click()
    expect(page.locator("[data-near-hint]")).to_contain_text("Einstellungen Ihres Browsers")
    page.goto(a_tour(page))
    page.get_by_role("button", name="Sagen, wenn ich an einer Station bin").click()
    status = page.locator(".guide-arrival__status")
    expect(status).to_contain_text("Codes auf den Schildern")
    expect(page.locator("[data-arrival] button").first).to_have_text(
        "Sagen, wenn ich an einer Station bin"
    )


def test_a_walker_is_told_at_a_stop_and_nothing_leaves_the_phone(phone: BrowserContext) -> None:
    phone.grant_permissions(["geolocation"])
    page = phone.new_page()
    page.goto(a_tour(page))
    stop = page.locator("li[data-lat]").nth(1)
    lat, lon = (float(str(stop.get_attribute(f"data-{name}"))) for name in ("lat", "lon"))
    title = stop.locator("h3").inner_text()
    stand(phone, lat + 0.5, lon)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Sagen, wenn ich an einer Station bin").click()
    status = page.locator(".guide-arrival__status")
    expect(status).to_contain_text("Als Nächstes")
    page.get_by_label("Zur Station auf der Seite springen").check()
    # Known too vaguely: somewhere around here.
    stand(phone, lat, lon, accuracy=900)
    expect(status).to_contain_text("auf 900 m genau")
    expect(page.locator(".is-here")).to_have_count(0)
    stand(phone, lat, lon)
    expect(status).to_contain_text(title)
    expect(page.locator("li.is-here h3")).to_have_text(title)
    expect(page.locator("[data-arrival] a")).to_be_focused()
    assert axe(page) == []
    stand(phone, lat + 0.5, lon)
    expect(page.locator(".is-here")).to_have_count(0)
    page.get_by_role("button", name="Nicht mehr sagen").click()
    # Nothing but the module and the map's own data was fetched.
    sent = [url for url in asked if f"{lat:.2f}" in url or "near=" in url]
    assert sent == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
