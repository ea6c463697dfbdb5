"""``stadtkern demo load``: a town from a folder of files, for demonstration."""

from pathlib import Path

import click
import structlog
from sqlalchemy import select

from stadtkern.cli.demo.loader import DemoRefused, load_town
from stadtkern.db import work
from stadtkern.tenants.models import TenantRow
from stadtkern.web.console import Console, Refused, json_option

log = structlog.get_logger("stadtkern.demo")


@click.group(name="demo")
def group() -> None:
    """Demonstration data."""


@group.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--if-empty", is_flag=True, help="Do nothing if there is a tenant already.")
@json_option
@click.pass_obj
def load(console: Console, *, folder: Path | None, if_empty: bool, as_json: bool) -> None:
    """Load a town from FOLDER (default: the setting stadtkern.demo). Twice changes nothing."""
    if if_empty:
        with work(console.database(), write=False) as session:
            if session.scalar(select(TenantRow.id).limit(1)) is not None:
                if as_json:
                    console.say("", {"town": None, "created": 0, "kept": 0}, as_json=True)
                return
    where = folder or console.settings.get("stadtkern.demo")
    if not where:
        raise Refused("Which folder? Name it, or set stadtkern.demo.")
    path = Path(where)
    if not (path / "town.yaml").is_file():
        raise Refused(f"There is no town.yaml in {path}.")
    registry = console.registry()
    with console.refusing(DemoRefused):
        report = load_town(registry, path, password=console.settings.get("stadtkern.demo_password"))
    console.say(
        f"Loaded {report['town']}: {report['created']} pages made, {report['kept']} were here.",
        report,
        as_json=as_json,
    )


__all__ = ["group"]
