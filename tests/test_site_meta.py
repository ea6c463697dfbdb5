"""Canonical addresses, Open Graph, JSON-LD, sitemap and robots.txt."""

import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert

from stadtkern.content.models import Node
from stadtkern.site import sitemap as sitemap_module
from stadtkern.testing.databases import on_sqlite

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def head(page, selector: str, attribute: str = "content") -> list[str]:
    return [found[attribute] for found in page.html.select(selector)]


def og(page, name: str) -> list[str]:
    return head(page, f'meta[property="{name}"]')


def things(page) -> dict[str, dict]:
    """Return the JSON-LD of a page by type."""
    (script,) = page.html.select('script[type="application/ld+json"]')
    data = json.loads(script.string)
    assert data["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in data["@graph"]}


def locations(answer) -> list[str]:
    return [found.text for found in ET.fromstring(answer.body).iterfind("s:url/s:loc", NS)]  # noqa: S314


def picture_block(town, **fields):
    """Plant a picture in the library and return a block that shows it."""
    node = town.add(
        "image",
        "Markt",
        fields={
            "alt": "Der Markt am Morgen",
            "credit": "Stadt",
            "licence": "own",
            "stored": {
                "sha": "ab" * 32,
                "name": "markt.jpg",
                "type": "image/jpeg",
                "size": 1234,
                "width": 800,
                "height": 600,
            }
            | fields,
        },
    )
    return {"id": "b1", "type": "image", "data": {"image": node.id, "caption": None}}


def test_the_canonical_address_drops_what_no_view_declares(town) -> None:
    town.page("Rathaus")
    host = f"http://{town.host}"
    for asked in ("/rathaus", "/rathaus/", "/rathaus?utm_source=x&page=1", "/rathaus?lang=en"):
        assert head(town.get(asked), "link[rel=canonical]", "href") == [f"{host}/rathaus"]
    legal = town.get("/impressum?lang=en&x=1")
    assert head(legal, "link[rel=canonical]", "href") == [f"{host}/impressum?lang=en"]
    assert head(town.get("/impressum?lang=de"), "link[rel=canonical]", "href") == [
        f"{host}/impressum"
    ]


def test_the_asker_does_not_choose_the_port_of_everybodys_addresses(town) -> None:
    town.page("Rathaus")
    page = town.raw("/rathaus", host=f"{town.host}:4444")
    assert "4444" not in page.text
    assert f'href="http://{town.host}/rathaus"' in page.text


def test_lists_in_parts_name_their_neighbours(town) -> None:
    parent = town.add("folder", "Viele")
    for number in range(41):
        town.page(f"Seite {number}", parent=parent)
    host = f"http://{town.host}/viele"
    first, second = town.get("/viele"), town.get("/viele?page=2&x=y")
    assert head(first, "link[rel=prev]", "href") == []
    assert head(first, "link[rel=next]", "href") == [f"{host}?page=2"]
    assert head(second, "link[rel=canonical]", "href") == [f"{host}?page=2"]
    assert head(second, "link[rel=prev]", "href") == [host]
    assert head(second, "link[rel=next]", "href") == [f"{host}?page=3"]
    assert head(town.get("/viele?page=3"), "link[rel=next]", "href") == []


def test_errors_have_no_address_and_are_not_listed(town) -> None:
    page = town.get("/gibt-es-nicht", status=404)
    assert head(page, "link[rel=canonical]", "href") == []
    assert head(page, "meta[name=robots]") == ["noindex"]
    assert head(town.get("/"), "meta[name=robots]") == []


def test_previews_show_the_picture_that_the_page_shows_first(town) -> None:
    town.page("Markt & mehr", summary="Jeden <Samstag>", blocks=[picture_block(town)])
    page = town.get("/markt-mehr")
    assert og(page, "og:title") == ["Markt & mehr"]
    assert og(page, "og:description") == ["Jeden <Samstag>"]
    assert og(page, "og:locale") == ["de_DE"]
    assert og(page, "og:url") == [f"http://{town.host}/markt-mehr"]
    (image,) = og(page, "og:image")
    assert image.startswith(f"http://{town.host}/media/")
    assert (og(page, "og:image:width"), og(page, "og:image:height")) == (["800"], ["600"])
    assert og(page, "og:image:alt") == ["Der Markt am Morgen"]


def test_a_hidden_picture_and_a_drawing_are_no_preview(town) -> None:
    drawing = picture_block(town, type="image/svg+xml", name="plan.svg")
    town.page("Plan", blocks=[drawing])
    assert og(town.get("/plan"), "og:image") == []
    hidden = picture_block(town)
    town.page("Ohne", blocks=[hidden])
    with town.content() as content:
        content.unpublish(hidden["data"]["image"])
    assert og(town.get("/ohne"), "og:image") == []


@on_sqlite
def test_the_picture_costs_no_statement_of_its_own(make_town) -> None:
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    town.page("Mit", blocks=[picture_block(town)])
    town.page("Ohne", blocks=[])
    for path in ("/", "/impressum"):
        town.get(path)
    counts = {}
    for path in ("/mit", "/ohne"):
        with town.statements() as statements:
            town.get(path)
        counts[path] = len(statements)
    assert counts["/mit"] == counts["/ohne"] + 1


def test_structured_data_of_the_town(town) -> None:
    town.configure("site", organisation="Stadt Musterstadt", street="Markt 1", city="Musterstadt")
    found = things(town.get("/"))
    assert found["WebSite"]["publisher"]["@id"] == found["GovernmentOrganization"]["@id"]
    organisation = found["GovernmentOrganization"]
    assert organisation["name"] == "Stadt Musterstadt"
    assert organisation["address"]["streetAddress"] == "Markt 1"
    assert organisation["identifier"]["value"] == "06439015"


def test_structured_data_of_news_and_events(town) -> None:
    folder = town.add("folder", "Aktuelles")
    town.add("news", "Neues", parent=folder, fields={"date": date(2026, 3, 1)})
    found = things(town.get("/aktuelles/neues"))
    assert found["NewsArticle"]["headline"] == "Neues"
    assert found["NewsArticle"]["datePublished"] == "2026-03-01"
    names = [step["name"] for step in found["BreadcrumbList"]["itemListElement"]]
    assert names == ["Startseite", "Aktuelles", "Neues"]
    town.add(
        "event",
        "Fest",
        fields={"starts": datetime(2099, 7, 1, 16, tzinfo=UTC), "place": "Markt"},
    )
    event = things(town.get("/fest"))["Event"]
    assert event["startDate"] == "2099-07-01T18:00:00+02:00"
    assert event["location"]["name"] == "Markt"


def test_no_text_ends_the_script(town) -> None:
    town.page("</script><script>alert(1)</script> & \u2028", slug="frech")
    page = town.get("/frech")
    assert "<script>alert" not in page.text
    steps = things(page)["BreadcrumbList"]["itemListElement"]
    assert steps[-1]["name"] == "</script><script>alert(1)</script> &"


def test_a_plugin_gives_its_own(town) -> None:
    town.enable("cityguide")
    fields = {"kind": "hotspot", "lat": 50.1, "lon": 8.2, "licence": "CC0-1.0", "attribution": "A"}
    town.add("place", "Turm", fields=fields, summary="Alt")
    place = things(town.get("/turm"))["TouristAttraction"]
    assert place["geo"]["latitude"] == 50.1
    assert (place["name"], place["description"]) == ("Turm", "Alt")
    assert f"http://{town.host}/guide" in locations(town.get("/sitemap.xml"))
    town.disable("cityguide")
    listed = locations(town.get("/sitemap.xml"))
    assert f"http://{town.host}/turm" not in listed
    assert f"http://{town.host}/guide" not in listed


def test_the_sitemap_lists_what_everybody_may_see(town) -> None:
    host = f"http://{town.host}"
    page = town.page("Offen")
    town.page("Entwurf", published=False)
    hidden = town.page("Verborgen", published=False)
    inner = town.page("Darin", parent=hidden)
    town.page("Tiefer", parent=inner)
    town.add("link", "Anderswo", fields={"url": "https://anderswo.example/"})
    town.page("Open", parent="/en", translation_group=page.translation_group)
    secret = town.page("Secret", parent="/en", published=False)
    other = town.page("Zwei")
    town.page("Two", parent=secret, translation_group=other.translation_group)
    answer = town.get("/sitemap.xml")
    assert answer.content_type == "application/xml"
    assert set(locations(answer)) == {
        f"{host}/",
        f"{host}/en",
        f"{host}/offen",
        f"{host}/en/open",
        f"{host}/zwei",
        f"{host}/impressum",
        f"{host}/datenschutz",
        f"{host}/barrierefreiheit",
    }
    tree = ET.fromstring(answer.body)  # noqa: S314
    entry = next(
        url for url in tree.iterfind("s:url", NS) if url.find("s:loc", NS).text == f"{host}/offen"
    )
    links = {link.get("hreflang"): link.get("href") for link in entry.iterfind("x:link", NS)}
    assert links == {
        "de": f"{host}/offen",
        "en": f"{host}/en/open",
        "x-default": f"{host}/offen",
    }
    assert datetime.fromisoformat(entry.find("s:lastmod", NS).text).tzinfo is not None
    assert answer.headers["ETag"]


def test_a_large_sitemap_is_an_index_of_parts(make_town, monkeypatch) -> None:
    monkeypatch.setattr(sitemap_module, "PART", 4)
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    root = town.node("/")
    counts = []
    for number in (6, 40):
        with town.session() as session:
            session.execute(
                insert(Node),
                [
                    {
                        "tenant_id": town.tenant_id,
                        "parent_id": root.id,
                        "path": f"/n{number}-{n}",
                        "slug": f"n{number}-{n}",
                        "type": "page",
                        "state": "published",
                        "language": "de",
                        "title": f"Seite {n}",
                        "body": {},
                    }
                    for n in range(number)
                ],
            )
        town.page(f"Merken {number}")
        town.registry["tenants"].forget()
        town.get("/impressum")
        index = town.get("/sitemap.xml")
        parts = [
            found.text
            for found in ET.fromstring(index.body).iterfind("s:sitemap/s:loc", NS)  # noqa: S314
        ]
        seen: list[str] = []
        for part in parts:
            with town.statements() as statements:
                seen += locations(town.get(part.removeprefix(f"http://{town.host}")))
            counts.append(len(statements))
        pages = [one for one in seen if "/n" in one]
        assert len(pages) == len(set(pages)) == (6 if number == 6 else 46)
    assert max(counts) <= 4
    town.get("/sitemap-99.xml", status=404)


def test_robots_name_the_sitemap_and_close_the_office(town) -> None:
    text = town.get("/robots.txt").text
    assert f"Sitemap: http://{town.host}/sitemap.xml" in text
    assert "Disallow: /admin/\n" in text
    assert "Disallow: /\n" not in text


@pytest.mark.parametrize("how", ["demo", "setting", "suspended"])
def test_robots_are_asked_to_stay_away(town, how) -> None:
    if how == "setting":
        town.configure("site", listed=False)
    else:
        from stadtkern.tenants.models import TenantRow
        from stadtkern.tenants.services import bump_generation

        with town.session() as session:
            row = session.get(TenantRow, town.tenant_id)
            row.demo, row.status = how == "demo", "suspended" if how == "suspended" else "active"
            session.flush()
            bump_generation(session, town.registry["tenants"], town.tenant_id, "tenant")
    answer = town.get("/robots.txt")
    assert (answer.content_type, answer.text) == ("text/plain", "User-agent: *\nDisallow: /\n")
    if how != "suspended":
        assert head(town.get("/"), "meta[name=robots]") == ["noindex"]
