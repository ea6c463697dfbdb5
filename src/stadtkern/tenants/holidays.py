"""Public holidays in Hesse: § 1 of the Hessian act on public holidays (HFeiertagsG), federal law.

A table with the years for which each holds. A library would bring the same ten rows, and with
them older versions of packages that the platform shares.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

EARLIEST = date(1995, 1, 1)
"""Since 1995 without Buß- und Bettag; older days are not asked for."""
LATEST = date(2100, 12, 31)


class Holiday(NamedTuple):
    """A public holiday: German name, its day in a year, first and last year of its law."""

    name: str
    day: Callable[[int], date]
    since: int = EARLIEST.year
    until: int = LATEST.year


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _after_easter(days: int) -> Callable[[int], date]:
    return lambda year: easter_sunday(year) + timedelta(days=days)


@lru_cache(maxsize=512)
def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar.

    The Sunday after the first full moon of spring, with Gauss's terms for the moon's place in its
    cycle of 19 years and for the two corrections of 1582 (leap days left out, moon's equation).
    """
    century = year // 100
    golden = year % 19
    solar = century - century // 4
    lunar = (8 * century + 13) // 25
    # Days from 21 March to the full moon of spring ...
    moon = (19 * golden + solar - lunar + 15) % 30
    # ... which the church keeps from falling on 19 April, or twice on the 18th in one cycle.
    moon -= moon // 28 * (1 - 29 // (moon + 1) * ((21 - golden) // 11))
    full = date(year, 3, 21) + timedelta(days=moon)
    return full + timedelta(days=6 - full.weekday() or 7)


HOLIDAYS = (
    Holiday("Neujahr", _fixed(1, 1)),
    Holiday("Karfreitag", _after_easter(-2)),
    Holiday("Ostermontag", _after_easter(1)),
    Holiday("Erster Mai", _fixed(5, 1)),
    Holiday("Christi Himmelfahrt", _after_easter(39)),
    Holiday("Pfingstmontag", _after_easter(50)),
    Holiday("Fronleichnam", _after_easter(60)),
    Holiday("Tag der Deutschen Einheit", _fixed(10, 3)),
    # Once only, for the 500th anniversary of the Reformation.
    Holiday("Reformationstag", _fixed(10, 31), since=2017, until=2017),
    Holiday("Erster Weihnachtstag", _fixed(12, 25)),
    Holiday("Zweiter Weihnachtstag", _fixed(12, 26)),
)
"""§ 1 (1) HFeiertagsG; Sundays are free by themselves."""


@lru_cache(maxsize=512)
def public_holidays(year: int) -> dict[date, str]:
    """Return the public holidays of Hesse in one year, Sundays aside, with their German names."""
    return {
        holiday.day(year): holiday.name
        for holiday in HOLIDAYS
        if holiday.since <= year <= holiday.until
    }


def holiday_name(day: date) -> str | None:
    """Return the German name of the public holiday on ``day``, None if it is none."""
    return public_holidays(day.year).get(day)
