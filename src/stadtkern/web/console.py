"""What commands get: settings, the database, the application, and one way to report."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from pyramid.i18n import TranslationString
from pyramid.registry import Registry

from stadtkern.db import Database, database_from_settings
from stadtkern.web.i18n import in_english

json_option = click.option("--json", "as_json", is_flag=True, help="Report as JSON.")


class Refused(click.ClickException):
    """The command was understood and refused: the reason goes to stderr, exit code 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Print the reason."""
        click.echo(self.message, file=file or sys.stderr)


class Console:
    """One command's view of the installation; expensive parts are opened when asked for."""

    def __init__(
        self, settings: Mapping[str, Any], build: Callable[[Mapping[str, Any]], Registry]
    ) -> None:
        self.settings = settings
        self._build = build
        self._registry: Registry | None = None
        self._opened: list[Database] = []

    def registry(self) -> Registry:
        """Build the application once and return its registry."""
        if self._registry is None:
            self._registry = self._build(self.settings)
        return self._registry

    def database(self, *, owner: bool = False) -> Database:
        """Open the database; as its owner for migrations."""
        if self._registry is not None and not owner:
            database: Database = self._registry["database"]
            return database
        opened = database_from_settings(self.settings, owner=owner)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        """Close what the command has opened."""
        if self._registry is not None:
            self._registry["database"].dispose()
        for opened in self._opened:
            opened.dispose()

    @contextmanager
    def refusing(self, *errors: type[Exception]) -> Iterator[None]:
        """Turn expected errors into a refusal with exit code 1."""
        try:
            yield
        except errors as error:
            reason = str(error)
            if error.args and isinstance(error.args[0], TranslationString):
                # Commands speak English; what the message names must stand in it all the same.
                reason = in_english(error.args[0])
            raise Refused(reason) from error

    def say(
        self, text: str, data: Mapping[str, Any] | None = None, *, as_json: bool = False
    ) -> None:
        """Report one result, as a sentence or as JSON."""
        click.echo(json.dumps(data or {}, ensure_ascii=False, default=str) if as_json else text)

    def table(
        self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool = False
    ) -> None:
        """Report rows, aligned for readers or as a JSON list."""
        if as_json:
            click.echo(json.dumps(list(rows), ensure_ascii=False, default=str))
            return
        cells = [list(columns)] + [[_cell(row.get(column)) for column in columns] for row in rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
        for row in cells:
            click.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
