"""GPX: a line with its waypoints as a tour; waypoints alone as places."""

from __future__ import annotations

import hashlib
import json

from stadtkern_cityguide.gpx import GpxRoute, parse_gpx
from stadtkern_cityguide.intake.loose import add_place
from stadtkern_cityguide.intake.model import Defaults, Item, Reading
from stadtkern_cityguide.plan import Plan, plan_route

TOUR = "tour"
"""The key of the tour that a GPX file is."""


def read(data: bytes, name: str, reading: Reading, defaults: Defaults) -> None:
    """Read a file; only ``GpxError`` refuses it."""
    route = parse_gpx(data, lineless=True)
    if route.segments:
        plan = plan_route(
            route,
            name,
            hashlib.sha256(data).hexdigest(),
            language=defaults.language,
            licence=defaults.licence,
            attribution=defaults.attribution,
        )
        reading.notices += plan.notices
        reading.items.append(_item(plan, reading.key(TOUR)))
        return
    for place in route.waypoints:
        add_place(
            reading,
            {
                "title": place.name,
                "description": place.description,
                "licence": route.licence,
                "attribution": route.attribution,
            },
            (place.lat, place.lon),
            defaults,
        )


def add_tour(route: GpxRoute, key: str, reading: Reading, defaults: Defaults) -> None:
    """Add a line of another format; its own positions are what tells it from others."""
    written = json.dumps(
        [[(point.lat, point.lon, point.ele) for point in piece] for piece in route.segments]
    )
    plan = plan_route(
        route,
        reading.source,
        hashlib.sha256(f"{route.name}\n{written}".encode()).hexdigest(),
        language=defaults.language,
        licence=defaults.licence,
        attribution=defaults.attribution,
    )
    reading.items.append(_item(plan, reading.key(key)))


def _item(plan: Plan, key: str) -> Item:
    return Item(
        type="tour",
        key=key,
        title=plan.title,
        summary=plan.summary,
        fields=plan.fields(),
        plan=plan,
    )
