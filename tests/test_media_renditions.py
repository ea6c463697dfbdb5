"""Pictures for every screen: the arithmetic, the files, the pages that show them."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from stadtkern.db import work
from stadtkern.jobs.models import OPEN, JobRow
from stadtkern.jobs.running import execute
from stadtkern.media import jobs, renditions, services
from stadtkern.media.crops import crop_box, focal_of, scaled, widths_for
from stadtkern.media.intake import store_image
from stadtkern.storage import FileStore
from stadtkern.testing.databases import on_sqlite

SIDES = st.integers(1, 20_000)
PERCENT = st.floats(0, 100)
RATIO = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(SIDES, SIDES, RATIO, st.tuples(PERCENT, PERCENT))
def test_a_crop_lies_within_the_picture_and_is_as_large_as_it_can_be(width, height, ratio, focal):
    left, top, right, bottom = crop_box(width, height, ratio, focal)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    # One side is the picture's own; the other is as the ratio says, to a pixel.
    across, down = right - left, bottom - top
    assert across == width or down == height
    assert abs(across * ratio[1] - down * ratio[0]) <= max(ratio)


@given(SIDES, SIDES, RATIO, st.tuples(PERCENT, PERCENT))
def test_a_crop_keeps_the_focal_point(width, height, ratio, focal):
    left, top, right, bottom = crop_box(width, height, ratio, focal)
    assert left - 1 <= width * focal[0] / 100 <= right + 1
    assert top - 1 <= height * focal[1] / 100 <= bottom + 1


@given(SIDES, SIDES, RATIO)
def test_without_a_focal_point_the_middle_is_kept(width, height, ratio):
    left, top, right, bottom = crop_box(width, height, ratio, (50, 50))
    assert abs(left - (width - right)) <= 1
    assert abs(top - (height - bottom)) <= 1


@given(SIDES, st.lists(st.integers(1, 4000), min_size=1, max_size=6, unique=True))
def test_nothing_is_made_wider_than_it_is(width, wanted):
    found = widths_for(width, wanted)
    assert found
    assert found == sorted(found, reverse=True)
    assert len(found) <= len(wanted)
    assert max(found) <= width
    assert set(found) <= {*wanted, width}


@given(SIDES, SIDES, SIDES)
def test_a_smaller_picture_keeps_its_shape(width, height, to):
    across, down = scaled(width, height, to)
    assert across == to
    assert down >= 1
    assert abs(down - height * to / width) <= 1


@pytest.mark.parametrize(
    ("fields", "point"),
    [
        (None, (50, 50)),
        ({}, (50, 50)),
        ({"focal_x": 10, "focal_y": 90.5}, (10, 90.5)),
        ({"focal_x": -3, "focal_y": 400}, (0, 100)),
        ({"focal_x": "x", "focal_y": True}, (50, 50)),
    ],
)
def test_a_focal_point_is_within_the_picture(fields, point) -> None:
    assert focal_of(fields) == point


# Made


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def photo(width: int, height: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new(mode, (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def made(store: FileStore, data: bytes, focal=(50.0, 50.0)) -> list[renditions.Rendition]:
    stored = store_image(store, io.BytesIO(data), "a.jpg")
    target = store.part("renditions/1")
    return list(renditions.make(store.path(stored.sha), target, focal))


def test_every_width_is_made_in_three_formats(store) -> None:
    files = made(store, photo(2400, 1800))
    whole = [one for one in files if not one.ratio]
    assert {one.width for one in whole} == set(renditions.WIDTHS)
    assert {one.type for one in whole} == {"image/avif", "image/webp", "image/jpeg"}
    target = store.part("renditions/1")
    for one in files:
        with Image.open(target.path(one.sha)) as image:
            assert image.size == (one.width, one.height)
            assert Image.MIME[image.format] == one.type
            assert not image.getexif()
        expected = 0.75 if not one.ratio else 0.625
        assert abs(one.height - one.width * expected) <= 1
    assert {one.width for one in files if one.ratio} == set(renditions.RATIOS["16x10"][1])


@pytest.mark.parametrize("width", [1, 100, 321, 700, 1919])
def test_small_pictures_are_not_enlarged(store, width) -> None:
    files = made(store, photo(width, 50))
    assert width / 1.15 <= max(one.width for one in files) <= width
    for one in files:
        with Image.open(store.part("renditions/1").path(one.sha)) as image:
            assert image.size == (one.width, one.height)


@pytest.mark.parametrize(("x", "colour"), [(5.0, (254, 0, 0)), (95.0, (0, 0, 254))])
def test_crops_follow_the_focal_point(store, x, colour) -> None:
    files = made(store, photo(3000, 400), (x, 50.0))
    crop = next(one for one in files if one.ratio == "16x10" and one.type == "image/jpeg")
    with Image.open(store.part("renditions/1").path(crop.sha)) as image:
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert all(abs(one - other) < 12 for one, other in zip(middle, colour, strict=True))


@pytest.mark.parametrize(
    ("kind", "mode", "fallback"),
    [
        ("PNG", "RGBA", "image/png"),
        ("PNG", "LA", "image/png"),
        ("PNG", "P", "image/jpeg"),
        ("PNG", "L", "image/jpeg"),
        ("PNG", "1", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
    ],
)
def test_every_kind_of_picture_can_be_made_smaller(store, kind, mode, fallback) -> None:
    target = io.BytesIO()
    Image.new(mode, (700, 500)).save(target, kind)
    types = {one.type for one in made(store, target.getvalue())}
    assert types == {"image/avif", "image/webp", fallback}


def test_grey_of_sixteen_bits_keeps_its_brightness(store) -> None:
    target = io.BytesIO()
    Image.new("I;16", (400, 300), 0x8000).save(target, "PNG")
    files = made(store, target.getvalue())
    jpeg = next(one for one in files if one.type == "image/jpeg")
    with Image.open(store.part("renditions/1").path(jpeg.sha)) as image:
        assert abs(image.convert("L").getpixel((5, 5)) - 128) < 4


def test_the_same_picture_gives_the_same_bytes(store) -> None:
    rng = random.Random(4)  # noqa: S311 - no secret
    target = io.BytesIO()
    Image.frombytes("RGB", (400, 300), rng.randbytes(360_000)).save(target, "PNG")
    assert made(store, target.getvalue()) == made(store, target.getvalue())


def test_a_bomb_that_lies_in_the_store_is_not_unpacked(store, monkeypatch) -> None:
    stored = store_image(store, io.BytesIO(photo(400, 300)), "a.jpg")
    monkeypatch.setattr(renditions, "MAX_PIXELS", 1000)
    with pytest.raises(ValueError, match="pixels"):
        list(renditions.make(store.path(stored.sha), store.part("renditions/1"), (50, 50)))
    assert list(store.part("renditions/1").shas()) == []


@pytest.mark.parametrize("name", ["", "ab/cd", "../x", "/etc", "Renditions", "a b", "ab"])
def test_a_part_has_a_plain_name(store, name) -> None:
    with pytest.raises(ValueError, match="part"):
        store.part(name)


# Shown


def picture_node(town, data: bytes | None = None, **kw):
    stored = store_image(
        town.registry["storage"], io.BytesIO(data or photo(1000, 800)), "rathaus.jpg"
    )
    fields = {"alt": "Das Rathaus", "credit": "Stadt", "licence": "own"}
    return town.add("image", "Rathaus", fields=fields | {"stored": stored.as_field()}, **kw)


def derive(town, node) -> list[dict]:
    """Have the renditions of a node made; return what is listed."""
    town.run_jobs()
    return town.node(node.path).derived["renditions"]["files"]


def test_pages_offer_every_size_and_format(town) -> None:
    node = picture_node(town)
    page = town.page("Seite", blocks=[{"id": "a", "type": "image", "data": {"image": node.id}}])
    before = town.get(page.path).html.find("figure").find("img")
    assert before["src"].endswith("/rathaus.jpg")
    assert (before["width"], before["height"]) == ("1000", "800")
    files = derive(town, node)
    with town.statements() as statements:
        shown = town.get(page.path).html.find("picture")
    assert len(statements) <= 12
    image = shown.find("img")
    assert image["alt"] == "Das Rathaus"
    assert (image["width"], image["height"]) == ("960", "768")
    assert [one["type"] for one in shown.find_all("source")] == ["image/avif", "image/webp"]
    addresses = [image["src"]]
    for element in (*shown.find_all("source"), image):
        assert element["sizes"]
        for one in element["srcset"].split(", "):
            address, width = one.split(" ")
            assert int(width.removesuffix("w")) <= 1000
            addresses.append(address)
    assert len(set(addresses)) == len([one for one in files if not one["ratio"]])
    for address in addresses:
        answer = town.get(address)
        assert "immutable" in answer.headers["Cache-Control"]
        with Image.open(io.BytesIO(answer.body)) as opened:
            assert Image.MIME[opened.format] == answer.content_type
    # No open form becomes stale by it.
    assert town.node(node.path).version == node.version


@on_sqlite
def test_renditions_are_as_private_as_their_picture(town) -> None:
    node = picture_node(town, published=False)
    sha = derive(town, node)[0]["sha"]
    address = f"/media/{node.id}/{sha[:12]}/a.avif"
    town.get(address, status=404)
    town.second_tenant().get(address, status=404)
    town.login("author")
    assert "private" in town.get(address).headers["Cache-Control"]


# Jobs


def focal(town, node, x: float):
    with town.content() as content:
        services.set_focal(
            content, node.id, version=content.get(node.id).version, x=x, y=50, live=True
        )
    return town.node(node.path)


def on_disk(town) -> set[str]:
    return set(renditions.store_of(town.registry, town.tenant_id).shas())


def test_renditions_follow_picture_and_focal_point(town) -> None:
    node = picture_node(town, photo(1600, 400))
    assert town.run_jobs() == 1
    first = town.node(node.path).derived["renditions"]
    assert town.run_jobs() == 0
    # Saving words alone asks for nothing.
    with town.content() as content:
        version = content.get(node.id).version
        services.describe(
            content, node.id, version=version, title="Neu", values={"alt": "x"}, live=True
        )
    assert town.run_jobs() == 0
    focal(town, node, 10)
    assert town.run_jobs() == 1
    second = town.node(node.path).derived["renditions"]
    assert second["focal"] == [10, 50]
    whole = [[one for one in files["files"] if not one["ratio"]] for files in (first, second)]
    assert whole[0] == whole[1]
    assert first["files"] != second["files"]
    with town.content() as content:
        services.replace(
            content,
            node.id,
            version=content.get(node.id).version,
            stream=io.BytesIO(photo(800, 800)),
            name="b.jpg",
            live=True,
        )
    # Until the new ones are there, the new picture itself is shown and the old ones are not.
    assert renditions.made_of(town.node(node.path)) == []
    old = next(one for one in second["files"] if not one["ratio"])
    town.get(f"/media/{node.id}/{old['sha'][:12]}/a.avif", status=404)
    assert town.run_jobs() == 1
    assert {one["width"] for one in renditions.made_of(town.node(node.path))} == {800, 640, 320}


def test_what_no_picture_lists_is_swept_and_what_is_missing_is_made(town, monkeypatch) -> None:
    node = picture_node(town, photo(1600, 400))
    other = town.second_tenant()
    kept = picture_node(other)
    town.run_jobs()
    before, theirs = on_disk(town), on_disk(other)
    focal(town, node, 0)
    town.run_jobs()
    listed = {one["sha"] for one in town.node(node.path).derived["renditions"]["files"]}
    assert before - listed
    town.run_schedule(jobs.SWEEP)
    assert on_disk(town) == before | listed
    monkeypatch.setattr(jobs, "GRACE", -1)
    town.run_schedule(jobs.SWEEP)
    assert on_disk(town) == listed
    assert on_disk(other) == theirs
    assert kept.id != node.id
    # A lost file, and a recipe that has changed, are made good by the next sweep.
    renditions.store_of(town.registry, town.tenant_id).remove(min(listed))
    town.run_schedule(jobs.SWEEP)
    assert on_disk(town) == listed
    monkeypatch.setattr(renditions, "RECIPE", renditions.RECIPE + 1)
    town.run_schedule(jobs.SWEEP)
    assert town.node(node.path).derived["renditions"]["recipe"] == renditions.RECIPE


@on_sqlite
def test_drawings_and_lost_pictures_ask_for_nothing(town) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0"/></svg>'
    picture_node(town, svg)
    assert town.run_jobs() == 0
    node = picture_node(town)
    town.registry["storage"].remove(node.body["fields"]["stored"]["sha"])
    assert town.run_jobs() == 1
    assert town.node(node.path).derived == {}


RENDERER = """
import sys
from stadtkern.app import build
from stadtkern.db import utcnow, work
from stadtkern.jobs import queries
from stadtkern.jobs.running import execute

