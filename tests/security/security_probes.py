"""What probes are made of: for a view the request that reaches a municipality's own rows.

The probes stand in ``probes_<subject>.py``; ``probes`` gathers them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyramid.path import AssetResolver
from security_side import Ask, Fields, Side
from security_world import World

Make = Callable[[World, Side, Side], Ask]
Done = Callable[[World], bool]


@dataclass(frozen=True)
class Probe:
    """One request.

    ``make(world, victim, me)`` returns it: ids and texts of ``victim``, sent by ``me`` (own ids
    where somebody can only ask from their own page). The own tenant asks with both the same.
    ``done``: whether the deed is in the database. ``login``: as administrator and operator.
    ``unwalled``: why nothing leaks though both walls are down; None where it must.
    """

    name: str
    make: Make
    done: Done | None = None
    login: bool = True
    unwalled: str | None = None


def get(name: str, path: Callable[[Side], str], **kw: Any) -> Probe:
    """Return a probe that reads the victim's address."""
    return Probe(name, lambda _world, victim, _me: Ask(path(victim)), **kw)


def node(name: str, place: str, rest: str = "", **kw: Any) -> Probe:
    """Return a probe that reads a page of the back office about a node."""
    return get(name, lambda side: f"/admin/nodes/{side.ids[place]}{rest}", **kw)


def post(
    name: str,
    path: Callable[[Side], str],
    fields: Callable[[Side], Fields],
    done: Done,
    **kw: Any,
) -> Probe:
    """Return a probe that posts the victim's form to the victim's address."""

    def make(_world: World, victim: Side, _me: Side) -> Ask:
        return Ask(path(victim), fields(victim))

    return Probe(name, make, done, **kw)


def column(table: str, name: str, expected: Any, item: str = "") -> Done:
    """Tell whether a column of the victim's node (or of any row) has the value."""

    def check(world: World) -> bool:
        where = (
            {"id": world.victim.ids[item]} if item else {"tenant_id": world.victim.town.tenant_id}
        )
        values = [row[name] for row in world.rows(table, **where)]
        return any(expected(value) if callable(expected) else value == expected for value in values)

    return check


def at(name: str) -> Callable[[Side], str]:
    """Return a function from a town to the address of what was planted under ``name``."""
    return lambda side: side.paths[name]


def shown(name: str) -> Probe:
    """Return a probe of a public page."""
    return get(f"page of a {name}", at(name), login=False)


OWN_ACCOUNT = "shows only whoever asks; accounts are the installation's"
OWN_TICKET = "ends the logins of whoever asks"
BY_KEY = "the row is asked for by its tenant's number, beside the walls"
NO_ROWS = "reads no row of a tenant"
WRITES_ONLY = "only adds a row to the tenant of the Host header"


def edited(name: str, place: str = "page", **changes: str) -> Probe:
    """Return a probe that saves a node through the form its editor sees."""

    def fields(victim: Side) -> Fields:
        path = f"/admin/nodes/{victim.ids[place]}/edit"
        return [*victim.form(path, "title", **changes), ("do", "publish")]

    return post(
        name,
        lambda side: f"/admin/nodes/{side.ids[place]}/edit",
        fields,
        column("node", "title", changes["title"], place),
    )


def added(title: str) -> Done:
    """Tell whether a node with this title was added."""
    return column("node", "title", title)


def static(name: str, spec: str) -> Probe:
    """Return a probe of a folder of built files: no tenant's rows, only that it answers."""
    folder = Path(AssetResolver().resolve(spec).abspath())
    file = next(
        (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".gz"),
        folder / "missing",
    )
    address = f"/{name.strip('/')}/{file.relative_to(folder)}"
    return get("built file", lambda _side: address, login=False, unwalled=NO_ROWS)
