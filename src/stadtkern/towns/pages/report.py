"""What an import of pages has done, or would do."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stadtkern.web.i18n import as_stored

NEW, CHANGED, SKIPPED, INVALID = "new", "changed", "skipped", "invalid"


@dataclass(frozen=True)
class Line:
    """What becomes of one file: ``new``, ``changed`` (left alone), ``skipped`` or ``invalid``."""

    place: str
    """Its name within what was handed in."""
    outcome: str
    title: str = ""
    address: str = ""
    reasons: tuple[str, ...] = ()
    """Translatable sentences: why, and what is left to do."""


@dataclass
class Report:
    """All lines, in the order of the pages."""

    lines: list[Line] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many there are of each outcome."""
        found = Counter(line.outcome for line in self.lines)
        return {name: found[name] for name in (NEW, CHANGED, SKIPPED, INVALID)}

    def to_store(self, most: int) -> dict[str, Any]:
        """Return it as it is kept, with ``most`` lines; if there are more, what went well last."""
        lines = self.lines
        if len(lines) > most:
            lines = sorted(lines, key=lambda line: line.outcome == NEW and not line.reasons)[:most]
        kept = [
            vars(line) | {"reasons": [as_stored(one) for one in line.reasons]} for line in lines
        ]
        return {"counts": self.counts, "lines": kept, "more": len(self.lines) - len(kept)}

    def as_json(self, say: Any) -> dict[str, Any]:
        """Return it with the reasons in the language of ``say``."""
        lines = [
            vars(line) | {"reasons": [say(one) for one in line.reasons]} for line in self.lines
        ]
        return {**self.counts, "lines": lines}
