"""Probes of the city guide."""

import webtest
from planting.guide import GPX
from security_probes import NO_ROWS, Probe, added, at, column, get, post, shown
from security_side import Ask, Side
from security_world import World

ROLES = {role: {("cityguide.numbers", "GET")} for role in ("author", "reviewer")}
PUBLIC = {
    *("cityguide.jsonld", "cityguide.tiles", "cityguide.basemap"),
    *(f"cityguide.ogc.{name}" for name in ("slash", "queryables", "schema")),
    *(f"cityguide.{name}.{kind}" for name in ("places", "tours") for kind in ("geojson", "gpx")),
    *(f"cityguide.{name}.georss" for name in ("places", "tours", "areas", "events")),
    *("cityguide.areas.geojson", "cityguide.events.geojson", "cityguide.events.ics"),
}
PLANTED_CODES = 2
"""Those of the tour's stops."""


def _gpx(victim: Side) -> str:
    return GPX.format(p=victim.prefix)


def _check_tour(_world: World, victim: Side, _me: Side) -> Ask:
    # Another name inside: what comes back of the tour that is here already is the victim's.
    text = _gpx(victim).replace(victim.word("stopone"), "Halt")
    name = f"{victim.word('gpxfile')}.gpx"
    upload = webtest.Upload(name, text.encode(), "application/gpx+xml")
    return Ask("/admin/cityguide/import", [("upload", upload), ("step", "check")], multipart=True)


def _store_tour(_world: World, victim: Side, _me: Side) -> Ask:
    from stadtkern_cityguide.views.imports import pack

    text = _gpx(victim).replace("8.1600", "8.1700").replace(victim.word("tourtrack"), "Neue Tour")
    fields = [
        ("file", pack(text.encode())),
        ("file_name", "neu.gpx"),
        ("file_licence", "CC0-1.0"),
        ("file_attribution", "Stadt"),
        ("step", "store"),
    ]
    return Ask("/admin/cityguide/import", fields, packed=text)


def _same_tour(_world: World, victim: Side, _me: Side) -> Ask:
    """Send the victim's very file: “it is here already” would name the victim's tour."""
    upload = webtest.Upload("anders.gpx", _gpx(victim).encode(), "application/gpx+xml")
    return Ask("/admin/cityguide/import", [("upload", upload), ("step", "check")], multipart=True)


def _code_made(world: World) -> bool:
    """Tell whether the victim's town has more codes than were planted."""
    rows = world.rows("cityguide_code", tenant_id=world.victim.town.tenant_id)
    return len(rows) > PLANTED_CODES


def _offered(world: World) -> bool:
    """Tell whether the victim offers its tour."""
    number = world.victim.ids["tour"]
    return any(row["node_id"] == number for row in world.rows("cityguide_offer"))


