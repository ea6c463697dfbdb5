"""How codes look: few characters that nobody takes for one another, in print or by hand."""

import secrets

ALPHABET = "3479CDFGHJKMNPRTVWXY"
"""No 0 O Q, 1 I L, 2 Z, 5 S, 6, 8 B, U beside V, and no A and E either: no code is a word."""

LENGTH = 5
"""3.2 million codes for each town. They are no secrets: whoever guesses one opens a public page."""


def drawn() -> str:
    """Return a code by chance."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalised(text: str) -> str | None:
    """Return a code as it is stored, from what somebody typed; None if it can be none.

    Case, blanks, hyphens and dots do not count.
    """
    code = "".join(one for one in text.upper() if one not in " \t\u00a0-.–")
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
