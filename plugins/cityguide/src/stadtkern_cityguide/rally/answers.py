"""From what somebody writes to the one form in which answers are compared. Pure.

``frontend/rally/normal.js`` does the same in the browser; both are tested with the same examples.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stadtkern_cityguide.i18n import _

KINDS = [
    ("choice", _("Choose")),
    ("number", _("Number")),
    ("text", _("Word or sentence")),
    ("order", _("Put in order")),
    ("qr", _("Find a code")),
    ("checkin", _("Be there")),
]
MAX_ACCEPTED = 12
"""Answers that count as right: each is hashed slowly."""
MAX_OPTIONS = 8
MAX_DECIMALS = 4
MAX_DIGITS = 12
"""So that a scaled number is exact in every browser (2**53)."""

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,']*")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[.,'][0-9]{3})+")


class Unsolvable(Exception):  # noqa: N818 - what it says of the task
    """A task cannot be solved as it is; ``args[0]`` is a translatable sentence.

    ``lacking``: something is still missing, rather than wrong.
    """

    def __init__(self, message: Any, *, lacking: bool = True) -> None:
        super().__init__(message)
        self.lacking = lacking


@dataclass(frozen=True)
class Solution:
    """What a page needs to check answers, and the accepted ones, which it must not show.

    ``shown``: what can be chosen or put in order, as visitors see it. For numbers ``decimals``,
    ``width`` and ``offset``: an answer counts by the number of the interval it lies in (counted in
    steps of ``width`` from ``offset``, all in units of the last decimal), so that one hash stands
    for all within the tolerance.
    """

    accepted: tuple[str, ...]
    shown: tuple[str, ...] = ()
    several: bool = False
    decimals: int = 0
    width: int = 1
    offset: int = 0


def normal(text: str) -> str:
    """Return letters and digits alone: no case, space, punctuation, accents; ä is ae, ß is ss."""
    lower = unicodedata.normalize("NFKC", text).lower()
    plain = unicodedata.normalize("NFC", lower).translate(_GERMAN)
    parts = unicodedata.normalize("NFD", plain)
    return "".join(char for char in parts if unicodedata.category(char)[0] in "LN")


def code(text: str) -> str:
    """Return a code as it is compared: capital letters and digits, O as 0 and I as 1."""
    kept = "".join(char for char in text.upper() if char.isascii() and char.isalnum())
    return kept.replace("O", "0").replace("I", "1")


def scaled(text: str, decimals: int) -> int | None:
    """Return the first number in a text in units of its last decimal, rounded; None for none.

    Of a whole number (``decimals`` 0) separators before three digits part thousands; else the last
    of ``.`` and ``,`` is the decimal sign, unless it stands there twice.
    """
    joined = "".join(text.split()).replace("\u2212", "-")
    found = _NUMBER.search(joined)
    if found is None:
        return None
    written = found[0].rstrip(".,'")
    sign = -1 if written[0] == "-" else 1
    written = written.lstrip("+-").replace("'", "")
    if decimals == 0 and _GROUPED.fullmatch(written):
        whole, part = re.sub("[.,]", "", written), ""
    else:
        last = max(written.rfind("."), written.rfind(","))
        once = last >= 0 and written.count(written[last]) == 1
        whole, part = (written[:last], written[last + 1 :]) if once else (written, "")
        whole = re.sub("[.,]", "", whole)
    if len(whole) + decimals > MAX_DIGITS:
        return None
    value = int(whole + part[:decimals].ljust(decimals, "0"))
    if part[decimals : decimals + 1] >= "5":
        value += 1
    return sign * value


def _decimals(text: str) -> int:
    written = text.strip().replace("'", "").replace(" ", "")
    if _GROUPED.fullmatch(written):
        return 0
    found = re.fullmatch(r"[+-]?[0-9]+[.,]([0-9]+)", written)
    return len(found[1].rstrip("0")) if found else 0


def lines(text: Any) -> list[str]:
    """Return what stands on each line, without blank ones."""
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]


def solution(task: Mapping[str, Any], salt: str) -> Solution:
    """Return how a task is solved; ``Unsolvable`` where it cannot be.

    ``salt`` mixes what is to be put in order: the same for the same task, and public.
    """
    kind = task.get("kind")
    given = lines(task.get("answer"))
    if kind == "choice":
        return _choice(lines(task.get("options")), given)
    if kind == "order":
        return _order(given, salt)
    if kind == "number":
        return _number(given, float(task.get("tolerance") or 0))
    read = code if kind in {"qr", "checkin"} else normal
    accepted = tuple(dict.fromkeys(one for one in map(read, given) if one))
    if not accepted and kind != "checkin":
        raise Unsolvable(_("The right answer is missing."))
    if len(accepted) > MAX_ACCEPTED:
        raise Unsolvable(_("At most 12 answers can count as right."), lacking=False)
    return Solution(accepted)


def _choice(options: Sequence[str], given: Sequence[str]) -> Solution:
    if len(options) < 2 or not given:  # noqa: PLR2004 - else there is no choice
        raise Unsolvable(
            _("Write at least two answers to choose from, one a line, and which of them is right.")
        )
    if len(options) > MAX_OPTIONS:
        raise Unsolvable(_("At most eight answers can be chosen from."), lacking=False)
    known = [normal(one) for one in options]
    if len(set(known)) < len(known):
        raise Unsolvable(_("Two of the answers to choose from are the same."), lacking=False)
    wanted = {normal(one) for one in given}
    if not wanted <= set(known):
        raise Unsolvable(
            _("The right answer is not among those to choose from. Please write it alike."),
            lacking=False,
        )
    right = ",".join(str(place) for place, one in enumerate(known) if one in wanted)
    return Solution((right,), tuple(options), several=len(wanted) > 1)


def _order(items: Sequence[str], salt: str) -> Solution:
    if len(items) < 2:  # noqa: PLR2004 - nothing to put in order
        raise Unsolvable(_("Write at least two things in their right order, one a line."))
    if len(items) > MAX_OPTIONS or len(set(items)) < len(items):
        raise Unsolvable(
            _("At most eight things can be put in order, and no two may be the same."),
            lacking=False,
        )
    # By a hash of each: where a thing stands on the page says nothing about where it belongs.
    shown = sorted(items, key=lambda one: hashlib.sha256(f"{salt}{one}".encode()).digest())
    if shown == list(items):
        shown = [*shown[1:], shown[0]]
    return Solution((",".join(str(shown.index(one)) for one in items),), tuple(shown))


def _number(given: Sequence[str], tolerance: float) -> Solution:
    if not given:
        raise Unsolvable(_("The right answer is missing."))
    spread = f"{tolerance:.{MAX_DECIMALS}f}".rstrip("0")
    decimals = max(_decimals(given[0]), len(spread.partition(".")[2]))
    middle = scaled(given[0], decimals)
    if len(given) > 1 or middle is None or decimals > MAX_DECIMALS:
        raise Unsolvable(
            _("The right answer must be one number with at most four decimals."), lacking=False
        )
    either = round(tolerance * 10**decimals)
    width = 2 * either + 1
    offset = (middle - either) % width
    return Solution(
        (str((middle - offset) // width),), decimals=decimals, width=width, offset=offset
    )


def interval(value: int, solved: Solution) -> str:
    """Return a scaled number as it is compared: the number of its interval."""
    return str((value - solved.offset) // solved.width)
