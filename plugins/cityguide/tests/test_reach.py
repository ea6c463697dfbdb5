"""The guide is found by visitors and read by programs, while it is switched on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from stadtkern.content import Node
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

pytestmark = on_sqlite


def found(town: Town, query: str, **more: str) -> list[tuple[str, str]]:
    """Return title and address of the results."""
    page = town.get("/suche", params={"q": query, **more})
    return [(link.get_text(), link["href"]) for link in page.html.select("ol.list > li > a")]


def test_the_overview_is_found_while_the_guide_is_on(town: Town) -> None:
    assert found(town, "Sehenswürdigkeiten") == []
    town.enable("cityguide")
    assert found(town, "Sehenswürdigkeiten") == [("Stadtführer", "/guide")]
    assert ("City guide", "/guide?lang=en") in found(town, "sights", lang="en")
    town.disable("cityguide")
    assert found(town, "Sehenswürdigkeiten") == []


def test_a_place_is_found_and_its_kind_is_named(
    guide_town: Town, add_place: Callable[..., None]
) -> None:
    add_place("Römerturm")
    page = guide_town.get("/suche", params={"q": "Römertürme"})
    hit = page.html.select_one("ol.list > li")
    assert hit.select_one("a").get_text() == "Römerturm"
    assert hit.select_one(".muted").get_text(strip=True) == "Ort"


def test_programs_read_a_tours_line(
    guide_town: Town, stadtkern: Callable[..., Any], gpx: Path
) -> None:
    done = stadtkern("cityguide", "import", str(gpx), "--tenant", guide_town.slug, "--json")
    assert json.loads(done.stdout)["new"] == 1
    with guide_town.session(write=False) as session:
        path = session.scalars(select(Node.path).where(Node.type == "tour")).one()
    node = guide_town.node(path)
    address = f"/tours/{node.id}/track"
    member, editor = (guide_town.token(guide_town.account(role)) for role in ("author", "editor"))
    read = guide_town.api("GET", address, token=editor).json
    assert read["length_m"] == pytest.approx(1876.7, abs=1)
    assert read["line"]["geometry"]["type"] in {"LineString", "MultiLineString"}
    # A draft is nothing to those who may not see it.
    service = guide_town.token(None, "tours:read", roles=["moderator"])
    guide_town.api("GET", address, token=service, status=404)
    with guide_town.content() as content:
        content.publish(node.id)
    assert guide_town.api("GET", address, token=service).json["length_m"] == read["length_m"]
    assert guide_town.api("GET", address, token=member).status_int == 200
    guide_town.disable("cityguide")
    guide_town.api("GET", address, token=editor, status=404)
