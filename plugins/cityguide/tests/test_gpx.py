"""Reading GPX: real files, odd but honest files, and hostile ones."""

import io
import time
from contextlib import suppress
from pathlib import Path

import gpxpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern_cityguide.gpx import (
    MAX_BYTES,
    GpxError,
    GpxRoute,
    TrackPoint,
    Waypoint,
    parse_gpx,
    read_limited,
)
from stadtkern_cityguide.gpx.model import MAX_NAME, MAX_TEXT
from stadtkern_cityguide.gpx.texts import clean_text, drop_mail_addresses

DATA = Path(__file__).parents[4] / "shared" / "data" / "gpx"
V11 = 'xmlns="http://www.topografix.com/GPX/1/1" version="1.1"'
V10 = 'xmlns="http://www.topografix.com/GPX/1/0" version="1.0"'
SEGMENT = (
    '<trkseg><trkpt lat="50.1" lon="8.1"><ele>300</ele><time>2020-01-01T00:00:00Z</time></trkpt>'
    '<trkpt lat="50.2" lon="8.2"><ele>310.5</ele></trkpt></trkseg>'
)
TRACK = f"<trk><name>Limes</name>{SEGMENT}</trk>"


def gpx(body: str, root: str = V11, head: str = "") -> bytes:
    """Build a small file."""
    return f"{head}<gpx {root}>{body}</gpx>".encode()


def refused(data: bytes, **limits: int) -> str:
    """Return the code of the refusal, after checking that its message can be shown."""
    with pytest.raises(GpxError) as caught:
        parse_gpx(data, **limits)
    text = str(caught.value)
    assert text.endswith(".")
    assert "${" not in text
    assert caught.value.message.domain == "stadtkern_cityguide"
    return caught.value.code


@pytest.mark.parametrize("name", ["Rheingauer-Gebueck-Wanderweg", "Wispertaunussteig"])
def test_real_files_read_as_another_library_reads_them(name: str) -> None:
    path = DATA / f"{name}.gpx"
    if not path.exists():
        pytest.skip(f"reference data missing: {path}")
    data = path.read_bytes()
    route = parse_gpx(data)
    other = gpxpy.parse(data)
    assert [[(p.lat, p.lon, p.ele) for p in segment] for segment in route.segments] == [
        [(p.latitude, p.longitude, p.elevation) for p in segment.points]
        for track in other.tracks
        for segment in track.segments
    ]
    assert route.name == other.tracks[0].name
    assert route.licence == other.copyright_license
    assert route.attribution == other.copyright_author
    assert route.link == other.link
    assert other.author_email
    assert "web.de" not in repr(route)
    assert route.notices == ()


def test_everything_of_version_1_1() -> None:
    route = parse_gpx(
        gpx(
            "<metadata><name>Whole</name><desc>Two\n\n\nlines  here</desc>"
            '<author><name>Tourist office</name><email id="a" domain="b.example"/></author>'
            '<copyright author="Town of Example"><license>CC-BY-4.0</license></copyright>'
            '<link href="https://example.org/x"/><keywords>walk, Limes</keywords></metadata>'
            '<wpt lat="50.15" lon="8.15"><name>Tower</name><cmt>short</cmt><desc>Long</desc></wpt>'
            + TRACK
        )
    )
    assert route == GpxRoute(
        name="Limes",
        description="Two\n\nlines here",
        licence="CC-BY-4.0",
        attribution="Town of Example",
        keywords="walk, Limes",
        link="https://example.org/x",
        segments=((TrackPoint(50.1, 8.1, 300.0), TrackPoint(50.2, 8.2, 310.5)),),
        waypoints=(Waypoint(50.15, 8.15, "Tower", "Long"),),
    )
    assert len(route.points) == 2


def test_everything_of_version_1_0() -> None:
    route = parse_gpx(
        gpx(
            "<name>Old</name><desc>Text</desc><author>A. Walker</author>"
            "<email>a.walker@mail.example</email><url>http://example.org</url>"
            f"<keywords>k</keywords><trk>{SEGMENT}</trk>",
            V10,
        )
    )
    assert (route.name, route.description, route.attribution) == ("Old", "Text", "A. Walker")
    assert (route.link, route.keywords) == ("http://example.org", "k")
    assert "mail.example" not in repr(route)


