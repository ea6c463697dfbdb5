"""Daily numbers of the guide: what is counted, what is not, and who sees them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import codes
from stadtkern_cityguide.counts import GuideCount
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

AddPlace = Callable[..., None]
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 16) Firefox/140"}


def stored(town: Town) -> dict[tuple[str, int], int]:
    town.registry["counts"].flush()
    with town.session(write=False) as session:
        rows = session.scalars(select(GuideCount)).all()
        return {(row.metric, row.node_id): row.number for row in rows}


@pytest.fixture
def code(guide_town: Town, add_place: AddPlace) -> str:
    add_place("Turm")
    with guide_town.content() as content:
        (items,) = codes.items_of(content, [content.by_path("/turm")])
        return codes.make(content, items).codes[0].code


def test_codes_that_lead_on_count_by_day_and_place(guide_town: Town, code: str) -> None:
    town = guide_town
    tower = town.node("/turm").id
    for _time in range(3):
        town.get(f"/guide/c/{code}", headers=PHONE, status=302)
    # Programs, wrong codes and those of withdrawn signs do not count.
    town.get(f"/guide/c/{code}", headers={"User-Agent": "SomeBot/1.0 (bot; +x)"}, status=302)
    town.get("/guide/c/WWWWW", headers=PHONE, status=404)
    assert stored(town) == {("scanned", tower): 3}
    town.get(f"/guide/c/{code}", headers=PHONE, status=302)
    assert stored(town) == {("scanned", tower): 4}
    other = town.second_tenant()
    other.enable("cityguide")
    assert stored(other) == {}


def test_old_days_go_and_deleted_places_are_passed_over(guide_town: Town, code: str) -> None:
    town = guide_town
    tower = town.node("/turm").id
    town.configure("cityguide", counts_days=90)
    today = town.tenant.today()
    with town.session() as session:
        for days in (89, 91):
            session.add(
                GuideCount(
                    tenant_id=town.tenant_id,
                    day=today - timedelta(days=days),
                    metric="scanned",
                    node_id=tower,
                    number=days,
                )
            )
    counts = town.registry["counts"]
    counts.count("cityguide", town.tenant_id, f"scanned:{tower}")
    counts.count("cityguide", town.tenant_id, "scanned:999999")
    counts.count("cityguide", town.tenant_id, "nonsense:x")
    counts.flush()
    with town.session(write=False) as session:
        numbers = sorted(session.scalars(select(GuideCount.number)))
    assert numbers == [1, 89]


@on_sqlite
def test_editors_see_numbers_drawn_and_as_tables(guide_town: Town, code: str) -> None:
    town = guide_town
    town.get("/turm", headers=PHONE)
    town.get(f"/guide/c/{code}", headers=PHONE, status=302)
    town.registry["counts"].flush()
    town.login("editor")
    page = town.get("/admin/cityguide/numbers")
    table = page.html.select("table")[-1]
    cells = [
        cell.get_text(strip=True) for cell in table.select("tbody tr")[0].find_all(["th", "td"])
    ]
    assert cells == ["Turm", "1", "1", "0", "0"]
    assert page.html.select_one("figure.chart svg[role=img]")
    scanned = town.get("/admin/cityguide/numbers?metric=scanned&days=7")
    assert scanned.html.select_one('nav a[aria-current="page"]')
    assert scanned.html.select_one("details table td.number").get_text() == "1"
    for nonsense in ("days=x", "metric=y", "days=999"):
        town.get(f"/admin/cityguide/numbers?{nonsense}", status=200)

    def count() -> int:
        with town.statements() as seen:
            town.get("/admin/cityguide/numbers")
        return len(seen)

    count()
    few = count()
    for number in range(6):
        town.add(
            "place",
            f"Ort {number}",
            fields={
                "kind": "poi",
                "lat": 50.1,
                "lon": 8.1,
                "licence": "CC0-1.0",
                "attribution": "S",
            },
        )
        town.get(f"/ort-{number}", headers=PHONE)
    town.registry["counts"].flush()
    count()
    assert count() == few


@on_sqlite
def test_tours_that_are_taken_along_count(
    stadtkern: Callable[..., object], guide_town: Town, gpx: Path
) -> None:
    town = guide_town
    with town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        tour = import_tour(content, plan, folder_for(content, {}), publish=True).node_id
    stadtkern("cityguide", "bundle", "--tenant", town.slug)
    first = town.get(f"/guide/bundles/{tour}.de.json", headers=PHONE, status=200)
    # Asking again whether something has changed takes nothing along.
    town.get(
        f"/guide/bundles/{tour}.de.json",
        headers={**PHONE, "If-None-Match": first.headers["ETag"]},
        status=304,
    )
    assert stored(town) == {("downloaded", tour): 1}
