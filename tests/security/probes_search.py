"""Probes of search: a town's words are found in that town only."""

from security_probes import Probe, get, post
from security_world import World

ITS_NUMBER = "every word of the index begins with its town's number, and so does each that is asked"
"""A third wall in the index itself, beside the filter and row-level security."""


def _synonyms(world: World) -> str:
    for row in world.rows("tenant_plugin", tenant_id=world.victim.town.tenant_id):
        if row["plugin"] == "search":
            return str(row["settings"])
    return ""


def _waits(world: World) -> bool:
    return any(
        "search.reindex" in str(row) and row["tenant_id"] == world.victim.town.tenant_id
        for row in world.rows("job")
    )


SHOWN_OWN = (
    "settings are read for the host that was asked, and hold no marker before they are saved"
)

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("search", "GET"): [
        get(
            "what begins like the other town's words",
            lambda side: f"/suche?q={side.prefix}&in=all",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
    ("search.suggestions", "GET"): [
        get(
            "suggestions for the other town's words",
            lambda side: f"/suche/vorschlaege?q={side.prefix}",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
    ("search.feed", "GET"): [
        get(
            "feed of the other town's words",
            lambda side: f"/suche/feed.atom?q={side.prefix}",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
    ("search.calendar", "GET"): [
        get(
            "calendar of the other town's words",
            lambda side: f"/suche/events.ics?q={side.prefix}",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
    ("admin.search", "GET"): [
        get("words that mean the same", lambda _side: "/admin/search", unwalled=SHOWN_OWN)
    ],
    ("admin.search", "POST"): [
        post(
            "words that mean the same",
            lambda _side: "/admin/search",
            lambda side: [("synonyms", f"{side.prefix}eins, {side.prefix}zwei")],
            lambda world: f"{world.victim.prefix}eins" in _synonyms(world),
        )
    ],
    ("admin.search.rebuild", "POST"): [
        post("building the index", lambda _side: "/admin/search/rebuild", lambda _side: [], _waits)
    ],
}
PUBLIC = {"search", "search.suggestions", "search.feed", "search.calendar"}
ROLES = {
    "editor": {("admin.search", "GET"), ("admin.search", "POST"), ("admin.search.rebuild", "POST")}
}
