"""One visit of a page, with all that is judged about it: axe-core, widths, messages, requests."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

NARROW = (320, 640)
"""A small phone, and a window of 1280 px at 200 % zoom."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""What differs between light and dark."""

_NUMBERS = re.compile(r"/[0-9]+(?=/|$)")

_RUN = """async (options) => (await axe.run(document, options)).violations.map(
  (found) => `${found.id}: ` + found.nodes.map((node) => node.target.join(" ")).join(", "))"""

_ELSEWHERE = """() => axe.configure(
  {rules: [{id: "target-size", selector: "*:not([data-also-elsewhere])"}]})"""
"""WCAG 2.2, 2.5.8 asks for no size where another control of the page does the same."""

_BUILD = """(root) => {
  const VALUES = /^(class|role|type|lang|dir|hidden|disabled|multiple|popover|tabindex)$|^aria-/;
  const NAMED = /^aria-(label|labelledby|describedby|description|controls|owns|details)$/;
  const build = (one) => {
    const own = [...one.attributes]
      .filter(({name}) => name !== "style")
      .map(({name, value}) =>
        VALUES.test(name) && !NAMED.test(name) ? `${name}=${value}` : name + (value ? "=" : ""))
      .sort().join(" ");
    const said = [...one.childNodes]
      .some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (one.localName === "noscript") return "<noscript>";
    const inner = one.localName === "svg" ? [] : [...one.children].map(build);
    const times = new Map();
    const few = inner.filter((text) => times.set(text, (times.get(text) ?? 0) + 1).get(text) < 3);
    return `<${one.localName} ${own}${said ? " said" : ""}>${few.join("")}</>`;
  };
  const html = root.cloneNode(false);
  return build(html) + build(root.querySelector("body"));
}"""
"""How a page is built: elements, classes, roles and states, not what they say; of equals
in one place two count."""

_SENT = f"""(sent) => ({_BUILD})(
  new DOMParser().parseFromString(sent, "text/html").documentElement)"""

_FACTS = """() => ({
  build: (BUILD)(document.documentElement),
  lang: document.documentElement.lang,
  storage: localStorage.length + sessionStorage.length,
  links: [...document.querySelectorAll("a[href]")].map((link) => link.href),
  texts: [...document.querySelectorAll("body *")]
    .filter((one) => !one.closest('a[href*="/admin/nodes/"], [lang], script, pre, td, option'))
    .flatMap((one) => [...one.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent.trim().replace(/\\s+/g, " ")).filter(Boolean),
})""".replace("BUILD", _BUILD)

