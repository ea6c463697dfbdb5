"""What machines read of places and tours (schema.org)."""

from typing import Any

from pyramid.request import Request

from stadtkern.content import Resource

TYPES = {"hotspot": "TouristAttraction", "facility": "CivicStructure"}


def place(request: Request, resource: Resource) -> dict[str, Any]:
    """Return a place with its position (WGS 84, degrees)."""
    fields = request.content.fields(resource.node)
    data: dict[str, Any] = {"@type": TYPES.get(fields.get("kind") or "", "Place")}
    if fields.get("lat") is not None and fields.get("lon") is not None:
        data["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": fields["lat"],
            "longitude": fields["lon"],
        }
    if fields.get("address"):
        data["address"] = fields["address"]
    return data


def tour(request: Request, resource: Resource) -> dict[str, Any]:
    """Return a tour with its stops in order."""
    stops = request.content.fields(resource.node).get("stops") or []
    return {
        "@type": "TouristTrip",
        "itinerary": {
            "@type": "ItemList",
            "numberOfItems": len(stops),
            "itemListElement": [
                {"@type": "ListItem", "position": position, "name": stop["title"]}
                for position, stop in enumerate(stops, start=1)
            ],
        },
    }


def pages(request: Request) -> list[str]:
    """Return the guide's own page for the sitemap."""
    return [request.route_path("cityguide")]
