"""Files and pictures: taken in with care, served without harm."""

import io
import zipfile

import pytest
from PIL import Image

from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import (
    MAX_PIXELS,
    SVG_ELEMENTS,
    check_svg,
    safe_name,
    store_file,
    store_image,
)
from stadtkern.storage import FileStore
from stadtkern.storage.store import TooLarge
from stadtkern.testing.databases import on_sqlite

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">{}</svg>'


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "#336699").save(target, kind, **options)
    return target.getvalue()


def files(store: FileStore) -> list:
    return [path for path in store.root.rglob("*") if path.is_file()] if store.root.exists() else []


def test_bytes_are_stored_once_under_their_hash(store) -> None:
    first = store.put(io.BytesIO(b"Hallo"), maximum=10)
    assert store.put(io.BytesIO(b"Hallo"), maximum=10) == first
    assert store.read(first[0]) == b"Hallo"
    assert [path.name for path in files(store)] == [first[0]]


def test_a_stream_that_is_too_long_or_breaks_leaves_nothing(store) -> None:
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 11), maximum=10)

    class Breaking(io.BytesIO):
        def read(self, *_size):
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any
        store.put(Breaking(), maximum=10)
    assert files(store) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "abc", "A" * 64, "0" * 63 + "/"])
def test_only_hashes_lead_into_the_store(store, name) -> None:
    with pytest.raises(ValueError, match="sha256"):
        store.path(name)


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")])
def test_pictures_are_known_by_their_content(store, kind, mime) -> None:
    stored = store_image(store, io.BytesIO(picture(kind)), "foto.exe")
    assert stored.type == f"image/{mime}"
    assert (stored.width, stored.height) == (40, 20)
    assert stored.name == f"foto.{mime.replace('jpeg', 'jpg')}"
    assert store.path(stored.sha).stat().st_size == stored.size


def test_photographs_lose_what_they_tell_about_place_and_person(store) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Kamera von Erika"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (50.0, 8.0, 30.0)
    stored = store_image(store, io.BytesIO(picture(exif=exif)), "foto.jpg")
    data = store.read(stored.sha)
    assert b"Erika" not in data
    assert b"Exif" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert dict(image.getexif()) == {}
        # Turned upright before the note on how to turn it went.
        assert image.size == (20, 40)


def broken_pictures() -> dict[str, bytes]:
    whole = picture(size=(400, 400))
    bomb = picture("PNG", (8, 8))
    # A header that promises 60,000 × 60,000 pixels.
    size = (60_000).to_bytes(4, "big")
    bomb = bomb[:16] + size * 2 + bomb[24:]
    return {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "header-only": whole[:12],
        "bomb": bomb,
        "text": b"Hallo",
        "html": b"<html><script>alert(1)</script></html>",
        "gif": picture("GIF"),
        "pdf": b"%PDF-1.7\n",
        "tiff": picture("TIFF"),
    }


@pytest.mark.parametrize(("_case", "data"), broken_pictures().items())
def test_what_is_no_picture_is_refused_and_not_kept(store, _case, data) -> None:
    with pytest.raises(MediaRefused):
        store_image(store, io.BytesIO(data), "foto.jpg")
    assert files(store) == []


def test_more_pixels_than_any_camera_are_refused(store) -> None:
    side = int(MAX_PIXELS**0.5) + 10
    target = io.BytesIO()
    Image.new("1", (side, side)).save(target, "PNG")
    with pytest.raises(MediaRefused):
        store_image(store, io.BytesIO(target.getvalue()), "gross.png")
    assert files(store) == []


