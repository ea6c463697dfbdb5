"""The pages of one tour and of one place."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.content import referred_nodes
from stadtkern_cityguide import queries, tracks
from stadtkern_cityguide.categories import filed
from stadtkern_cityguide.figures import WALKING_RULE, duration_min
from stadtkern_cityguide.i18n import SMOOTHED
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.models import Track
from stadtkern_cityguide.offline.hours import in_words
from stadtkern_cityguide.offline.visiting import is_kept
from stadtkern_cityguide.opening import DAYS, DAYS_FOR_EDITORS, opening
from stadtkern_cityguide.resources import Category, Place, Tour
from stadtkern_cityguide.schemas import ACCESS, KINDS, LANGUAGES, MODES, STEP_FREE
from stadtkern_cityguide.sharing import queries as sharing
from stadtkern_cityguide.sketch import around, sketch

OPENING = ("heading", "text", "image")
"""Blocks that may stand before a tour's stops."""


def stops_of(fields: dict[str, Any], track: Track | None) -> list[dict[str, Any]]:
    """Return a tour's stops with what was computed for each, numbered from 1."""
    computed = list(track.stops) if track is not None else []
    found = []
    for number, stop in enumerate(fields.get("stops") or (), start=1):
        known = computed[number - 1] if number <= len(computed) else {}
        found.append(
            dict(stop)
            | {
                "number": number,
                "id": f"stop-{number}",
                "along_m": known.get("along_m"),
                "elevation_m": known.get("elevation_m"),
            }
        )
    return found


def parted(blocks: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return a tour's blocks in three parts: words and pictures that open it, media, rallies.

    Whoever walks looks for the stops first; what is to be heard and tried comes after them.
    """
    rest = [block for block in blocks if block.get("type") != "rally"]
    opening = list(takewhile(lambda block: block.get("type") in OPENING, rest))
    while opening and opening[-1].get("type") == "heading":
        opening.pop()
    return {
        "opening": opening,
        "media": rest[len(opening) :],
        "games": [block for block in blocks if block.get("type") == "rally"],
    }


def tour(context: Tour, request: Request) -> dict[str, Any]:
    """Show a tour: figures, text, stops, and the map beside them."""
    fields = request.content.fields(context.node)
    track = tracks.shown(request.db, context.node, fields)
    stops = stops_of(fields, track)
    line = tracks.line_of(track)
    minutes = None
    if track is not None:
        minutes = duration_min(
            fields.get("mode") or "foot", track.length_m, track.ascent_m, track.descent_m
        )
    places = referred_nodes(request, [stop["place"] for stop in stops if stop.get("place")])
    adoption = sharing.adoption(request.db, context.node.id)
    asked = request.GET.get("stop")
    arrived = next((stop for stop in stops if str(stop["number"]) == asked), None)
    if asked is not None and arrived is None:
        # Nobody fills the cache with stops that there are not.
        request.page_cache_options = None
    return parted(context.blocks) | {
        "fields": fields,
        "places": places,
        "arrived": arrived,
        "adoption": adoption,
        "adopted_licence": (licence_of(adoption.licence) or ("",))[0] if adoption else "",
        "track": track,
        "stops": stops,
        "minutes": minutes,
        "step_free": dict(STEP_FREE).get(fields.get("step_free"), ""),
        "radius": request.settings_of("cityguide").get("trigger_radius_m"),
        "mode": dict(MODES).get(fields.get("mode"), ""),
        "smoothing": SMOOTHED,
        "rule": WALKING_RULE,
        "licence": licence_of(fields.get("licence")),
        "sketch": None
        if line is None
        else sketch(line, [(stop["lat"], stop["lon"]) for stop in stops]),
    }


def neighbours(context: Place, request: Request, fields: dict[str, Any]) -> list[tuple[Any, float]]:
    """Return the places around a place, nearest first, with metres; the map shows the same.

    None on a page that is kept on a device: a new place nearby would make it new, too.
    """
    if is_kept(request) or fields.get("lat") is None or fields.get("lon") is None:
        return []
    return queries.nearby(
        request.db, context.node.id, context.node.language, fields["lat"], fields["lon"]
    )


def place(context: Place, request: Request) -> dict[str, Any]:
    """Show a place: hours, access, facts and text, and the map beside them."""
    fields = request.content.fields(context.node)
    near = neighbours(context, request, fields)
    placed = fields.get("lat") is not None and fields.get("lon") is not None
    edits = request.identity is not None and request.has_permission(Permission.EDIT, context)
    return {
        "fields": fields,
        "neighbours": near,
        "kind": dict(KINDS).get(fields.get("kind"), ""),
        "step_free": dict(STEP_FREE).get(fields.get("step_free"), ""),
        "access": [title for name, title in ACCESS if name in (fields.get("access") or ())],
        "spoken": [
            (name, title) for name, title in LANGUAGES if name in fields.get("spoken_languages", ())
        ],
        "opening": opening(request, fields, count=DAYS_FOR_EDITORS if edits else DAYS),
        "kept": is_kept(request),
        "rule": in_words(request, str(fields.get("opening_hours") or "")),
        "edits": edits,
        "categories": filed(request, fields),
        "happenings": queries.happenings(request.db, context.node.id, context.node.language),
        "passing": queries.passing(request.db, context.node.id, context.node.language),
        "licence": licence_of(fields.get("licence")),
        "sketch": around(
            (fields["lat"], fields["lon"]), [(row.lat, row.lon) for row, _metres in near]
        )
        if placed
        else None,
    }


def category(context: Category, request: Request) -> HTTPFound:
    """Lead to the guide with this category chosen."""
    return HTTPFound(location=request.site.link("cityguide", category=context.node.slug))


def includeme(config: Configurator) -> None:
    """Register the pages."""
    for view, context, template, cached in (
        (tour, Tour, "tour", {"params": ("stop",)}),
        (place, Place, "place", True),
    ):
        config.add_view(
            view,
            context=context,
            renderer=f"stadtkern_cityguide:templates/{template}.jinja2",
            permission=Permission.VIEW,
            request_method="GET",
            page_cache=cached,
        )
    config.add_view(category, context=Category, permission=Permission.VIEW, request_method="GET")
