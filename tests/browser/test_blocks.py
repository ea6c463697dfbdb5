"""Writing and arranging in a real browser: typing, pasting from Word, keys, mouse, a gallery."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from served import DemoServer, log_in

WORD = (
    "<html><head><style>p.MsoNormal{color:red}</style></head><body>"
    "<p class=MsoNormal style='margin:0cm'><b style='mso-bidi-font-weight:normal'>Fett</b>"
    "<o:p></o:p></p>"
    "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
    "<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'>"
    "<span style='mso-list:Ignore'>1.<span>&nbsp; </span></span>Eins</p>"
    "<p class=MsoListParagraphCxSpLast style='mso-list:l0 level2 lfo1'>"
    "<span style='mso-list:Ignore'>o </span>Darunter</p><img src='file:///x.png'></body></html>"
)
PASTE = """(element, html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  element.dispatchEvent(paste);
}"""


@pytest.fixture
def writing(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the form of a new page; nothing may be said in the console."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    page = log_in(context, demo_server.url)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/page")
    page.get_by_label("Title", exact=True).fill("Written in a browser")
    yield page
    assert said == []
    context.close()


def add(page: Page, *kinds: str) -> None:
    """Add blocks at the end."""
    for kind in kinds:
        count = page.locator(".block-card").count()
        page.locator(f".add-block button[value='add:{kind}']").click()
        expect(page.locator(".block-card")).to_have_count(count + 1)
        expect(page.locator(".block-card").nth(count)).to_be_focused()


def titles(page: Page) -> list[str]:
    """Return the blocks' names in their order on the screen."""
    return page.locator(".block-card h3").all_inner_texts()


def order(page: Page) -> list[str]:
    """Return the blocks' kinds in the order in which the form sends them."""
    values = page.locator("#block-order [name=block]").evaluate_all("all => all.map(i => i.value)")
    return [value.partition(":")[2] for value in values]


def stored(box: Locator) -> str:
    """Return the HTML that a text sends."""
    return box.locator("textarea[name=html]").input_value()