BAD_SVG = {
    "script": SVG.format("<script>alert(1)</script>"),
    "handler": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "handler-upper": '<svg xmlns="http://www.w3.org/2000/svg" ONLOAD="alert(1)"/>',
    "link": SVG.format('<a href="http://x.example"><path d="M0 0"/></a>'),
    "use-foreign": SVG.format('<use href="http://x.example/a.svg#b"/>'),
    "xlink": (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<use xlink:href="http://x.example/#a"/></svg>'
    ),
    "style-element": SVG.format("<style>*{fill:url(http://x.example)}</style>"),
    "style-attribute": SVG.format('<path style="fill:url(http://x.example)" d="M0 0"/>'),
    "fill-url": SVG.format('<path fill="url(http://x.example/#a)" d="M0 0"/>'),
    "foreign": SVG.format(
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'
    ),
    "image": SVG.format('<image href="data:image/png;base64,AAAA"/>'),
    "animate": SVG.format('<animate attributeName="href" values="javascript:alert(1)"/>'),
    "set": SVG.format('<set attributeName="onclick" to="alert(1)"/>'),
    "javascript": SVG.format('<path d="M0 0" fill="JavaScript:alert(1)"/>'),
    "doctype": '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x.example/a.dtd">'
    + SVG.format(""),
    "entity": '<!DOCTYPE svg [<!ENTITY a "&#60;script>">]>' + SVG.format("<title>&a;</title>"),
    "file": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + SVG.format("<title>&a;</title>"),
    "bomb": '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9))
    + "]>"
    + SVG.format("<title>&a8;</title>"),
    "instruction": '<?xml-stylesheet href="http://x.example/a.css"?>' + SVG.format(""),
    "instruction-inside": SVG.format("<?php echo 1 ?>"),
    "unclosed": '<svg xmlns="http://www.w3.org/2000/svg"><path>',
    "html": "<!-- <svg --><html><script>alert(1)</script></html>",
    "huge": SVG.format(f"<!--{'x' * 500_000}-->"),
    "second-root": SVG.format("") + "<script>alert(1)</script>",
}


@pytest.mark.parametrize(("_case", "svg"), BAD_SVG.items())
def test_drawings_with_more_than_shapes_are_refused(store, _case, svg) -> None:
    with pytest.raises(MediaRefused):
        store_image(store, io.BytesIO(svg.encode()), "wappen.svg")
    assert files(store) == []


