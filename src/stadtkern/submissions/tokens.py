"""What a form's page carries: when it was asked for and a number of its own, signed."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from pyramid.registry import Registry

from stadtkern.web.sessions import secret

OLDEST = 12 * 3600
"""Seconds after which a page must be sent again."""
QUICKEST = 3
"""Seconds within which nobody fills in a form."""
CODE = 12
MANY = 200
WORK = 15
"""Zero bits at the head of a hash: some 33,000 tries, less than a second of a browser's time."""


@dataclass(frozen=True)
class Token:
    """A token that is ours: ``nonce`` and the seconds since it was made."""

    nonce: str
    age: float


def _mac(registry: Registry, *parts: str) -> bytes:
    key = secret(registry.settings).encode()
    text = "\0".join(("stadtkern.submission", *parts)).encode()
    return hmac.new(key, text, hashlib.sha256).digest()


def make(registry: Registry, tenant_id: int, node_id: int, at: float) -> str:
    """Return a new token of a form's page that was asked for at ``at`` (seconds of the epoch)."""
    nonce, moment = secrets.token_hex(16), str(int(at))
    signed = _mac(registry, "page", str(tenant_id), str(node_id), nonce, moment).hex()
    return f"{nonce}.{moment}.{signed}"


def read(
    registry: Registry, tenant_id: int, node_id: int, text: str, *, now: float
) -> Token | None:
    """Return what a posted token says; None for one that is not ours, of another form, or old."""
    parts = text.split(".")
    if len(text) > MANY or len(parts) != 3 or not text.isascii():  # noqa: PLR2004
        return None
    nonce, moment, signed = parts
    wanted = _mac(registry, "page", str(tenant_id), str(node_id), nonce, moment).hex()
    if not hmac.compare_digest(signed, wanted):
        return None
    age = now - int(moment)
    return Token(nonce, age) if age <= OLDEST else None


def code(registry: Registry, tenant_id: int, nonce: str) -> str:
    """Return the code that opens the status of what was sent with this token (60 bits).

    Made from the token, so that whoever sends twice reads the same code again; stored as a hash.
    """
    raw = base64.b32encode(_mac(registry, "code", str(tenant_id), nonce)).decode()[:CODE]
    return f"{raw[:4]}-{raw[4:8]}-{raw[8:]}"


def digest(text: str) -> str:
    """Return the hash of a code as somebody typed it: case, blanks and hyphens do not matter.

    Nor do 0 for O and 1 for I: codes have no such digits (RFC 4648 section 6).
    """
    plain = "".join(char for char in text.upper() if char.isalnum())
    plain = plain.translate(str.maketrans("01", "OI"))
    return hashlib.sha256(plain.encode()).hexdigest()


def worked(token: str, number: str) -> bool:
    """Tell whether a browser has searched for this number (proof of work).

    SHA-256 of token, colon and number begins with ``WORK`` zero bits. It proves no person; it
    only makes many posts dear.
    """
    if not number.isascii() or not number.isdigit() or len(number) > CODE:
        return False
    found = hashlib.sha256(f"{token}:{number}".encode()).digest()
    return int.from_bytes(found, "big") >> (256 - WORK) == 0
