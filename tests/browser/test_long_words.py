"""Long German words: titles break, and nothing scrolls sideways for their sake."""

import pytest
from playwright.sync_api import Browser
from served import DemoServer, log_in

WORD = "Straßenverkehrszulassungsangelegenheitenverordnung"
TITLES = (
    ".list > li > a, .children-list > li > a, .door b, .tile li a, .breadcrumbs li > *"
    ", .tree-list .title, h1"
)
"""Where the title of a page stands on other pages and on its own."""

_RENAME = """([selector, word]) => [...document.querySelectorAll(selector)].map((one) => {
  one.textContent = word;
  return one.className;
}).length"""

_CUT = """(selector) => [...document.querySelectorAll(selector)].filter((one) => {
  const box = one.getBoundingClientRect();
  const frame = one.parentElement.getBoundingClientRect();
  return box.width && (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display
    !== "inline" || box.right > frame.right + 1 || box.right > innerWidth);
}).map((one) => one.outerHTML)"""


@pytest.mark.parametrize("width", [320, 1280])
def test_a_long_word_breaks(demo_server: DemoServer, browser: Browser, width: int) -> None:
    """Written into the pages as they stand in the browser, so that the town keeps its names."""
    context = browser.new_context(locale="de-DE", viewport={"width": width, "height": 800})
    page = log_in(context, demo_server.url)
    for path in ("/", "/aktuelles", "/termine", "/rathaus-service/reisepass", "/admin"):
        answer = page.goto(demo_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate(_RENAME, [TITLES, WORD]) > 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(_CUT, TITLES) == [], path
    context.close()
