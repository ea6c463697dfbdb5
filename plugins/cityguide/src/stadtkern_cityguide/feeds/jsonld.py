"""All of the guide for hubs and search engines (schema.org, JSON-LD 1.1), a licence per object.

The town is a destination that includes its attractions; tours are trips, events take place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pyramid.request import Request

from stadtkern_cityguide.opening import specification
from stadtkern_cityguide.structured import FREE, TYPES, destination

Data = dict[str, Any]
Feature = Mapping[str, Any]
STATUS = "https://schema.org/EventScheduled"
OFFLINE = "https://schema.org/OfflineEventAttendanceMode"


def _rights(said: Mapping[str, Any]) -> Data:
    found: Data = {}
    if said["licence_url"] or said["licence"]:
        found["license"] = said["licence_url"] or said["licence"]
    if said["attribution"]:
        found["author"] = {"@type": "Organization", "name": said["attribution"]}
        found["creditText"] = said["attribution"]
    if said["source"]:
        found["isBasedOn"] = said["source"]
    return found


def _common(feature: Feature, kind: str, mark: str) -> Data:
    said = feature["properties"]
    data: Data = {
        "@type": kind,
        "@id": f"{said['url']}#{mark}",
        "name": said["title"],
        "url": said["url"],
        "inLanguage": said["language"],
        "dateModified": said["updated"],
    }
    if said["summary"]:
        data["description"] = said["summary"]
    return data | _rights(said)


def _at(feature: Feature) -> Data:
    geometry = feature["geometry"]
    if geometry is None or geometry["type"] != "Point":
        return {}
    lon, lat = geometry["coordinates"]
    return {"geo": {"@type": "GeoCoordinates", "latitude": lat, "longitude": lon}}


def place(request: Request, feature: Feature) -> Data:
    """Return a sight or facility with where it is and who can get in."""
    said = feature["properties"]
    data = _common(feature, TYPES.get(said["kind"], "Place"), "place") | _at(feature)
    names = (
        ("streetAddress", "street"),
        ("postalCode", "postal_code"),
        ("addressLocality", "city"),
    )
    address = {name: said[key] for name, key in names if said[key]}
    if address:
        data["address"] = {"@type": "PostalAddress", **address, "addressCountry": "DE"}
    data["publicAccess"] = True
    if said["fee"]:
        data["isAccessibleForFree"] = said["fee"].casefold() in FREE
    if said["spoken_languages"] and data["@type"] == "TouristAttraction":
        data["availableLanguage"] = said["spoken_languages"]
    for name, key in (("telephone", "phone"), ("sameAs", "website")):
        if said[key]:
            data[name] = said[key]
    days = {
        name: date.fromisoformat(said[name]) if said[name] else None
        for name in ("closed_until", "valid_from", "valid_to")
    }
    hours = specification(request, {"opening_hours": said["opening_hours"]} | days)
    if hours:
        data["openingHoursSpecification"] = hours
    if said["step_free"] == "yes":
        data["amenityFeature"] = [
            {"@type": "LocationFeatureSpecification", "name": "wheelchair", "value": True}
        ]
    return data


def trip(feature: Feature, stops: Iterable[Feature]) -> Data:
    """Return a tour with its stops in order."""
    items = [
        {
            "@type": "ListItem",
            "position": one["properties"]["position"],
            "item": {
                "@type": "Place",
                "name": one["properties"]["title"],
                "url": one["properties"]["url"],
                **_at(one),
            },
        }
        for one in stops
    ]
    return _common(feature, "TouristTrip", "tour") | {
        "itinerary": {
            "@type": "ItemList",
            "numberOfItems": len(items),
            "itemListElement": items,
        }
    }


def event(feature: Feature) -> Data:
    """Return an event with its place."""
    said = feature["properties"]
    venue: Data = {"@type": "Place", "name": said["venue"] or said["title"], **_at(feature)}
    if said["place_url"]:
        venue |= {"@id": f"{said['place_url']}#place", "url": said["place_url"]}
    data = _common(feature, "Event", "event") | {
        "startDate": said["starts"],
        "endDate": said["ends"],
        "eventStatus": STATUS,
        "eventAttendanceMode": OFFLINE,
        "location": venue,
    }
    if said["organiser"]:
        data["organizer"] = {"@type": "Organization", "name": said["organiser"]}
    if said["fee"]:
        data["isAccessibleForFree"] = said["fee"].casefold() in FREE
    return data


def document(
    request: Request,
    *,
    places: Iterable[Feature],
    tours: Iterable[Feature],
    stops: Iterable[Feature],
    events: Iterable[Feature],
) -> Data:
    """Return the whole guide as one graph."""
    of_tour: dict[int, list[Feature]] = {}
    for stop in stops:
        of_tour.setdefault(stop["properties"]["tour"], []).append(stop)
    found = [place(request, one) for one in places]
    trips = [trip(one, of_tour.get(one["id"], ())) for one in tours]
    return {
        "@context": "https://schema.org",
        "@graph": [
            destination(request, [{"@id": one["@id"]} for one in found if _attracts(one)]),
            *found,
            *trips,
            *(event(one) for one in events),
        ],
    }


def _attracts(data: Data) -> bool:
    return bool(data["@type"] == "TouristAttraction")
