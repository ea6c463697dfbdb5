"""A clerk's morning: a page with five blocks, and a plugin that goes off and on again."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from served import DemoServer, log_in

BLOCKS = ("heading", "text", "image", "download", "map_point")


def picture() -> bytes:
    """Return a small picture, drawn here."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 40), (27, 75, 143)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def office(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def block(page: Page, number: int) -> Locator:
    """Return a block's card, counted from 1."""
    return page.locator(".block-card").nth(number - 1)


def open_node(page: Page, *titles: str) -> None:
    """Walk down the tree by its links."""
    page.get_by_role("link", name="Pages", exact=True).first.click()
    page.locator(".tree-row a", has_text="Taunusstein").first.click()
    for title in titles:
        page.locator(".tree-row > a", has_text=title).first.click()


def fill_blocks(page: Page, image: str) -> None:
    """Write something into the five blocks."""
    block(page, 1).get_by_role("textbox").fill("Opening hours")
    block(page, 2).get_by_role("textbox").fill("Every day but Sunday.\n\nPlease ring.")
    block(page, 3).get_by_role("combobox").select_option(label=image)
    block(page, 3).get_by_label("Caption").fill("A blue square")
    block(page, 4).get_by_role("combobox").select_option(index=1)
    for name, value in (("label", "Town hall"), ("lat", "50.1436"), ("lon", "8.1597")):
        block(page, 5).locator(f"[name={name}]").fill(value)


def test_a_page_from_draft_to_redirect(office: Page) -> None:
    page = office
    # A picture first: blocks choose from what is there.
    open_node(page, "Bilder")
    page.get_by_role("link", name="Picture", exact=True).click()
    page.get_by_label("Title").fill("Blue square")
    page.locator("input[type=file]").set_input_files(
        {"name": "square.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.locator("[name=alt]").fill("A blue square")
    page.locator("[name=credit]").fill("Stadtkern")
    page.locator("select[name=licence]").select_option("CC0-1.0")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()

    open_node(page, "Rathaus & Service")
    page.get_by_role("link", name="Page", exact=True).click()
    page.get_by_label("Title").fill("A page of the browser test")
    for number, name in enumerate(BLOCKS, start=1):
        page.locator(f"button[value='add:{name}']").click()
        expect(page.locator(".block-card")).to_have_count(number)
        # The new block has the focus, and what was typed is still there.
        expect(block(page, number)).to_be_focused()
        expect(page.get_by_label("Title")).to_have_value("A page of the browser test")
    fill_blocks(page, "Blue square (de)")
    page.locator(".form-actions button[value=save]").click()
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.locator(".headline .pill")).to_have_text("draft")
    address = page.locator(".definition a").first.inner_text()
    assert address == "/rathaus-service/a-page-of-the-browser-test"

    # A draft is nobody's but ours.
    stranger = page.context.browser.new_context()  # type: ignore[union-attr]
    reader = stranger.new_page()
    base = page.url.split("/admin")[0]
    assert reader.goto(base + address).status == 404  # type: ignore[union-attr]

    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".headline .pill")).to_have_text("published")
    assert reader.goto(base + address).status == 200  # type: ignore[union-attr]
    for shown in (
        "h2.block-heading:has-text('Opening hours')",
        ".block-text:has-text('Every day but Sunday')",
        ".block-image img[alt='A blue square']",
        ".block-download a",
        ".block-map-point:has-text('Town hall')",
    ):
        expect(reader.locator(shown)).to_be_visible()
    assert reader.locator(".block-image img").evaluate("one => one.naturalWidth") == 64

    page.get_by_role("link", name="Change address").click()
    page.locator("[name=slug]").fill("renamed-by-the-test")
    page.get_by_role("button", name="Change address").click()
    expect(page.locator(".notice.success")).to_be_visible()
    reader.goto(base + address)
    assert reader.url == f"{base}/rathaus-service/renamed-by-the-test"
    expect(reader.locator("h1")).to_have_text("A page of the browser test")
    stranger.close()


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


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until an element has the focus; it must be reachable so."""
    for _step in range(150):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} cannot be reached")


def order(page: Page) -> list[str]:
    """Return the blocks' kinds from top to bottom."""
    values = page.locator("input[name=block]").evaluate_all("all => all.map((one) => one.value)")
    return [value.partition(":")[2] for value in values]


def test_blocks_by_keyboard_alone_and_without_scripts(
    demo_server: DemoServer, browser: Browser
) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="de-DE", base_url=demo_server.url
    )
    page = log_in(context, demo_server.url)
    page.goto(f"/admin/nodes/{demo_server.nodes()['page']}/add/page")
    tab_to(page, "input[name=title]")
    page.keyboard.type("Ohne Maus gebaut")
    for name in BLOCKS:
        tab_to(page, f"button[value='add:{name}']")
        page.keyboard.press("Enter")
        page.locator(f"input[name=block][value$=':{name}']").wait_for(state="attached")
    assert order(page) == list(BLOCKS)
    assert page.locator("input[name=title]").input_value() == "Ohne Maus gebaut"

    # The last one up, the third away.
    tab_to(page, ".block-card:nth-child(5) button[value^=up]")
    page.keyboard.press("Space")
    page.locator(".block-card:nth-child(4) [name=lat]").wait_for()
    assert order(page) == ["heading", "text", "image", "map_point", "download"]
    tab_to(page, ".block-card:nth-child(3) button[value^=remove]")
    page.keyboard.press("Enter")
    page.locator(".block-card:nth-child(3) [name=lat]").wait_for()
    assert order(page) == ["heading", "text", "map_point", "download"]

    for selector, text in (
        (".block-card:nth-child(1) input[name=text]", "Zeiten"),
        (".block-card:nth-child(2) textarea", "Täglich außer sonntags."),
        (".block-card:nth-child(3) [name=label]", "Rathaus"),
        (".block-card:nth-child(3) [name=lat]", "50.1436"),
        (".block-card:nth-child(3) [name=lon]", "8.1597"),
    ):
        tab_to(page, selector)
        page.keyboard.type(text)
    tab_to(page, ".block-card:nth-child(4) select")
    page.keyboard.press("ArrowDown")
    # Enter in a text field saves, and does not press a block's first button.
    tab_to(page, ".block-card:nth-child(3) [name=label]", back=True)
    page.keyboard.press("Enter")
    page.locator(".notice.success").wait_for()
    assert page.locator("h1").inner_text() == "Ohne Maus gebaut"
    tab_to(page, "button[name=state]")
    page.keyboard.press("Enter")
    page.locator(".headline .pill.good").wait_for()
    tab_to(page, ".definition a")
    page.keyboard.press("Enter")
    page.locator("h2.block-heading", has_text="Zeiten").wait_for()
    assert page.locator(".block-map-point").is_visible()
    assert page.locator(".block-download a").is_visible()
    context.close()
