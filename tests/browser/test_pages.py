"""Every public page and every screen of the back office, judged."""

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from looking import Look, axe
from playwright.sync_api import Browser
from served import ROOT, DemoServer, log_in

GERMAN_PO = ROOT / "src" / "stadtkern" / "locale" / "de" / "LC_MESSAGES" / "stadtkern.po"
ENGLISH = re.compile(
    r"\b(News|Events|Imprint|Privacy|Accessibility|Menu|Save|Log in|Log out|Edit|Delete|Settings"
    r"|People|Report a barrier|To the content|optional|When|Where|from|to|at|Notice|Language)\b"
)
"""Words that no German page of ours may show."""


def faults(looks: Iterable[Look], name: str) -> dict[str, list[str]]:
    """Return what was found by page, without the pages that are fine."""
    found = {look.path: getattr(look, name) for look in looks}
    return {path: what for path, what in found.items() if what}


def test_the_survey_saw_the_town(public: list[Look], office: list[Look]) -> None:
    assert {look.path for look in public} >= {"/", "/en", "/impressum", "/datenschutz", "/guide"}
    assert len(public) > 60
    assert {look.path for look in office} >= {"/admin", "/account", "/admin/plugins", "/admin/mail"}
    assert {look.status for look in chain(public, office)} == {200}
    assert {look.lang for look in public if look.judged} == {"de", "en", "de-simple"}


def test_axe_finds_nothing_on_public_pages(public: list[Look], doors: list[Look]) -> None:
    assert faults(chain(public, doors), "axe") == {}
    assert faults(chain(public, doors), "axe_dark") == {}


def test_axe_finds_nothing_in_the_back_office(office: list[Look]) -> None:
    assert faults(office, "axe") == {}
    assert faults(office, "axe_dark") == {}


def test_axe_finds_nothing_without_scripts(unscripted: list[Look]) -> None:
    assert "/guide" in {look.path for look in unscripted}
    assert faults(unscripted, "axe") == {}


def test_nothing_scrolls_sideways(
    public: list[Look], doors: list[Look], office: list[Look], unscripted: list[Look]
) -> None:
    """At 320 px, and at 640 px, which is a window of 1280 px at 200 % zoom."""
    assert faults(chain(public, doors, office, unscripted), "wide") == {}


def test_no_page_breaks_the_content_security_policy(
    public: list[Look], doors: list[Look], office: list[Look]
) -> None:
    """The browser would say so in its console, as it would of a script that fails."""
    assert faults(chain(public, doors, office), "console") == {}


def test_reading_needs_no_consent(public: list[Look]) -> None:
    """No cookie, nothing in the browser's storage, no request to anybody else."""
    assert faults(public, "cookies") == {}
    assert faults(public, "storage") == {}
    assert faults(public, "foreign") == {}


def test_forms_and_the_back_office_ask_no_third_party(
    doors: list[Look], office: list[Look]
) -> None:
    assert faults(chain(doors, office), "foreign") == {}
    assert faults(chain(doors, office), "storage") == {}


def _is_in(path: str, language: str) -> bool:
    """Tell whether an address says that its page is in a language other than the first."""
    root = f"/{language}"
    return path.startswith((f"{root}/", f"{root}?")) or path == root or f"lang={language}" in path


def test_pages_say_their_language(
    public: list[Look], doors: list[Look], office: list[Look]
) -> None:
    wrong = {}
    for look in chain(public, doors, office):
        wanted = next((one for one in ("en", "de-simple") if _is_in(look.path, one)), "de")
        if look.lang != wanted:
            wrong[look.path] = look.lang
    assert wrong == {}


@pytest.fixture(scope="session")
def english_texts() -> set[str]:
    """Return the English texts of the core that are written otherwise in German."""
    with Path(GERMAN_PO).open("rb") as file:
        catalogue = read_po(file)
    return {str(message.id) for message in catalogue if message.id and message.id != message.string}


def test_german_pages_hold_no_english(
    public: list[Look], doors: list[Look], office: list[Look], english_texts: set[str]
) -> None:
    found: dict[str, set[str]] = {}
    for look in chain(public, doors, office):
        if look.lang == "de":
            words = {text for text in look.texts if text in english_texts}
            words |= {text for text in look.texts if ENGLISH.search(text)}
            if words:
                found[look.path] = words
    assert found == {}


def test_zoomed_pages_fit(demo_server: DemoServer, browser: Browser) -> None:
    """At 200 % a page has half its width and twice the pixels."""
    context = browser.new_context(
        viewport={"width": 640, "height": 400}, device_scale_factor=2, locale="de-DE"
    )
    page = log_in(context, demo_server.url)
    for path in ("/", "/rathaus-service", "/admin", "/admin/people", "/admin/plugins"):
        page.goto(demo_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
    # A low window leaves the field its room: nothing sticks to its edge.
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(f"{demo_server.url}/admin/nodes/{demo_server.nodes()['page']}/edit")
    bar = page.locator(".form-actions").last
    assert bar.evaluate("bar => getComputedStyle(bar).position") == "static"
    context.close()


def test_who_wants_no_motion_sees_none(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = log_in(context, demo_server.url)
    for path in ("/", "/guide", "/admin", "/admin/plugins"):
        page.goto(demo_server.url + path)
        moving = page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) => {
              const style = getComputedStyle(one);
              return !one.closest(".leaflet-container")
                && (parseFloat(style.transitionDuration) > 0 || style.animationName !== "none");
            }).map((one) => one.className)"""
        )
        assert moving == [], path
    context.close()


def test_forced_colours_keep_edges_and_focus(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        forced_colors="active", color_scheme="dark", reduced_motion="reduce"
    )
    page = log_in(context, demo_server.url)
    for path in ("/", "/barriere-melden", "/admin/plugins"):
        page.goto(demo_server.url + path)
        # The palette is the visitor's own; axe-core reads ours below it, so it is not asked here.
        for selector in (".button:visible", ".pill:visible", ".field input:visible"):
            for one in page.locator(selector).all():
                assert one.evaluate("one => parseFloat(getComputedStyle(one).borderTopWidth)") >= 1
    page.goto(demo_server.url)
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    context.close()


def test_refusals_are_pages_too(demo_server: DemoServer, browser: Browser) -> None:
    """An editor at an administrator's page, and a form whose cookie is gone."""
    context = browser.new_context(locale="de-DE", reduced_motion="reduce")
    page = log_in(context, demo_server.url, "editor")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        answer = page.goto(f"{demo_server.url}/admin/plugins")
        assert answer is not None
        assert answer.status == 403
        assert axe(page) == []
    context.clear_cookies()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{demo_server.url}/login")
        context.clear_cookies()
        with page.expect_navigation() as sent:
            page.click("main button")
        assert sent.value.status == 400
        assert axe(page) == []
        assert page.locator("h1").count() == 1
    context.close()
