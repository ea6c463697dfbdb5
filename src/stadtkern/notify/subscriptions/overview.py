"""How many people get what: numbers for editors, nothing of the people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from stadtkern.content.queries import by_ids
from stadtkern.notify.subscriptions import queries, targets
from stadtkern.notify.subscriptions.models import FREQUENCIES, SEARCH, SECTION, TYPE
from stadtkern.web.i18n import _

ORDER = (SECTION, TYPE, SEARCH)


@dataclass
class Line:
    """One thing that is subscribed to; ``numbers`` by how often."""

    title: Any
    language: str
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FREQUENCIES, 0))

    @property
    def total(self) -> int:
        """Return how many subscriptions there are."""
        return sum(self.numbers.values())


@dataclass(frozen=True)
class Overview:
    """How many addresses there are, and what they are subscribed to, the most first.

    ``suspended``: how many of them get nothing, since their mailbox refuses mails.
    """

    people: int
    suspended: int
    lines: list[Line]


def overview(request: Request) -> Overview:
    """Return the numbers of the request's town; four statements at most.

    Searches are counted together: what single people look for is theirs.
    """
    rows = queries.numbers(request.db)
    nodes = by_ids(
        request.db, {row.node_id for row in rows if row.node_id is not None}, drafts=True
    )
    types = targets.telling(request.registry, request.plugins.enabled)
    lines: dict[tuple[Any, ...], Line] = {}
    for row in rows:
        key = (row.kind,) if row.kind == SEARCH else (row.kind, row.node_id, row.type, row.language)
        if key not in lines:
            language = "" if row.kind == SEARCH else row.language
            lines[key] = Line(_title(row, nodes, types), language)
        lines[key].numbers[row.frequency] += row.number
    ordered = sorted(lines.items(), key=lambda one: (-one[1].total, ORDER.index(one[0][0])))
    people = queries.people(request.db) if rows else 0
    suspended = queries.suspended(request.db) if rows else 0
    return Overview(people, suspended, [line for _key, line in ordered])


def _title(row: Any, nodes: Mapping[int, Any], types: Mapping[str, Any]) -> Any:
    if row.kind == SEARCH:
        return _("Searches")
    if row.kind == SECTION:
        node = nodes.get(row.node_id)
        if node is None:
            return _("A section that lies in the trash")
        return targets.section_title(node.title, whole=node.parent_id is None)
    return targets.type_title(types[row.type].title if row.type in types else row.type)
