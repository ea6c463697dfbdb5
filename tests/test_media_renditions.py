"""Pictures for every screen: the arithmetic, the files, the pages that show them."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stadtkern.media import renditions
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
    """List the renditions of a node as the job does."""
    from stadtkern.media import queries

    target = renditions.store_of(town.registry, town.tenant_id)
    wanted = renditions.wanted_for(node)
    source = town.registry["storage"].path(wanted["source"])
    files = [one.as_json() for one in renditions.make(source, target, (50.0, 50.0))]
    with town.session() as session:
        queries.set_derived(session, node.id, {"renditions": wanted | {"files": files}})
    return files


def test_pages_offer_every_size_and_format(town) -> None:
    node = picture_node(town)
    page = town.page("Seite", blocks=[{"id": "a", "type": "image", "data": {"image": node.id}}])
    before = town.get(page.path).html.find("figure").find("img")
    assert before["src"].endswith("/rathaus.jpg")
    assert (before["width"], before["height"]) == ("1000", "800")
    files = derive(town, node)
    town.registry["page_cache"].clear()
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
