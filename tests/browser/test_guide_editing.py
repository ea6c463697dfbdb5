"""A tour is drawn: by mouse, by keys, and taken back."""

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


def length(page: Page) -> str:
    return page.locator("[data-figures] .facts b").first.inner_text()


def test_a_tour_is_drawn_dragged_reordered_and_saved(page: Page) -> None:  # noqa: PLR0915 - a story
    page.goto("/admin/cityguide/tours/new")
    page.get_by_label("Title").fill("Drawn in the browser")
    page.get_by_label("Licence").fill("CC0-1.0")
    page.get_by_label("Attribution").fill("Town")
    canvas = page.locator(".route-canvas")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_role("button", name="Draw on").click()
    for step in (-150, 0, 150):
        page.mouse.click(middle + step, height)
    figures = page.locator("[data-figures]")
    expect(figures).to_contain_text("3 points")
    straight = length(page)

    # A point is dragged, and that is taken back and done again.
    page.get_by_role("button", name="Move and insert").click()
    expect(page.locator(".route-handle")).to_have_count(3)
    page.mouse.move(middle, height)
    page.mouse.down()
    page.mouse.move(middle, height - 60, steps=4)
    page.mouse.move(middle, height - 120, steps=4)
    page.mouse.up()
    expect(page.locator("[data-figures] .facts b").first).not_to_have_text(straight)
    bent = length(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-figures] .facts b").first).to_have_text(straight)
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("[data-figures] .facts b").first).to_have_text(bent)

    # The same by keys: the first point, then the next; a point more and one less.
    page.locator('.route-handle[tabindex="0"]').focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("Insert")
    expect(figures).to_contain_text("4 points")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(figures).to_contain_text("3 points")

    # Stops: one by mouse, which snaps to the line; one by keys; reordered by a button.
    page.get_by_role("button", name="Set stops").click()
    page.mouse.click(middle - 148, height + 6)
    page.get_by_label("Stop", exact=True).nth(0).fill("Mill")
    canvas.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Stop", exact=True).nth(1).fill("Bridge")
    marker = canvas.get_by_role("button", name="Stop 2: Bridge")
    before = page.get_by_label("Latitude").nth(1).input_value()
    marker.focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Latitude").nth(1).input_value() < before
    up = page.get_by_role("button", name="Move stop 2 up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Stop", exact=True).nth(0)).to_have_value("Bridge")
    expect(page.locator("[data-said]")).to_have_text("Stop is number 1 now.")
    assert axe(page) == []

    page.locator(".form-actions button[value=save]").click()
    expect(page.locator(".notice.success")).to_have_text("Saved.")
    expect(page.locator("h1")).to_contain_text("Drawn in the browser")
    expect(page.get_by_label("Stop", exact=True).nth(0)).to_have_value("Bridge")
    expect(page.locator("[data-figures]")).to_contain_text("3 points")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".stops > li")).to_have_count(2)
    # Where stops and points of the line lie is what the map is about (2.5.8, essential).
    assert [one for one in axe(page) if not one.startswith("target-size")] == []


def test_a_dense_line_is_changed_at_one_place_only(demo_server: DemoServer, page: Page) -> None:
    page.goto(f"/admin/cityguide/tours/{demo_server.nodes()['tour']}/route")
    figures = page.locator("[data-figures]")
    handles = page.locator(".route-handle")
    expect(handles.first).to_be_visible()
    assert 2 < handles.count() <= 240
    line = page.locator("input[data-line]")
    assert line.input_value() == ""
    handles.nth(5).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(figures).to_contain_text("no elevation")
    # Two stretches of the stored line with one new point between them.
    assert 40 < len(line.input_value()) < 200
    page.keyboard.press("Control+z")
    assert line.input_value() == ""
    expect(figures).not_to_contain_text("no elevation")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_hours_are_filled_in_as_a_week(demo_server: DemoServer, page: Page) -> None:
    page.goto(f"/admin/nodes/{demo_server.nodes()['place']}/edit")
    field = page.get_by_label("Opening hours", exact=False).first
    field.fill("Mo-Fr 08:00-12:00; Th 14:00-18:00")
    said = page.locator(".hours-said")
    expect(said).to_contain_text("write a comma instead")
    expect(said.locator("li")).to_have_count(14)
    page.get_by_text("Fill in the week").click()
    page.get_by_label("Tuesday, to").fill("13:00")
    expect(field).to_have_value(
        "Mo 08:00-12:00; Tu 08:00-13:00; We 08:00-12:00; Th 14:00-18:00; Fr 08:00-12:00"
    )
    page.get_by_role("button", name="Add a time: Thursday").press("Enter")
    page.get_by_label("Thursday, from").last.fill("08:00")
    page.get_by_label("Thursday, to").last.fill("12:00")
    expect(field).to_have_value(re.compile("Th 08:00-12:00,14:00-18:00"))
    page.get_by_label("like the weekday").uncheck()
    expect(field).to_have_value(re.compile("; PH off$"))
    assert axe(page) == []
    field.fill("Apr-Oct Mo 10:00-12:00")
    expect(page.locator(".hours-grid")).to_contain_text("more than a week")
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_gaps_and_twins_read_well(page: Page) -> None:
    for path in ("/admin/cityguide/missing", "/admin/cityguide/duplicates"):
        page.goto(path)
        assert axe(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 1280, "height": 800})
