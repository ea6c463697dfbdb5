"""``PH`` as the days that it means in Hesse.

The reader's own calendar knows German federal holidays only (Corpus Christi is missing), so that
each rule with ``PH`` is written out before it is read: one for its weekdays, one for the dates.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from opening_hours import OpeningHours, validate

from stadtkern.tenants.holidays import public_holidays
from stadtkern_cityguide.hours.notation import uncertain

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_ITEM = rf"(?:PH|{_WEEKDAY}(?:\[[^\]]*\])?(?:\s*[+-]\s*\d+ days?)?(?:-{_WEEKDAY})?)"
_LIST = re.compile(rf"\b{_ITEM}(?:\s*,\s*{_ITEM})*")
_TOKEN = re.compile(r'"[^"]*"|\|\||[;,]|[^";,|]+|\|')
_TIME = re.compile(r"\d{1,2}:\d\d|\b(?:off|closed|open|unknown|sunrise|sunset|dawn|dusk|24/7)\b")
_SELECTOR = re.compile(rf"\s*(?:{_WEEKDAY}\b|PH\b|week\b|easter\b|{'|'.join(_MONTHS)}|\d{{4}}\b)")
AHEAD = 2
"""Years after the one that is asked about whose holidays are written out."""


@lru_cache(maxsize=4096)
def written_out(text: str, year: int) -> str | None:
    """Return opening hours with the holidays of ``year`` and the next years as dates.

    None where they hang on what is not known (``uncertain``).
    """
    return _written(
        text,
        sorted(day for each in range(year - 1, year + AHEAD + 1) for day in public_holidays(each)),
    )


def written_for(text: str, day: date) -> str | None:
    """Return the same for one day and the night before it: far shorter, and soon read."""
    return _written(
        text,
        [one for one in (day - timedelta(days=1), day) if one in public_holidays(one.year)],
    )


def _written(text: str, holidays: list[date]) -> str | None:
    if uncertain(text):
        return None
    if "PH" not in text:
        return text
    parts: list[str] = []
    for separator, rule in _rules(text):
        made = _rule(rule, holidays)
        if made is None or (separator == "||" and len(made) > 1):
            return None
        for piece in made:
            parts += [f"{separator or ';'} " if parts else "", piece]
    # Nothing but rules for days that never come: closed.
    return "".join(parts) or "off"


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield the rules of a text, each with what stands before it (``;``, ``,`` or ``||``).

    A comma begins a rule where the one before has said its times and days follow; else it lists.
    """
    separator, rule = "", ""
    pieces = _TOKEN.findall(text)
    for number, piece in enumerate(pieces):
        after = pieces[number + 1] if number + 1 < len(pieces) else ""
        adds = piece == "," and bool(
            (_TIME.search(rule) or rule.rstrip().endswith('"')) and _SELECTOR.match(after)
        )
        if piece in {";", "||"} or adds:
            if rule.strip():
                yield separator, rule.strip()
            separator, rule = piece, ""
        else:
            rule += piece
    if rule.strip():
        yield separator, rule.strip()


def _rule(rule: str, holidays: list[date]) -> list[str] | None:
    """Return one rule as one or two without ``PH``; an empty list if it holds on no day."""
    start = rule.find('"')
    selector = rule if start < 0 else rule[:start]
    found = next((one for one in _LIST.finditer(selector) if "PH" in one.group()), None)
    if found is None:
        return [rule] if "PH" not in selector else None
    before, after = rule[: found.start()].strip(), rule[found.end() :].strip()
    weekdays = [
        item.strip() for item in _split(found.group()) if item.strip() and item.strip() != "PH"
    ]
    days = _within(before, holidays)
    if days is None:
        return None
    made = []
    if weekdays:
        made.append(" ".join(part for part in (before, ",".join(weekdays), after) if part))
    if days:
        dates = ",".join(f"{day.year} {_MONTHS[day.month - 1]} {day.day:02}" for day in days)
        made.append(f"{dates} {after}".strip())
    return made


def _split(items: str) -> list[str]:
    """Return the items of a list of days; commas within brackets part nothing."""
    return re.split(r",(?![^\[]*\])", items)


def _within(selector: str, holidays: list[date]) -> list[date] | None:
    """Return the holidays in the months or weeks that a rule names before its days."""
    if not selector:
        return holidays
    text = f"{selector} 00:00-24:00"
    if not validate(text):
        return None
    hours = OpeningHours(text)
    return [day for day in holidays if hours.is_open(datetime.combine(day, time(12)))]
