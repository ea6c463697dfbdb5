"""Probes of what the public site tells machines, of languages, redirects and missed pages."""

from typing import Any

from security_probes import BY_KEY, NO_ROWS, WRITES_ONLY, Done, Probe, column, get, post
from security_world import World


def _has_signs(world: World) -> bool:
    (row,) = world.rows("tenant", id=world.victim.town.tenant_id)
    return "gsg" in row["locales"]


def _leads(world: World, name: str) -> list[dict[str, Any]]:
    """Return the victim's redirect at the address of this name."""
    tenant, path = world.victim.town.tenant_id, f"/{world.victim.prefix}-{name}"
    return world.rows("redirect", tenant_id=tenant, path=path)


def _to_page(name: str) -> Done:
    def check(world: World) -> bool:
        page = world.victim.ids["page"]
        return any(row["node_id"] == page for row in _leads(world, name))

    return check


SAME = "front pages have the same addresses in every town"

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("sitemap", "GET"): [get("sitemap", lambda _side: "/sitemap.xml", login=False)],
    ("sitemap.part", "GET"): [get("part of it", lambda _side: "/sitemap-1.xml", login=False)],
    ("robots", "GET"): [get("robots", lambda _side: "/robots.txt", login=False, unwalled=NO_ROWS)],
    ("admin.languages", "GET"): [get("languages", lambda _side: "/admin/languages", unwalled=SAME)],
    ("admin.languages", "POST"): [
        post(
            "further language",
            lambda _side: "/admin/languages",
            lambda _side: [("language", "gsg")],
            _has_signs,
            unwalled=BY_KEY,
        )
    ],
}
PROBES |= {
    ("Home/feed.atom", "GET"): [get("feed", lambda _side: "/feed.atom", login=False)],
    ("Home/events.ics", "GET"): [get("calendar", lambda _side: "/events.ics", login=False)],
    ("Folder/feed.atom", "GET"): [
        get("folder's feed", lambda side: f"{side.paths['folder']}/feed.atom", login=False)
    ],
    ("Folder/events.ics", "GET"): [
        get("folder's calendar", lambda side: f"{side.paths['folder']}/events.ics", login=False)
    ],
    ("Page/feed.atom", "GET"): [
        get("section's feed", lambda side: f"{side.paths['page']}/feed.atom", login=False)
    ],
    ("Page/events.ics", "GET"): [
        get("section's calendar", lambda side: f"{side.paths['page']}/events.ics", login=False)
    ],
    ("Event/event.ics", "GET"): [
        get("single event", lambda side: f"{side.paths['event']}/event.ics", login=False)
    ],
    ("admin.redirects", "GET"): [get("redirects", lambda _side: "/admin/redirects")],
    ("admin.redirects", "POST"): [
        post(
            "redirect away",
            lambda _side: "/admin/redirects",
            lambda side: [("path", f"/{side.prefix}-lead")],
            lambda world: not _leads(world, "lead"),
        )
    ],
    ("admin.redirect", "GET"): [
        get("redirect's form", lambda side: f"/admin/redirects/edit?path=/{side.prefix}-lead")
    ],
    ("admin.redirect", "POST"): [
        post(
            "new redirect",
            lambda _side: "/admin/redirects/edit",
            lambda side: [
                ("path", f"/{side.prefix}-fresh"),
                ("target", side.paths["page"]),
                ("permanence", "permanent"),
                ("was", ""),
            ],
            lambda world: any(
                row["node_id"] == world.victim.ids["page"] for row in _leads(world, "fresh")
            ),
            unwalled=WRITES_ONLY,
        )
    ],
    ("admin.redirects.export", "GET"): [get("table", lambda _side: "/admin/redirects.csv")],
    ("admin.redirects.import", "GET"): [
        get("form of a table", lambda _side: "/admin/redirects/import", unwalled=NO_ROWS)
    ],
    ("admin.redirects.import", "POST"): [
        post(
            "table taken in",
            lambda _side: "/admin/redirects/import",
            lambda side: [
                ("step", "store"),
                ("table", f"from;to\n/{side.prefix}-row;{side.paths['page']}\n"),
            ],
            lambda world: any(
                row["node_id"] == world.victim.ids["page"] for row in _leads(world, "row")
            ),
            unwalled=WRITES_ONLY,
        )
    ],
    ("admin.misses", "GET"): [get("missing pages", lambda _side: "/admin/misses")],
    ("admin.misses", "POST"): [
        post(
            "missing page ignored",
            lambda _side: "/admin/misses",
            lambda side: [("path", f"/{side.prefix}-missed")],
            column("missed_path", "ignored", bool),
        )
    ],
}
PUBLIC = {
    *("sitemap", "sitemap.part", "robots", "Home/feed.atom", "Folder/feed.atom"),
    *("Home/events.ics", "Folder/events.ics", "Event/event.ics"),
    *("Page/feed.atom", "Page/events.ics"),
}
ROLES = {
    "editor": {
        *(("admin.redirects", "GET"), ("admin.redirects", "POST"), ("admin.redirect", "GET")),
        *(("admin.redirect", "POST"), ("admin.redirects.export", "GET"), ("admin.misses", "GET")),
        *(("admin.redirects.import", "GET"), ("admin.redirects.import", "POST")),
        ("admin.misses", "POST"),
    },
    "administrator": {("admin.languages", "GET"), ("admin.languages", "POST")},
}
