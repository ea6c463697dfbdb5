"""What services and offices say of themselves to machines (schema.org, JSON-LD 1.1)."""

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.request import Request

from stadtkern.content import Resource, referred_nodes
from stadtkern.municipal.lists import lines
from stadtkern.site import absolute, postal_address
from stadtkern.tenants import origin

Data = dict[str, Any]
WEEK = {
    "mo": "Monday",
    "tu": "Tuesday",
    "we": "Wednesday",
    "th": "Thursday",
    "fr": "Friday",
    "sa": "Saturday",
    "su": "Sunday",
}
LEIKA = "LeiKa"


def related(request: Request, fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the visible nodes that fields name, by the field's name. One query a request."""
    found = referred_nodes(request, [fields[name] for name in names if fields.get(name)])
    return {name: found.get(fields.get(name) or 0) for name in names}


def service(request: Request, resource: Resource) -> Data:
    """Return a service (GovernmentService) with who offers it and how it is reached."""
    fields = request.content.fields(resource.node)
    town = {"@id": f"{origin(request)}/#town"}
    data: Data = {
        "@type": "GovernmentService",
        "provider": town,
        "areaServed": {"@type": "AdministrativeArea", "name": request.tenant.name},
    }
    names = lines(fields.get("names"))
    if names:
        data["alternateName"] = names
    if fields.get("leika"):
        data["identifier"] = {
            "@type": "PropertyValue",
            "propertyID": LEIKA,
            "value": fields["leika"],
        }
    channels: list[Data] = []
    if fields.get("online"):
        address = str(fields["online"])
        channels.append(
            {
                "@type": "ServiceChannel",
                "serviceUrl": absolute(request, address) if address.startswith("/") else address,
            }
        )
    node = related(request, fields, "office", "contact")["office"]
    if node is not None:
        offering = office_data(request, node)
        data["serviceOperator"] = offering
        channel: Data = {"@type": "ServiceChannel", "serviceLocation": {"@id": offering["@id"]}}
        if offering.get("telephone"):
            channel["servicePhone"] = {
                "@type": "ContactPoint",
                "telephone": offering["telephone"],
            }
        channels.append(channel)
    if channels:
        data["availableChannel"] = channels
    return data


def office(request: Request, resource: Resource) -> Data:
    """Return an office (GovernmentOffice) with its address and opening hours."""
    return office_data(request, resource.node)


def office_data(request: Request, node: Any) -> Data:
    """Return what is known of an office from its node (or row with body)."""
    fields = request.content.fields(node)
    url = absolute(request, node.path)
    data: Data = {
        "@type": "GovernmentOffice",
        "@id": f"{url}#office",
        "name": node.title,
        "url": url,
        "parentOrganization": {"@id": f"{origin(request)}/#town"},
    }
    if address := postal_address(fields):
        data["address"] = address
    for name, key in (("telephone", "phone"), ("email", "mail")):
        if fields.get(key):
            data[name] = fields[key]
    if fields.get("lat") is not None and fields.get("lon") is not None:
        data["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": fields["lat"],
            "longitude": fields["lon"],
        }
    hours = [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": f"https://schema.org/{WEEK[span['day']]}",
            "opens": span["opens"],
            "closes": span["closes"],
        }
        for span in fields.get("hours") or []
        if span.get("day") in WEEK and span.get("opens") and span.get("closes")
    ]
    if hours:
        data["openingHoursSpecification"] = hours
    return data


MAKERS: Mapping[str, Callable[[Request, Resource], Data]] = {"service": service, "office": office}
"""By content type."""
