"""What machines read of places and tours (schema.org)."""

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.site import postal_address
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.opening import specification

TYPES = {"hotspot": "TouristAttraction", "facility": "CivicStructure"}


FREE = {"free", "frei", "kostenlos", "eintritt frei", "0", "free of charge"}


def place(request: Request, resource: Resource) -> dict[str, Any]:
    """Return a place: position (WGS 84, degrees), address, hours, access, rights."""
    fields = request.content.fields(resource.node)
    data: dict[str, Any] = {
        "@type": TYPES.get(fields.get("kind") or "", "Place"),
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
    if str(fields.get("fee") or "").casefold() in FREE:
        data["isAccessibleForFree"] = True
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
        found["creditText"] = fields["attribution"]
    return found


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
