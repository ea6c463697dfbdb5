"""Tiles of basemap.de by way of our server: off until a town wants them, and never trusted."""

import gzip
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.exceptions import ConfigurationError

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.offline.visiting import Visitor
from stadtkern_cityguide.tiles import basemap
from stadtkern_cityguide.tiles.basemap import Source, touches
from stadtkern_cityguide.tiles.files import keep
from stadtkern_cityguide.tiles.mvt import is_tile, unpacked
from stadtkern_cityguide.tiles.town import draw_town

AddPlace = Callable[..., None]
TILE = mapbox_vector_tile.encode(
    [
        {"name": name, "features": [{"geometry": "POINT(1 1)", "properties": {"name": "Weg"}}]}
        for name in ("Verkehrslinie", "Gebaeudeflaeche")
    ]
)
HERE = (14, 8563, 5545)
"""Holds 50.15, 8.16."""
TEXT = {"Content-Type": "text/html"}
BINARY = {"Content-Type": "application/x-protobuf"}


class Counterpart(ThreadingHTTPServer):
    """Stands for basemap.de: answers each path as it was told, and remembers what was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    @property
    def address(self) -> str:
        """Where it stands, as the setting names it."""
        return f"http://127.0.0.1:{self.server_port}/{{z}}/{{x}}/{{y}}.pbf"

    def paths(self) -> list[str]:
        """Return what was asked for."""
        return [path for path, _headers in self.asked]


class Handler(BaseHTTPRequestHandler):
    """Answers by what the counterpart was told."""

    server: Counterpart

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """Answer when it may go on."""
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.server.go_on.wait(10)
        status, headers, body = self.server.told.get(
            self.path, (200, BINARY | {"Set-Cookie": "spy=1"}, TILE)
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


class Clock:
    """A time that tests set."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    with Counterpart() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.go_on.set()
        made.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def town(make_town: Any, counterpart: Counterpart, clock: Clock) -> Town:
    settings = {"egress.allow_loopback": "true", "cityguide.basemap": counterpart.address}
    made: Town = make_town(settings)
    assert made.registry["cityguide_basemap"].address == counterpart.address
    made.registry["cityguide_basemap"] = Source(counterpart.address, clock=clock)
    return made


@pytest.fixture
def online(guide_town: Town, add_place: AddPlace) -> Town:
    """Return a town with a place that takes its background from outside."""
    add_place("Quelle")
    guide_town.configure("cityguide", online_map=True)
    return guide_town


def at(z: int, x: int, y: int) -> str:
    return f"/guide/basemap/{z}/{x}/{y}.pbf"


@on_sqlite
def test_a_town_gets_tiles_only_if_it_wants_them(
    guide_town: Town, add_place: AddPlace, counterpart: Counterpart
) -> None:
    add_place("Quelle")
    assert "data-map-file" not in guide_town.get("/guide").text
    guide_town.get(at(*HERE), status=404)
    other = guide_town.second_tenant()
    other.enable("cityguide")
    other.configure("cityguide", online_map=True)
    # Another town's wish counts there alone; and without a place there is nothing to show.
    guide_town.get(at(*HERE), status=404)
    other.get(at(*HERE), status=404)
    assert counterpart.asked == []
    guide_town.configure("cityguide", online_map=True)
    frame = guide_town.get("/guide").html.select_one("[data-map]")
    assert frame["data-map-file"] == "/guide/basemap/{z}/{x}/{y}.pbf"
    assert (frame["data-map-style"], frame["data-map-zoom"]) == ("basemap", "15")
    assert frame["data-attribution"] == "© GeoBasis-DE / BKG (basemap.de), CC BY 4.0"
    assert guide_town.get(at(*HERE)).body == TILE
    other.get(at(*HERE), status=404)
    # Pages that are kept on a device must not ask for what is not there without a network.
    with guide_town.session(write=False) as session:
        kept = Visitor(guide_town.registry, session, guide_town.tenant).ask("/guide")
    assert kept is not None
    assert b"data-map" in kept.body
    assert b"basemap" not in kept.body
    # A map of the town's own comes first.
    with guide_town.session() as session:
        drawn = draw_town(session, guide_town.tenant, zoom=8)
        assert drawn is not None
        keep(
            guide_town.registry,
            session,
            guide_town.tenant_id,
            io.BytesIO(drawn[0].data),
            drawn[1],
            maximum=1_000_000,
        )
    assert "basemap" not in guide_town.get("/guide").text
    guide_town.configure("cityguide", online_map=False)
    guide_town.get(at(*HERE), status=404)