@pytest.mark.parametrize("root", ["", 'version="1.1"', V10, 'xmlns="http://example.org/own"'])
def test_namespace_and_version_may_be_odd(root: str) -> None:
    assert parse_gpx(gpx(TRACK, root)).name == "Limes"


def test_prefixed_namespace_and_foreign_extensions() -> None:
    body = (
        '<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1" xmlns:x="http://example.org/x">'
        '<x:wpt lat="1" lon="1"/><g:extensions><x:trk><x:trkseg/></x:trk></g:extensions>'
        '<g:trk><x:name>wrong</x:name><g:trkseg><g:trkpt lat="1" lon="2"/>'
        '<g:trkpt lat="1" lon="3"><g:extensions><x:ele>9</x:ele></g:extensions></g:trkpt>'
        "</g:trkseg></g:trk></g:gpx>"
    )
    route = parse_gpx(body.encode())
    assert (route.name, route.waypoints) == ("", ())
    assert [point.ele for point in route.points] == [None, None]


def test_routes_serve_where_no_track_is() -> None:
    points = '<rtept lat="50" lon="8"/><rtept lat="50.1" lon="8"/>'
    assert parse_gpx(gpx(f"<rte><name>R</name>{points}</rte>")).name == "R"
    assert parse_gpx(gpx(f"<rte><name>R</name>{points}</rte>{TRACK}")).name == "Limes"


