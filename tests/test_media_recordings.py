"""Sound, film and captions: known by structure, without a second format inside, served in parts."""

import io
import struct
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stadtkern.media import captions
from stadtkern.media.disguises import hides_archive
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import (
    store_audio,
    store_captions,
    store_file,
    store_image,
    store_video,
)
from stadtkern.media.playable import NotPlayable, sniff
from stadtkern.storage import FileStore
from stadtkern.testing.databases import on_sqlite

MB = 1_000_000


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def mp4(handler: bytes = b"vide", *more: bytes, brand: bytes = b"isom", moov: bytes = b"") -> bytes:
    hdlr = box(b"hdlr", bytes(8), handler, bytes(12))
    return b"".join(
        (
            box(b"ftyp", brand, bytes(4), brand),
            box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", box(b"mdia", hdlr)), moov),
            box(b"mdat", b"\1" * 5000),
            *more,
        )
    )


def element(identity: str, *parts: bytes, size: int | None = None) -> bytes:
    body = b"".join(parts)
    return bytes.fromhex(identity) + (1 << 56 | (size or len(body))).to_bytes(8) + body


def webm(track: int = 1, doctype: bytes = b"webm", *more: bytes) -> bytes:
    return element("1a45dfa3", element("4282", doctype)) + element(
        "18538067",
        element("1654ae6b", element("ae", element("83", bytes([track])))),
        element("1f43b675", b"\2" * 3000),
        *more,
    )


def mp3(frames: int = 20) -> bytes:
    # MPEG 1, layer III, 128 kbit/s at 44.1 kHz: 417 bytes a frame.
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def ogg(first: bytes = b"OpusHead", pages: int = 3) -> bytes:
    made = b""
    for number in range(pages):
        body = first + bytes(8) if number == 0 else bytes(100)
        made += b"OggS\0" + bytes([2 if number == 0 else 0]) + bytes(20) + bytes([1, len(body)])
        made += body
    return made


def wav() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return target.getvalue()


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("Evil.class", "x" * 50)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "mime", "video"),
    [
        (mp4(), "video/mp4", True),
        (mp4(b"soun", brand=b"M4A "), "audio/mp4", False),
        (webm(), "video/webm", True),
        (webm(2), "audio/webm", False),
        (mp3(), "audio/mpeg", False),
        (ogg(), "audio/ogg", False),
        (wav(), "audio/wav", False),
    ],
)
def test_recordings_are_known_by_their_structure(store, data, mime, video) -> None:
    take, other = (store_video, store_audio) if video else (store_audio, store_video)
    stored = take(store, io.BytesIO(data), "../Grußwort.exe", MB)
    assert (stored.type, stored.size) == (mime, len(data))
    assert stored.name.startswith("Grußwort.")
    assert store.read(stored.sha) == data
    with pytest.raises(MediaRefused):
        other(store, io.BytesIO(data), "a", MB)
    with pytest.raises(MediaRefused, match="larger"):
        take(store, io.BytesIO(data), "a", 100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Hallo",
        b"<html><script>alert(1)</script></html>",
        mp4()[:-1],
        mp4(b"text"),
        mp4(brand=b"evil"),
        mp4(b"vide", b"<html>"),
        mp4(b"vide", box(b"html", b"<script>")),
        mp4() + archive(),
        mp4(b"vide", box(b"free", archive())),
        box(b"ftyp", b"isom", bytes(4), b"isom"),
        webm(doctype=b"matroska"),
        webm()[:-1],
        webm() + archive(),
        webm(17),
        ogg(b"\x80theora"),
        ogg() + b"<script>alert(1)</script>",
        ogg() + archive(),
        wav() + archive(),
        wav()[:-2],
        mp3(2),
        mp3() + bytes(400_000),
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + mp3(),
    ],
)
def test_what_is_no_recording_or_more_than_one_is_refused(store, data) -> None:
    for take in (store_audio, store_video):
        with pytest.raises(MediaRefused):
            take(store, io.BytesIO(data), "a.mp4", MB)
    assert not store.root.exists()


@given(st.binary(max_size=200), st.sampled_from([mp4(), webm(), ogg(), wav(), mp3()]), st.data())
def test_nothing_but_a_refusal_comes_of_broken_bytes(junk, whole, data) -> None:
    at = data.draw(st.integers(0, len(whole)))
    broken = whole[:at] + junk + whole[at + len(junk) :]
    try:
        found = sniff(io.BytesIO(broken))
    except NotPlayable:
        return
    assert 0 <= found.start < found.end <= len(broken)


