"""``stadtkern [-c FILE.ini] <room or plugin> <verb>``."""

import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import plaster
import psycopg.errors
import structlog
from pyramid.path import DottedNameResolver
from pyramid.registry import Registry
from sqlalchemy.exc import DBAPIError, OperationalError

from stadtkern.db import DatabaseBusy, NoDatabase
from stadtkern.web.console import Console, Refused

ROOMS = {
    "accounts": "stadtkern.accounts.cli:group",
    "audit": "stadtkern.audit.cli:group",
    "db": "stadtkern.cli.db:group",
    "demo": "stadtkern.cli.demo:group",
    "exchange": "stadtkern.exchange.cli:group",
    "jobs": "stadtkern.jobs.cli:group",
    "mail": "stadtkern.mail.cli:group",
    "plugins": "stadtkern.plugins.cli:group",
    "privacy": "stadtkern.privacy.cli:group",
    "search": "stadtkern.search.cli:group",
    "serve": "stadtkern.cli.serve:serve",
    "tenants": "stadtkern.tenants.cli:group",
    "worker": "stadtkern.cli.worker:worker",
    "vault": "stadtkern.vault.cli:group",
    "webhooks": "stadtkern.notify.cli:group",
}


class Rooms(click.Group):
    """Commands of rooms and plugins; each module is imported only when called."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what operators can mend at the database is refused in a sentence."""
        try:
            return super().invoke(ctx)
        except DatabaseBusy as error:
            raise Refused(
                "The database is busy or has gone away. Nothing was stored; please try again."
            ) from error
        except NoDatabase as error:
            raise Refused(str(error)) from error
        except DBAPIError as error:
            reason = database_reason(error)
            if reason is None:
                raise
            raise Refused(reason) from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the rooms' names and those of installed plugins."""
        return sorted({*ROOMS, *(point.name for point in entry_points(group="stadtkern.plugins"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a room's or plugin's commands."""
        target = ROOMS.get(cmd_name)
        if target is not None:
            return _command(target)
        for point in entry_points(group="stadtkern.plugins", name=cmd_name):
            try:
                commands = point.load().commands
                return _command(commands) if commands else _nothing(cmd_name)
            except Exception as error:  # a broken plugin must not break other commands
                raise Refused(
                    f"The plugin {cmd_name} cannot be imported ({type(error).__name__}). "
                    "`stadtkern plugins doctor` shows the traceback."
                ) from error
        return None


def database_reason(error: DBAPIError) -> str | None:
    """Say what is wrong with the database and what to do; None for a mistake of ours."""
    original = error.orig
    undefined = psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn
    if isinstance(original, undefined) or "no such table" in str(original):
        return "The database is not up to date: run `stadtkern db upgrade`."
    if isinstance(original, psycopg.errors.InsufficientPrivilege):
        return (
            "The database's role may not do this. Migrations run as the owner: "
            "set STADTKERN_OWNER_DATABASE_URL."
        )
    if isinstance(error, OperationalError):
        lines = str(original).strip().splitlines() or [type(original).__name__]
        return f"The database cannot be used: {lines[0]}"
    return None


def _command(target: str) -> click.Command:
    command: click.Command = DottedNameResolver().resolve(target)
    return command


def _nothing(name: str) -> click.Command:
    @click.group(name=name, help=f"{name} has no commands.")
    def empty() -> None:
        """Do nothing."""

    return empty


def load_settings(path: str | None) -> dict[str, Any]:
    """Return the settings of an ini; without one those of the environment alone."""
    if path is None:
        return {}
    if not Path(path).is_file():
        raise Refused(f"There is no file {path}.")
    settings: dict[str, Any] = plaster.get_loader(path, protocols=["wsgi"]).get_wsgi_app_settings()
    settings["stadtkern.ini"] = path
    return settings


def build_registry(settings: Mapping[str, Any]) -> Registry:
    """Build the application for a command; refuse where the database is not up to date."""
    app = import_module("stadtkern.app")
    try:
        config = app.build(settings)
        config.make_wsgi_app()
    except app.NotMigrated as error:
        raise Refused(str(error)) from error
    return config.registry


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    "ini",
    default=None,
    help="Settings file (default: STADTKERN_INI, else development.ini if it is here).",
)
@click.version_option(package_name="stadtkern")
@click.pass_context
def main(ctx: click.Context, *, ini: str | None) -> None:
    """Stadtkern: content management for municipalities."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # Standard output is for what a command reports: a warning must not break its JSON.
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    path = ini or os.environ.get("STADTKERN_INI")
    if path is None and Path("development.ini").is_file():
        path = "development.ini"
    ctx.obj = Console(load_settings(path), build_registry)
    ctx.call_on_close(ctx.obj.close)