files, secret = sys.argv[1:]
config = build({"stadtkern.files": files, "stadtkern.secret_file": secret,
                "stadtkern.plugins": ""})
with work(config.registry["database"], write=False) as session:
    waiting = queries.due(session, utcnow())
print("ready", flush=True)
for job_id, run in waiting:
    execute(config.registry, job_id, run, executor="doomed")
"""
MOMENTS = 25 if os.environ.get("STADTKERN_THOROUGH") == "1" else 3


def test_a_kill_lists_nothing_that_is_not_there_and_the_job_resumes(
    town, database, tmp_path
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    script = tmp_path / "renderer.py"
    script.write_text(RENDERER, "utf-8")
    node = picture_node(town, photo(1400, 1000))
    for moment in range(MOMENTS):
        with subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                str(script),
                str(tmp_path / "files"),
                str(tmp_path / "secret"),
            ],
            env=os.environ | database.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as renderer:
            assert renderer.stdout.readline() == "ready\n"
            time.sleep(rng.random())
            renderer.send_signal(signal.SIGKILL)
        check_listed(town, node)
        with work(town.database, write=False) as session:
            left = session.execute(
                select(JobRow.id, JobRow.run).where(
                    JobRow.name == jobs.RENDER, JobRow.state.in_(OPEN)
                )
            ).all()
        for job_id, run in left:
            # As a worker does that takes over what the dead one had begun.
            assert execute(town.registry, job_id, run, executor="heir").error is None
        stored = check_listed(town, node)
        assert renditions.are_current(stored)
        assert renditions.made_of(stored)
        focal(town, node, 1 + moment)


def check_listed(town, node):
    """Check that every listed rendition is there, whole; return the stored node."""
    stored = town.node(node.path)
    store = renditions.store_of(town.registry, town.tenant_id)
    listed = (stored.derived.get("renditions") or {}).get("files", [])
    for one in listed:
        data = store.read(one["sha"])
        assert sha256(data).hexdigest() == one["sha"]
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (one["width"], one["height"])
    return stored
