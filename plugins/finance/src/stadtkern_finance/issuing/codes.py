"""One-time codes by which taxpayers open their notice: random, and kept as a hash only."""

import hashlib
import re
import secrets
from datetime import UTC, date, datetime, time, timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O and U: nobody mistakes one for another (32 signs)."""
LENGTH, GROUP = 20, 4
"""20 signs of 5 bits each: 100 bits, more than anybody can try out."""
DAYS = 90
"""For how long after posting a code opens its notice; longer than one may object."""
UNPOSTED_DAYS = 120
"""The same before its pile was posted, from when it was made."""
ONCE_USED = timedelta(hours=24)
"""For how long it does so after its first use: time to read, and to keep the file."""
LONGEST = 80
"""Characters of what people type."""
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
_APART = re.compile(r"[\s.\-–/]+")


def new_code() -> str:
    """Return a code without its groups."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(LENGTH))


def grouped(code: str) -> str:
    """Return a code in groups of four, as letters print it."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def typed(text: str) -> str | None:
    """Return the code that somebody typed, None for what can be none."""
    code = _APART.sub("", text[:LONGEST]).upper().translate(_MISTAKEN)
    fits = len(code) == LENGTH and set(code) <= set(ALPHABET)
    return code if fits else None


def digest(code: str) -> str:
    """Return what is kept of a code. It is random, so that no salt is needed."""
    return hashlib.sha256(f"stadtkern:finance:notice:{code}".encode()).hexdigest()


def bare(number: str) -> str:
    """Return a Kassenzeichen as it is compared: without dots, blanks and dashes."""
    return _APART.sub("", number[:LONGEST]).casefold()


def until(day: date, days: int = DAYS) -> datetime:
    """Return until when a code of a day holds."""
    return datetime.combine(day + timedelta(days=days + 1), time(), UTC)


def is_open(code_until: datetime | None, used_at: datetime | None, now: datetime) -> bool:
    """Tell whether a code still opens its notice."""
    if code_until is None or now >= code_until:
        return False
    return used_at is None or now < used_at + ONCE_USED
