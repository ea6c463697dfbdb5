"""Tours packed for keeping: manifests, what a change costs, what is withdrawn, who sees what."""

import io
import json
import os
import wave
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from stadtkern.content import Node
from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.media.intake import store_audio, store_image
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.offline.building import GRACE, store_of
from stadtkern_cityguide.offline.jobs import PACK
from stadtkern_cityguide.offline.models import Asset
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

PLACE = {"kind": "hotspot", "lat": 50.15, "lon": 8.16, "licence": "CC0-1.0", "attribution": "Stadt"}
MB = 1_000_000


def wav(seconds: float = 0.1) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(16_000 * seconds)))
    return target.getvalue()


def jpeg() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 40), "#1a7f4b").save(target, "JPEG")
    return target.getvalue()


def medium(town: Town, kind: str, data: bytes, title: str) -> Node:
    stored = (
        store_image(town.registry["storage"], io.BytesIO(data), f"{title}.jpg", MB)
        if kind == "image"
        else store_audio(town.registry["storage"], io.BytesIO(data), f"{title}.wav", MB)
    )
    rights = {"credit": "Stadt", "licence": "own"}
    more = {"alt": "Ein Bild"} if kind == "image" else {"transcript": "<p>Es rauscht.</p>"}
    return town.add(kind, title, fields={"stored": stored.as_field()} | rights | more)


def tour(town: Town, gpx: Path, title: str, *places: Node) -> int:
    """Publish a tour whose stops lead to places; return its number."""
    text = gpx.read_text("utf-8").replace("Waldrunde", title).encode()
    with town.content() as content:
        plan = plan_tour(text, f"{title}.gpx", language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=True)
        node = content.get(done.node_id)
        fields = content.fields(node)
        for stop, place in zip(fields["stops"], places, strict=False):
            stop["place"] = place.id
        content.save(node.id, version=node.version, title=node.title, fields=fields)
    return done.node_id


@pytest.fixture
def pictured(guide_town: Town) -> dict[str, Node]:
    """Return two places that share a picture; one of them has a sound, too."""
    image = medium(guide_town, "image", jpeg(), "Quelle")
    sound = medium(guide_town, "audio", wav(), "Rauschen")
    picture = {"id": "a0000001", "type": "image", "data": {"image": image.id}}
    heard = {"id": "a0000002", "type": "audio", "data": {"audio": sound.id}}
    words = {"id": "a0000003", "type": "text", "data": {"html": "<p>Alter Text.</p>"}}
    first = guide_town.add("place", "Brunnen", fields=PLACE, blocks=[words, picture, heard])
    second = guide_town.add(
        "place", "Turm", fields=PLACE | {"lat": 50.14, "lon": 8.15}, blocks=[picture]
    )
    return {"image": image, "sound": sound, "first": first, "second": second}


@pytest.fixture
def pack(stadtkern: Callable[..., Any], guide_town: Town) -> Callable[..., Any]:
    """Return a function that packs the town's tours and returns the report."""

    def run(*more: str, code: int = 0) -> Any:
        done = stadtkern("cityguide", "bundle", "--tenant", guide_town.slug, "--json", *more)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)["tours"]

    return run


def manifest(town: Town, number: int, **kw: Any) -> Any:
    return town.get(f"/guide/bundles/{number}.de.json", **kw)


def change_text(town: Town, place: Node, text: str) -> None:
    with town.content() as content:
        node = content.get(place.id)
        blocks = [dict(one) for one in node.body["blocks"]]
        blocks[0] = blocks[0] | {"data": {"html": f"<p>{text}</p>"}}
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=blocks,
        )


def at(made: Any) -> dict[str, Any]:
    return {address: entry for entry in made["entries"] for address in entry["at"]}


@pytest.fixture
def waldrunde(guide_town: Town, gpx: Path, pictured: dict[str, Node]) -> int:
    """Return the number of a tour past both places."""
    return tour(guide_town, gpx, "Waldrunde", pictured["first"], pictured["second"])


