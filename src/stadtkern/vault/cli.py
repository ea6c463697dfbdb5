"""``stadtkern vault …``: keys of what is encrypted."""

from pathlib import Path

import click

from stadtkern.db import work
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.services import TenantRefused, list_tenants
from stadtkern.vault import rotation
from stadtkern.vault.keyring import NoMasterKey, add_key
from stadtkern.web.console import Console, Refused, json_option

INSTALLATION = "(installation)"


@click.group(name="vault")
def group() -> None:
    """Keys of encrypted fields."""


@group.command("new-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def new_key(console: Console, *, file: Path, as_json: bool) -> None:
    """Write a master key to FILE, behind those that stand there; `rotate --master` uses it."""
    with console.refusing(NoMasterKey, OSError):
        version = add_key(file)
    console.say(
        f"{file} now holds version {version}. Keep a copy apart from the database's backups.",
        {"file": str(file), "version": version},
        as_json=as_json,
    )


def _scopes(console: Console, slug: str | None) -> list[tuple[str, int | None]]:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        if slug is not None:
            return [(slug, tenant_by_slug(session, slug).id)]
        slugs = [str(row["slug"]) for row in list_tenants(session)]
        return [
            (INSTALLATION, None),
            *((name, tenant_by_slug(session, name).id) for name in slugs),
        ]


@group.command()
@click.option("--tenant", default=None, help="Only this municipality.")
@click.option("--master", is_flag=True, help="Wrap data keys by the newest master key instead.")
@click.option("--finish", is_flag=True, help="Only go on with a run that was stopped.")
@json_option
@click.pass_obj
def rotate(
    console: Console, *, tenant: str | None, master: bool, finish: bool, as_json: bool
) -> None:
    """Make new data keys and encrypt everything by them, while the site serves."""
    registry = console.registry()
    rows: list[dict[str, object]] = []
    with console.refusing(NoMasterKey):
        for name, tenant_id in _scopes(console, tenant):
            if master:
                count = rotation.rewrap(registry, tenant_id)
                rows.append({"keys of": name, "rewrapped": count})
                continue
            done = rotation.rotate(registry, tenant_id, finish=finish)
            rows.append({"keys of": name, "version": done.version, "values": done.values})
    columns = ("keys of", "rewrapped") if master else ("keys of", "version", "values")
    console.table(rows, columns, as_json=as_json)


@group.command()
@json_option
@click.pass_obj
def check(console: Console, *, as_json: bool) -> None:
    """Open everything that is encrypted; exit code 1 if something does not open."""
    registry = console.registry()
    bad = []
    with console.refusing(NoMasterKey):
        for name, tenant_id in _scopes(console, None):
            bad += [f"{name}: {field}" for field in rotation.unreadable(registry, tenant_id)]
    if bad:
        raise Refused("These hold values that do not open:\n" + "\n".join(bad))
    console.say("Everything opens.", {"status": "ok"}, as_json=as_json)