def test_several_tracks_and_pieces() -> None:
    whole = "<metadata><name>Whole</name></metadata>"
    route = parse_gpx(gpx(whole + f"<trk><name>Day 1</name>{SEGMENT}{SEGMENT}</trk>" + TRACK))
    assert route.name == "Whole"
    assert len(route.segments) == 3
    assert "3 separate pieces" in route.notices[0].interpolate()


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_honest_encodings(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><gpx><trk><name>Gebück</name>{SEGMENT}'
    assert parse_gpx(f"{text}</trk></gpx>".encode(encoding)).name == "Gebück"


def test_blank_lines_before_the_declaration() -> None:
    assert parse_gpx(b"\r\n " + gpx(TRACK, head='<?xml version="1.0"?>')).name == "Limes"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x00\x01\x02", "not_xml"),
        (b'{"type": "FeatureCollection"}', "not_xml"),
        (b"PK\x03\x04rest", "zipped"),
        (b"<!DOCTYPE html><html><body><br></html>", "html"),
        (b"<html><body/></html>", "html"),
        (b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', "kml"),
        (b"<osm/>", "not_gpx"),
        (gpx(TRACK)[:-20], "truncated"),
        (gpx(TRACK)[:30], "truncated"),
        (gpx("<trk></rte>"), "damaged"),
        (gpx("<name>a\x01b</name>" + TRACK), "damaged"),
        (gpx("<name>&undefined;</name>" + TRACK), "damaged"),
        (gpx("<name>Gebück</name>").decode().encode("latin-1"), "encoding"),
        (b'<?xml version="1.0" encoding="klingon"?><gpx/>', "encoding"),
        (gpx(""), "no_line"),
        (gpx("<trk><trkseg/></trk>"), "no_line"),
        (gpx('<trk><trkseg><trkpt lat="1" lon="1"/></trkseg></trk>'), "no_line"),
        (gpx('<wpt lat="50" lon="8"><name>A</name></wpt>'), "only_waypoints"),
        (gpx("<a>" * 100 + "</a>" * 100), "too_deep"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    assert refused(data) == code


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("NaN", "8"),
        ("inf", "8"),
        ("50", "-Infinity"),
        ("90.1", "8"),
        ("50", "180.5"),
        ("50,1", "8,1"),
        ("1_0", "8"),
        ("٥٠", "8"),  # Arabic digits, which Python's own float() accepts
        ("", "8"),
        ("1e999", "8"),
        ("9" * 5000, "8"),
    ],
)
@pytest.mark.parametrize("element", ["wpt", "trkpt"])
def test_coordinates_off_the_earth(lat: str, lon: str, element: str) -> None:
    point = f'<{element} lat="{lat}" lon="{lon}"/>'
    body = point if element == "wpt" else f"<trk><trkseg>{point}</trkseg></trk>"
    assert refused(gpx(body + TRACK)) == "coordinates"


def test_missing_coordinates_name_the_point() -> None:
    body = '<trk><trkseg><trkpt lat="50" lon="8"/><trkpt lat="50"/></trkseg></trk>'
    with pytest.raises(GpxError, match="Point 2 of the line"):
        parse_gpx(gpx(body))


def test_missing_elevations_are_told() -> None:
    point = '<trkpt lat="50" lon="8">{}</trkpt>'
    for bad in ("", "<ele/>", "<ele>NaN</ele>", "<ele>-32768</ele>", "<ele>x</ele>"):
        body = f"<trk><trkseg>{point.format(bad)}{point.format('<ele>5</ele>')}</trkseg></trk>"
        route = parse_gpx(gpx(body))
        assert [p.ele for p in route.points] == [None, 5.0]
        assert "1 of 2 points" in route.notices[0].interpolate()
    none = parse_gpx(gpx(f"<trk><trkseg>{point.format('') * 2}</trkseg></trk>"))
    assert "no elevations" in none.notices[0].interpolate()


def test_limits() -> None:
    assert refused(gpx(TRACK), max_points=1) == "too_many_points"
    assert refused(gpx('<wpt lat="1" lon="1"/>' * 3 + TRACK), max_waypoints=2) == (
        "too_many_waypoints"
    )
    assert refused(gpx(TRACK), max_bytes=20) == "too_large"
    assert refused(b"<" * (MAX_BYTES + 1)) == "too_large"


def test_huge_streams_are_refused_before_they_are_read() -> None:
    class Endless(io.RawIOBase):
        """Delivers 100 MB, and counts what was asked for."""

        delivered = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 1_000_000
            if self.delivered >= 100_000_000:
                return b""
            self.delivered += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(GpxError) as caught:
        read_limited(stream)
    assert caught.value.code == "too_large"
    assert stream.delivered <= MAX_BYTES + 1_000_000
    assert read_limited(io.BytesIO(b"abc"), 3) == b"abc"
    with pytest.raises(GpxError, match="at most 10 MB"):
        read_limited(Endless())


def bomb() -> bytes:
    """Write the entities that grow tenfold nine times."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return gpx(f"<name>&l9;</name>{TRACK}", head=f'<!DOCTYPE gpx [<!ENTITY l0 "lol">{entities}]>')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs(encoding: str) -> None:
    start = time.process_time()
    text = bomb().decode()
    declared = text if encoding == "utf-8" else f'<?xml version="1.0" encoding="utf-16"?>{text}'
    assert refused(declared.encode(encoding)) == "doctype"
    assert time.process_time() - start < 5


def test_external_entities_and_document_types_reach_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do-not-show")
    for inner in (
        f'[<!ENTITY x SYSTEM "{secret.as_uri()}">]',
        f'[<!ENTITY % x SYSTEM "{secret.as_uri()}"> %x;]',
        f'SYSTEM "{secret.as_uri()}"',
        'PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd"',
    ):
        data = gpx(f"<name>&x;</name>{TRACK}", head=f"<!DOCTYPE gpx {inner}>")
        with pytest.raises(GpxError) as caught:
            parse_gpx(data)
        assert caught.value.code == "doctype"
        assert "do-not-show" not in str(caught.value)
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
        f'href="{secret.as_uri()}" parse="text"/>'
    )
    assert "do-not-show" not in repr(parse_gpx(gpx(f"<name>{include}</name>{TRACK}")))


@pytest.mark.parametrize(
    "data",
    [
        gpx("<name>" + " xmlns" * 300_000 + "</name>" + TRACK),
        gpx("<name>" + "a(at" * 400_000 + "</name>" + TRACK),
        gpx(
            "".join(f"<wpt lat='1' lon='1'><desc>{'a@b ' * 4000}</desc></wpt>" for _ in range(200))
            + TRACK
        ),
        gpx(
            "".join(f"<wpt lat='1' lon='1'><desc>{'a' * 9000}(at</desc></wpt>" for _ in range(200))
            + TRACK
        ),
        gpx("<trkseg/>" * 300_000 + "<trk>" + "<trkseg/>" * 300_000 + SEGMENT + "</trk>"),
        gpx("<" + "n" * 1_000_000 + ">" + "<a/>" * 300_000 + "</" + "n" * 1_000_000 + ">" + TRACK),
    ],
    ids=["xmlns", "at", "mail", "word", "pieces", "long-element-name"],
)
def test_work_grows_no_faster_than_the_file(data: bytes) -> None:
    start = time.process_time()
    with suppress(GpxError):  # the parser's own limit for names
        parse_gpx(data)
    assert time.process_time() - start < 10


def test_long_texts_are_cut_and_told() -> None:
    body = f"<metadata><desc>{'y ' * 9000}</desc></metadata>" + TRACK.replace("Limes", "x" * 10_000)
    route = parse_gpx(gpx(body))
    assert len(route.name) == MAX_NAME
    assert len(route.description) <= MAX_TEXT
    assert route.name.endswith("x…")
    assert "shortened" in route.notices[0].interpolate()


@pytest.mark.parametrize(
    "text",
    [
        "Ask max.muster@mail.example for more",
        "Ask <max@mail.example>, for more",
        "Ask mailto:max%40mail.example for more",
        "Ask max (at) mail.example for more",
        "Ask max[ät]mail.example for more",
        "Ask max @ mail.example for more",
        "Ask max＠mail.example for more",
        "Ask max&#64;mail.example for more",
        "Ask mäx@localhost for more",
        "Ask max@ mail.example for more",
    ],
)
def test_mail_addresses_disappear_from_every_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    route = parse_gpx(
        gpx(
            f'<metadata><desc>{escaped}</desc><copyright author="{escaped}"/></metadata>'
            f'<wpt lat="1" lon="1"><name>{escaped}</name><desc>{escaped}</desc></wpt>{TRACK}'
        )
    )
    for found in (route.description, route.attribution, route.waypoints[0].name):
        assert found.split() == ["Ask", "for", "more"]
    assert any("mail address" in notice.interpolate() for notice in route.notices)


def test_a_mail_address_as_only_name_leaves_the_link() -> None:
    author = '<author><name>max@mail.example</name><link href="https://example.org"/></author>'
    assert parse_gpx(gpx(f"<metadata>{author}</metadata>{TRACK}")).attribution == (
        "https://example.org"
    )
    script = '<author><link href="javascript:alert(1)"/></author><link href="mailto:a@b.example"/>'
    route = parse_gpx(gpx(f"<metadata>{script}</metadata>{TRACK}"))
    assert (route.attribution, route.link) == ("", "")


def test_ampersands_arrive_whole_in_texts_and_attributes() -> None:
    written = "M &amp; S &lt;1&gt; &#64;"
    copyright_ = f'<metadata><copyright author="{written}"/><desc>{written}</desc></metadata>'
    route = parse_gpx(gpx(copyright_ + TRACK))
    assert (route.attribution, route.description) == ("M & S <1> @", "M & S <1> @")


def test_cleaning() -> None:
    assert clean_text("a\x00\x1b[0m\u202eb\ufeff\u0085 \t c", 50) == "a[0mb c"
    assert clean_text("Treffpunkt @ Markt", 50) == drop_mail_addresses("Treffpunkt @ Markt")
    assert clean_text("u\u0308", 5) == "ü"
    assert clean_text("a\r\n\r\n\r\n\r\nb", 50, lines=True) == "a\n\nb"


@given(st.text(max_size=300), st.integers(2, 50))
def test_cleaned_texts_are_short_and_printable(text: str, limit: int) -> None:
    clean = clean_text(text, limit)
    assert len(clean) <= limit
    assert all(character.isprintable() or character == " " for character in clean) or any(
        not character.isprintable() for character in text
    )
    assert "\n" not in clean
    assert "\x00" not in clean


@given(st.binary(max_size=2000))
def test_any_bytes_give_a_route_or_a_refusal(data: bytes) -> None:
    try:
        assert isinstance(parse_gpx(data), GpxRoute)
    except GpxError as error:
        assert str(error)  # noqa: PT017 -- both outcomes are right


@given(st.data())
def test_broken_copies_give_a_route_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(gpx(TRACK + '<wpt lat="1" lon="1"><name>Tür</name></wpt>'))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    try:
        assert isinstance(parse_gpx(bytes(whole)), GpxRoute)
    except GpxError as error:
        assert str(error)  # noqa: PT017 -- both outcomes are right
