"""From the text of a source to a canonical value; ``ValueError`` where it is none."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

MAX_TEXT = 4000
MAX_DIGITS = 15
_EUROS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,11})(?:,([0-9]{1,2}))?", re.ASCII)
_PLAIN_EUROS = re.compile(r"([0-9]{1,11})\.([0-9]{1,2})", re.ASCII)
_YES = {"j": True, "ja": True, "1": True, "true": True, "x": True}
_NO = {"n": False, "nein": False, "0": False, "false": False}


def text(value: str) -> str:
    """Return the text with single spaces."""
    return " ".join(value.split())


def digits(value: str) -> str:
    """Return only the digits of a number written with blanks, dots, slashes or dashes."""
    if value.isascii() and value.isdigit():
        return value
    bare = re.sub(r"[\s./-]", "", value)
    if not re.fullmatch("[0-9]+", bare, re.ASCII):
        raise ValueError(value)
    return bare


def whole(value: str) -> int:
    """Return a whole number of at most 15 digits."""
    if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
        raise ValueError(value)
    return int(value)


def euros(value: str) -> int:
    """Return an amount in euros as cents: ``1.234,56``, ``1234,5``, ``1234.56`` or ``1234``."""
    found = _EUROS.fullmatch(value) or _PLAIN_EUROS.fullmatch(value)
    if found is None:
        raise ValueError(f"no amount in euros: {value!r}")
    return int(found[1].replace(".", "")) * 100 + int((found[2] or "").ljust(2, "0"))


def leading(value: str) -> int:
    """Return the number before its explanation: ``1``, ``1 - Hauptveranlagung``, ``1 (…)``."""
    found = re.match(r"([0-9]{1,9})(?![0-9])", value, re.ASCII)
    if found is None:
        raise ValueError(value)
    return int(found[1])


def cents_or_euros(value: str) -> int:
    """Return cents: digits alone are cents, as the XML counts; with a decimal sign euros."""
    bare = re.sub(r"\s*(EUR|Euro|€|Cent)$", "", value)
    if re.fullmatch("[0-9]{1,15}", bare, re.ASCII):
        return int(bare) if bare == value or value.endswith("Cent") else int(bare) * 100
    return euros(bare)


@lru_cache(maxsize=4096)
def date_ddmmyyyy(value: str) -> str:
    """Return ``06022024``, ``06.02.2024`` or ``2024-02-06`` as ISO 8601."""
    found = re.fullmatch(r"([0-9]{2})\.?([0-9]{2})\.?([0-9]{4})", value, re.ASCII)
    if found is None:
        return date.fromisoformat(value).isoformat()
    return date(int(found[3]), int(found[2]), int(found[1])).isoformat()


def yes_no(value: str) -> bool:
    """Return whether a source says yes."""
    known = _YES | _NO
    if value.lower() not in known:
        raise ValueError(value)
    return known[value.lower()]


CONVERTERS: Mapping[str, Callable[[str], Any]] = {
    "text": text,
    "digits": digits,
    "whole": whole,
    "cents": whole,
    "cents_or_euros": cents_or_euros,
    "leading": leading,
    "euros": euros,
    "date_ddmmyyyy": date_ddmmyyyy,
    "yes_no": yes_no,
}
