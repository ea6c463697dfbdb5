"""Probes of what editors of the city guide have: drawing tours."""

from security_probes import NO_ROWS, Probe, added, get
from security_side import Ask, Side
from security_world import World


def _route(victim: Side) -> str:
    return f"/admin/cityguide/tours/{victim.ids['tour']}/route"


def _drawn(_world: World, victim: Side, _me: Side) -> Ask:
    """Turn the victim's line round, by the very form that its editor sees."""
    fields = [pair for pair in victim.form(_route(victim), "base_line") if pair[0] != "do"]
    fields = [(name, value) for name, value in fields if name not in {"line", "pasted", "upload"}]
    fields += [("line", '{"pieces": [[[1, 0]]]}'), ("do", "save")]
    return Ask(_route(victim), fields)


def _line_kept(world: World) -> bool:
    return len(world.rows("cityguide_line", tenant_id=world.victim.town.tenant_id)) > 1


def _new_tour(_world: World, _victim: Side, _me: Side) -> Ask:
    fields = [
        ("__start__", "head:mapping"),
        ("title", "Gezeichnet"),
        ("mode", "foot"),
        ("licence", "CC0-1.0"),
        ("attribution", "Stadt"),
        ("__end__", "head:mapping"),
        ("base_line", ""),
        ("line", '{"pieces": [[{"line": "_~_qHoxvp@o}@o}@"}]]}'),
        ("do", "save"),
    ]
    return Ask("/admin/cityguide/tours/new", fields)


PUBLIC = {"cityguide.events"}
NO_TWINS = "no two places of a planted town look alike"


def _source(victim: Side) -> str:
    return f"/admin/cityguide/nodes/{victim.ids['tour']}/source"


def _reset(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask(_source(victim), [("version", "1"), ("do", "keep:all")])


def _twin(_world: World, victim: Side, _me: Side) -> Ask:
    ids = victim.ids
    return Ask(
        "/admin/cityguide/duplicates", [("keep", str(ids["place"])), ("drop", str(ids["tour"]))]
    )


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("cityguide.route", "GET"): [get("line and stops", _route)],
    ("cityguide.route", "POST"): [Probe("draw a tour's line", _drawn, _line_kept)],
    ("cityguide.tour.new", "GET"): [get("draw a tour", lambda _side: "/admin/cityguide/tours/new")],
    ("cityguide.tour.new", "POST"): [Probe("a new tour", _new_tour, added("Gezeichnet"))],
    ("cityguide.missing", "GET"): [
        get("what is missing", lambda _side: "/admin/cityguide/missing?show=picture")
    ],
    ("cityguide.events", "GET"): [get("what is on", lambda _side: "/guide/events", login=False)],
    ("cityguide.hours", "GET"): [
        get("hours", lambda _side: "/admin/cityguide/hours?text=24/7", unwalled=NO_ROWS)
    ],
    ("cityguide.duplicates", "GET"): [
        get("twins", lambda _side: "/admin/cityguide/duplicates", unwalled=NO_TWINS)
    ],
    ("cityguide.duplicates", "POST"): [Probe("trash a twin", _twin, lambda _world: True)],
    ("cityguide.source", "GET"): [get("source", _source)],
    ("cityguide.source", "POST"): [Probe("reset to the source", _reset, lambda _world: True)],
}
ROLES = {
    "office": {("cityguide.hours", "GET")},
    "editor": {
        ("cityguide.route", "GET"),
        ("cityguide.route", "POST"),
        ("cityguide.tour.new", "GET"),
        ("cityguide.tour.new", "POST"),
        ("cityguide.missing", "GET"),
        ("cityguide.duplicates", "GET"),
        ("cityguide.duplicates", "POST"),
        ("cityguide.source", "GET"),
        ("cityguide.source", "POST"),
    },
}
