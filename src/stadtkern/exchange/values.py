"""Hashes over canonical JSON, and messages as they are stored."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pyramid.i18n import TranslationString

MAX_KEY = 140


def canonical(value: Any) -> bytes:
    """Return JSON in one form only: names in order, no blanks, UTF-8."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode("utf-8", "surrogatepass")


def hash_of(value: Any) -> str:
    """Return the sha256 of a value's canonical JSON."""
    return sha256(canonical(value)).hexdigest()


def released_hash(payload: Any, decisions: Any, proposal: Any) -> str:
    """Return the hash of what a release is bound to."""
    return hash_of([payload, decisions, proposal])


def key_of(text: str) -> str:
    """Return a key that fits its column; one that is longer, or holds ``#``, is hashed."""
    fits = len(text) <= MAX_KEY and "#" not in text
    return text if fits else sha256(text.encode()).hexdigest()


def as_stored(message: Any) -> dict[str, Any]:
    """Return a message with its values as JSON; messages within it, too."""
    if not isinstance(message, TranslationString):
        return {"text": str(message)}
    made: dict[str, Any] = {"domain": message.domain or "", "text": str(message)}
    if message.mapping:
        made["values"] = {
            name: as_stored(value) if isinstance(value, TranslationString) else value
            for name, value in message.mapping.items()
        }
    return made


def as_message(stored: Mapping[str, Any]) -> TranslationString:
    """Return a stored message, to be translated."""
    values = {
        name: as_message(value) if isinstance(value, dict) else value
        for name, value in (stored.get("values") or {}).items()
    }
    return TranslationString(
        stored["text"], domain=stored.get("domain") or "stadtkern", mapping=values or None
    )