@on_sqlite
def test_a_tile_is_asked_for_once_and_nothing_of_the_visitor_goes_out(
    online: Town, counterpart: Counterpart, clock: Clock
) -> None:
    first = online.raw(
        at(*HERE),
        HTTP_COOKIE="session=abc",
        HTTP_ACCEPT_LANGUAGE="de-AT",
        HTTP_REFERER="https://musterstadt.example/guide?near=50.1,8.1",
        HTTP_USER_AGENT="Telefon",
        HTTP_X_FORWARDED_FOR="198.51.100.7",
        HTTP_ACCEPT_ENCODING="gzip",
        REMOTE_ADDR="198.51.100.8",
    )
    assert first.status_int == 200
    assert first.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.body) == TILE
    assert first.content_type == "application/vnd.mapbox-vector-tile"
    assert first.headers["Cache-Control"] == "max-age=86400, public"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in first.headers
    assert mapbox_vector_tile.decode(online.get(at(*HERE)).body).keys() == {
        "Verkehrslinie",
        "Gebaeudeflaeche",
    }
    [(path, sent)] = counterpart.asked
    assert path == "/14/8563/5545.pbf"
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding"}
    assert (sent["accept"], sent["accept-encoding"]) == ("*/*", "identity")
    assert sent["user-agent"] == "Stadtkern (municipal website)"
    clock.now += basemap.KEEP - 1
    online.get(at(*HERE))
    assert len(counterpart.asked) == 1
    clock.now += 1
    counterpart.told[path] = (200, BINARY | {"Content-Encoding": "gzip"}, gzip.compress(TILE))
    assert online.get(at(*HERE)).body == TILE
    assert len(counterpart.asked) == 2


@on_sqlite
def test_what_lies_elsewhere_is_not_asked_for(online: Town, counterpart: Counterpart) -> None:
    z, x, y = HERE
    for tile in (
        (z, x + 40, y),
        (z, x, y - 40),
        (4, 8, 5),
        (16, 4 * x, 4 * y),
        (z, 16_384, y),
        (14, 8804, 5374),  # Berlin
    ):
        gone = online.get(at(*tile), status=404)
        assert gone.content_type == "text/plain"
    for odd in ("14/-1/5", "14/8563/5545x", "14/8563/%D9%A1", "14/8563/..%2F1", "99/1/1"):
        online.get(f"/guide/basemap/{odd}.pbf", status=404)
    assert counterpart.asked == []
    for tile in ((5, 16, 10), (12, 2140, 1386), (z, x + 1, y), (15, 17126, 11091)):
        online.get(at(*tile))
    # A draft far away widens nothing: where drafts lie, nobody finds out.
    with online.content() as content:
        content.create(
            content.by_path("/"),
            "place",
            title="Geheim",
            fields={"kind": "poi", "lat": 52.52, "lon": 13.4},
        )
    online.get(at(14, 8802, 5373), status=404)
    assert len(counterpart.asked) == 4


@on_sqlite
def test_bad_answers_are_refused_and_soon_asked_for_again(
    online: Town, counterpart: Counterpart, clock: Clock
) -> None:
    z, x, y = HERE
    path = f"/{z}/{x}/{y}.pbf"
    bomb = gzip.compress(bytes(9_000_000))
    for status, headers, body, expected in (
        (500, BINARY, TILE, 502),
        (403, TEXT, b"<html>Verboten</html>", 502),
        (200, TEXT, TILE, 502),
        (200, BINARY, b"<!DOCTYPE html><title>Wartung</title>", 502),
        (200, BINARY, gzip.compress(b"<html></html>"), 502),
        (200, BINARY, TILE[:-3], 502),
        (200, BINARY, gzip.compress(TILE)[:-3], 502),
        (200, BINARY, gzip.compress(TILE) + b"x", 502),
        (200, BINARY, bomb, 502),
        (200, BINARY, b"\x1a" * 2_000_001, 502),
        (302, {"Location": "http://10.0.0.5/tile.pbf"}, b"", 502),
        (302, {"Location": counterpart.address.format(z=1, x=1, y=1)}, b"", 502),
        (404, TEXT, b"nichts", 404),
    ):
        counterpart.told[path] = (status, headers, body)
        before = len(counterpart.asked)
        refused = online.get(at(z, x, y), status=expected)
        assert refused.body == b""
        assert refused.headers["Cache-Control"] == "max-age=60, public"
        online.get(at(z, x, y), status=expected)
        # Not asked again at once, and nothing else was asked, wherever a redirect led.
        assert counterpart.paths()[before:] == [path]
        clock.now += basemap.KEEP_NONE + 1
        if status == 500:
            del counterpart.told[path]
            assert online.get(at(z, x, y)).body == TILE
            clock.now += basemap.KEEP + 1
    counterpart.told[path] = (204, {}, b"")
    assert online.get(at(z, x, y)).body == b""


