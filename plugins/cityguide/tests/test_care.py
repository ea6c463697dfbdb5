"""What is missing, what is there twice, what a source says."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.care.twins import alike, plain
from stadtkern_cityguide.intake import Defaults, judge, read, store

AddPlace = Callable[..., None]
MISSING = "/admin/cityguide/missing"
TWINS = "/admin/cityguide/duplicates"


def imported(town: Town, **properties: Any) -> int:
    """Import the source's one place as it is now; return its node's id."""
    data = json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": "7",
                    "properties": {"title": "Turm", "licence": "CC0-1.0", "author": "Kreis"}
                    | properties,
                    "geometry": {"type": "Point", "coordinates": [8.15, 50.14]},
                }
            ],
        }
    ).encode()
    with town.content() as content:
        home = content.by_path("/")
        assert home is not None
        judged = judge(content, read(data, "kreis.geojson", Defaults()))
        done = store(content, judged, home, publish=True)
        return done[0].id if done else town.node("/turm").id


def edited(town: Town, number: int, **changes: Any) -> None:
    with town.content() as content:
        node = content.get(number)
        fields = content.fields(node) | changes
        content.save(number, version=node.version, title=node.title, fields=fields)


def gap(town: Town, name: str) -> tuple[int, list[str]]:
    """Return the number on the tile and the titles of the list."""
    page = town.get(f"{MISSING}?show={name}")
    tile = page.html.select_one(f'a.tile[href$="show={name}"] b')
    assert tile is not None
    return int(tile.get_text()), [one.get_text() for one in page.html.select("section .list a")]


def test_gaps_are_counted_and_listed(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Ganz", opening_hours="24/7")
    add_place("Ohne Zeiten")
    town.add("place", "Ohne Lizenz", published=False, fields={"lat": 50.1, "lon": 8.1})
    group = town.node("/ganz").translation_group
    town.add(
        "place",
        "Whole",
        parent="/en",
        translation_group=group,
        fields={"lat": 50.15, "lon": 8.16, "licence": "CC0-1.0", "attribution": "x"},
    )
    image = town.add("image", "Bild ohne Text", published=False, fields={})
    with town.content() as content:
        node = content.get(town.node("/ganz").id)
        block = {"type": "image", "data": {"image": image.id}}
        content.save_draft(
            node.id, version=node.version, title="Ganz", fields=content.fields(node), blocks=[block]
        )
        content.save(
            node.id, version=node.version, title="Ganz", fields=content.fields(node), blocks=[block]
        )
    town.login("editor")
    assert gap(town, "hours") == (3, ["Whole", "Ohne Lizenz", "Ohne Zeiten"])
    assert gap(town, "licence") == (1, ["Ohne Lizenz"])
    assert gap(town, "language-en") == (2, ["Ohne Lizenz", "Ohne Zeiten"])
    assert "Ganz" not in gap(town, "picture")[1]
    assert gap(town, "alt") == (1, ["Ganz"])
    assert gap(town, "links") == (1, ["Ganz"])


@on_sqlite
def test_the_lists_cost_the_same_for_more_places(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    town.login("editor")

    def cost(path: str) -> int:
        town.get(path)
        with town.statements() as seen:
            town.get(path)
        return len(seen)

    add_place("Ort 0")
    before = [cost(path) for path in (MISSING, f"{MISSING}?show=hours", TWINS)]
    for number in range(1, 9):
        add_place(f"Ort {number}")
    assert [cost(path) for path in (MISSING, f"{MISSING}?show=hours", TWINS)] == before


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zugmantel", "ZUGMANTEL!", True),
        ("Schloss Wehen", "Schloß Wehen", True),
        ("Limesturm Orlen", "Limesturm in Orlen", True),
        ("Museum", "Museum im Schloss", True),
        ("Tor", "Tor zur Burg", False),
        ("Kirche", "Schule", False),
    ],
)
def test_names_that_are_alike(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert alike(plain(one), plain(other)) is same


def test_twins_are_shown_and_one_is_put_away(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Limesturm Orlen")
    add_place("Limesturm in Orlen", lat=50.1504)
    add_place("Limesturm Orlen", lat=50.2)
    add_place("Wehen", lat=50.3, source="Kreis", source_id="4")
    add_place("Schloss", lat=50.4, source="Kreis", source_id="4")
    town.login("editor")
    page = town.get(TWINS)
    assert [one.get_text() for one in page.html.select("section h2")] == [
        "Limesturm Orlen",
        "Wehen",
    ]
    form = next(form for form in page.forms.values() if "keep" in form.fields)
    form.submit().follow()
    with pytest.raises(LookupError):
        town.node("/limesturm-in-orlen")
    left = town.get(TWINS).html.select("section h2")
    assert [one.get_text() for one in left] == ["Wehen"]
    # Not any two places, and not by anybody.
    wehen, other = town.node("/wehen").id, town.node("/limesturm-orlen").id
    town.post(TWINS, {"keep": str(wehen), "drop": str(other)})
    assert town.node("/limesturm-orlen").id == other
    town.login("guide_editor")
    both = {"keep": str(wehen), "drop": str(town.node("/schloss").id)}
    town.post(TWINS, both, status=403)


def test_an_override_is_shown_flagged_and_reset(guide_town: Town) -> None:
    town = guide_town
    number = imported(town, opening_hours="Mo 09:00-10:00", charge="1 Euro")
    edited(town, number, fee="2 Euro")
    imported(town, opening_hours="Tu 09:00-10:00", charge="3 Euro")
    # What nobody touched was taken, the override stays.
    fields = town.node("/turm").body["fields"]
    assert (fields["opening_hours"], fields["fee"]) == ("Tu 09:00-10:00", "2 Euro")
    town.login("editor")
    assert gap(town, "news") == (1, ["Turm"])
    address = f"/admin/cityguide/nodes/{number}/source"
    assert f'href="{address}"' in town.get(f"/admin/nodes/{number}").text
    page = town.get(address)
    (row,) = page.html.select("tbody tr")
    assert [cell.get_text() for cell in row.select("td")[:2]] == ["2 Euro", "3 Euro"]
    assert row.select_one(".pill.warn") is not None
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form.submit("do", value="reset:fee").follow()
    with town.content() as content:
        node = content.get(number)
        copy = content.working_copy(node)
        assert copy.body["fields"]["fee"] == "3 Euro"
        content.publish(number)
    assert not town.get(address).html.select("tbody tr")
    assert gap(town, "news") == (0, [])
    # From now on the source is followed again.
    imported(town, opening_hours="Tu 09:00-10:00", charge="4 Euro")
    assert town.node("/turm").body["fields"]["fee"] == "4 Euro"


@on_sqlite
def test_who_keeps_their_own_is_not_asked_again(guide_town: Town) -> None:
    town = guide_town
    number = imported(town, charge="1 Euro")
    edited(town, number, fee="2 Euro")
    imported(town, charge="3 Euro")
    town.login("editor")
    address = f"/admin/cityguide/nodes/{number}/source"
    page = town.get(address)
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form.submit("do", value="keep:fee").follow()
    assert gap(town, "news")[0] == 0
    imported(town, charge="3 Euro")
    assert gap(town, "news")[0] == 0
    assert town.node("/turm").body["fields"]["fee"] == "2 Euro"
    # On an old version nothing is written.
    form = next(form for form in town.get(address).forms.values() if "version" in form.fields)
    edited(town, number, phone="1")
    form.submit("do", value="reset:all", status=409)
    town.login("author")
    town.get(address, status=403)


@on_sqlite
def test_text_is_pasted_into_the_import(guide_town: Town) -> None:
    town = guide_town
    town.login("editor")

    def first() -> Any:
        forms = town.get("/admin/cityguide/import").forms.values()
        return next(form for form in forms if "pasted" in form.fields)

    form = first()
    form["pasted"] = "name;lat;lon\nTurm;50,1;8,1"
    form["name"] = "liste"
    page = form.submit("step", value="check")
    form = next(form for form in page.forms.values() if "file_name" in form.fields)
    form.submit("step", value="store")
    assert town.node("/turm").type == "place"
    form = first()
    form["pasted"] = "nothing of ours"
    page = form.submit("step", value="check", status=422)
    assert page.html.select_one("textarea[aria-invalid]")["name"] == "pasted"
    assert "nothing of ours" in page.html.select_one("textarea[name=pasted]").get_text()
    first().submit("step", value="check", status=422)
