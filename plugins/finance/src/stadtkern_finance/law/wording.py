"""Amounts, percentages, dates and paragraphs as Germans and as readers of English write them."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from babel.dates import format_date

from stadtkern_finance.law.calendar import holiday_name


class Fact(StrEnum):
    """What kind of value an input or a result is."""

    MONEY = "money"
    """Euros as ``Decimal``."""
    PERCENT = "percent"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    FREE_DAY = "free_day"
    """A day on which no work is done: its weekday, or the holiday's name."""


def plain(value: Any) -> Any:
    """Return a value for JSON: decimal strings, ISO dates; whole numbers and texts as they are."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=65_536, typed=True)
def printed(kind: Fact, value: Any, language: str) -> str:
    """Return a value as a reader of ``language`` (``de`` or ``en``) expects it."""
    if value is None:
        return "–"
    return _PRINTERS[kind](value, language == "de")


def _money(value: Decimal, german: bool) -> str:  # noqa: FBT001  # one shape for all kinds
    amount = _grouped(value, german=german, places=2)
    if german:
        return f"{amount}\N{NO-BREAK SPACE}€"
    return f"-€{amount[1:]}" if amount.startswith("-") else f"€{amount}"


def _percent(value: Decimal, german: bool) -> str:  # noqa: FBT001
    amount = _grouped(value, german=german, places=0)
    return f"{amount}\N{NO-BREAK SPACE}%" if german else f"{amount}%"


def _date(value: date, german: bool) -> str:  # noqa: FBT001
    return f"{value.day}.{value.month}.{value.year}" if german else value.isoformat()


def _free_day(value: date, german: bool) -> str:  # noqa: FBT001
    return holiday_name(value) or str(format_date(value, "EEEE", locale="de" if german else "en"))


def _number(value: Decimal | int, german: bool) -> str:  # noqa: FBT001
    # Whole numbers are years and counts, which have no groups of thousands.
    whole = isinstance(value, int)
    return str(value) if whole else _grouped(value, german=german, places=0)


def _text(value: Any, german: bool) -> str:  # noqa: ARG001, FBT001
    return str(value)


_PRINTERS: dict[Fact, Callable[[Any, bool], str]] = {
    Fact.MONEY: _money,
    Fact.PERCENT: _percent,
    Fact.DATE: _date,
    Fact.FREE_DAY: _free_day,
    Fact.NUMBER: _number,
    Fact.TEXT: _text,
}


def _grouped(value: Decimal | int, *, german: bool, places: int) -> str:
    """Return a number with groups of thousands and at least ``places`` decimals, none rounded."""
    whole, _point, decimals = f"{Decimal(value):,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    text = f"{whole}.{decimals}" if decimals else whole
    return text.translate(_SWAPPED) if german else text


_SWAPPED = str.maketrans(",.", ".,")


@lru_cache(maxsize=1024)
def citation(law: str, language: str) -> str:
    """Return a paragraph given in German notation as ``language`` writes it."""
    if language == "de":
        return law
    text = re.sub(r" Abs\. (\d+[a-z]?)", r" (\1)", law)
    text = text.replace("Nr. ", "no. ").replace("Satz ", "sentence ").replace(" und ", " and ")
    text = text.replace(" bis ", " to ").replace("a. F.", "(former version)")
    return text.replace("in der ab 2027 geltenden Fassung", "as in force from 2027")