def test_what_a_phone_writes_beside_the_film_is_blanked(store) -> None:
    place = box(b"udta", box(b"\xa9xyz", b"+50.1436+008.1597/"))
    data = mp4(b"vide", box(b"uuid", b"Erikas Kamera   "), moov=place)
    stored = store_video(store, io.BytesIO(data), "a.mp4", MB)
    kept = store.read(stored.sha)
    assert len(kept) == len(data)
    assert b"+50.1436" not in kept
    assert b"Erika" not in kept
    assert sniff(io.BytesIO(kept)).mime == "video/mp4"
    tagged = webm(1, b"webm", element("1254c367", b"Erikas Film"))
    kept = store.read(store_video(store, io.BytesIO(tagged), "a.webm", MB).sha)
    assert len(kept) == len(tagged)
    assert b"Erika" not in kept
    assert sniff(io.BytesIO(kept)).mime == "video/webm"


def test_tags_around_mp3_frames_stay_outside(store) -> None:
    tag = b"<script>Erika</script>" + bytes(10)
    before = b"ID3\x04\0\0\0\0\0" + bytes([len(tag)]) + tag
    stored = store_audio(store, io.BytesIO(before + mp3() + b"TAG" + bytes(125)), "a.mp3", MB)
    assert store.read(stored.sha) == mp3()


def test_names_in_wav_files_are_blanked(store) -> None:
    plain = wav()
    chunk = b"LIST" + struct.pack("<I", 12) + b"INFOErika..."
    data = b"RIFF" + struct.pack("<I", len(plain) - 8 + len(chunk)) + plain[8:] + chunk
    stored = store_audio(store, io.BytesIO(data), "a.wav", MB)
    assert b"Erika" not in store.read(stored.sha)
    assert stored.size == len(data)


# Two formats in one file


def document(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return target.getvalue()


DOCX = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gifar.zip", b"GIF89a" + archive()),
        ("jar.pdf", b"%PDF-1.7\n%%EOF\n" + archive()),
        ("page.pdf", b"%PDF-1.7\n<html><script>alert(1)</script></html>"),
        ("jar.txt", b"Hallo\n" + archive()),
        ("jar.docx", archive()),
        ("front.docx", b"PK\x03\x04junk" + document(*DOCX)),
        ("macro.docx", document(*DOCX, "word/vbaProject.bin")),
        ("cut.docx", document(*DOCX)[:-30]),
        ("a.odt", document(*DOCX)),
        ("drawing.txt", b"<svg onload=alert(1)>"),
    ],
)
def test_files_that_are_two_things_are_refused(store, name, data) -> None:
    with pytest.raises(MediaRefused):
        store_file(store, io.BytesIO(data), name)
    assert not store.root.exists()


def test_whole_documents_are_taken(store) -> None:
    assert store_file(store, io.BytesIO(document(*DOCX)), "a.docx").size
    assert store_file(store, io.BytesIO(document("mimetype", "content.xml")), "a.odt").size
    assert not hides_archive(io.BytesIO(b"%PDF-1.7 talks about PK\x05\x06 and no more"))


# Captions

VTT = """WEBVTT - Grußwort

STYLE
::cue { background: url(http://x.example) }

NOTE Erika hat das geschrieben

1
00:01.000 --> 00:04.000 align:start region:fred
<v Bürgermeisterin>Guten <i>Tag</i> &amp; willkommen

00:00:04.000 --> 01:00:05.250
Zweite Zeile
"""


def test_captions_are_read_and_written_anew(store) -> None:
    stored = store_captions(store, io.BytesIO(VTT.encode("utf-8-sig")), "a.txt")
    assert (stored.type, stored.name) == ("text/vtt", "a.vtt")
    text = store.read(stored.sha).decode()
    assert text == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:04.000 align:start\n"
        "<v Bürgermeisterin>Guten <i>Tag</i> &amp; willkommen\n\n"
        "00:00:04.000 --> 01:00:05.250\nZweite Zeile\n"
    )
    assert captions.plain_text(captions.read(text.encode())).startswith("Guten Tag")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WEBVTT",
        "WEBVTTX\n\n00:01.000 --> 00:02.000\na",
        "1\n00:00:01,000 --> 00:00:02,000\nSRT",
        "WEBVTT\n\n00:02.000 --> 00:01.000\nrückwärts",
        "WEBVTT\n\n00:01.000 --> 00:01.000\na",
        "WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:01.000 --> 00:02.000\nb",
        "WEBVTT\n\n00:61.000 --> 01:02.000\na",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<script>alert(1)</script>",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<img src=x onerror=alert(1)>",
        "WEBVTT\n\n00:01.000 --> 00:02.000\na < b",
        "WEBVTT\n\n00:01.000 --> 00:02.000\na\x00b",
        "WEBVTT\n\nnur Text",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "x" * 3000,
    ],
)
def test_other_captions_are_refused(text) -> None:
    with pytest.raises(MediaRefused):
        captions.read(text.encode())
    with pytest.raises(MediaRefused):
        captions.read(b"\xff\xfe" + text.encode())


CUES = st.lists(
    st.tuples(
        st.integers(0, 10_000_000),
        st.integers(1, 10_000),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40),
    ),
    min_size=1,
    max_size=8,
)


