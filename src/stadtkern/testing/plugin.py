"""Stadtkern's pytest plugin: ``pytest_plugins = ["stadtkern.testing.plugin"]``.

Fixtures: ``database`` (each test on SQLite and on PostgreSQL, built by the migrations), ``town``
(a tenant of an application over it), ``make_town`` (the same with other settings) and
``stadtkern`` (the command line over the same database).
"""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pyramid.config import Configurator

from stadtkern.accounts.passwords import hash_password
from stadtkern.app import build
from stadtkern.cli import main
from stadtkern.plugins.plugin import Installed
from stadtkern.testing.applications import Applications
from stadtkern.testing.databases import BACKENDS, PostgresTemplate, SqliteTemplate, TestDatabase
from stadtkern.testing.postgres import PostgresServer
from stadtkern.testing.town import PASSWORD, Town
from stadtkern.vault.keyring import add_key

Command = Callable[..., Result]
MakeTown = Callable[..., Town]
RunDbos = Callable[..., Any]

GARBAGE = (20_000, 10, 10)
"""Thresholds of Python's collector: several applications stay all the time, and looking through
them again and again takes an eighth of the tests' time."""


def pytest_configure() -> None:
    """Look for garbage less often."""
    gc.set_threshold(*GARBAGE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """Return the migrated file that tests copy."""
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a private PostgreSQL server until the last test has ended."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> PostgresTemplate:
    """Return the migrated database that tests copy."""
    return PostgresTemplate(postgres_server)


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestDatabase]:
    """Give each test a database of its own, once on SQLite and once on PostgreSQL."""
    # Asked for by name: the server starts only when a test needs it.
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        with template.copy(tmp_path) as made:
            yield made
    else:
        server: PostgresTemplate = request.getfixturevalue("postgres_template")
        with server.copy() as made:
            yield made


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Return the hash of ``stadtkern.testing.town.PASSWORD``, made by the real function."""
    return hash_password(PASSWORD)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder for compiled templates: every test builds an application of its own."""
    return str(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def settings(tmp_path: Path, compiled_templates: str) -> dict[str, Any]:
    """Return the settings of a test's application; nothing outside of its own folder."""
    add_key(tmp_path / "master-key")
    return {
        "stadtkern.master_key_file": str(tmp_path / "master-key"),
        "stadtkern.files": str(tmp_path / "files"),
        "stadtkern.secret_file": str(tmp_path / "secret"),
        "stadtkern.secure_cookies": "false",
        "stadtkern.tenant_cache_seconds": "0",
        # Counted hits are stored when a test says so, not by a thread in its midst.
        "stadtkern.counts_flush_seconds": "86400",
        "stadtkern.metrics_token": "metrics-of-a-test",
        "mail.capture": "true",
        "jinja2.bytecode_caching": "true",
        "jinja2.bytecode_caching_directory": compiled_templates,
    }


@pytest.fixture(scope="session")
def applications() -> Applications:
    """Return the applications that tests have one after the other."""
    return Applications()


@pytest.fixture
def make_town(
    database: TestDatabase,
    settings: dict[str, Any],
    password_hash: str,
    applications: Applications,
) -> MakeTown:
    """Return a function that builds an application and a town in it.

    ``make_town({"stadtkern.tenant_cache_seconds": "1"}, plugins=…, configure=…, slug=…, host=…)``:
    settings are added to those of ``settings``, ``plugins`` are as in ``stadtkern.app.build``,
    ``configure(config)`` adds what a test needs beside (a view that fails, a subscriber). The
    first one without plugins, without ``configure`` and without settings that name a place of the
    test's own is used again for other tests that ask for the same. Further ones stand for further
    processes.
    """
    folder = str(Path(settings["stadtkern.files"]).parent)
    made: list[Town] = []

    def make(
        extra: dict[str, Any] | None = None,
        *,
        plugins: dict[str, Installed] | None = None,
        configure: Callable[[Configurator], None] | None = None,
        slug: str = "musterstadt",
        host: str = "musterstadt.example",
    ) -> Town:
        asked = settings | (extra or {})

        def built() -> Configurator:
            return build(asked, database=database.app, plugins=plugins)

        own = any(folder in str(value) for value in (extra or {}).values())
        if made or own or plugins is not None or configure is not None:
            config = built()
            if configure is not None:
                configure(config)
            registry, wsgi = config.registry, config.make_wsgi_app()
        else:
            shared = applications.get(database.app, asked, built)
            registry, wsgi = shared.registry, shared.wsgi
        made.append(Town(registry, wsgi, password_hash, slug=slug, host=host))
        return made[-1]

    return make


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    """Return a town with empty front pages in German and English."""
    return make_town()


@pytest.fixture
def run_dbos() -> Iterator[RunDbos]:
    """Return a function that runs a town's jobs on DBOS itself, in this process.

    Most tests do without: ``town.run_jobs()`` takes the same way through a job at once.
    """
    from stadtkern.jobs.runner import Runner  # noqa: PLC0415 - only these tests pay for DBOS

    started: list[Runner] = []

    def run(town: Town, **extra: str) -> Any:
        quick = {"lease_seconds": "2", "poll_seconds": "0.05"} | extra
        town.registry.settings.update(
            {f"stadtkern.jobs_{name}": value for name, value in quick.items()}
        )
        runner = Runner(town.registry, "test")
        runner.start()
        started.append(runner)
        if not runner.launched.wait(60):
            pytest.fail("DBOS has not been launched within a minute")
        return runner

    yield run
    for runner in started:
        runner.stop()


@pytest.fixture
def stadtkern(
    database: TestDatabase,
    settings: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Return a function that runs ``stadtkern …`` here and returns click's result."""
    ini = tmp_path / "testing.ini"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:stadtkern", *lines, ""]), "utf-8")
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, ["-c", str(ini), *arguments], input=stdin)

    return run
