"""Passwords: argon2id, and refusal of those that are guessed first."""

from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from zxcvbn import zxcvbn

from stadtkern.web.i18n import _

MINIMUM = 12
"""Characters. OWASP ASVS 5.0, 6.2.1 asks for 8 and recommends 15; no composition rules."""
MAXIMUM = 128
SCORE = 3
"""zxcvbn's score from 0 to 4; 3 stands for more than 10^8 guesses."""

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_AT_ONCE = BoundedSemaphore(2)
# Of a password that nobody has kept. Hashing one at each start took a tenth of it.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$nTxGNhom8Z3ZVNm9E2sAxQ"
    "$9LiM4HlOTAFNAjEK8EmWsNd8oZd8ZYqhuRBF4UFjsUY"
)


class PasswordRefused(Exception):  # noqa: N818 - the word that people read
    """A new password is too easy to guess; ``args[0]`` is a translatable sentence."""


def hash_password(password: str) -> str:
    """Return the argon2id hash with its parameters (RFC 9106, low-memory profile, 64 MiB)."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Compare in equal time, whether or not there is an account with a password."""
    try:
        # Each takes 64 MiB and all of a core: a crowd of guesses waits here, not everybody else.
        with _AT_ONCE:
            return _HASHER.verify(stored or NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _breached(file: str) -> frozenset[str]:
    return frozenset(Path(file).read_text("utf-8").split("\n"))


def check_password(password: str, context: list[str], breached_file: str | None = None) -> None:
    """Refuse a weak password with ``PasswordRefused``.

    ``context``: words an attacker would try first (name, mail, town). ``breached_file``: an
    operator's list of leaked passwords, one a line.
    """
    if len(password) < MINIMUM:
        raise PasswordRefused(_("Please choose at least ${n} characters.", mapping={"n": MINIMUM}))
    if len(password) > MAXIMUM:
        raise PasswordRefused(_("Please choose at most ${n} characters.", mapping={"n": MAXIMUM}))
    if breached_file and password in _breached(breached_file):
        raise PasswordRefused(
            _("This password has been found in a data leak. Please choose another one.")
        )
    words = [part for text in context for part in (text, *text.replace("@", " ").split())]
    # zxcvbn's time grows with the length; what follows after 72 characters adds no weakness.
    if zxcvbn(password[:72], user_inputs=words)["score"] < SCORE:
        raise PasswordRefused(
            _(
                "This password is easy to guess. Choose several words that do not belong together, "
                "and none from your name or your town."
            )
        )
