"""The tree by mouse and by keyboard, many pages at once, the live preview."""

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


def add(page: Page, home: int, title: str) -> int:
    """Add a page below another one; return its id."""
    page.goto(f"/admin/nodes/{home}/add/page")
    page.get_by_label("Title").fill(title)
    page.locator(".form-actions button[value=save]").click()
    expect(page.locator(".notice.success")).to_be_visible()
    return int(page.url.rpartition("/")[2])


def test_a_page_is_dragged_put_back_and_moved_by_keyboard(
    demo_server: DemoServer, page: Page
) -> None:
    home = demo_server.nodes()["home"]
    target, moved = add(page, home, "Drag target"), add(page, home, "Drag me")
    # Beyond the first ones of a level the tree does not reach; these two are among them.
    page.goto(f"/admin/content?open={home}")
    grip = page.locator(f"[data-node='{moved}'] .grip")
    grip.scroll_into_view_if_needed()
    start = grip.bounding_box()
    assert start is not None
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    row = page.locator(f"[data-node='{target}']")
    box = row.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + box["height"] * 0.7, steps=8)
    expect(row).to_have_class("tree-row drop-below")
    page.mouse.up()
    notice = page.locator(".notice.success")
    expect(notice).to_contain_text("now stands below “Drag target”")
    expect(page.locator(f"#node-{target} #node-{moved}")).to_be_visible()
    assert axe(page) == []
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#node-{target} #node-{moved}")).to_have_count(0)

    # The same by keyboard: open the move, choose the place.
    page.locator(f"#node-{moved} .actions a").press("Enter")
    expect(page.locator(".notice.info")).to_contain_text("is being moved")
    assert axe(page) == []
    page.locator(f"button[value='below:{target}']").press("Enter")
    expect(page.locator(f"#node-{target} #node-{moved}")).to_be_visible()
    page.locator(f"#toggle-{target}").press("Enter")
    expect(page.locator(f"#toggle-{target}")).to_be_focused()
    expect(page.locator(f"#toggle-{target}")).to_have_attribute("aria-expanded", "false")

    # Many at once: both into the trash.
    page.goto("/admin/pages?q=drag")
    page.locator("thead input[type=checkbox]").check()
    page.get_by_label("Do this").select_option("delete")
    assert axe(page) == []
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").first).to_contain_text("Finished")
    assert axe(page) == []


def test_a_long_change_shows_how_far_it_is(demo_server: DemoServer, page: Page) -> None:
    """More than are done at once: the rest waits behind somebody who writes, then goes on."""
    holder = add(page, demo_server.nodes()["home"], "Many of the browser test")
    page.goto("/entdecken")
    address = page.locator(".edit-link a").get_attribute("href") or ""
    for _copy in range(4):
        page.goto(f"{address}/copy")
        page.get_by_label("Address of the page below which").fill("/many-of-the-browser-test")
        page.get_by_label("With all pages below it").check()
        page.get_by_role("button", name="Copy").click()
        expect(page.locator(".notice.success")).to_be_visible()
    page.goto("/admin/pages?q=/many-of-the-browser-test")
    total = int(page.locator(".headline .muted").inner_text().split()[0])
    assert total > 50
    page.get_by_label(f"With all {total} pages").check()
    page.get_by_label("Do this").select_option("hide")
    page.get_by_role("button", name="Go on").click()
    with demo_server.busy() as hold:
        with page.expect_response(lambda answer: answer.status == 302):
            page.get_by_role("button", name="Take out of menus").click(no_wait_after=True)
        hold()
        expect(page.get_by_role("status")).to_have_text(
            f"50 of {total} pages are done. This goes on without you."
        )
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 50)
        assert axe(page) == []
    expect(page.get_by_role("status")).to_have_text("Finished.", timeout=15_000)
    assert sum(int(figure) for figure in page.locator(".figures b").all_inner_texts()) == total
    page.goto(f"/admin/nodes/{holder}/delete")
    page.get_by_role("button", name="Delete").click()


def test_the_preview_follows_the_form_in_another_window(
    demo_server: DemoServer, page: Page
) -> None:
    number = add(page, demo_server.nodes()["home"], "Preview me")
    look = page.context.new_page()
    look.goto(f"/admin/nodes/{number}/look")
    phone = look.frame_locator("iframe >> nth=0")
    expect(phone.locator("h1")).to_have_text("Preview me")
    page.goto(f"/admin/nodes/{number}/edit")
    page.get_by_label("Title").fill("Preview me again")
    page.keyboard.press("Control+s")
    expect(page.locator(".notice.success")).to_be_visible()
    expect(phone.locator("h1")).to_have_text("Preview me again")
    page.goto(f"/admin/nodes/{number}/delete")
    page.get_by_role("button", name="Delete").click()


def test_the_chooser_fills_the_field_in_a_dialog(demo_server: DemoServer, page: Page) -> None:
    nodes = demo_server.nodes()
    page.goto(f"/admin/nodes/{nodes['page']}/move")
    page.locator("a[data-chooser]").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("aktuelles")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_be_visible()
    assert axe(page) == []
    choice = dialog.locator("a[data-choice]").first
    path = choice.get_attribute("data-choice")
    choice.click()
    expect(dialog).to_have_count(0)
    expect(page.locator("input[name=parent]")).to_have_value(str(path))
