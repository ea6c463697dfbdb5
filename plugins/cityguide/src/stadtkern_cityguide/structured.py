"""What machines read of places and tours (schema.org)."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.site import absolute, as_script, postal_address
from stadtkern.tenants import origin
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.opening import specification

TYPES = {"hotspot": "TouristAttraction", "facility": "CivicStructure"}


FREE = {"free", "frei", "kostenlos", "eintritt frei", "0", "free of charge"}


def place(request: Request, resource: Resource) -> dict[str, Any]:
    """Return a place: position (WGS 84, degrees), address, hours, access, rights."""
    fields = request.content.fields(resource.node)
    data: dict[str, Any] = {
        "@type": TYPES.get(fields.get("kind") or "", "Place"),
        "@id": f"{absolute(request, resource.path)}#place",
        "publicAccess": True,
    }
    if fields.get("lat") is not None and fields.get("lon") is not None:
        data["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": fields["lat"],
            "longitude": fields["lon"],
        }
    if address := postal_address(fields):
        data["address"] = address
    if fields.get("phone"):
        data["telephone"] = fields["phone"]
    if fields.get("website"):
        data["sameAs"] = fields["website"]
    hours = specification(request, fields)
    if hours:
        data["openingHoursSpecification"] = hours
    if fields.get("fee"):
        data["isAccessibleForFree"] = str(fields["fee"]).casefold() in FREE
    if data["@type"] == "TouristAttraction" and fields.get("spoken_languages"):
        data["availableLanguage"] = sorted(fields["spoken_languages"])
    features = [
        {"@type": "LocationFeatureSpecification", "name": name, "value": True}
        for name in _features(fields)
    ]
    if features:
        data["amenityFeature"] = features
    rights = _rights(fields)
    if rights:
        # Hubs look for the licence at the object itself, schema.org has it at works only.
        data |= rights
        data["subjectOf"] = {"@type": "CreativeWork", "name": resource.title, **rights}
    return data


def _features(fields: Mapping[str, Any]) -> list[str]:
    """Return what helps to get in, by the names of OpenStreetMap and A11yJSON."""
    step_free = ["wheelchair"] if fields.get("step_free") == "yes" else []
    return step_free + sorted(fields.get("access") or ())


def _rights(fields: Mapping[str, Any]) -> dict[str, Any]:
    licence = licence_of(fields.get("licence"))
    found: dict[str, Any] = {}
    if licence is not None:
        found["license"] = licence[1] or licence[0]
    if fields.get("attribution"):
        found["author"] = {"@type": "Organization", "name": fields["attribution"]}
        found["creditText"] = fields["attribution"]
    if fields.get("source"):
        found["isBasedOn"] = fields["source"]
    return found


def tour(request: Request, resource: Resource) -> dict[str, Any]:
    """Return a tour with its stops in order, and its rights."""
    fields = request.content.fields(resource.node)
    stops = fields.get("stops") or []
    url = absolute(request, resource.path)
    return {
        "@type": "TouristTrip",
        "@id": f"{url}#tour",
        "itinerary": {
            "@type": "ItemList",
            "numberOfItems": len(stops),
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "item": {
                        "@type": "Place",
                        "name": stop["title"],
                        "url": f"{url}#stop-{position}",
                        "geo": {
                            "@type": "GeoCoordinates",
                            "latitude": stop["lat"],
                            "longitude": stop["lon"],
                        },
                    },
                }
                for position, stop in enumerate(stops, start=1)
            ],
        },
    } | _rights(fields)


def happening(request: Request, block: Any) -> dict[str, Any]:
    """Return what the guide's block says of its event, under the event's own name."""
    data: dict[str, Any] = {
        "@type": "Event",
        "@id": f"{absolute(request, request.context.path)}#event",
    } | _rights(block.data)
    node = block.nodes.get(block.data.get("place"))
    if node is not None and node.type == "place":
        fields = request.content.fields(node)
        venue: dict[str, Any] = {
            "@type": "Place",
            "@id": f"{absolute(request, node.path)}#place",
            "name": node.title,
            "url": absolute(request, node.path),
        }
        if address := postal_address(fields):
            venue["address"] = address
        if fields.get("lat") is not None and fields.get("lon") is not None:
            venue["geo"] = {
                "@type": "GeoCoordinates",
                "latitude": fields["lat"],
                "longitude": fields["lon"],
            }
        data["location"] = venue
    if block.data.get("organiser"):
        data["organizer"] = {"@type": "Organization", "name": block.data["organiser"]}
    if block.data.get("fee"):
        data["isAccessibleForFree"] = str(block.data["fee"]).casefold() in FREE
    return data


def destination(request: Request, attractions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the town as a destination with what is to be seen there."""
    site = origin(request)
    return {
        "@type": "TouristDestination",
        "@id": f"{site}/guide#destination",
        "name": request.tenant.name,
        "url": f"{site}/guide",
        "includesAttraction": list(attractions),
    }


def listed(request: Request, rows: Iterable[Any]) -> Markup:
    """Return what the guide's own page says of the sights in its list."""
    sights = (
        {
            "@type": "TouristAttraction",
            "@id": f"{absolute(request, row.path)}#place",
            "name": row.title,
            "url": absolute(request, row.path),
        }
        for row in rows
        if row.type == "place" and row.kind == "hotspot"
    )
    return as_script({"@context": "https://schema.org"} | destination(request, sights))


def pages(request: Request) -> list[str]:
    """Return the guide's own page for the sitemap."""
    return [request.route_path("cityguide")]
