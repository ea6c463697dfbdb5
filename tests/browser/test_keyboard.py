"""What the keyboard alone reaches, and what a screen reader is told."""

from collections.abc import Iterator

import pytest
from looking import axe
from playwright.sync_api import Browser, Page
from served import DemoServer, log_in

PHONE = {"width": 390, "height": 800}


@pytest.fixture
def page(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open a window on the German site."""
    context = browser.new_context(locale="de-DE", base_url=demo_server.url, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def focused(page: Page, of: str) -> object:
    """Return an expression's value for the focused element, called ``it``."""
    return page.evaluate(f"(() => {{ const it = document.activeElement; return {of}; }})()")


def walk(page: Page, steps: int) -> Iterator[None]:
    """Press Tab until the page's last element."""
    for _step in range(steps):
        page.keyboard.press("Tab")
        if focused(page, "it === document.body"):
            return
        yield


@pytest.mark.parametrize("path", ["/", "/rathaus-service", "/guide", "/login"])
def test_the_first_stop_leads_to_the_content(page: Page, path: str) -> None:
    page.goto(path)
    page.keyboard.press("Tab")
    assert focused(page, "it.className") == "skip-link"
    assert page.locator(".skip-link").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert focused(page, "it.id") == "content"


def test_the_back_office_begins_with_the_way_to_the_content(
    demo_server: DemoServer, page: Page
) -> None:
    log_in(page.context, demo_server.url).close()
    page.goto("/admin")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focused(page, "it.id") == "content"


@pytest.mark.parametrize("path", ["/", "/barriere-melden", "/guide", "/admin/plugins"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_seen_at_every_stop(
    demo_server: DemoServer, page: Page, path: str, scheme: str
) -> None:
    if path.startswith("/admin"):
        log_in(page.context, demo_server.url).close()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path)
    stops = 0
    for _stop in walk(page, 80):
        stops += 1
        outline = focused(
            page,
            "((s) => s.outlineStyle === 'solid' ? parseFloat(s.outlineWidth) : 0)"
            "(getComputedStyle(it))",
        )
        assert outline == 3, focused(page, "it.outerHTML")
        # Not hidden behind a bar that sticks to an edge.
        assert focused(
            page,
            "((b) => b.width > 0 && b.bottom > 0 && b.top < innerHeight)"
            "(it.getBoundingClientRect())",
        ), focused(page, "it.outerHTML")
    assert stops > 8


def test_the_phone_menu_opens_and_closes_by_keyboard(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/")
    while focused(page, "it.tagName") != "SUMMARY":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details.menu nav").first.is_visible()
    assert axe(page) == []
    page.keyboard.press("Tab")
    assert focused(page, "it.closest('details.menu nav') !== null")
    page.keyboard.press("Escape")
    assert not page.locator("details.menu nav").first.is_visible()
    assert focused(page, "it.tagName") == "SUMMARY"


def test_the_phone_menu_works_without_scripts(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(demo_server.url)
    menu = page.locator("details.menu > summary")
    for _step in range(6):
        page.keyboard.press("Tab")
        if menu.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Space")
    page.locator("details.menu a", has_text="Termine").click()
    page.wait_for_url("**/termine")
    context.close()


def test_the_back_offices_phone_menu_opens_and_closes_by_keyboard(
    demo_server: DemoServer, page: Page
) -> None:
    log_in(page.context, demo_server.url).close()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/admin")
    menu = page.get_by_role("navigation", name="Verwaltung")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menü").focus()
    page.keyboard.press("Enter")
    assert menu.is_visible()
    assert axe(page) == []
    page.keyboard.press("Tab")
    assert focused(page, "it.textContent") == "Schließen"
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert focused(page, "it.textContent") == "Menü"
    page.keyboard.press("Enter")
    menu.get_by_role("link", name="Besuche", exact=True).click()
    page.wait_for_url("**/admin/visits")


def test_the_languages_lead_to_the_same_page(page: Page) -> None:
    page.goto("/rathaus-service")
    page.locator(".main-nav + .language-switch a[hreflang=en]").click()
    page.wait_for_url("**/en/**")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".main-nav + .language-switch a[hreflang=de]").click()
    page.wait_for_url("**/rathaus-service")
    assert page.locator("html").get_attribute("lang") == "de"


def error_of(page: Page, control: str) -> str:
    """Return the error text that a control's description names."""
    field = page.locator(control)
    assert field.get_attribute("aria-invalid") == "true"
    named = (field.get_attribute("aria-describedby") or "").split()
    errors = [one for one in named if one.endswith("-error")]
    assert len(errors) == 1
    return page.locator(f"#{errors[0]}").inner_text().strip()


def test_mistakes_are_listed_focused_and_said_at_the_field(
    demo_server: DemoServer, page: Page
) -> None:
    log_in(page.context, demo_server.url).close()
    page.goto(f"/admin/nodes/{demo_server.nodes()['page']}/add/news")
    page.click(".form-actions button[value=save]")
    summary = page.locator(".error-summary")
    summary.wait_for()
    assert focused(page, "it.id") == "error-summary"
    assert error_of(page, "input[name=title]")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert axe(page) == []
    summary.locator("a").first.click()
    assert focused(page, "it.name") == "title"


def test_mistakes_are_said_without_scripts(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=demo_server.url)
    page = context.new_page()
    page.goto("/barriere-melden")
    page.click("main form button")
    summary = page.locator(".error-summary")
    summary.wait_for()
    assert summary.get_attribute("role") == "alert"
    assert error_of(page, "textarea")
    summary.locator("a").first.click()
    assert page.locator("textarea:focus").count() == 1
    context.close()


def test_wrong_passwords_are_said_aloud(page: Page) -> None:
    page.goto("/login")
    page.fill("input[type=email]", "nobody@demo.example")
    page.fill("input[type=password]", "not the password")
    page.keyboard.press("Enter")
    page.locator(".notice.error[role=alert]").wait_for()
    assert axe(page) == []
