"""Hashes over canonical JSON."""

import json
from hashlib import sha256
from typing import Any

MAX_KEY = 140


_ENCODE = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
).encode


def canonical(value: Any) -> bytes:
    """Return JSON in one form only: names in order, no blanks, UTF-8."""
    return _ENCODE(value).encode("utf-8", "surrogatepass")


def hash_of(value: Any) -> str:
    """Return the sha256 of a value's canonical JSON."""
    return sha256(canonical(value)).hexdigest()


def released_hash(payload: Any, decisions: Any, proposal: Any) -> str:
    """Return the hash of what a release is bound to."""
    return bound_hash(canonical(payload), decisions, proposal)


def bound_hash(payload: bytes, decisions: Any, proposal: Any) -> str:
    """Return the same of a payload that is canonical already."""
    return sha256(_bound(payload, decisions, proposal)).hexdigest()


def released_bytes(payload: Any, decisions: Any, proposal: Any) -> bytes:
    """Return what a release is bound to: canonical JSON of all three in a list."""
    return _bound(canonical(payload), decisions, proposal)


def _bound(payload: bytes, decisions: Any, proposal: Any) -> bytes:
    return b"[" + b",".join((payload, canonical(decisions), canonical(proposal))) + b"]"


def key_of(text: str) -> str:
    """Return a key that fits its column; one that is longer, or holds ``#``, is hashed."""
    fits = len(text) <= MAX_KEY and "#" not in text
    return text if fits else sha256(text.encode()).hexdigest()
