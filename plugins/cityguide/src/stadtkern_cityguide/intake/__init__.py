"""Files of places, events and tours that others made: read, judged, stored.

The format is told by the content, never by the file's name. Nothing here guesses: harmless white
space and case are mended and listed, what cannot be understood is listed by item, and the rest of
the item is taken.
"""

from stadtkern_cityguide.intake.formats import read
from stadtkern_cityguide.intake.judging import Decision, Judged, judge
from stadtkern_cityguide.intake.model import (
    Defaults,
    IntakeError,
    Invalid,
    Item,
    Reading,
    Repair,
)
from stadtkern_cityguide.intake.storing import store

__all__ = [
    "Decision",
    "Defaults",
    "IntakeError",
    "Invalid",
    "Item",
    "Judged",
    "Reading",
    "Repair",
    "judge",
    "read",
    "store",
]
