"""A place from whatever a file calls its properties."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from stadtkern_cityguide import hours
from stadtkern_cityguide.areas import AreaError
from stadtkern_cityguide.gpx.texts import clean_text, drop_mail_addresses, web_link
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.model import (
    MAX_ITEMS,
    MAX_SUMMARY,
    MAX_TITLE,
    Defaults,
    IntakeError,
    Invalid,
    Item,
    Reading,
    Repair,
)

TITLE = ("title", "name", "name:de", "titel", "bezeichnung")
SUMMARY = ("summary", "description", "beschreibung", "kurztext", "description:de")
NUMBER = ("@id", "id", "uid", "osm_id", "source_id", "fid", "objectid")
LOCATION = ("location", "address", "adresse", "ort", "standort", "addr:full")
_TEXTS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "postal_code": (("postal_code", "addr:postcode", "plz", "postleitzahl"), 10),
    "city": (("city", "addr:city", "stadt", "gemeinde"), 200),
    "hours_note": (("hours_note", "opening_hours_unclassified", "opening_hours:note"), 1000),
    "fee": (("charge", "admission", "eintritt", "preis"), 200),
    "phone": (("phone", "contact:phone", "telefon", "tel"), 40),
    "access_note": (("access_note", "wheelchair:description", "wheelchair:description:de"), 1000),
    "closed_reason": (("closed_reason",), 200),
}
_WEBSITE = ("website", "contact:website", "url", "homepage", "link")
_LICENCE = ("licence", "license", "lizenz")
_AUTHOR = ("attribution", "author", "autor", "urheber", "credit")
_WHEELCHAIR = {
    "yes": "yes",
    "designated": "yes",
    "ja": "yes",
    "limited": "partly",
    "partly": "partly",
    "teilweise": "partly",
    "no": "no",
    "nein": "no",
}
_ACCESS = {
    "toilets:wheelchair": "toilet",
    "tactile_paving": "tactile",
    "hearing_loop": "loop",
    "automatic_door": "automatic_door",
    "elevator": "lift",
    "ramp:wheelchair": "ramp",
}
_KINDS = {"hotspot", "poi", "facility"}
_SIGHTS = {"attraction", "museum", "viewpoint", "artwork", "gallery", "zoo", "theme_park"}
_CATEGORIES = ("category", "kategorie", "categories", "kategorien", "type", "typ")
_TAGS = ("amenity", "tourism", "historic", "leisure", "shop", "natural", "man_made", "sport")
_WITH_TOWN = re.compile(r"(.*\S)\s*,\s*(\d{5})\s+(\S.*)")
_WITH_CITY = re.compile(r"(.*\S)\s*,\s*(\S[^,]*)")


class Given:
    """Properties of one item, found by any of their names, upper case or lower."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self.values = {
            str(name).strip().casefold(): value
            for name, value in properties.items()
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        } | {
            str(name).strip().casefold(): "yes" if value else "no"
            for name, value in properties.items()
            if isinstance(value, bool)
        }

    def raw(self, *names: str) -> str:
        """Return the first of these that says something, as it is written."""
        for name in names:
            text = str(self.values.get(name, ""))
            if text.strip():
                return text
        return ""

    def text(self, limit: int, *names: str, lines: bool = False) -> str:
        """Return the same without control characters and mail addresses, cut at ``limit``."""
        return clean_text(drop_mail_addresses(self.raw(*names)[: 4 * limit]), limit, lines=lines)


def add_place(
    reading: Reading,
    properties: Mapping[str, Any],
    where: tuple[Any, Any] | None,
    defaults: Defaults,
    *,
    number: str = "",
    area: str | AreaError = "",
) -> None:
    """Add a place at ``where`` (latitude, longitude), or say why it cannot be taken.

    ``area``: as it is stored; what cannot be stored is told, and the place taken without it.
    """
    room(reading)
    given = Given(properties)
    title = given.text(MAX_TITLE, *TITLE)
    called = (
        title
        or _(
            "Item ${n}", mapping={"n": len(reading.items) + len(reading.invalid) + 1}
        ).interpolate()
    )
    if not title:
        reading.invalid.append(Invalid(called, "title", _("It has no name.")))
        return
    position = coordinates(*where) if where is not None else None
    if position is None:
        reason = (
            _("It has no point on the map.")
            if where is None
            else _(
                "There is no such place on earth: latitude ${lat}, longitude ${lon}.",
                mapping={"lat": str(where[0])[:40], "lon": str(where[1])[:40]},
            )
        )
        reading.invalid.append(Invalid(called, "geometry", reason))
        return
    fields: dict[str, Any] = {"lat": position[0], "lon": position[1], "kind": _kind(given)}
    fields |= _address(given)
    for name, (names, limit) in _TEXTS.items():
        text = given.text(limit, name, *names, lines=limit > MAX_TITLE)
        if text:
            fields.setdefault(name, text)
    fields |= _facts(given)
    _hours(reading, given, called, fields)
    if isinstance(area, AreaError):
        reading.invalid.append(Invalid(called, "area", area.message))
    elif area:
        fields["area"] = area
    fields["licence"] = given.text(MAX_TITLE, *_LICENCE) or defaults.licence
    fields["attribution"] = given.text(MAX_TITLE, *_AUTHOR) or defaults.attribution
    own = number or given.raw(*NUMBER)
    reading.items.append(
        Item(
            type="place",
            key=reading.key(own or title.casefold()),
            title=title,
            summary=given.text(MAX_SUMMARY, *SUMMARY),
            fields={name: value for name, value in fields.items() if value not in ("", None, [])},
            words=_words(given),
        )
    )


