"""What programs read of a tour beside its node: the line, with what was computed from it."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import Asked, Operation
from stadtkern.content import Resource, resource_for
from stadtkern.db import whole_number
from stadtkern_cityguide import geojson, queries
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.tracks import line_of


class TrackAnswer(colander.MappingSchema):
    """A tour's line: lengths in metres, coordinates in degrees (WGS 84, longitude first)."""

    mode = colander.SchemaNode(colander.String())
    length_m = colander.SchemaNode(colander.Float())
    ascent_m = colander.SchemaNode(colander.Float(), nullable=True)
    descent_m = colander.SchemaNode(colander.Float(), nullable=True)
    bbox = colander.SchemaNode(
        colander.Sequence(), colander.SchemaNode(colander.Float(), name="degrees")
    )
    line = colander.SchemaNode(
        colander.Mapping(unknown="preserve"), description=_("GeoJSON (RFC 7946).")
    )


def tour(request: Request) -> Resource:
    """Return the tour of ``{id}`` in its place."""
    number = whole_number(request.matchdict["id"])
    node = queries.by_id(request.db, number, "tour") if number else None
    if node is None:
        raise HTTPNotFound
    return resource_for(request, node)


def track(context: Resource, request: Request, _asked: Asked) -> dict[str, Any]:
    """Return a tour's line."""
    found = queries.track(request.db, context.node.id)
    line = line_of(found)
    if found is None or line is None:
        raise HTTPNotFound
    return {
        "mode": found.mode,
        "length_m": found.length_m,
        "ascent_m": found.ascent_m,
        "descent_m": found.descent_m,
        "bbox": [found.west, found.south, found.east, found.north],
        "line": geojson.way(line, title=context.title),
    }


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "tours",
        title=_("Tours"),
        description=_("Tours are nodes; here are their lines."),
        operations=(
            Operation(
                "GET",
                "/{id}/track",
                track,
                _("Read a tour's line"),
                permission=Permission.VIEW,
                answer=TrackAnswer,
                context=tour,
                tagged=True,
                refusals=(404,),
            ),
        ),
        scopes={"tours:read": _("Read the lines of tours")},
    )
