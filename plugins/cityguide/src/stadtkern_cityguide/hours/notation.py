"""The notation itself: what can be read, what is mended without guessing, what cannot be known."""

import re
from functools import lru_cache
from typing import Any

from opening_hours import validate

from stadtkern_cityguide.i18n import _

MAX_LENGTH = 255
"""Characters; OpenStreetMap's own limit for a value."""

_WORDS = {
    word.casefold(): word
    for word in (
        *("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH", "SH"),
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        *("off", "closed", "open", "unknown", "easter", "week", "day", "days"),
        *("sunrise", "sunset", "dawn", "dusk"),
    )
}
_LETTERS = re.compile(r"[A-Za-z]+")
_QUOTED = re.compile(r'("[^"]*")')
_AROUND_DASH = re.compile(r"\s*[-–—]\s*")
_UNKNOWABLE = re.compile(r"\bSH\b|\bPH\s*[+-]\s*\d")


@lru_cache(maxsize=4096)
def readable(text: str) -> bool:
    """Tell whether the notation allows this text."""
    return bool(text.strip()) and len(text) <= MAX_LENGTH and validate(text)


def outside_quotes(text: str, change: Any) -> str:
    """Return the text with ``change`` done to everything but comments in quotes."""
    return "".join(
        part if part.startswith('"') else change(part) for part in _QUOTED.split(text) if part
    )


def repaired(text: str) -> str:
    """Return the text with white space and case as the notation has them, where that helps.

    What is right stays as it is, and nothing is guessed: a text that cannot be read comes back
    unchanged.
    """
    tidy = " ".join(text.split())
    cased = outside_quotes(
        tidy,
        lambda part: _LETTERS.sub(
            lambda word: _WORDS.get(word.group().casefold(), word.group()), part
        ),
    )
    if readable(text) and cased == tidy:
        # White space at the ends is no part of it, even where the reader forgives it.
        return text.strip()
    for attempt in (cased, outside_quotes(cased, lambda part: _AROUND_DASH.sub("-", part))):
        if readable(attempt):
            return attempt
    return text


def problem(text: str) -> Any:
    """Return a sentence on why a text is no opening hours, None if it is."""
    if len(text) > MAX_LENGTH:
        return _("Opening hours have at most ${n} characters.", mapping={"n": MAX_LENGTH})
    if readable(text):
        return None
    return _(
        "These opening hours cannot be read: “${text}”. Please write them like "
        "Mo-Fr 09:00-17:00; Sa 10:00-13:00; PH off.",
        mapping={"text": text[:80]},
    )


def uncertain(text: str) -> bool:
    """Tell whether it hangs on what we do not know: school holidays, days around a holiday."""
    return bool(_UNKNOWABLE.search(outside_quotes_only(text)))


def outside_quotes_only(text: str) -> str:
    """Return the text without comments in quotes."""
    return _QUOTED.sub(" ", text)