_WIDER = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return ["page " + page.scrollWidth, ...[...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > page.clientWidth + 1)
    .slice(0, 4).map((one) => one.tagName + "." + one.className)];
}"""


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def axe(page: Page, *, rules: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong on the page, as “rule: elements”."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe())
        page.evaluate(_ELSEWHERE)
    only: dict[str, Any] = {"type": "tag", "values": TAGS}
    if rules:
        only = {"type": "rule", "values": rules}
    options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
    if not rules:
        options["rules"] = {"target-size": {"enabled": True}}
    found: list[str] = page.evaluate(_RUN, options)
    return found


MAX_VARIANTS = 2
"""Of one address, whatever stands behind its question mark."""
MAX_ALIKE = 4
"""Of pages whose addresses differ in nothing but numbers: one page for each of many rows."""


@dataclass
class Look:
    """What was found on one page; empty lists are good."""

    path: str
    status: int = 0
    lang: str = ""
    axe: list[str] = field(default_factory=list)
    axe_dark: list[str] = field(default_factory=list)
    wide: dict[int, list[str]] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    storage: int = 0
    build: str = ""
    """How the page is built that the server sent, as a hash; with its language."""
    judged: bool = False
    """Whether axe-core was asked: of pages built alike it is one."""
    moved: bool = False
    """Whether scripts have built the page otherwise than it was sent."""
    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class Survey:
    """A visitor who looks at one page after the other in one window."""

    def __init__(self, context: BrowserContext, url: str, *, scripts: bool = True) -> None:
        """Open the window.

        Args:
            scripts: False lets no script arrive, so that a page is what the server sent, while
                axe-core can still be asked about it.

        """
        self.context = context
        self.url = url
        self.scripts = scripts
        self.looks: list[Look] = []
        self._judged: set[str] = set()
        if not scripts:
            context.route("**/*.js", lambda route: route.abort())
        self.page = context.new_page()
        self._now = Look("")
        self._listening = True
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._now.console.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        # An error page says its own status in the console; scripts are missing on purpose.
        expected = message.text.startswith("Failed to load resource") and (
            message.location["url"] == self.url + self._now.path or not self.scripts
        )
        if message.type in {"error", "warning"} and not expected and self._listening:
            self._now.console.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:", "blob:")):
            self._now.foreign.append(request.url)

    def look(self, path: str) -> Look:
        """Visit a page and judge it in light and dark, wide and narrow.

        axe-core is asked about the first of all pages that are built alike in one language; the
        widths are taken of each, since they depend on what it says.
        """
        page, found = self.page, Look(path)
        self._now = found
        self._listening = True
        page.set_viewport_size({"width": 1280, "height": 800})
        answer = page.goto(self.url + path)
        assert answer is not None
        found.status = answer.status
        sent: str = page.evaluate(_SENT, answer.text())
        found.build = sha256(sent.encode()).hexdigest()
        found.judged = found.build not in self._judged
        self._judged.add(found.build)
        if self.scripts and found.judged and page.locator(".map").count():
            page.wait_for_load_state("networkidle")
        facts = page.evaluate(_FACTS)
        # What follows are axe-core's own styles, which the policy refuses as it should.
        self._listening = False
        found.moved = facts["build"] != sent
        found.lang, found.storage, found.texts = facts["lang"], facts["storage"], facts["texts"]
        found.links = [self._path(link) for link in facts["links"] if link.startswith(self.url)]
        found.cookies = [str(cookie.get("name")) for cookie in self.context.cookies()]
        self.looks.append(found)
        if found.judged:
            self._judge(found)
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": 800})
            if wide := page.evaluate(_WIDER):
                found.wide[width] = wide
        return found

    def _judge(self, found: Look) -> None:
        found.axe = axe(self.page)
        if self.scripts:
            self.page.emulate_media(color_scheme="dark")
            found.axe_dark = axe(self.page, rules=COLOURS)
            self.page.emulate_media(color_scheme="light")

    def links(self, path: str) -> list[str]:
        """Return the paths of this site that a page links to, without judging it."""
        self.page.goto(self.url + path)
        found = self.page.evaluate(_FACTS)["links"]
        return [self._path(link) for link in found if link.startswith(self.url)]

    def _redirects(self, path: str) -> bool:
        # A content node may be nothing but a link to another site.
        answer = self.context.request.get(self.url + path, max_redirects=0)
        return 300 <= answer.status < 400

    def _path(self, link: str) -> str:
        parts = urlsplit(link)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def crawl(self, start: list[str], *, within: str = "/", skip: tuple[str, ...]) -> list[Look]:
        """Look at the pages of ``start`` and at all they lead to; each address once.

        Lists and trees link to themselves in ever more ways, and lists to many pages of one kind:
        ``MAX_VARIANTS`` and ``MAX_ALIKE`` of them are looked at.
        """
        waiting, seen = list(start), set(start)
        variants: Counter[str] = Counter(link.split("?")[0] for link in start)
        alike: Counter[str] = Counter(_NUMBERS.sub("/#", path) for path in variants)
        while waiting:
            for link in self.look(waiting.pop(0)).links:
                path = link.split("?")[0]
                if (
                    link not in seen
                    and path.startswith(within)
                    and not path.startswith(skip)
                    and "." not in path.rpartition("/")[2]
                    and variants[path] < MAX_VARIANTS
                    and (variants[path] or alike[_NUMBERS.sub("/#", path)] < MAX_ALIKE)
                ):
                    seen.add(link)
                    alike[_NUMBERS.sub("/#", path)] += not variants[path]
                    variants[path] += 1
                    if not self._redirects(link):
                        waiting.append(link)
        return self.looks
