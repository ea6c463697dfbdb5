"""Messages on the next page, with a button that takes the deed back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request


@dataclass(frozen=True)
class Undo:
    """The form behind “Undo”: it does the reverse, with the same checks as any other form."""

    action: str
    fields: Mapping[str, Any]


def tell(
    request: Request, message: str, kind: str = "success", *, undo: Undo | None = None
) -> None:
    """Keep a message for the next page of the back office."""
    entry: list[Any] = [kind, request.translate(message)]
    if undo is not None:
        entry.append({"action": undo.action, "fields": dict(undo.fields)})
    request.session.flash(entry, "notice")