def test_a_manifest_is_canonical_and_named_by_its_hash(
    guide_town: Town, waldrunde: int, pack: Callable[..., Any]
) -> None:
    [one] = pack()
    assert (one["state"], one["rev"], one["missing"]) == ("new", 1, [])
    answer = manifest(guide_town, waldrunde)
    assert answer.headers["ETag"] == f'"{sha256(answer.body).hexdigest()}"'
    assert answer.content_type == "application/json"
    made = json.loads(answer.body)
    again = json.dumps(made, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == answer.body
    assert {"v", "tour", "lang", "rev", "min_client", "total", "groups", "entries"} <= set(made)
    assert made["total"] == sum(entry["bytes"] for entry in made["entries"])
    assert made["total"] == sum(made["groups"].values())
    same = guide_town.get(
        f"/guide/bundles/{waldrunde}.de.json",
        headers={"If-None-Match": answer.headers["ETag"]},
        status=304,
    )
    assert same.body == b""
    # Nothing has changed: not even a revision.
    [one] = pack()
    assert (one["state"], one["rev"]) == ("unchanged", 1)
    assert manifest(guide_town, waldrunde).body == answer.body


def test_every_entry_gives_the_bytes_that_it_promises(
    guide_town: Town, waldrunde: int, pack: Callable[..., Any]
) -> None:
    pack()
    made = json.loads(manifest(guide_town, waldrunde).body)
    known = at(made)
    assert {"/waldrunde", "/brunnen", "/turm", f"/guide/tour/{waldrunde}.geojson"} <= set(known)
    assert any("map.js" in one or "/map-" in one for one in known)
    # What the map loads on a tap only comes along, too.
    assert any("leaflet" in one for one in known)
    types = {entry["type"] for entry in made["entries"]}
    assert {"text/html", "text/css", "text/javascript", "audio/wav"} <= types
    assert {"core", "media-low"} == set(made["groups"])
    for entry in made["entries"]:
        answer = guide_town.get(entry["url"])
        assert sha256(answer.body).hexdigest() == entry["sha256"], entry
        assert len(answer.body) == entry["bytes"]
        assert answer.content_type == entry["type"]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
    sound = next(entry for entry in made["entries"] if entry["type"] == "audio/wav")
    part = guide_town.get(sound["url"], headers={"Range": "bytes=0-1"}, status=206)
    assert part.headers["Content-Range"] == f"bytes 0-1/{sound['bytes']}"
    assert part.body == b"RI"
    guide_town.get(sound["url"], headers={"Range": "bytes=99999999-"}, status=416)


def test_kept_pages_are_lean(guide_town: Town, waldrunde: int, pack: Callable[..., Any]) -> None:
    pack()
    made = json.loads(manifest(guide_town, waldrunde).body)
    page = guide_town.get(at(made)["/brunnen"]["url"])
    assert page.html.select_one("main h1").get_text() == "Brunnen"
    assert "Alter Text." in page.text
    assert len(page.html.select("picture img[src]")) == 1
    assert not page.html.select("img[srcset], source[srcset], nav, footer, form, script:not([src])")
    assert page.html.select_one('a[href="/guide/saved"]')
    # A menu entry and another place change no kept page.
    guide_town.page("Noch eine Seite", in_nav=True)
    guide_town.add("place", "Nachbar", fields=PLACE)
    [one] = pack()
    assert one["state"] == "unchanged"


def test_a_changed_text_costs_the_manifest_and_one_file(
    guide_town: Town, waldrunde: int, pictured: dict[str, Node], pack: Callable[..., Any]
) -> None:
    pack()
    before = json.loads(manifest(guide_town, waldrunde).body)
    change_text(guide_town, pictured["first"], "Neuer Text.")
    [one] = pack()
    assert (one["state"], one["rev"]) == ("changed", 2)
    after = json.loads(manifest(guide_town, waldrunde).body)
    new = {entry["url"] for entry in after["entries"]} - {
        entry["url"] for entry in before["entries"]
    }
    assert len(new) == 1
    assert "Neuer Text." in guide_town.get(new.pop()).text
    # Who is still loading the old revision finds its files.
    assert guide_town.get(at(before)["/brunnen"]["url"]).status_int == 200


def test_two_tours_share_a_medium(
    guide_town: Town, gpx: Path, pictured: dict[str, Node], pack: Callable[..., Any]
) -> None:
    first = tour(guide_town, gpx, "Waldrunde", pictured["first"])
    second = tour(guide_town, gpx, "Turmweg", pictured["second"])
    pack()
    shared = [
        {e["url"] for e in json.loads(manifest(guide_town, number).body)["entries"]}
        for number in (first, second)
    ]
    both = shared[0] & shared[1]
    assert any(url.endswith((".jpg", ".webp")) for url in both)
    assert any(url.endswith(".css") for url in both)


def test_withdrawn_media_and_tours_are_gone(
    guide_town: Town, waldrunde: int, pictured: dict[str, Node], pack: Callable[..., Any]
) -> None:
    pack()
    made = json.loads(manifest(guide_town, waldrunde).body)
    sound = next(entry for entry in made["entries"] if entry["type"] == "audio/wav")
    index = guide_town.get("/guide/bundles/index.json")
    known = json.loads(index.body)
    assert [(one["tour"], one["lang"], one["rev"]) for one in known["bundles"]] == [
        (waldrunde, "de", 1)
    ]
    assert known["bundles"][0]["etag"] == made_etag(guide_town, waldrunde)
    assert (known["gone"], known["revoked"]) == ([], [])
    guide_town.get(
        "/guide/bundles/index.json", headers={"If-None-Match": index.headers["ETag"]}, status=304
    )
    with guide_town.content() as content:
        content.unpublish(pictured["sound"].id)
    # At once, before anything is packed anew.
    assert json.loads(guide_town.get("/guide/bundles/index.json").body)["revoked"] == [
        sound["sha256"]
    ]
    guide_town.get(sound["url"], status=410)
    pack()
    changed = json.loads(manifest(guide_town, waldrunde).body)
    assert sound["sha256"] not in {entry["sha256"] for entry in changed["entries"]}
    with guide_town.content() as content:
        content.delete(waldrunde)
    known = json.loads(guide_town.get("/guide/bundles/index.json").body)
    assert (known["bundles"], known["gone"]) == ([], [{"tour": waldrunde, "lang": "de"}])
    manifest(guide_town, waldrunde, status=410)
    manifest(guide_town, waldrunde + 900, status=404)
    guide_town.get(f"/guide/a/{'0' * 64}.html", status=404)


def test_a_withdrawn_page_is_gone_at_its_hash_and_a_changed_one_is_not(
    guide_town: Town, gpx: Path, pictured: dict[str, Node], pack: Callable[..., Any]
) -> None:
    folder = guide_town.add("folder", "Ordner")
    hidden = guide_town.add("place", "Mühle", parent=folder, fields=PLACE)
    number = tour(guide_town, gpx, "Waldrunde", pictured["first"], hidden)
    pack()
    first = at(json.loads(manifest(guide_town, number).body))
    change_text(guide_town, pictured["first"], "Neuer Text.")
    pack()
    second = at(json.loads(manifest(guide_town, number).body))
    old, new = first["/brunnen"]["url"], second["/brunnen"]["url"]
    assert "Alter Text." in guide_town.get(old).text
    assert revoked(guide_town) == set()

    with guide_town.content() as content:
        content.unpublish(pictured["first"].id)
        content.unpublish(folder.id)
    # At once: the page, its earlier revision, and what stands below a page that was withdrawn.
    withdrawn = {old, new, second["/ordner/muehle"]["url"]}
    assert {first["/brunnen"]["sha256"], second["/ordner/muehle"]["sha256"]} <= revoked(guide_town)
    for url in withdrawn:
        guide_town.get(url, status=410)
    pack()
    third = at(json.loads(manifest(guide_town, number).body))
    assert not {"/brunnen", "/ordner/muehle"} & third.keys()
    for url in withdrawn:
        guide_town.get(url, status=410)
    # The tour's own page has changed: whoever is loading its last revision gets it.
    assert second["/waldrunde"]["url"] != third["/waldrunde"]["url"]
    for url in (second["/waldrunde"]["url"], third["/waldrunde"]["url"]):
        assert guide_town.get(url).status_int == 200
    # Styles and scripts belong to no page.
    assert all(
        e["url"] in {one["url"] for one in third.values()}
        for e in second.values()
        if e["type"] in {"text/css", "text/javascript"}
    )

    with guide_town.content() as content:
        content.publish(pictured["first"].id)
    assert "Neuer Text." in guide_town.get(new).text
    with guide_town.content() as content:
        content.delete(number)
    line = next(one for address, one in third.items() if address.endswith(".geojson"))
    for url in (third["/waldrunde"]["url"], line["url"]):
        guide_town.get(url, status=410)


def revoked(town: Town) -> set[str]:
    return set(json.loads(town.get("/guide/bundles/index.json").body)["revoked"])


@on_sqlite
def test_a_withdrawal_of_anything_has_the_tours_packed_soon(guide_town: Town) -> None:
    def waits() -> bool:
        with guide_town.session() as session:
            found = session.scalars(select(JobRow.id).where(JobRow.name == PACK)).all()
            session.execute(delete(JobRow).where(JobRow.name == PACK))
        return bool(found)

    folder = guide_town.page("Oben")
    place = guide_town.add("place", "Unten", parent=folder, fields=PLACE)
    draft = guide_town.page("Entwurf", published=False)
    assert waits()
    for step in ("unpublish", "publish", "delete"):
        for node in (place, folder):
            with guide_town.content() as content:
                getattr(content, step)(node.id)
            # A page that is shown again hides nothing: what is below it comes by the clock.
            assert waits() == ((step, node) != ("publish", folder))
    with guide_town.content() as content:
        content.delete(draft.id)
    assert not waits()


def made_etag(town: Town, number: int) -> str:
    return str(manifest(town, number).headers["ETag"].strip('"'))


def test_drafts_and_other_towns_stay_out(
    guide_town: Town,
    gpx: Path,
    pictured: dict[str, Node],
    make_town: Callable[..., Town],
    pack: Callable[..., Any],
) -> None:
    draft = guide_town.add("place", "Geheim", fields=PLACE, published=False)
    number = tour(guide_town, gpx, "Waldrunde", pictured["first"], draft)
    pack()
    made = json.loads(manifest(guide_town, number).body)
    assert "/geheim" not in at(made)
    pages = [guide_town.get(e["url"]).text for e in made["entries"] if e["type"] == "text/html"]
    assert not any("Geheim" in page for page in pages)
    other = make_town(slug="nachbar", host="nachbar.example")
    other.enable("cityguide")
    assert json.loads(other.get("/guide/bundles/index.json").body)["bundles"] == []
    other.get(f"/guide/bundles/{number}.de.json", status=404)
    for entry in made["entries"]:
        other.get(entry["url"], status=404)


@on_sqlite
def test_a_job_packs_after_changes_and_forgets_old_bytes(
    guide_town: Town,
    waldrunde: int,
    pictured: dict[str, Node],
) -> None:
    guide_town.run_schedule(PACK)
    before = json.loads(manifest(guide_town, waldrunde).body)
    change_text(guide_town, pictured["first"], "Neuer Text.")
    long_ago = utcnow() - 2 * GRACE
    with guide_town.session() as session:
        session.execute(update(Asset).values(listed_at=long_ago))
    own = store_of(guide_town.registry, guide_town.tenant_id)
    for sha in own.shas():
        os.utime(own.path(sha), (long_ago.timestamp(), long_ago.timestamp()))
    guide_town.run_schedule(PACK)
    after = json.loads(manifest(guide_town, waldrunde).body)
    assert after["rev"] == before["rev"] + 1
    guide_town.get(at(before)["/brunnen"]["url"], status=404)
    # The bytes are gone, but not the knowledge of what they were.
    with guide_town.content() as content:
        content.unpublish(pictured["first"].id)
    assert at(before)["/brunnen"]["sha256"] in revoked(guide_town)
    with guide_town.content() as content:
        content.publish(pictured["first"].id)
    assert "Neuer Text." in guide_town.get(at(after)["/brunnen"]["url"]).text


@on_sqlite
def test_a_tour_that_is_too_large_is_named_and_the_old_one_stays(
    guide_town: Town,
    waldrunde: int,
    pictured: dict[str, Node],
    pack: Callable[..., Any],
) -> None:
    pack()
    heavy = medium(guide_town, "image", noise(), "Groß")
    with guide_town.content() as content:
        node = content.get(pictured["second"].id)
        block = {"id": "a0000009", "type": "image", "data": {"image": heavy.id}}
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=[*node.body["blocks"], block],
        )
    guide_town.configure("cityguide", bundle_mb=1)
    [one] = pack(code=1)
    assert one["state"] == "too_large"
    assert json.loads(manifest(guide_town, waldrunde).body)["rev"] == 1


def noise() -> bytes:
    target = io.BytesIO()
    Image.effect_noise((1100, 1000), 200).save(target, "PNG")
    return target.getvalue()[: 1 << 24]


def test_the_catalogue_costs_the_same_for_any_number_of_tours(
    guide_town: Town, gpx: Path, pack: Callable[..., Any]
) -> None:
    tour(guide_town, gpx, "Waldrunde")
    pack()
    guide_town.get("/guide/bundles/index.json")
    with guide_town.statements() as few:
        guide_town.get("/guide/bundles/index.json")
    for name in ("Eins", "Zwei", "Drei"):
        tour(guide_town, gpx, name)
    pack()
    guide_town.get("/guide/bundles/index.json")
    with guide_town.statements() as many:
        guide_town.get("/guide/bundles/index.json")
    assert len(many) == len(few)
    # Manifests are large and everybody may ask: each is read once.
    assert not any("cityguide_bundle.manifest" in str(one) for one in many)