def test_text_is_written_by_keys_and_pasted_from_word(writing: Page) -> None:
    page = writing
    add(page, "text")
    box = page.locator(".block-card")
    text = box.get_by_role("textbox", name="Text")
    text.click()
    page.keyboard.type("Hours")
    page.keyboard.press("Control+Alt+3")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+b")
    page.keyboard.type("Mondays")
    assert stored(box) == "<h3>Hours</h3><p><strong>Mondays</strong></p>"
    # The formats are one stop; arrow keys move within, Escape leads back.
    page.keyboard.press("Alt+F10")
    expect(box.get_by_role("button", name="Paragraph")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(box.get_by_role("button", name="Sub-heading", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()
    expect(box.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    text.evaluate(PASTE, WORD)
    assert stored(box) == (
        "<p><strong>Fett</strong></p><ol><li><p>Eins</p><ul><li><p>Darunter</p></li></ul></li></ol>"
    )
    expect(box.get_by_role("status")).to_contain_text("Pictures were left out")
    # Tab is not caught.
    page.keyboard.press("Tab")
    expect(text).not_to_be_focused()


def test_a_link_is_chosen_by_searching_a_page(writing: Page) -> None:
    page = writing
    add(page, "text")
    box = page.locator(".block-card")
    box.get_by_role("textbox", name="Text").click()
    page.keyboard.type("See ")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("Rathaus")
    dialog.locator(".page-results button", has_text="/rathaus-service").first.click()
    dialog.get_by_role("button", name="Apply").click()
    assert stored(box).startswith('<p>See <a href="/rathaus-service')
    expect(box.get_by_role("textbox", name="Text")).to_be_focused()


def test_blocks_are_moved_by_keys_and_mouse_folded_doubled_and_brought_back(writing: Page) -> None:
    page = writing
    add(page, "heading", "text", "quote")
    assert order(page) == ["heading", "text", "quote"]
    page.locator(".block-card").nth(0).get_by_label("Heading").fill("Hours")
    handle = page.locator(".drag-handle").nth(0)
    handle.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Place 3 of 3.")).to_be_attached()
    assert order(page) == ["text", "quote", "heading"]
    page.keyboard.press("Escape")
    assert order(page) == ["heading", "text", "quote"]
    page.locator(".block-card").nth(1).get_by_role("button", name="Move block 2 up").click()
    assert order(page) == ["text", "heading", "quote"]
    page.get_by_role("button", name="Fold all blocks").click()
    expect(page.locator(".block-card").nth(1).locator(".excerpt")).to_have_text("Hours")
    # By mouse: the last one to the top.
    start = page.locator(".drag-handle").nth(2).bounding_box()
    end = page.locator(".block-card").nth(0).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + 20, steps=5)
    page.mouse.move(end["x"] + 40, end["y"] + 4, steps=3)
    page.mouse.up()
    assert order(page) == ["quote", "text", "heading"]
    page.get_by_role("button", name="Duplicate block 3").click()
    expect(page.locator(".block-card")).to_have_count(4)
    expect(page.locator(".block-card").nth(3).get_by_label("Heading")).to_have_value("Hours")
    page.get_by_role("button", name="Remove block 1", exact=True).click()
    assert order(page) == ["text", "heading", "heading"]
    page.get_by_role("button", name="Undo", exact=True).first.click()
    assert order(page) == ["quote", "text", "heading", "heading"]


def test_a_block_is_put_in_between_and_a_table_is_filled_by_cells(writing: Page) -> None:
    page = writing
    add(page, "heading", "quote")
    page.get_by_role("button", name="Add a block below block 1").click()
    page.get_by_role("dialog").locator("button[value='add:table']").click()
    expect(page.locator(".block-card")).to_have_count(3)
    assert order(page) == ["heading", "table", "quote"]
    box = page.locator(".block-card").nth(1)
    box.get_by_label("Row 1, column 1").fill("Kind")
    box.get_by_label("Row 1, column 2").fill("Euro")
    box.get_by_role("button", name="Add a row").click()
    expect(box.get_by_label("Row 3, column 1")).to_be_focused()
    page.keyboard.type("Passport")
    assert box.locator("textarea").input_value() == "Kind\tEuro\n\t\nPassport\t"
    assert titles(page) == ["Heading", "Table", "Quotation"]


def test_on_a_phone_a_half_written_page_is_an_outline_and_leads_to_what_is_missing(
    writing: Page,
) -> None:
    page = writing
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Title", exact=True).fill("Half written on a phone")
    add(page, "heading", "text", "quote", "table")
    # What is done to a block lies in a sheet; Escape closes it, a deed does so, too.
    cards = page.locator(".block-card")
    more = page.get_by_role("button", name="Move, duplicate or remove block 2")
    expect(cards.nth(1).get_by_role("button", name="Move block 2 up")).to_be_hidden()
    more.click()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.click()
    page.get_by_role("button", name="Move block 2 up").click()
    assert order(page) == ["text", "heading", "quote", "table"]
    expect(page.get_by_role("button", name="Move, duplicate or remove block 1")).to_be_focused()

    page.locator(".form-actions button[value=save]").click()
    expect(page.get_by_text("Saved. Before it can be published")).to_be_visible()
    quality = page.locator(".quality")
    expect(quality).to_contain_text("Block 4, Table: “Cells” is empty.")
    node = page.url.partition("?")[0]
    page.goto(f"{node}/edit")
    expect(page.locator(".block-card.folded")).to_have_count(4)
    page.goto(node)
    line = quality.locator("li", has_text="Block 3, Quotation: “Who says so”")
    line.get_by_role("link").click()
    expect(cards.nth(2)).to_be_focused()
    page.get_by_role("link", name="Block 3, Quotation: Who says so").click()
    expect(page.get_by_label("Who says so")).to_be_focused()
    # The frames of the preview run no scripts and complain of none.
    page.goto(f"{node}/look")
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_text("Zitat: noch nicht fertig")).to_be_visible()
    expect(frame.locator(".edit-link")).to_have_count(0)
