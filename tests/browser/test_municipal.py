"""What only town halls have: services from A to Z, offices and contacts, announcements."""

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


@pytest.fixture
def visitor(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open a window without a login."""
    context = browser.new_context(locale="de-DE", base_url=demo_server.url)
    yield context.new_page()
    context.close()


def publish(page: Page) -> str:
    """Save and publish the form; return the page's address in the back office."""
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()
    return re.sub(r"[?#].*", "", page.url)


def test_a_service_names_its_office_and_is_found_by_its_other_names(
    demo_server: DemoServer, page: Page, visitor: Page
) -> None:
    nodes = demo_server.nodes()
    page.goto(f"/admin/nodes/{nodes['directory']}/add/office")
    page.get_by_label("Title", exact=True).fill("Zollamt im Browser")
    page.get_by_label("Street and number").fill("Beispielweg 7")
    page.get_by_label("Phone").fill("06128 000-700")
    hours = page.get_by_role("group", name="Opening hours").last
    hours.get_by_label("Day").first.select_option(label="Monday")
    hours.get_by_label("From").first.fill("08:00")
    hours.get_by_label("To").first.fill("12:00")
    office = publish(page)
    page.goto(f"/admin/nodes/{nodes['service_list']}/add/service")
    page.get_by_label("Title", exact=True).fill("Quittung im Browser")
    page.get_by_label("Also called").fill("Zollbeleg im Browser")
    page.get_by_label("What you need").fill("Ausweis\nRechnung")
    page.get_by_label("Responsible office").select_option(label="Zollamt im Browser (de)")
    publish(page)

    # The address that changes in one place changes wherever the office is shown.
    page.goto(f"/admin/nodes/{nodes['home']}/add/page")
    page.get_by_label("Title", exact=True).fill("Anfahrt im Browser")
    page.locator(".add-block button[value='add:contact']").click()
    card = page.locator(".block-card")
    card.locator("select").first.select_option(label="Zollamt im Browser (de)")
    publish(page)
    page.goto(f"{office}/edit")
    page.get_by_label("Street and number").fill("Beispielplatz 9")
    publish(page)
    visitor.goto("/anfahrt-im-browser")
    expect(visitor.locator(".block-contact")).to_contain_text("Beispielplatz 9")
    expect(visitor.locator(".block-contact")).to_contain_text("Montag: 08:00 bis 12:00 Uhr")

    visitor.goto("/rathaus-service/leistungen")
    visitor.get_by_role("link", name="Buchstabe Z").click()
    entry = visitor.get_by_role("region", name="Z", exact=True).locator("li")
    expect(entry).to_contain_text("Zollbeleg im Browser")
    visitor.get_by_label("Leistung finden").fill("zollbeleg")
    visitor.get_by_role("button", name="Filtern").click()
    assert axe(visitor) == []
    visitor.get_by_role("link", name="Quittung im Browser").first.click()
    expect(visitor.get_by_role("region", name="Was Sie brauchen").locator("li")).to_have_count(2)
    aside = visitor.get_by_role("complementary", name="An wen Sie sich wenden")
    expect(aside).to_contain_text("Beispielplatz 9")


def test_what_is_announced_stays_as_it_is(
    demo_server: DemoServer, page: Page, visitor: Page
) -> None:
    page.goto(f"/admin/nodes/{demo_server.nodes()['announcement_list']}/add/announcement")
    page.get_by_label("Title", exact=True).fill("Sperrung im Browser")
    page.get_by_label("Legal basis").fill("Hauptsatzung (Beispiel)")
    node = publish(page)
    address = page.locator("main .definition a").first.get_attribute("href") or ""
    visitor.goto(address)
    expect(visitor.get_by_text("Bekannt gemacht am")).to_be_visible()
    page.goto(f"{node}/edit")
    page.get_by_label("Title", exact=True).fill("Sperrung, anders")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("alert")).to_contain_text("can no longer be changed")
    page.goto(node)
    page.get_by_role("link", name="Withdraw announcement").click()
    page.get_by_label("Reason").fill("Die Straße bleibt offen.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".notice.success")).to_be_visible()
    visitor.goto(address)
    expect(visitor.locator("h1")).to_have_text("Sperrung im Browser")
    expect(visitor.locator(".notice.warning")).to_contain_text("Die Straße bleibt offen.")
    assert axe(visitor) == []