@on_sqlite
def test_a_source_that_does_not_answer_is_left_alone_for_a_while(
    online: Town, counterpart: Counterpart, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    z, x, y = HERE
    monkeypatch.setattr(basemap, "SECONDS", 0.2)
    counterpart.go_on.clear()
    online.get(at(z, x, y), status=504)
    online.get(at(z, x, y), status=504)
    # Other tiles do not wait for it either.
    online.get(at(z, x + 1, y), status=504)
    assert len(counterpart.asked) == 1
    counterpart.go_on.set()
    monkeypatch.undo()
    clock.now += basemap.REST + 1
    assert online.get(at(z, x + 1, y)).body == TILE
    online.get(at(z, x, y), status=504)
    clock.now += basemap.KEEP_FAILURE
    assert online.get(at(z, x, y)).body == TILE
    # An address within, whoever entered it: the guard says no.
    online.registry["cityguide_basemap"] = Source("https://10.0.0.5/{z}/{x}/{y}.pbf", clock=clock)
    online.get(at(z, x, y), status=502)
    # Switched off for the whole installation.
    online.registry["cityguide_basemap"] = Source("")
    online.get(at(z, x, y), status=404)
    assert "basemap" not in online.get("/guide").text


@on_sqlite
def test_many_at_once_cause_one_call_and_memory_is_bounded(
    online: Town, counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Source = online.registry["cityguide_basemap"]
    key = (online.tenant_id, *HERE)
    counterpart.go_on.clear()
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(source.fetch(online.registry, key).status))
        for _number in range(8)
    ]
    for thread in threads:
        thread.start()
    counterpart.go_on.set()
    for thread in threads:
        thread.join()
    assert found == [200] * 8
    assert len(counterpart.asked) == 1
    size = len(source.fetch(online.registry, key).data) + 300
    monkeypatch.setattr(basemap, "MAX_KEPT", 2 * size + size // 2)
    z, x, y = HERE
    for column in (x + 1, x + 2):
        online.get(at(z, column, y))
    assert source.kept(key) is None
    assert source.kept((online.tenant_id, z, x + 2, y)) is not None
    monkeypatch.setattr("stadtkern_cityguide.views.basemap.RATE", "1/minute")
    monkeypatch.setattr(basemap, "MAX_KEPT", 64_000_000)
    # What is there goes on being handed out when a network has asked for too much.
    states = [
        online.get(at(z, column, y), status="*").status_int
        for column in (x + 2, x - 1, x - 2, x + 2)
    ]
    assert (states[0], *states[2:]) == (200, 429, 200)


@pytest.mark.parametrize(
    "address",
    [
        "http://tiles.example/{z}/{x}/{y}.pbf",
        "https://tiles.example/{z}/{x}.pbf",
        "http://127.0.0.1.example/{z}/{x}/{y}.pbf",
    ],
)
def test_an_address_that_cannot_be_right_stops_the_start(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cityguide\.basemap"):
        basemap._address({"cityguide.basemap": address, "egress.allow_loopback": "true"})


def test_the_address_is_basemap_de_unless_said_otherwise() -> None:
    assert basemap._address({}).startswith("https://sgx.geodatenzentrum.de/gdz_basemapde_vektor/")
    assert basemap._address({"cityguide.basemap": " "}) == ""
    local = "http://127.0.0.1:1/{z}/{x}/{y}.pbf"
    with pytest.raises(ConfigurationError):
        basemap._address({"cityguide.basemap": local})


@given(st.binary(max_size=200), st.integers(0, len(TILE) - 1))
def test_any_bytes_are_judged(data: bytes, cut: int) -> None:
    assert is_tile(TILE)
    assert is_tile(b"")
    is_tile(data)
    unpacked(data, maximum=100)
    assert not is_tile(b"<" + data)
    half = TILE[:cut]
    # Cut between two layers it is a tile with fewer.
    assert not is_tile(half) or set(mapbox_vector_tile.decode(half)) < {
        "Verkehrslinie",
        "Gebaeudeflaeche",
    }


@given(st.floats(-180, 180), st.floats(-85, 85), st.integers(basemap.MIN_ZOOM, basemap.MAX_ZOOM))
def test_the_tile_of_each_point_is_near_it(lon: float, lat: float, z: int) -> None:
    x, y = (max(0, min(2**z - 1, one)) for one in basemap._numbers(lat, lon, z))
    assert touches((lon, lat, lon, lat), z, x, y)
    assert not touches((lon, lat, lon, lat), z, (x + 2 ** (z - 1)) % 2**z, y)
