"""The guide's screens on phones: what is wanted stands first, nothing is cut, all is in reach."""

import pytest
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in

TOUR = "/entdecken/limes-zugmantel"
PLACE = "/entdecken/wachturm"
HEIGHT = 844
"""Of a phone's window."""
PUBLIC = {
    "/guide": ".stops a",
    "/guide?q=nirgends": ".empty-state a",
    "/guide/c": "input#code",
    "/guide/c?code=ABC": "#code-error",
    "/guide/events": ".event-item a",
    "/guide/saved": "#tours",
    TOUR: "main .button",
    f"{TOUR}?stop=2": ".notice a",
    f"/de-simple{TOUR}": "main .button",
    PLACE: "h1",
    "/ogc": "h1",
}
OFFICE = (
    "/admin/cityguide/codes",
    "/admin/cityguide/import",
    "/admin/cityguide/missing",
    "/admin/cityguide/numbers",
    "/admin/cityguide/sharing",
    "/admin/cityguide/tours/new",
)

FAULTS = """() => {
  const page = document.documentElement;
  const found = page.scrollWidth > page.clientWidth ? [`page is ${page.scrollWidth} wide`] : [];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true })
    && !one.closest(".map, .kern-sr-only, .skip-link, .off-screen")
    && one.getClientRects().length > 0;
  const name = (one) => `${one.tagName} ${(one.textContent || one.id).trim().slice(0, 30)}`;
  const controls = [...document.querySelectorAll(
    "main :is(a[href], button, summary, select, textarea, input:not([type=hidden]))")].filter(seen);
  const inText = (one) => getComputedStyle(one).display === "inline" && one.tagName === "A";
  // What a label belongs to is pressed by its label as well.
  const target = (one) => one.closest("label")
    ?? (one.matches("[type=checkbox], [type=radio]") ? one.parentElement : one);
  for (const one of controls.filter((one) => !inText(one))) {
    const { width, height } = target(one).getBoundingClientRect();
    if (width < 24 || height < 24) found.push(`small: ${name(one)} ${width}x${height}`);
  }
  const boxes = controls.map((one) => [one, [...one.getClientRects()]]);
  for (const [place, [one, rects]] of boxes.entries()) {
    for (const [other, others] of boxes.slice(place + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const over = rects.some((a) => others.some((b) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2));
      const sticky = [one, other].some((it) => it.closest(".form-actions.sticky"));
      if (over && !sticky) found.push(`overlap: ${name(one)} / ${name(other)}`);
    }
  }
  for (const one of document.querySelectorAll("main *")) {
    if (!seen(one) || one.closest("svg, .table-wrap, pre, iframe, select")) continue;
    const style = getComputedStyle(one);
    const cut = ["hidden", "clip"].includes(style.overflowX)
      || one.matches("a, button, h1, h2, h3, summary, .pill");
    const wide = style.display !== "inline" && one.scrollWidth > one.clientWidth + 1;
    if (cut && wide && one.textContent.trim()) {
      found.push(`cut: ${name(one)} ${one.scrollWidth} > ${one.clientWidth}`);
    }
  }
  return found;
}"""
"""Sideways scrolling, targets below 24 px (not links in sentences), overlaps, cut text."""


def faults(page: Page, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what is wrong on each page at the width of a small and of a usual phone."""
    found: dict[str, list[str]] = {}
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500, path
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if wrong := page.evaluate(FAULTS):
                found[f"{path} at {width}"] = wrong
    return found


@pytest.fixture(scope="module")
def phone(demo_server: DemoServer, browser: Browser) -> Page:
    """Open a visitor's phone."""
    context = browser.new_context(
        base_url=demo_server.url, locale="de-DE", viewport={"width": 390, "height": HEIGHT}
    )
    return context.new_page()


def test_public_screens_fit_a_phone_and_begin_with_what_is_wanted(phone: Page) -> None:
    assert faults(phone, tuple(PUBLIC)) == {}
    late = {}
    phone.set_viewport_size({"width": 390, "height": HEIGHT})
    for path, wanted in PUBLIC.items():
        phone.goto(path)
        top = phone.locator(wanted).first.bounding_box()
        if top is None or top["y"] + top["height"] > HEIGHT:
            late[path] = top
    assert late == {}


def test_screens_of_editors_fit_a_phone(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        base_url=demo_server.url, locale="de-DE", viewport={"width": 390, "height": HEIGHT}
    )
    page = log_in(context, demo_server.url)
    nodes = demo_server.nodes()
    drawing = f"/admin/cityguide/tours/{nodes['tour']}/route"
    assert faults(page, (*OFFICE, drawing)) == {}
    context.close()


def test_a_wrong_code_is_said_at_its_field(phone: Page) -> None:
    phone.goto("/guide/c")
    phone.get_by_label("Code auf dem Schild").fill("ABC")
    phone.keyboard.press("Enter")
    field = phone.get_by_label("Code auf dem Schild")
    expect(field).to_be_focused()
    expect(field).to_have_value("ABC")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(phone.locator("#code-error")).to_contain_text("fünf Zeichen")
