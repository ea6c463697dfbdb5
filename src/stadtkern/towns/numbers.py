"""Which numbers the rows of an archive got here."""

from dataclasses import dataclass, field
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.content.moving import Moving


class Numbers:
    """Which numbers rows got here, and what must not be named by accident."""

    def __init__(self, given: dict[str, dict[int, int]]) -> None:
        self.given = given
        self._taken: dict[str, set[int]] = {}

    def node(self, old: int) -> int | None:
        """Return a node's number here; what is unknown keeps its own unless that is another's."""
        return self.of("node", old)

    def of(self, part: str, old: int) -> int | None:
        """Return the number here of a row of any numbered part."""
        known = self.given.get(part, {})
        if old in known:
            return known[old]
        if part not in self._taken:
            self._taken[part] = set(known.values())
        return None if old in self._taken[part] else old

    def strictly(self, part: str, old: int) -> int | None:
        """Return the number here, or None for a row that the archive does not hold."""
        return self.given.get(part, {}).get(old)


@dataclass
class Mover:
    """What a part's ``move`` gets: numbers of the new town, and stored values written anew."""

    session: Session
    registry: Registry
    tenant_id: int
    numbers: Numbers
    moving: Moving
    kinds: dict[int, tuple[str, int]] = field(default_factory=dict)

    def node(self, old: int) -> int | None:
        """Return the number that a node of the archive has here; None: it is not there."""
        return self.numbers.strictly("node", old)

    def number(self, part: str, old: int) -> int | None:
        """Return the number that a row of a numbered part has here; None: it is not there."""
        return self.numbers.strictly(part, old)

    def values(self, schema: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Return stored values of a colander schema class with the numbers of this town."""
        return self.moving.values(schema, values)
