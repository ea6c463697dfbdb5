"""What is read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stadtkern_cityguide.plan import Plan

MAX_ITEMS = 5_000
"""Most places or events of one file."""

MAX_TITLE = 200
MAX_SUMMARY = 500
MAX_KEY = 200


class IntakeError(ValueError):
    """A file that is refused as a whole; ``message`` is a translation string for editors."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the untranslated message with its values filled in."""
        return words(self.message)


def words(message: Any) -> str:
    """Return a message untranslated, for programs."""
    return str(message.interpolate() if hasattr(message, "interpolate") else message)


@dataclass(frozen=True)
class Repair:
    """What was mended: the item's title, the field, the text before and after."""

    item: str
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Invalid:
    """What could not be taken, and why (a translation string)."""

    item: str
    field: str
    reason: Any


@dataclass(frozen=True)
class Defaults:
    """What counts where an item does not say it itself."""

    licence: str = ""
    attribution: str = ""
    language: str = "de"
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True)
class Item:
    """One thing of a file. ``type``: place, event or tour.

    ``key``: what it is called within its file, the same the next time. ``fields``: as the content
    type's schema takes them in JSON. ``words``: by which categories are found. ``details``: the
    block that events have. ``plan``: a tour's line.
    """

    type: str
    key: str
    title: str
    summary: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    details: dict[str, Any] = field(default_factory=dict)
    plan: Plan | None = None


@dataclass
class Reading:
    """A whole file. ``source``: its name without ending, under which its items are known."""

    source: str
    format: str
    items: list[Item] = field(default_factory=list)
    repaired: list[Repair] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)

    def key(self, wanted: str) -> str:
        """Return a key that no other item of the file has."""
        wanted = wanted[: MAX_KEY - 8]
        number = self.keys[wanted] = self.keys.get(wanted, 0) + 1
        return wanted if number == 1 else f"{wanted}#{number}"
