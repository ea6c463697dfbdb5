"""What reading gives: records with findings, or a refusal of the whole file."""

from enum import StrEnum
from typing import Any, NamedTuple


class Level(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """The record cannot be booked as it is."""
    WARNING = "warning"


class Finding(NamedTuple):
    """Something about one record: the field or source it stands at, and a text to translate."""

    level: Level
    field: str
    text: Any


class ParsedRecord(NamedTuple):
    """One record as far as it could be read; without errors its fields fit AssessmentRecord."""

    fields: dict[str, Any]
    findings: tuple[Finding, ...]
    format: str
    entry: str
    """The file's name, within an archive with its path there."""
    number: int
    """The record's place in its file, from 1."""
    subject: str = "assessment"
    """What it is: an assessment, or the rename of a file number."""

    @property
    def fits(self) -> bool:
        """Tell whether nothing stands against taking the record as it is."""
        return not any(finding.level is Level.ERROR for finding in self.findings)


class FileRefused(Exception):  # noqa: N818  # a refusal in the words of the intake
    """A file that cannot be read at all: ``text`` says why and where, to be translated."""

    def __init__(self, entry: str, text: Any) -> None:
        super().__init__(f"{entry}: {text.interpolate() if hasattr(text, 'interpolate') else text}")
        self.entry = entry
        self.text = text
