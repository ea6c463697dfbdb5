"""``stadtkern db …``: migrations of the core and of all installed plugins."""

from importlib import import_module
from importlib.util import find_spec

import click
import structlog

from stadtkern.app import ROOMS, allowed_plugins
from stadtkern.db import migrate
from stadtkern.jobs import queue
from stadtkern.plugins.loading import discover, migrations_of
from stadtkern.web.console import Console, Refused, json_option

log = structlog.get_logger("stadtkern.db")


@click.group(name="db")
def group() -> None:
    """Tables of the core and of plugins."""


@group.command()
@json_option
@click.pass_obj
def upgrade(console: Console, *, as_json: bool) -> None:
    """Bring all tables up to date. A plugin that fails is left as it was; others go on."""
    database = console.database(owner=True)
    try:
        done = ["core"] if migrate.upgrade(database, migrate.CORE) else []
        if queue.migrate(database):
            done.append("jobs")
        failed: dict[str, str] = {}
        for name, item in sorted(discover(allowed_plugins(console.settings)).items()):
            line = migrations_of(item)
            if line is None:
                if item.problem:
                    failed[name] = item.problem
                continue
            try:
                if migrate.upgrade(database, line):
                    done.append(name)
            except Exception as error:  # noqa: BLE001 - one plugin must not hold up the rest
                failed[name] = f"its migration failed and was taken back: {error}"
    finally:
        database.dispose()
    console.say(
        f"Up to date{': ' + ', '.join(done) if done else ', nothing to do'}.",
        {"upgraded": done, "failed": failed},
        as_json=as_json,
    )
    if failed:
        raise Refused(
            "\n".join(f"Plugin {name}: {problem}" for name, problem in sorted(failed.items()))
        )


def load_models() -> None:
    """Import the models of all rooms, so that the comparison knows every table."""
    for room in ROOMS:
        name = f"stadtkern.{room}.models"
        if find_spec(name) is not None:
            import_module(name)


@group.command()
@json_option
@click.pass_obj
def check(console: Console, *, as_json: bool) -> None:
    """Tell whether tables are up to date and fit the models."""
    database = console.database(owner=True)
    load_models()
    installed = discover(allowed_plugins(console.settings))
    lines = [migrate.CORE, *(line for item in installed.values() if (line := migrations_of(item)))]
    try:
        with database.reader.connect() as connection:
            behind = [line.name or "core" for line in lines if not line.is_current(connection)]
        if not queue.is_migrated(database):
            behind.append("jobs")
        differences = migrate.differences(database) if not behind else []
    finally:
        database.dispose()
    if behind or differences:
        if as_json:
            report = {"status": "behind", "behind": behind, "differences": differences}
            console.say("", report, as_json=True)
        problems = [f"{name} is not up to date: run `stadtkern db upgrade`." for name in behind]
        raise Refused("\n".join(problems + differences))
    console.say("Tables are up to date and fit the models.", {"status": "ok"}, as_json=as_json)