@given(CUES)
def test_what_is_written_is_read_again(parts) -> None:
    made = [
        captions.Cue(start, start + length, "", " ".join(f"x{words}".split()).translate(ESCAPES))
        for start, length, words in sorted(parts)
    ]
    assert captions.read(captions.write(made)) == made


ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


# Shown and served


def film(town, **fields):
    store = town.registry["storage"]
    stored = store_video(store, io.BytesIO(mp4()), "film.mp4", MB).as_field()
    words = store_captions(store, io.BytesIO(VTT.encode()), "film.vtt").as_field()
    values = {
        "stored": stored,
        "captions": words,
        "captions_language": "de",
        "transcript": "<p>Guten Tag</p>",
        "credit": "Stadt",
        "licence": "own",
    }
    return town.add("video", "Grußwort", fields=values | fields)


def test_a_film_is_sent_in_the_parts_that_are_asked_for(town) -> None:
    node = film(town)
    stored = node.body["fields"]["stored"]
    address = f"/media/{node.id}/{stored['sha'][:12]}/film.mp4"
    whole = mp4()
    answer = town.get(address)
    assert answer.body == whole
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content_type == "video/mp4"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    for asked, start, stop in (
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        ("bytes=100-", 100, len(whole)),
        ("bytes=-50", len(whole) - 50, len(whole)),
        (f"bytes=5-{len(whole) * 2}", 5, len(whole)),
    ):
        part = town.get(address, headers={"Range": asked}, status=206)
        assert part.body == whole[start:stop]
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
        assert part.headers["Content-Length"] == str(stop - start)
    refused = town.get(address, headers={"Range": f"bytes={len(whole)}-"}, status=416)
    assert refused.headers["Content-Range"] == f"bytes */{len(whole)}"
    # Several ranges, other units and a part of another version: the whole.
    for headers in (
        {"Range": "bytes=0-1,5-6"},
        {"Range": "seconds=1-2"},
        {"Range": "bytes=0-9", "If-Range": '"other"'},
    ):
        assert town.get(address, headers=headers, status=200).body == whole
    assert town.head(address).headers["Content-Length"] == str(len(whole))


@on_sqlite
def test_a_film_stands_in_a_player_with_its_words(town) -> None:
    node = film(town)
    page = town.get(node.path)
    assert "<video controls" in page.text
    assert 'preload="none"' in page.text
    assert "<summary>" in page.text
    assert "<p>Guten Tag</p>" in page.text
    track = page.html.find("track")
    assert track["srclang"] == "de"
    answer = town.get(track["src"])
    assert answer.content_type == "text/vtt"
    assert "willkommen" in answer.text
    assert "Erika" not in answer.text


@on_sqlite
def test_the_still_picture_of_a_film_is_made_smaller(town) -> None:
    data = io.BytesIO()
    Image.new("RGB", (2400, 1350), "#336699").save(data, "JPEG", quality=95)
    data.seek(0)
    poster = store_image(town.registry["storage"], data, "standbild.jpg").as_field()
    node = film(town, poster=poster)
    shown = {"video": node.id, "title": "Grußwort"}
    page = town.page("Seite", blocks=[{"id": "a", "type": "video", "data": shown}])
    assert town.get(page.path).html.find("video")["poster"].endswith("/standbild.jpg")
    town.run_jobs()
    made = town.node(node.path).derived["renditions"]
    assert made["source"] == poster["sha"]
    for path in (page.path, node.path):
        shown = town.get(path).html.find("video")["poster"]
        assert shown.endswith("/standbild-960.jpg")
        answer = town.get(shown)
        with Image.open(io.BytesIO(answer.body)) as opened:
            assert opened.size == (960, 540)
    town.login("editor")
    assert "standbild-960.jpg" in town.get("/admin/media")
    # Another still picture: the sizes of the old one are shown no longer.
    data.seek(0)
    Image.new("RGB", (800, 450), "red").save(data, "PNG")
    data.seek(0)
    other = store_image(town.registry["storage"], data, "neu.png").as_field()
    with town.content() as content:
        now = content.get(node.id)
        fields = content.fields(now) | {"poster": other}
        content.save(now.id, version=now.version, title=now.title, fields=fields)
    assert town.get(page.path).html.find("video")["poster"].endswith("/neu.png")


@on_sqlite
def test_sound_stands_in_pages(town) -> None:
    stored = store_audio(town.registry["storage"], io.BytesIO(mp3()), "wort.mp3", MB)
    fields = {"stored": stored.as_field(), "silent": True, "credit": "Stadt", "licence": "own"}
    node = town.add("audio", "Glocken", fields=fields)
    page = town.page("Seite", blocks=[{"id": "a", "type": "audio", "data": {"audio": node.id}}])
    html = town.get(page.path).html
    source = html.find("audio").find("source")
    assert source["type"] == "audio/mpeg"
    assert town.get(source["src"], headers={"Range": "bytes=0-3"}, status=206).body == mp3()[:4]
