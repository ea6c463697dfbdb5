"""Making, withdrawing and following codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from stadtkern.content import Content
from stadtkern.content.events import NodeEvent
from stadtkern.db import utcnow
from stadtkern_cityguide.codes import queries
from stadtkern_cityguide.codes.alphabet import drawn
from stadtkern_cityguide.codes.models import Code
from stadtkern_cityguide.geometry import haversine_m

SAME_STOP_M = 50.0
"""A stop that has got another name and moved by less than this is still the same one."""

Stop = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """What can have a code: a node, or the stop ``number`` (from 1) of a tour; 0: the whole."""

    node: Any
    number: int = 0
    title: str = ""
    code: Code | None = None

    @property
    def key(self) -> str:
        """Return its name in forms."""
        return f"{self.node.id}.{self.number}" if self.number else str(self.node.id)


@dataclass(frozen=True)
class Making:
    """What was asked for: the codes that are there now, and how many of them are new."""

    codes: list[Code]
    new: int


def stops_of(content: Content, node: Any) -> Sequence[Stop]:
    """Return the stops of a tour as they are stored; of a place none."""
    return content.fields(node).get("stops") or () if node.type == "tour" else ()


def remembered(stop: Stop) -> dict[str, Any]:
    """Return what a code remembers of its stop."""
    return {name: stop.get(name) for name in ("title", "lat", "lon")}


def _position(stop: Stop) -> tuple[float, float] | None:
    """Return where a stop is; a draft's may have no position yet."""
    lat, lon = stop.get("lat"), stop.get("lon")
    return None if lat is None or lon is None else (lat, lon)


def found_again(known: Mapping[str, Any], stops: Sequence[Stop]) -> int:
    """Return the number (from 1) of the stop that a code remembers; 0 if it is gone.

    Position and name, then the position alone (translations have other names), then the name
    alone if it is the only one, then the nearest within ``SAME_STOP_M``.
    """
    if not known:
        return 0
    here = _position(known)
    places = {n: spot for n, stop in enumerate(stops, 1) if (spot := _position(stop)) is not None}
    at = [n for n, place in places.items() if place == here]
    called = [
        n
        for n, stop in enumerate(stops, 1)
        if stop.get("title") and stop["title"] == known["title"]
    ]
    both = [n for n in at if n in called]
    for candidates in (both, at):
        if candidates:
            return candidates[0]
    if len(called) == 1:
        return called[0]
    if here is None or not places:
        return 0
    metres, near = min((haversine_m(here, place), n) for n, place in places.items())
    return near if metres <= SAME_STOP_M else 0


def items_of(content: Content, nodes: Sequence[Any]) -> list[list[Item]]:
    """Return for each node what can have a code: itself, then its stops; one query."""
    held: dict[int, list[Code]] = {}
    for code in queries.of_nodes(content.session, [node.id for node in nodes]):
        held.setdefault(code.node_id, []).append(code)
    found = []
    for node in nodes:
        stops = stops_of(content, node)
        places = {found_again(code.stop, stops): code for code in held.get(node.id, ())}
        # A code whose stop is gone leads to the tour, but is not the tour's own.
        whole = next((code for code in held.get(node.id, ()) if not code.stop), None)
        found.append(
            [
                Item(node, 0, node.title, whole),
                *(
                    Item(node, number, stop.get("title") or "", places.get(number))
                    for number, stop in enumerate(stops, 1)
                ),
            ]
        )
    return found


def make(content: Content, items: Iterable[Item]) -> Making:
    """Give codes to those that have none; tell the codes of all."""
    done, new = [], 0
    for item in items:
        code = item.code
        if code is None:
            stops = stops_of(content, item.node)
            code = Code(
                tenant_id=content.tenant.id,
                code=_free(content.session),
                node_id=item.node.id,
                stop=remembered(stops[item.number - 1]) if item.number else {},
            )
            content.session.add(code)
            content.session.flush()
            new += 1
        done.append(code)
    return Making(done, new)


def _free(session: Session) -> str:
    """Return a code that was never given."""
    code = drawn()
    while queries.one(session, code) is not None:
        code = drawn()
    return code


def withdraw(session: Session, code: str) -> bool:
    """Let a code lead nowhere from now on; tell whether it held."""
    row = queries.one(session, code)
    if row is None or row.withdrawn_at is not None:
        return False
    row.withdrawn_at = utcnow()
    return True


def follow(event: NodeEvent) -> None:
    """Let the codes of a tour's stops go along with a change of names, positions or order."""
    if event.node.type != "tour":
        return
    stops = ((event.node.body or {}).get("fields") or {}).get("stops") or ()
    for code in queries.of_nodes(event.session, [event.node.id]):
        number = found_again(code.stop, stops)
        if number and code.stop != (now := remembered(stops[number - 1])):
            code.stop = now
