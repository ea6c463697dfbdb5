"""Several pictures at once, seen on their way; then the point that matters, by mouse and keys."""

import io
from collections.abc import Iterator

import pytest
from looking import axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


def picture(colour: str) -> bytes:
    """Return a small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (400, 200), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def office(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def test_pictures_are_uploaded_described_and_given_a_focal_point(office: Page) -> None:
    page = office
    page.get_by_role("link", name="Media", exact=True).click()
    page.get_by_role("link", name="Upload").click()
    # One of three is no file that is taken: the others are kept and the message can be read.
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "first square.png", "mimeType": "image/png", "buffer": picture("blue")},
            {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"no PDF"},
            {"name": "second square.png", "mimeType": "image/png", "buffer": picture("green")},
        ]
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".uploads li.done")).to_have_count(2)
    expect(page.locator(".uploads li.failed")).to_contain_text("broken.pdf")
    expect(page.locator(".uploads li.done progress").first).to_have_js_property("value", 100)
    expect(page.get_by_role("status").last).to_contain_text("2 of 3 files uploaded")
    page.get_by_role("link", name="On to the descriptions").click()

    expect(page.locator(".media-detail")).to_have_count(2)
    page.locator("[name=credit]").first.fill("Town archive")
    page.locator("select[name=licence]").first.select_option("CC0-1.0")
    for number, words in enumerate(("A blue square", "A green square")):
        page.locator("[name=alt]").nth(number).fill(words)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()

    page.get_by_label("Title").fill("first square")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".media-grid li")).to_have_count(1)
    expect(page.locator(".media-grid .pill")).to_have_text("published")
    page.locator(".media-grid a").click()
    drawing = page.locator("svg.focal-picture")
    box = drawing.bounding_box()
    assert box is not None
    drawing.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.5})
    left = page.get_by_label("From the left")
    assert abs(float(left.input_value()) - 25) < 1
    assert abs(float(drawing.locator("circle").last.get_attribute("cx") or 0) - 100) < 4
    # The same without a mouse.
    left.focus()
    left.fill("30")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.success")).to_be_visible()
    assert float(page.get_by_label("From the left").input_value()) == 31

    page.locator("#replace-file").set_input_files(
        {"name": "third.png", "mimeType": "image/png", "buffer": picture("red")}
    )
    page.get_by_role("button", name="Replace").click()
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.get_by_role("link", name="third.png")).to_be_visible()


def test_visitors_leaf_through_a_gallery(
    demo_server: DemoServer, browser: Browser, office: Page
) -> None:
    page = office
    page.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/page")
    page.get_by_label("Title", exact=True).fill("Gallery of the browser test")
    page.locator(".add-block button[value='add:gallery']").click()
    card = page.locator(".block-card")
    card.get_by_label("Title of the gallery").fill("Around the town hall")
    for place, name in enumerate(("Rathaus (de)", "Wachturm am Limes (de)")):
        card.get_by_label("Picture").nth(place).select_option(label=name)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()
    context = browser.new_context(locale="de-DE", base_url=demo_server.url)
    visitor = context.new_page()
    visitor.goto("/gallery-of-the-browser-test")
    links = visitor.get_by_role("group", name="Around the town hall").get_by_role("link")
    expect(links).to_have_count(2)
    links.first.click()
    box = visitor.get_by_role("dialog", name="Around the town hall")
    expect(box.get_by_role("status")).to_have_text("1 / 2")
    assert axe(visitor) == []
    visitor.keyboard.press("ArrowRight")
    expect(box.get_by_role("status")).to_have_text("2 / 2")
    visitor.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(links.nth(1)).to_be_focused()
    context.close()
