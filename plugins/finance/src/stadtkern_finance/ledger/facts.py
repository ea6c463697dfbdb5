"""A booking line as JSON, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from stadtkern_finance.bookings.model import BookingLine, Debtor, Kind, Tax


class LedgerBroken(Exception):  # noqa: N818 - what the user sees
    """What is stored no longer is what was booked, or written: somebody has changed it."""


def facts_of(line: BookingLine) -> dict[str, Any]:
    """Return a line as JSON keeps it."""
    facts = asdict(line)
    facts["betrag"] = str(line.betrag)
    facts["kind"], facts["steuerart"] = line.kind.value, line.steuerart.value
    facts["faelligkeit"] = None if line.faelligkeit is None else line.faelligkeit.isoformat()
    return facts


def line_of(facts: Mapping[str, Any], line_id: str) -> BookingLine:
    """Return the line; LedgerBroken where its facts have another id than it was booked with."""
    day = facts["faelligkeit"]
    line = BookingLine(
        **{
            **facts,
            "kind": Kind(facts["kind"]),
            "steuerart": Tax(facts["steuerart"]),
            "debtor": Debtor(**facts["debtor"]),
            "betrag": Decimal(facts["betrag"]),
            "faelligkeit": None if day is None else date.fromisoformat(day),
        }
    )
    if line.line_id != line_id:
        raise LedgerBroken(line_id)
    return line