def _print(_world: World, victim: Side, _me: Side) -> Ask:
    # Whoever prints the victim's tour would read its stops.
    fields = [("item", str(victim.ids["tour"])), ("print", "a4"), ("language", "de")]
    return Ask("/admin/cityguide/codes", fields)


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("Category", "GET"): [shown("guide_category")],
    ("cityguide", "GET"): [
        get("guide", lambda _side: "/guide", login=False),
        get("guide in English", lambda _side: "/guide?lang=en", login=False),
    ],
    ("cityguide.language", "GET"): [
        get("guide's address in English", lambda _side: "/en/guide", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc", "GET"): [
        get("open data", lambda _side: "/ogc", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.slash", "GET"): [
        get("open data, with a slash", lambda _side: "/ogc/", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.queryables", "GET"): [
        get(
            "what can be asked",
            lambda _side: "/ogc/collections/places/queryables",
            login=False,
            unwalled=NO_ROWS,
        )
    ],
    ("cityguide.ogc.schema", "GET"): [
        get(
            "what features say",
            lambda _side: "/ogc/collections/places/schema",
            login=False,
            unwalled=NO_ROWS,
        )
    ],
    ("cityguide.ogc.conformance", "GET"): [
        get("classes", lambda _side: "/ogc/conformance", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.api", "GET"): [
        get("description", lambda _side: "/ogc/api", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.collections", "GET"): [
        get("collections", lambda _side: "/ogc/collections", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.collection", "GET"): [
        get("collection", lambda _side: "/ogc/collections/places", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.ogc.items", "GET"): [
        get("features", lambda _side: "/ogc/collections/places/items?limit=1000", login=False),
        get("lines", lambda _side: "/ogc/collections/tours/items?bbox=5,45,15,55", login=False),
        get("stops", lambda _side: "/ogc/collections/stops/items?limit=1000", login=False),
        get("events", lambda _side: "/ogc/collections/events/items?limit=1000", login=False),
        get("as a page", lambda _side: "/ogc/collections/places/items?f=html", login=False),
    ],
    ("cityguide.ogc.item", "GET"): [
        get(
            "feature",
            lambda side: f"/ogc/collections/places/items/{side.ids['place']}",
            login=False,
        )
    ],
    ("cityguide.map", "GET"): [get("map", lambda _side: "/guide/map.geojson", login=False)],
    **{
        (f"cityguide.{name}.{kind}", "GET"): [
            get(f"all {name}, {kind}", lambda _side, at=f"/guide/{name}.{kind}": at, login=False)
        ]
        for name, kind in (
            *(("places", kind) for kind in ("geojson", "gpx", "georss")),
            *(("tours", kind) for kind in ("geojson", "gpx", "georss")),
            *(("areas", kind) for kind in ("geojson", "georss")),
            *(("events", kind) for kind in ("geojson", "georss", "ics")),
        )
    },
    ("cityguide.jsonld", "GET"): [
        get("the whole guide", lambda _side: "/guide/guide.jsonld", login=False)
    ],
    ("cityguide.tiles", "GET"): [
        get(
            "map file",
            lambda side: side.paths["map_file"],
            login=False,
            unwalled="the bytes of a map lie in a folder of its own town",
        )
    ],
    ("cityguide.basemap", "GET"): [
        get(
            "map tile",
            at("map_tile"),
            login=False,
            unwalled="tiles are the country's; of rows only the box around places is asked",
        )
    ],
    ("cityguide.tour.geojson", "GET"): [
        get("tour's line", lambda side: f"/guide/tour/{side.ids['tour']}.geojson", login=False)
    ],
    ("cityguide.tour.gpx", "GET"): [
        get("tour's file", lambda side: f"/guide/tour/{side.ids['tour']}.gpx", login=False)
    ],
    ("cityguide.place.geojson", "GET"): [
        get("place's point", lambda side: f"/guide/place/{side.ids['place']}.geojson", login=False)
    ],
    ("api.tours.id.track", "GET"): [
        Probe(
            "tour's line by the API",
            lambda _world, victim, _me: Ask(
                f"/api/v1/tours/{victim.ids['tour']}/track", method="GET"
            ),
        )
    ],
    ("cityguide.codes", "GET"): [
        get("asking for a code", lambda _side: "/guide/c", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.code", "GET"): [
        get("code on a sign", lambda side: f"/guide/c/{side.paths['guide_code']}", login=False)
    ],
    ("cityguide.sheets", "GET"): [get("codes", lambda _side: "/admin/cityguide/codes")],
    ("cityguide.sheets", "POST"): [
        Probe("make a code", _print, _code_made),
        post(
            "withdraw a code",
            lambda _side: "/admin/cityguide/codes",
            lambda side: [("withdraw", side.paths["guide_code"]), ("sure", "1")],
            column("cityguide_code", "withdrawn_at", bool),
        ),
    ],
    ("cityguide.sheets.pdf", "GET"): [
        get("signs", lambda side: f"/admin/cityguide/codes.pdf?code={side.paths['guide_code']}")
    ],
    ("cityguide.bundles", "GET"): [
        get("packs", lambda _side: "/guide/bundles/index.json", login=False)
    ],
    ("cityguide.bundle", "GET"): [
        get(
            "pack",
            lambda side: f"/guide/bundles/{side.ids['tour']}.de.json",
            login=False,
        )
    ],
    ("cityguide.asset", "GET"): [
        get(
            "bytes of a pack",
            at("packed"),
            login=False,
            unwalled="the bytes lie in a part of the storage that is the town's own",
        )
    ],
    ("cityguide.worker", "GET"): [
        get("worker", lambda _side: "/guide/sw.js", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.sharing", "GET"): [get("sharing", lambda _side: "/admin/cityguide/sharing")],
    ("cityguide.sharing", "POST"): [
        post(
            "offer a tour",
            lambda _side: "/admin/cityguide/sharing",
            lambda side: [("do", "offer"), ("id", str(side.ids["tour"]))],
            _offered,
        )
    ],
    ("cityguide.numbers", "GET"): [get("numbers", lambda _side: "/admin/cityguide/numbers")],
    ("cityguide.import", "GET"): [get("import", lambda _side: "/admin/cityguide/import")],
    ("cityguide.import", "POST"): [
        Probe("check a file", _check_tour, lambda _world: True),
        Probe("check the same file", _same_tour, lambda _world: True),
        Probe("import a tour", _store_tour, added("Neue Tour")),
    ],
}
