"""``stadtkern plugins …``: what is installed, who has it switched on, and what is wrong."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect

from stadtkern.app import NotMigrated, allowed_plugins, build
from stadtkern.db import Database, migrate, work
from stadtkern.plugins import services
from stadtkern.plugins.loading import check_migrated, check_requirements, discover, migrations_of
from stadtkern.plugins.plugin import Installed
from stadtkern.plugins.scaffold import ScaffoldRefused, write_plugin
from stadtkern.tenants import Tenant, tenant_by_slug
from stadtkern.tenants.services import TenantRefused
from stadtkern.web.console import Console, Refused, json_option

tenant_option = click.option("--tenant", required=True, help="Short name of the municipality.")


@click.group(name="plugins")
def group() -> None:
    """Extensions: installed for all, switched on for each municipality."""


@group.command("list")
@click.option("--tenant", default=None, help="Show what this municipality has switched on.")
@json_option
@click.pass_obj
def list_(console: Console, *, tenant: str | None, as_json: bool) -> None:
    """List installed plugins with their state."""
    if tenant is None:
        found, _note = _examine(console)
        rows = [_row(item) for _name, item in sorted(found.items())]
        console.table(rows, ("name", "version", "state", "problem"), as_json=as_json)
        return
    registry = console.registry()
    town = _tenant(console, tenant)
    with work(console.database(), town.id, write=False) as session:
        state = registry["plugin_states"].of_id(town.id, session)
    rows = [
        _row(item) | {"enabled": state.has(name)}
        for name, item in sorted(registry["plugins"].items())
    ]
    if as_json:
        console.table(rows, (), as_json=True)
        return
    words = [row | {"enabled": "on" if row["enabled"] else "off"} for row in rows]
    console.table(words, ("name", "version", "enabled", "state", "problem"))


@group.command()
@click.argument("name")
@tenant_option
@json_option
@click.pass_obj
def enable(console: Console, *, name: str, tenant: str, as_json: bool) -> None:
    """Switch NAME on for a municipality, with what it requires."""
    _switch(console, name, tenant, on=True, as_json=as_json)


@group.command()
@click.argument("name")
@tenant_option
@json_option
@click.pass_obj
def disable(console: Console, *, name: str, tenant: str, as_json: bool) -> None:
    """Switch NAME off for a municipality. Its data stay."""
    _switch(console, name, tenant, on=False, as_json=as_json)


def _switch(console: Console, name: str, tenant: str, *, on: bool, as_json: bool) -> None:
    registry = console.registry()
    town = _tenant(console, tenant)
    with (
        console.refusing(services.PluginRefused),
        work(console.database(), town.id) as session,
    ):
        deed = services.enable if on else services.disable
        changed = deed(session, registry, town, name)
    when = "now" if changed else "already"
    state = f"switched on in {tenant}." if on else f"switched off in {tenant}. Its data stay."
    console.say(
        f"{name} is {when} {state}",
        {"plugin": name, "tenant": tenant, "enabled": on, "changed": changed},
        as_json=as_json,
    )


@group.command()
@json_option
@click.pass_obj
def doctor(console: Console, *, as_json: bool) -> None:
    """Say what is wrong with installed plugins; exit code 1 if anything is."""
    found, note = _examine(console)
    broken = [item for _name, item in sorted(found.items()) if not item.working]
    if as_json:
        console.say(
            "",
            {
                "status": "quarantined" if broken else "ok",
                "note": note,
                "plugins": [
                    _row(item) | {"traceback": item.trace} for _, item in sorted(found.items())
                ],
            },
            as_json=True,
        )
    else:
        _tell(console, found, broken, note)
    if broken:
        raise Refused(f"Quarantined: {', '.join(item.name for item in broken)}.")


@group.command()
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where the plugin's folder is made (default: here).",
)
@json_option
@click.pass_obj
def new(console: Console, *, name: str, folder: Path, as_json: bool) -> None:
    """Write a working plugin called NAME, to be changed into yours."""
    with console.refusing(ScaffoldRefused):
        target, files = write_plugin(name, folder)
    console.say(
        f"Wrote {len(files)} files to {target}. Next:\n"
        f"  pip install --no-build-isolation --no-deps -e {target}\n"
        "  python -m stadtkern.web.translations\n"
        "  stadtkern db upgrade\n"
        f"  stadtkern plugins enable {name} --tenant SLUG",
        {"plugin": name, "folder": str(target), "files": files},
        as_json=as_json,
    )


def _tenant(console: Console, slug: str) -> Tenant:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        return tenant_by_slug(session, slug)


def _row(item: Installed) -> dict[str, Any]:
    return {
        "name": item.name,
        "distribution": item.distribution,
        "version": item.version,
        "state": "working" if item.working else "quarantined",
        "problem": item.problem,
    }


def _examine(console: Console) -> tuple[dict[str, Installed], str]:
    """Look at all installed plugins as far as possible; say what kept us from looking further.

    Works without a database too: this is where operators look when nothing else runs.
    """
    found = discover(allowed_plugins(console.settings))
    try:
        database = console.database()
        try:
            return _with_database(console, database, found)
        finally:
            database.dispose()
    except Exception as error:  # noqa: BLE001 - whatever is broken, the report must come
        check_requirements(found)
        return found, f"The database cannot be asked ({type(error).__name__})."


def _with_database(
    console: Console, database: Database, found: dict[str, Installed]
) -> tuple[dict[str, Installed], str]:
    try:
        build(console.settings, database=database, plugins=found)
    except NotMigrated as error:
        with database.reader.connect() as connection:
            begun = migrate.CORE.version_table in inspect(connection).get_table_names()
        if begun:
            check_migrated(found, database)
        check_requirements(found)
        return found, str(error)
    return found, ""


def _tell(
    console: Console, found: dict[str, Installed], broken: list[Installed], note: str
) -> None:
    for item in broken:
        console.say(f"{item.name} {item.version} is quarantined.\n  {item.problem}")
        line = _line_of(item)
        if line:
            console.say(f"  Migrations: {line}")
        for text in item.trace.rstrip().splitlines():
            console.say(f"    {text}")
    if note:
        console.say(note)
    if not broken:
        console.say(
            f"All {len(found)} installed plugins work." if found else "No plugin is installed."
        )


def _line_of(item: Installed) -> str:
    """Return where a plugin's migrations lie, if it has any that can be found."""
    try:
        line = migrations_of(item)
    except Exception as error:  # noqa: BLE001 - a broken package is what we report on
        return f"cannot be found ({type(error).__name__})"
    return "" if line is None else line.version_table
