"""Structured data of pages (schema.org, JSON-LD 1.1): what machines read of a page.

A plugin's content type gives its own by ``add_content_type(…, structured_data=callable)``.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pyramid.request import Request

from stadtkern.content import Resource, structured_blocks
from stadtkern.site.addresses import absolute
from stadtkern.site.pictures import Picture
from stadtkern.tenants import origin
from stadtkern.web.i18n import _

Data = dict[str, Any]


def as_script(data: Mapping[str, Any]) -> Markup:
    """Return JSON that can end no script element and begin no tag (HTML, 4.12.1.3).

    A data block is never run, so that ``script-src 'self'`` does not concern it.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - everything that HTML would read is escaped


def postal_address(fields: Mapping[str, Any]) -> Data | None:
    """Return a schema.org ``PostalAddress`` of ``street``, ``postal_code`` and ``city``, if any."""
    names = (
        ("streetAddress", "street"),
        ("postalCode", "postal_code"),
        ("addressLocality", "city"),
    )
    given = {name: fields[key] for name, key in names if fields.get(key)}
    return {"@type": "PostalAddress", **given, "addressCountry": "DE"} if given else None


def graph(request: Request, resource: Resource | None, picture: Picture | None) -> Data | None:
    """Return what a page says of itself; None where there is nothing to say."""
    if resource is None:
        return None
    things: list[Data] = []
    if len(resource.lineage) == 1:
        things += [website(request), town(request)]
    else:
        things.append(breadcrumbs(request, resource))
    kind = request.content.types.get(resource.node.type)
    maker = OWN.get(resource.node.type) or getattr(kind, "structured_data", None)
    # A draft may be half-written, and machines read none of it.
    public = resource.visible and "stadtkern.preview" not in request.environ
    made = maker(request, resource) if maker is not None and public else None
    if made is not None:
        things.append(_common(request, resource, picture) | dict(made))
    if public:
        page = {"isPartOf": {"@type": "WebPage", "@id": absolute(request, resource.path)}}
        things += [dict(block) | page for block in structured_blocks(request, resource.blocks)]
    return {"@context": "https://schema.org", "@graph": things}


def _common(request: Request, resource: Resource, picture: Picture | None) -> Data:
    node = resource.node
    data: Data = {
        "@type": "Thing",
        "name": node.title,
        "url": absolute(request, resource.path),
        "inLanguage": request.language.tag,
    }
    if node.summary:
        data["description"] = node.summary
    if picture is not None:
        data["image"] = {"@type": "ImageObject", "url": picture.url}
        if picture.width and picture.height:
            data["image"] |= {"width": picture.width, "height": picture.height}
    return data


def _town_id(request: Request) -> str:
    return f"{origin(request)}/#town"


def website(request: Request) -> Data:
    """Return the site as a whole."""
    return {
        "@type": "WebSite",
        "@id": f"{origin(request)}/#site",
        "name": request.tenant.name,
        "url": absolute(request, request.site.home),
        "inLanguage": request.language.tag,
        "publisher": {"@id": _town_id(request)},
    }


def town(request: Request, *, whole: bool = True) -> Data:
    """Return the municipality, with the facts of its imprint."""
    facts = request.settings_of("site")
    data: Data = {
        "@type": "GovernmentOrganization",
        "@id": _town_id(request),
        "name": facts.get("organisation") or request.tenant.name,
        "url": f"{origin(request)}/",
    }
    if request.site.arms:
        data["logo"] = absolute(request, request.site.arms)
    if not whole:
        return data
    data["identifier"] = {
        "@type": "PropertyValue",
        "propertyID": "AGS" if len(request.tenant.ags) == 8 else "ARS",  # noqa: PLR2004
        "value": request.tenant.ags,
    }
    if address := postal_address(facts):
        data["address"] = address
    for name, key in (("telephone", "phone"), ("email", "mail")):
        if facts.get(key):
            data[name] = facts[key]
    return data


def breadcrumbs(request: Request, resource: Resource) -> Data:
    """Return the way from the front page down to this one."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": request.translate(_("Start")) if position == 1 else step.title,
                "item": absolute(request, step.path),
            }
            for position, step in enumerate(resource.lineage, start=1)
        ],
    }


def _local(request: Request, moment: datetime) -> str:
    zone = ZoneInfo(request.tenant.timezone)
    return moment.astimezone(zone).isoformat(timespec="seconds")


def news(request: Request, resource: Resource) -> Data:
    """Return a news item."""
    node = resource.node
    day = request.content.fields(node).get("date")
    data: Data = {
        "@type": "NewsArticle",
        "headline": node.title,
        "mainEntityOfPage": absolute(request, resource.path),
        "dateModified": _local(request, node.updated_at),
        "author": {"@id": _town_id(request)},
        "publisher": town(request, whole=False),
    }
    if day:
        data["datePublished"] = day.isoformat()
    return data


def event(request: Request, resource: Resource) -> Data | None:
    """Return an event, with its times as the clock on the town's wall shows them."""
    fields = request.content.fields(resource.node)
    if not fields.get("starts"):
        return None
    data: Data = {
        "@type": "Event",
        # Blocks of the page may say more of it under the same name.
        "@id": f"{absolute(request, resource.path)}#event",
        "startDate": _local(request, fields["starts"]),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": fields.get("place") or request.tenant.name,
            "address": fields.get("place") or request.tenant.name,
        },
    }
    if fields.get("ends"):
        data["endDate"] = _local(request, fields["ends"])
    return data


OWN: dict[str, Callable[[Request, Resource], Data | None]] = {"news": news, "event": event}
