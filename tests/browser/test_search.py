"""A visitor searches: by keyboard with suggestions, without a script, and in vain."""

from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer


def test_a_visitor_finds_by_keyboard(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        locale="de-DE",
        base_url=demo_server.url,
        viewport={"width": 390, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/")
    field = page.locator("form[role=search] [name=q]")
    field.focus()
    field.press_sequentially("hundest")
    choices = page.get_by_role("listbox", name="Vorschläge")
    expect(choices.get_by_role("option").first).to_contain_text("Hundesteuer")
    expect(page.get_by_role("status").filter(has_text="Vorschläge")).to_have_count(1)
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(choices).to_be_hidden()
    expect(field).to_have_value("hundest")
    field.press_sequentially("e")
    expect(choices).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hundesteuer")
    assert context.cookies() == []
    context.close()


def test_searching_needs_no_script(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        locale="de-DE",
        base_url=demo_server.url,
        viewport={"width": 320, "height": 900},
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto("/")
    field = page.locator("form[role=search] [name=q]")
    field.fill("Personalauswies")
    field.press("Enter")
    # It says what it has looked for instead, and marks the words.
    expect(page.locator("ol.list > li a").first).to_have_text("Personalausweis")
    expect(page.locator(".notice")).to_contain_text("Personalausweis")
    assert page.locator(".passage mark").count() > 0
    field.fill("Quastenflosser")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("heading", name="Nichts gefunden")).to_be_visible()
    page.locator(".empty-state").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Suche")
    context.close()


def test_the_pages_of_a_search_hold_for_everybody(
    demo_server: DemoServer, browser: Browser
) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(
            locale="de-DE",
            base_url=demo_server.url,
            viewport={"width": 320, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        page = context.new_page()
        for query in ("Ausweis", "Personalauswies", "Quastenflosser", "…"):
            page.goto(f"/suche?q={query}")
            assert axe(page) == [], (query, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, query
        context.close()
