"""Numbers that rows have: ids in addresses and forms, and reference numbers that people read."""

import secrets
from typing import Any

from stadtkern.db.base import utcnow

MAX_ID = 2**31 - 1
"""The highest id: PostgreSQL's ``integer`` ends here, and refuses more with an error."""

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, 1, I, L and O: what is read out over the telephone is understood."""


def whole_number(text: Any) -> int | None:
    """Return the id, version or count that somebody posted; None for nonsense and beyond any id.

    Only the digits 0 to 9 count: ``int`` would take blanks, underscores and other scripts' digits.
    """
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        return None
    if len(text) > len(str(MAX_ID)) or int(text) > MAX_ID:
        return None
    return int(text)


def reference_number(kind: str, letters: int) -> str:
    """Draw a number to refer to, as ``B-2026-7KQ2MX``: a room's sign, the year (UTC), letters.

    It is no secret, and two that are alike (31 letters to choose from) the column refuses.
    """
    drawn = "".join(secrets.choice(LETTERS) for _letter in range(letters))
    return f"{kind}-{utcnow():%Y}-{drawn}"
