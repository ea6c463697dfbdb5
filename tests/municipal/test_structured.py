"""What search engines and portals read of services and offices (schema.org, JSON-LD)."""

import json
from typing import Any

import pytest

from stadtkern.testing.town import Town


@pytest.fixture
def uncached(make_town: Any) -> Town:
    town: Town = make_town({"stadtkern.page_cache": "false"})
    return town


def thing(town: Town, path: str, kind: str) -> dict[str, Any]:
    (script,) = town.get(path).html.select('script[type="application/ld+json"]')
    data = json.loads(script.string)
    assert data["@context"] == "https://schema.org"
    found: dict[str, Any] = next(one for one in data["@graph"] if one["@type"] == kind)
    return found


def office(town: Town, **more: Any) -> Any:
    fields = {
        "street": "Rathausplatz 1",
        "postal_code": "65000",
        "city": "Musterstadt",
        "phone": "06128 000-1",
        "mail": "buergerbuero@musterstadt.example",
        "lat": 50.1,
        "lon": 8.15,
        "hours": [
            {"day": "mo", "opens": "08:00", "closes": "12:00"},
            {"day": "mo", "opens": "14:00", "closes": "16:00"},
            {"day": "fr", "note": "nach Vereinbarung"},
        ],
    }
    return town.add("office", "Bürgerbüro", summary="Für alle", fields=fields | more)


def test_an_office_says_where_it_is_and_when_it_is_open(uncached: Town) -> None:
    town = uncached
    office(town)
    data = thing(town, "/buergerbuero", "GovernmentOffice")
    base = f"http://{town.host}"
    assert data["url"] == f"{base}/buergerbuero"
    assert data["name"] == "Bürgerbüro"
    assert data["description"] == "Für alle"
    assert data["parentOrganization"] == {"@id": f"{base}/#town"}
    assert data["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Rathausplatz 1",
        "postalCode": "65000",
        "addressLocality": "Musterstadt",
        "addressCountry": "DE",
    }
    assert (data["telephone"], data["email"]) == ("06128 000-1", "buergerbuero@musterstadt.example")
    assert (data["geo"]["latitude"], data["geo"]["longitude"]) == (50.1, 8.15)
    # What has no times ("by appointment") is told to people only.
    assert [
        (one["dayOfWeek"], one["opens"], one["closes"]) for one in data["openingHoursSpecification"]
    ] == [
        ("https://schema.org/Monday", "08:00", "12:00"),
        ("https://schema.org/Monday", "14:00", "16:00"),
    ]


def test_an_office_says_nothing_that_it_does_not_know(uncached: Town) -> None:
    town = uncached
    town.add("office", "Amt", fields={})
    data = thing(town, "/amt", "GovernmentOffice")
    assert not {"address", "telephone", "email", "geo", "openingHoursSpecification"} & set(data)


def test_a_service_says_who_offers_it_and_how_it_is_reached(uncached: Town) -> None:
    town = uncached
    place = office(town)
    service = town.add(
        "service",
        "Personalausweis",
        fields={
            "office": place.id,
            "names": "Perso\nAusweis",
            "leika": "99080007005000",
            "online": "https://dienste.example/ausweis",
        },
    )
    data = thing(town, service.path, "GovernmentService")
    assert data["alternateName"] == ["Perso", "Ausweis"]
    assert data["identifier"]["value"] == "99080007005000"
    assert data["provider"] == {"@id": f"http://{town.host}/#town"}
    operator = data["serviceOperator"]
    assert (operator["@type"], operator["name"]) == ("GovernmentOffice", "Bürgerbüro")
    online, counter = data["availableChannel"]
    assert online["serviceUrl"] == "https://dienste.example/ausweis"
    assert counter["serviceLocation"] == {"@id": operator["@id"]}
    assert counter["servicePhone"]["telephone"] == "06128 000-1"
    # The page and its structured data ask for the office together.
    with town.statements() as statements:
        town.get(service.path)
    assert len(statements) <= 6
    # An address of the town's own is told whole; an office that was taken back not at all.
    with town.content() as content:
        content.unpublish(place.id)
        now = content.get(service.id)
        fields = content.fields(now) | {"online": "/termine"}
        content.save(now.id, version=now.version, title=now.title, fields=fields)
    data = thing(town, service.path, "GovernmentService")
    assert data["availableChannel"] == [
        {"@type": "ServiceChannel", "serviceUrl": f"http://{town.host}/termine"}
    ]
    assert "serviceOperator" not in data
    assert "Bürgerbüro" not in town.get(service.path)


def test_nothing_in_a_title_ends_the_script(uncached: Town) -> None:
    town = uncached
    place = office(town, street="</script><script>alert(1)</script>")
    town.add("service", "</script>", slug="dienst", fields={"office": place.id})
    for path in ("/buergerbuero", "/dienst"):
        assert "</script><script>alert" not in town.get(path).text
    assert thing(town, "/dienst", "GovernmentService")["name"] == "</script>"
