"""Days on which something is due, moved where they fall on a day without work."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.calendar import working_day
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.periods import months_after
from stadtkern_finance.law.wording import Fact

MOVED = Rule(
    "deadline.moved",
    _("${day} is a day without work (${reason}): moved to the next working day, ${result}"),
    "next_working_day(day)",
    "§ 108 Abs. 3 AO",
    (("day", Fact.DATE), ("reason", Fact.FREE_DAY)),
    Fact.DATE,
)
MONTH_AFTER = Rule(
    "deadline.month_after_announcement",
    _("One month after the notice was announced on ${announced}: ${result}"),
    "announced + 1 month",
    "",
    (("announced", Fact.DATE),),
    Fact.DATE,
)


class Day(NamedTuple):
    """A day that counts, the day that the law names, and why they differ if they do."""

    day: date
    named: date
    steps: tuple[Step, ...]


@lru_cache(maxsize=4096)
def on_working_day(day: date) -> Day:
    """Return ``day``, moved to the next working day where it is none (§ 108 (3) AO)."""
    moved = working_day(day)
    steps = () if moved == day else (Step(MOVED, (day, day), moved),)
    return Day(moved, day, steps)


@lru_cache(maxsize=4096)
def month_after(announced: date, law: str) -> Day:
    """Return the end of the month after an announcement, with ``law`` as its paragraph."""
    named = months_after(announced, 1)
    found = on_working_day(named)
    first = Step(MONTH_AFTER, (announced,), named, law=law)
    return Day(found.day, named, (first, *found.steps))
