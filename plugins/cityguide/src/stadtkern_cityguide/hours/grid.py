"""Opening hours as a week of rows, for those who do not write the notation; and the ``;`` trap.

A grid holds for each of ``ROWS`` a list of ``(from, to)``. ``PH`` may be missing: holidays are
then like their weekday. Only what a week can show becomes a grid; seasons, comments, “first
Saturday” and the like stay with the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
PH = "PH"
ROWS = (*DAYS, PH)
MAX_SPANS = 4
Span: TypeAlias = tuple[str, str]
Grid: TypeAlias = dict[str, list[Span]]

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)"
_LIST = rf"{_DAY}(?:-{_DAY})?(?:\s*,\s*{_DAY}(?:-{_DAY})?)*"
_TIME = r"(?:[01]\d|2[0-4]):[0-5]\d"
_SPAN = rf"{_TIME}-{_TIME}"
_RULE = re.compile(rf"({_LIST})\s+({_SPAN}(?:\s*,\s*{_SPAN})*|off|closed)")
_PART = re.compile(rf"(?:^|(?P<mark>[;,])\s*)(?P<rule>{_RULE.pattern})(?=\s*(?:$|;|,\s*{_DAY}))")
_EVERY = re.compile(rf"{_SPAN}(?:\s*,\s*{_SPAN})*")


def _days(text: str) -> list[str]:
    found: list[str] = []
    for item in text.split(","):
        first, _dash, last = item.strip().partition("-")
        if not last or PH in {first, last}:
            found += [one for one in (first, last) if one]
            continue
        start, end = DAYS.index(first), DAYS.index(last)
        found += DAYS[start : end + 1] if start <= end else (*DAYS[start:], *DAYS[: end + 1])
    return found


def _rules(text: str) -> list[tuple[str, list[str], list[Span]]] | None:
    """Return the rules of a text as (mark before, days, spans), None for what is more than that."""
    at, rules = 0, []
    text = text.strip().rstrip(";").strip()
    while at < len(text):
        part = _PART.match(text, at) if at == 0 else _PART.match(text, _skip(text, at))
        if part is None:
            return None
        days, times = part[3], part[4]
        spans: list[Span] = []
        if times not in {"off", "closed"}:
            for span in times.split(","):
                first, _dash, last = span.strip().partition("-")
                spans.append((first, last))
        rules.append((part["mark"] or "", _days(days), spans))
        at = part.end()
    return rules


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def grid_of(text: str) -> Grid | None:
    """Return what a text says of each row, None where a week cannot show it."""
    if text.strip() == "24/7":
        return {day: [("00:00", "24:00")] for day in DAYS}
    if _EVERY.fullmatch(text.strip()):
        text = f"Mo-Su {text.strip()}"
    rules = _rules(text)
    if not rules:
        return None
    grid: Grid = {day: [] for day in DAYS}
    for mark, days, spans in rules:
        for day in days:
            known = grid.get(day, [])
            grid[day] = [*known, *spans] if mark == "," else list(spans)
    if any(len(spans) > MAX_SPANS for spans in grid.values()):
        return None
    return {day: sorted(set(spans)) for day, spans in grid.items()}


def text_of(grid: Mapping[str, Sequence[Span]]) -> str:
    """Return the text of a grid; neighbouring days with the same times are one rule."""
    rules: list[str] = []
    runs: list[tuple[list[str], tuple[Span, ...]]] = []
    for day in DAYS:
        spans = tuple(sorted(grid.get(day) or ()))
        if runs and runs[-1][1] == spans:
            runs[-1][0].append(day)
        else:
            runs.append(([day], spans))
    for days, spans in runs:
        if spans:
            name = days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"
            rules.append(f"{name} {_times(spans)}")
    if PH in grid:
        holidays = tuple(sorted(grid[PH] or ()))
        rules.append(f"PH {_times(holidays)}" if holidays else "PH off")
    return "; ".join(rules)


def _times(spans: Sequence[Span]) -> str:
    return ",".join(f"{first}-{last}" for first, last in spans)


def read_grid(value: Any) -> Grid | None:
    """Return a grid that a script sent, None if it is none."""
    if not isinstance(value, dict) or not set(value) <= set(ROWS):
        return None
    grid: Grid = {}
    for day, spans in value.items():
        if not isinstance(spans, list) or len(spans) > MAX_SPANS:
            return None
        grid[day] = []
        for span in spans:
            if not (
                isinstance(span, list)
                and len(span) == 2  # noqa: PLR2004 - from, to
                and all(isinstance(one, str) and re.fullmatch(_TIME, one) for one in span)
            ):
                return None
            first, last = span
            # Midnight as an end is 24:00; a clock field can only say 00:00.
            grid[day].append((first, "24:00" if last == "00:00" else last))
    return grid


def trap(text: str) -> str:
    """Return the rule that takes back another one by a semicolon, empty if there is none.

    ``Mo-Fr 08:00-12:00; Th 14:00-18:00`` closes on Thursday morning, which few people mean.
    """
    rules = _rules(text) or []
    seen: set[str] = set()
    for mark, days, spans in rules:
        weekdays = set(days) - {PH}
        if mark == ";" and spans and weekdays & seen:
            names = ",".join(day for day in DAYS if day in weekdays)
            return f"{names} {_times(spans)}"
        seen |= weekdays if spans else set()
    return ""
