"""A freshly loaded demo town, really served, and a browser that looks at it."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Executable, create_engine

from stadtkern.testing.chromium import LAUNCH_ARGUMENTS, chromium_path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Limes-Weiher-Kirsche-41"
START_SECONDS = 60

INI = """
[app:main]
use = egg:stadtkern
stadtkern.development = true
stadtkern.database_url = sqlite:///{folder}/stadtkern.sqlite
stadtkern.files = {folder}/files
stadtkern.secret_file = {folder}/secret
stadtkern.secure_cookies = false
stadtkern.tenant_cache_seconds = 0
stadtkern.metrics_token = browser-tests
stadtkern.counts_flush_seconds = 0
stadtkern.subscriptions_pause_seconds = 0
finance.export_folder = {folder}/out
stadtkern.demo = {demo}
stadtkern.demo_password = {password}

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 4
"""


@dataclass(frozen=True)
class DemoServer:
    """A running server: ``url`` without a slash at its end, ``ini`` for further commands."""

    url: str
    ini: Path

    def run(self, *arguments: str) -> str:
        """Run ``stadtkern …`` over the served town and return what it prints."""
        return _stadtkern(self.ini, *arguments)

    def nodes(self) -> dict[str, int]:
        """Return one node's id of each type; of pages one that has others below it."""
        with contextlib.closing(sqlite3.connect(self.ini.with_name("stadtkern.sqlite"))) as found:
            rows = found.execute(
                "SELECT type, min(id) FROM node WHERE deleted_at IS NULL GROUP BY type"
            )
            return dict(rows.fetchall())

    def tours(self) -> list[int]:
        """Return the ids of all tours."""
        with contextlib.closing(sqlite3.connect(self.ini.with_name("stadtkern.sqlite"))) as found:
            rows = found.execute(
                "SELECT id FROM node WHERE type = 'tour' AND deleted_at IS NULL ORDER BY id"
            )
            return [number for (number,) in rows]

    @contextmanager
    def busy(self) -> Iterator[Callable[[], None]]:
        """Yield what keeps everybody from writing until the block ends."""
        path = self.ini.with_name("stadtkern.sqlite")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as held:
            yield lambda: None if held.in_transaction else held.execute("BEGIN IMMEDIATE") and None
            held.execute("ROLLBACK")

    def store(self, statement: Executable) -> None:
        """Write into the served town's database what no form writes."""
        engine = create_engine(f"sqlite:///{self.ini.with_name('stadtkern.sqlite')}")
        with engine.begin() as connection:
            connection.execute(statement)
        engine.dispose()


def _environment() -> dict[str, str]:
    # Another database named in the environment must not win over the temporary one.
    return {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}


def _command(ini: Path, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("stadtkern")), "-c", str(ini), *arguments]


def _stadtkern(ini: Path, *arguments: str) -> str:
    return subprocess.run(
        _command(ini, *arguments), env=_environment(), check=True, capture_output=True, text=True
    ).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("The server ended before it answered.")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"Nothing answers at {url}.")


@contextmanager
def demo_town(folder: Path) -> Iterator[DemoServer]:
    """Load the demo town into ``folder`` and serve it until the block ends."""
    port = _free_port()
    ini = folder / "served.ini"
    demo = ROOT / "demo" / "taunusstein"
    ini.write_text(INI.format(folder=folder, demo=demo, password=PASSWORD, port=port), "utf-8")
    _stadtkern(ini, "db", "upgrade")
    _stadtkern(ini, "demo", "load")
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            _command(ini, "serve"), env=_environment(), stdout=log, stderr=log
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health/live", process)
            yield DemoServer(f"http://localhost:{port}", ini)
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser until the block ends."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium_path(), args=list(LAUNCH_ARGUMENTS)
        )
        try:
            yield started
        finally:
            started.close()


def log_in(context: BrowserContext, url: str, who: str = "admin") -> Page:
    """Log one of the demo's people in by the form; return the page that follows."""
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("input[type=email]", f"{who}@demo.example")
    page.fill("input[type=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{url}/admin")
    return page
