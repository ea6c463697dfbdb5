"""The served demo town, the browser, and what it sees on every page."""

import sys
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def public(demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at every public page without a form, as a visitor who allows everything."""
    survey = Survey(browser.new_context(**VISITOR), demo_server.url)
    return survey.crawl(
        ["/", "/en", "/guide"], skip=(*FORMS, "/admin", "/account", "/media", "/ogc/api")
    )


@pytest.fixture(scope="session")
def doors(demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at public forms and error pages."""
    survey = Survey(browser.new_context(**VISITOR), demo_server.url)
    for path in (*FORMS, "/barriere-melden?lang=en", "/gibt-es-nicht", "/en/nowhere"):
        survey.look(path)
    return survey.looks


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


def survey_office(server: DemoServer, survey: Survey) -> list[Look]:
    """Look at the whole back office as its administrator."""
    log_in(survey.context, server.url).close()
    return survey.crawl(office_paths(server, survey), within="/admin", skip=("/admin/nodes/",))


@pytest.fixture(scope="session")
def office(demo_server: DemoServer, browser: Browser) -> list[Look]:
    """Look at the whole back office in German."""
    return survey_office(demo_server, Survey(browser.new_context(**VISITOR), demo_server.url))


@pytest.fixture(scope="session")
def unscripted(
    demo_server: DemoServer,
    browser: Browser,
    public: list[Look],
    doors: list[Look],
    office: list[Look],
) -> list[Look]:
    """Look at every page again as it is when no script arrives."""
    survey = Survey(browser.new_context(**VISITOR), demo_server.url, scripts=False)
    for look in (*public, *doors):
        survey.look(look.path, known=look.html)
    log_in(survey.context, demo_server.url).close()
    for look in office:
        survey.look(look.path, known=look.html)
    return survey.looks
