"""Accepted answers as slow salted hashes, so that nobody reads a solution in a page's source.

Short answers can be guessed all the same, whatever the hash: a certificate is a souvenir.
"""

import hashlib
from base64 import b64encode
from functools import lru_cache

ITERATIONS = 60_000
"""Of PBKDF2 with SHA-256 (RFC 8018): about a twentieth of a second on a phone."""


@lru_cache(maxsize=4096)
def sealed(salt: str, answer: str) -> str:
    """Return the hash of an answer, in base64; the browser computes the same by WebCrypto.

    Kept in memory, because a page is rendered again whenever something on it changes.
    """
    made = hashlib.pbkdf2_hmac("sha256", answer.encode(), salt.encode(), ITERATIONS)
    return b64encode(made).decode("ascii")
