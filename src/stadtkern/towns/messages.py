"""Messages of the room as they are stored: said in the reader's language later."""

from collections.abc import Mapping
from typing import Any

from pyramid.i18n import TranslationString

from stadtkern.web.i18n import DOMAIN


def as_json(message: str) -> dict[str, Any]:
    """Return a message as it is stored."""
    values: Mapping[str, Any] = getattr(message, "mapping", None) or {}
    return {"text": str(message), "values": dict(values)}


def from_json(stored: Mapping[str, Any]) -> TranslationString:
    """Return a message that was stored."""
    return TranslationString(stored["text"], domain=DOMAIN, mapping=stored["values"])