def room(reading: Reading) -> None:
    """Refuse a file that has too many items."""
    if len(reading.items) + len(reading.invalid) >= MAX_ITEMS:
        raise IntakeError(
            _(
                "The file has more than ${n} items. Please split it and import the parts.",
                mapping={"n": MAX_ITEMS},
            )
        )


def coordinates(lat: Any, lon: Any) -> tuple[float, float] | None:
    """Return a position in degrees, None if it is none or lies outside the world."""
    found = []
    for value, limit in ((lat, 90), (lon, 180)):
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        try:
            number = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            return None
        if not math.isfinite(number) or abs(number) > limit:
            return None
        found.append(round(number, 7))
    return found[0], found[1]


def _kind(given: Given) -> str:
    own = given.raw("kind", "art").strip().casefold()
    if own in _KINDS:
        return own
    if given.raw("tourism").strip().casefold() in _SIGHTS or given.raw("historic"):
        return "hotspot"
    return "facility" if given.raw("amenity", "leisure") else "poi"


def _address(given: Given) -> dict[str, Any]:
    street = given.text(MAX_TITLE, "street", "addr:street", "strasse", "straße")
    house = given.text(20, "addr:housenumber", "hausnummer", "housenumber")
    if street:
        return {"street": f"{street} {house}".strip()}
    whole = given.text(MAX_TITLE, *LOCATION)
    if found := _WITH_TOWN.fullmatch(whole):
        return {"street": found[1], "postal_code": found[2], "city": found[3]}
    if found := _WITH_CITY.fullmatch(whole):
        return {"street": found[1], "city": found[2]}
    return {"street": whole} if whole else {}


def _facts(given: Given) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if given.raw("fee").strip().casefold() in {"no", "nein", "0"}:
        fields["fee"] = "frei"
    mail = given.raw("email", "contact:email", "mail", "e-mail").strip().lower()
    if re.fullmatch(r"[^\s@<>\"']{1,64}@[a-z0-9.-]{1,180}\.[a-z]{2,24}", mail):
        fields["mail"] = mail
    website = given.raw(*_WEBSITE).strip()
    if website.startswith("www."):
        website = f"https://{website}"
    if web_link(website) and len(website) <= 500:  # noqa: PLR2004 - as in the form
        fields["website"] = website
    step_free = _WHEELCHAIR.get(given.raw("step_free", "wheelchair").strip().casefold())
    if step_free:
        fields["step_free"] = step_free
    access = sorted(
        value
        for name, value in _ACCESS.items()
        if given.raw(name).strip().casefold() in {"yes", "ja", "designated"}
    )
    if access:
        fields["access"] = access
    return fields


def _hours(reading: Reading, given: Given, called: str, fields: dict[str, Any]) -> None:
    written = given.raw("opening_hours", "öffnungszeiten", "oeffnungszeiten")
    if not written:
        return
    mended = hours.repaired(written)
    problem = hours.problem(mended)
    if problem is not None:
        reading.invalid.append(Invalid(called, "opening_hours", problem))
        return
    if mended != written:
        reading.repaired.append(Repair(called, "opening_hours", written[:500], mended))
    fields["opening_hours"] = mended


def _words(given: Given) -> frozenset[str]:
    found = set()
    for tag in _TAGS:
        value = given.raw(tag).strip().casefold()
        if value:
            found |= {value, f"{tag}={value}"}
    for name in _CATEGORIES:
        found |= {
            " ".join(part.split()).casefold()
            for part in re.split(r"[;,|]", given.raw(name))
            if part.strip()
        }
    return frozenset(found)
