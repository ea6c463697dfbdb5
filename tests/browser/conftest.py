"""The served demo town, the browser, and what it sees on every page."""

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

# Beside each other, so that tools/screenshots.py can share them without being a package.
sys.path.insert(0, str(Path(__file__).parent))

from guide_device import device, guide  # noqa: F401 - fixtures of several files
from looking import Look, Survey
from served import DemoServer, chromium, demo_town, log_in

# A page that says the right thing late, on a machine with much to do, says the right thing.
expect.set_options(timeout=20_000)

GERMAN = "de-DE"
VISITOR: dict[str, Any] = {"locale": GERMAN, "reduced_motion": "reduce"}
"""Without motion, so that colours are judged after they have changed."""
FORMS = (
    *("/barriere-melden", "/login", "/account/reset", "/account/reset/code"),
    *("/abonnieren", "/abonnieren/verwalten", "/guide/feedback"),
)
"""Public pages with a form, which may set a cookie."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """Serve a freshly loaded demo town, shared by all tests here.

    Tests leave it as they found it, but for pages of their own.
    """
    with demo_town(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


Make = Callable[[], list[Look]]
Once = Callable[[str, Make], list[Look]]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a function that makes a survey or takes the one that another process has made."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def taken(name: str, make: Make) -> list[Look]:
        kept = folder / f"survey-{name}.json"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_text(json.dumps([asdict(look) for look in make()]), "utf-8")
        return [Look(**look) for look in json.loads(kept.read_text("utf-8"))]

    return taken


@pytest.fixture(scope="session")
def public(once: Once, demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at every public page without a form, as a visitor who allows everything."""

    def make() -> list[Look]:
        survey = Survey(browser.new_context(**VISITOR), demo_server.url)
        skipped = (*FORMS, "/admin", "/account", "/media", "/ogc/api")
        return survey.crawl(["/", "/en", "/guide"], skip=skipped)

    return once("public", make)


@pytest.fixture(scope="session")
def doors(once: Once, demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at public forms and error pages."""

    def make() -> list[Look]:
        survey = Survey(browser.new_context(**VISITOR), demo_server.url)
        for path in (*FORMS, "/barriere-melden?lang=en", "/gibt-es-nicht", "/en/nowhere"):
            survey.look(path)
        return survey.looks

    return once("doors", make)


def office_paths(server: DemoServer, survey: Survey) -> list[str]:
    """Return every screen of the back office: menus and links, each deed on each type of node."""
    paths = ["/admin", "/account"]
    nodes = server.nodes()
    for node_id in nodes.values():
        paths += [f"/admin/nodes/{node_id}", f"/admin/nodes/{node_id}/edit"]
    page = nodes["page"]
    deeds = ("rename", "move", "delete", "revisions", "compare", "preview-links", "schedule")
    paths += [f"/admin/nodes/{page}/{deed}" for deed in deeds]
    adding: dict[str, str] = {}
    for kind in ("home", "page", "folder"):
        for link in survey.links(f"/admin/nodes/{nodes[kind]}"):
            if "/add/" in link:
                adding[link.rpartition("/")[2]] = link
    return paths + list(adding.values())


@pytest.fixture(scope="session")
def office(once: Once, demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at the whole back office in German, as its administrator."""

    def make() -> list[Look]:
        survey = Survey(browser.new_context(**VISITOR), demo_server.url)
        log_in(survey.context, demo_server.url).close()
        paths = office_paths(demo_server, survey)
        return survey.crawl(paths, within="/admin", skip=("/admin/nodes/",))

    return once("office", make)


@pytest.fixture(scope="session")
def unscripted(
    once: Once,
    demo_server: DemoServer,
    browser: Browser,
    public: list[Look],
    doors: list[Look],
    office: list[Look],
) -> list[Look]:
    """Look again, as they are when no script arrives, at the pages that scripts change."""

    def make() -> list[Look]:
        survey = Survey(browser.new_context(**VISITOR), demo_server.url, scripts=False)
        for looks in ((*public, *doors), office):
            if looks is office:
                log_in(survey.context, demo_server.url).close()
            for look in looks:
                if look.judged and look.moved:
                    survey.look(look.path)
        return survey.looks

    return once("unscripted", make)