def test_plain_drawings_are_taken(store) -> None:
    svg = SVG.format(
        '<title>Wappen</title><defs><linearGradient id="g"><stop offset="0"/></linearGradient>'
        '</defs><!-- x --><path d="M0 0h4v4z" fill="url(#g)"/><use href="#g"/>'
    )
    stored = store_image(store, io.BytesIO(svg.encode()), "wappen.svg")
    assert (stored.type, stored.width, stored.height) == ("image/svg+xml", 40, 20)
    assert check_svg(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="a b"/>') == (None, None)
    assert "script" not in SVG_ELEMENTS


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"<html><script>alert(1)</script></html>%PDF-1.7"),
        ("a.pdf", b"\n%PDF-1.7"),
        ("a.pdf", b""),
        ("a.pdf", zipped()),
        ("a.docx", b"%PDF-1.7"),
        ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.txt", b"GIF89a<script>alert(1)</script>"),
        ("a.csv", b"\x00\x01\x02"),
        ("a.xml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>"),
        ("a.html", b"Hallo"),
        ("a.exe", b"MZ"),
        ("a", b"Hallo"),
        ("a.pdf.html", b"%PDF-1.7"),
        ("a.svg", SVG.format("").encode()),
        (".htaccess", b"x"),
    ],
)
def test_a_file_must_be_what_it_says(store, name, data) -> None:
    with pytest.raises(MediaRefused):
        store_file(store, io.BytesIO(data), name)
    assert files(store) == []


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("Satzung.PDF", b"%PDF-1.7\n1 0 obj\n", "application/pdf"),
        ("liste.csv", "Straße;Nr.\nÄhre;1\n".encode(), "text/csv"),
        ("a.zip", zipped(), "application/zip"),
        ("a.json", b"{}", "application/json"),
    ],
)
def test_usual_files_are_taken(store, name, data, mime) -> None:
    stored = store_file(store, io.BytesIO(data), name)
    assert (stored.type, stored.size) == (mime, len(data))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Erika\\Foto.jpg", "Foto.jpg"),
        ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
        ("Größe (1).pdf", "Größe (1).pdf"),
        ("...", "datei"),
        ("", "datei"),
        ("a\x00b.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_lose_folders_and_what_breaks_headers(given, kept) -> None:
    assert safe_name(given) == kept


# Served


def node_with(town, stored, type_name: str = "file", **kw):
    fields = {"stored": stored.as_field()}
    if type_name == "image":
        fields |= {"alt": "Ein Bild", "credit": "Stadt", "licence": "own"}
    return town.add(type_name, "Datei", fields=fields, **kw)


def address(town, node) -> str:
    stored = node.body["fields"]["stored"]
    return f"/media/{node.id}/{stored['sha'][:12]}/{stored['name']}"


def test_a_file_is_served_so_that_nothing_in_it_runs(town) -> None:
    store = town.registry["storage"]
    pdf = node_with(town, store_file(store, io.BytesIO(b"%PDF-1.7"), "Plan.pdf"))
    answer = town.get(address(town, pdf))
    assert answer.body == b"%PDF-1.7"
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''Plan.pdf"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = town.get(address(town, pdf), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_int == 304
    text = node_with(town, store_file(store, io.BytesIO(b"Hallo"), "a.txt"))
    answer = town.get(address(town, text))
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_drafts_bytes_are_not_public(town) -> None:
    store = town.registry["storage"]
    stored = store_file(store, io.BytesIO(b"%PDF-1.7 geheim"), "geheim.pdf")
    draft = node_with(town, stored, published=False)
    town.get(address(town, draft), status=404)
    hidden = town.page("Ordner", published=False)
    below = node_with(town, stored, parent=hidden)
    town.get(address(town, below), status=404)
    town.login("author")
    answer = town.get(address(town, draft))
    assert b"geheim" in answer.body
    assert "private" in answer.headers["Cache-Control"]
    town.anonymous()
    with town.content() as content:
        content.publish(draft.id)
    town.get(address(town, draft))
    with town.content() as content:
        content.delete(draft.id)
    town.get(address(town, draft), status=404)


def test_bytes_are_found_by_node_and_hash_only(town) -> None:
    other = town.second_tenant()
    store = town.registry["storage"]
    node = node_with(town, store_file(store, io.BytesIO(b"%PDF-1.7"), "a.pdf"))
    good = address(town, node)
    town.get(good)
    other.get(good, status=404)
    town.get(f"/media/{node.id}/{'0' * 12}/a.pdf", status=404)
    town.get(f"/media/{node.id + 1}/{good.split('/')[3]}/a.pdf", status=404)
    page = town.page("Seite")
    town.get(f"/media/{page.id}/{good.split('/')[3]}/a.pdf", status=404)
    store.path(node.body["fields"]["stored"]["sha"]).unlink()
    town.get(good, status=404)


@on_sqlite
def test_pictures_and_downloads_stand_in_pages(town) -> None:
    store = town.registry["storage"]
    image = node_with(town, store_image(store, io.BytesIO(picture()), "f.jpg"), "image")
    pdf = node_with(town, store_file(store, io.BytesIO(b"%PDF-1.7"), "p.pdf"))
    draft = node_with(
        town, store_image(store, io.BytesIO(picture("PNG")), "g.png"), "image", published=False
    )
    page = town.page(
        "Seite",
        blocks=[
            {"id": "a", "type": "image", "data": {"image": image.id}},
            {"id": "b", "type": "download", "data": {"file": pdf.id}},
            {"id": "c", "type": "image", "data": {"image": draft.id}},
            {"id": "d", "type": "image", "data": {"image": 999_999}},
        ],
    )
    html = town.get(page.path).text
    assert f'src="{address(town, image)}" alt="Ein Bild" width="40" height="20"' in html
    assert f'href="{address(town, pdf)}"' in html
    assert html.count("<img") == 1
    for node in (image, pdf):
        assert address(town, node) in town.get(node.path).text
