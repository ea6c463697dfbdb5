"""What all commands share: how input is read and how it is refused."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from stadtkern_finance.law.explanation import LANGUAGES
from stadtkern_finance.records.reading import BadInput, load_json

LARGEST = 100_000_000
"""Bytes of input, which is read as a whole."""

language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of sentences and of refusals; JSON has both.",
)


class Unfit(click.ClickException):
    """Input that cannot be calculated; exit code 2, as for wrong usage."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print what is wrong, one line for each field."""
        click.echo(self.message, file=file or sys.stderr)


@contextmanager
def refusing(language: str) -> Iterator[None]:
    """Turn bad input into a refusal that a console shows, one line for each field."""
    try:
        yield
    except BadInput as error:
        raise Unfit("\n".join(error.sentences(language))) from None


def read_input() -> Any:
    """Return the JSON value on standard input, of at most ``LARGEST`` bytes."""
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        most = LARGEST // 1_000_000
        raise Unfit(f"Standard input holds more than {most} MB. Give the records in parts.")
    return load_json(data)
