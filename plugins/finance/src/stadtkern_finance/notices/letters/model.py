"""A letter as it is printed: German texts, amounts already written out."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Letterhead:
    """How a municipality's letters look from a day on."""

    since: date
    lines: tuple[str, ...]
    """Name of the municipality, then office or department."""
    sender: str
    """The line above the recipient's address."""
    contact: tuple[tuple[str, str], ...] = ()
    """Label and value, such as telephone and mail."""
    footer: tuple[str, ...] = ()
    colour: str = "#003064"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; a sum is strong."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading line; all columns but the first are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """The XML that goes with a letter, and its name."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that stands in a letter, in its order."""

    letterhead: Letterhead
    day: date
    title: str
    subject: str
    """One sentence about the letter, for lists of documents."""
    recipient: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]
    tables: tuple[Table, ...]
    sections: tuple[Section, ...]
    steps: tuple[str, ...]
    """How it was calculated, one sentence a step."""
    plain_title: str = "Ihr Bescheid in einfachen Worten"
    plain: tuple[Section, ...] = ()
    attached: Attached | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the letter for the template; without the attachment, which is bytes."""
        made: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("title", "subject", "recipient", "references", "opening", "steps")
        }
        made["plain-title"] = self.plain_title
        for name in ("tables", "sections", "plain"):
            made[name] = [asdict(one) for one in getattr(self, name)]
        made["letterhead"] = asdict(self.letterhead)
        made["letterhead"]["since"] = self.letterhead.since.isoformat()
        return made
