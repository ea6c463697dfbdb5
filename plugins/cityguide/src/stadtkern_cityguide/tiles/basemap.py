"""Tiles of basemap.de for towns that have no map file and want them: fetched by our server.

basemap.de Web Vektor (BKG and the states, monthly, CC BY 4.0) has vector tiles in Web Mercator
down to zoom 15. Only a tile's three numbers go out, through the installation's guard.
"""

from __future__ import annotations

import gzip
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Waited
from dataclasses import dataclass
from http import HTTPStatus

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from pyramid.settings import asbool

from stadtkern.web.egress import Answer, EgressError, EgressFailed, EgressTooLarge, EgressTooSlow
from stadtkern.web.egress import fetch as call
from stadtkern_cityguide.tiles.mvt import GZIP, is_tile, unpacked

ADDRESS = (
    "https://sgx.geodatenzentrum.de/gdz_basemapde_vektor/tiles/v2/bm_web_de_3857/{z}/{x}/{y}.pbf"
)
SETTING = "cityguide.basemap"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
MIN_ZOOM, MAX_ZOOM = 5, 15
MARGIN = 0.1
"""Degrees around the town's places and tours."""
MAX_TILE = 2_000_000
"""Bytes as they come."""
MAX_UNPACKED = 8_000_000
MAX_KEPT = 64_000_000
"""Bytes that a process keeps, of all towns together."""
SECONDS = 5.0
WAIT = 2.0
"""Seconds that a tile waits for its turn."""
CALLS = 4
"""At the same time: half of the threads that a server has, so that pages go on."""
KEEP = 7 * 24 * 3600.0
KEEP_NONE = 3600.0
KEEP_FAILURE = 60.0
REST = 20.0
"""Seconds without calls after one that nobody has answered."""
_ENTRY = 300
"""Bytes that an entry takes beside its tile."""
_MAX_LATITUDE = 85.0511

Key = tuple[int, int, int, int]
"""Tenant, zoom, column, row: what one town has asked for tells another nothing."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Online:
    """What maps are told in place of a file; the browser puts a tile's numbers in."""

    url: str = "/guide/basemap/{z}/{x}/{y}.pbf"
    style: str = "basemap"
    attribution: str = "© GeoBasis-DE / BKG (basemap.de), CC BY 4.0"
    max_zoom: int = MAX_ZOOM


ONLINE = Online()


@dataclass(frozen=True)
class Tile:
    """A tile, packed by gzip; or a status other than 200 that says why there is none."""

    status: int
    data: bytes = b""
    until: float = 0.0


def touches(box: Box, z: int, x: int, y: int) -> bool:
    """Tell whether a tile touches the surroundings of a box (degrees), or borders on them."""
    if not (MIN_ZOOM <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        return False
    west, south, east, north = box
    left, top = _numbers(north + MARGIN, west - MARGIN, z)
    right, bottom = _numbers(south - MARGIN, east + MARGIN, z)
    # One more on each side: a map that shows the whole town also shows what borders on it.
    return left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1


def _numbers(lat: float, lon: float, z: int) -> tuple[int, int]:
    """Return the column and row of the tile that holds a point (Web Mercator, XYZ)."""
    angle = math.radians(max(-_MAX_LATITUDE, min(_MAX_LATITUDE, lat)))
    return (
        math.floor((lon + 180) / 360 * 2**z),
        math.floor((1 - math.asinh(math.tan(angle)) / math.pi) / 2 * 2**z),
    )


class Source:
    """Where the tiles come from, and those that are kept in memory; the oldest used goes first."""

    def __init__(self, address: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the address with ``{z}``, ``{x}`` and ``{y}``; empty: nothing is offered."""
        self.address = address
        self._clock = clock
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._bytes = 0
        self._asked: dict[Key, Future[Tile]] = {}
        self._boxes: dict[int, tuple[tuple[int, ...], Box | None]] = {}
        self._turns = threading.BoundedSemaphore(CALLS)
        self._rests_until = -math.inf
        self._lock = threading.Lock()

    def around(
        self, tenant_id: int, generation: tuple[int, ...], ask: Callable[[], Box | None]
    ) -> Box | None:
        """Return the box around a town's places and tours; asked for where anything changed."""
        known = self._boxes.get(tenant_id)
        if known is None or known[0] != generation:
            known = self._boxes[tenant_id] = (generation, ask())
        return known[1]

    def kept(self, key: Key) -> Tile | None:
        """Return what is known of a tile, a late failure included; None: it has to be asked for."""
        with self._lock:
            found = self._tiles.get(key)
            if found is None:
                return None
            if found.until <= self._clock():
                self._drop(key)
                return None
            self._tiles.move_to_end(key)
            return found

    def keep(self, key: Key, tile: Tile) -> None:
        """Keep a tile or what stands for it until its time is over, or others need the room."""
        with self._lock:
            self._drop(key)
            self._tiles[key] = tile
            self._bytes += len(tile.data) + _ENTRY
            while self._bytes > MAX_KEPT:
                self._drop(next(iter(self._tiles)))

    def fetch(self, registry: Registry, key: Key) -> Tile:
        """Ask for a tile; whoever wants the same one meanwhile gets the same answer."""
        with self._lock:
            known = self._tiles.get(key)
            if known is not None and known.until > self._clock():
                return known
            waiting = self._asked.get(key)
            if waiting is None:
                mine = self._asked[key] = Future()
        if waiting is not None:
            try:
                return waiting.result(timeout=WAIT + SECONDS)
            except Waited:
                return Tile(HTTPStatus.GATEWAY_TIMEOUT)
        tile = Tile(HTTPStatus.BAD_GATEWAY)
        try:
            tile = self._fetched(registry, key)
        finally:
            if tile.until:
                self.keep(key, tile)
            with self._lock:
                del self._asked[key]
            mine.set_result(tile)
        return tile

    def _fetched(self, registry: Registry, key: Key) -> Tile:
        if not self._turns.acquire(timeout=WAIT):
            return Tile(HTTPStatus.GATEWAY_TIMEOUT)
        try:
            if self._clock() < self._rests_until:
                return Tile(HTTPStatus.GATEWAY_TIMEOUT)
            return self._judged(*self._called(registry, key))
        finally:
            self._turns.release()

    def _called(self, registry: Registry, key: Key) -> tuple[int, bytes]:
        """Return a status for the visitor, with a tile as it came where it is 200 or 204."""
        _tenant, z, x, y = key
        address = self.address.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
        try:
            answer = call(registry, address, seconds=SECONDS, max_bytes=MAX_TILE, redirects=0)
        except EgressTooLarge:
            return HTTPStatus.BAD_GATEWAY, b""
        except EgressError as error:
            if isinstance(error, EgressFailed):
                self._rests_until = self._clock() + REST
            slow = isinstance(error, EgressTooSlow)
            return HTTPStatus.GATEWAY_TIMEOUT if slow else HTTPStatus.BAD_GATEWAY, b""
        return _status(answer), answer.body

    def _judged(self, status: int, body: bytes) -> Tile:
        now = self._clock()
        if status == HTTPStatus.NOT_FOUND:
            return Tile(status, until=now + KEEP_NONE)
        if status != HTTPStatus.OK:
            return Tile(status, until=now + KEEP_FAILURE)
        plain = unpacked(body, maximum=MAX_UNPACKED)
        if plain is None or not is_tile(plain):
            return Tile(HTTPStatus.BAD_GATEWAY, until=now + KEEP_FAILURE)
        packed = body if body.startswith(GZIP) else gzip.compress(plain, 6, mtime=0)
        return Tile(HTTPStatus.OK, packed, now + KEEP)

    def _drop(self, key: Key) -> None:
        gone = self._tiles.pop(key, None)
        if gone is not None:
            self._bytes -= len(gone.data) + _ENTRY


def _status(answer: Answer) -> int:
    """Say what an answer means for the visitor. Redirects are not followed: tiles have none."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return HTTPStatus.OK
    if answer.status == HTTPStatus.OK and answer.headers.get("content-type", "").startswith("text"):
        return HTTPStatus.BAD_GATEWAY
    known = {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
    return answer.status if answer.status in known else HTTPStatus.BAD_GATEWAY


def _address(settings: dict[str, str]) -> str:
    """Return the address of the settings; ``ConfigurationError`` where none can be asked by it."""
    address = settings.get(SETTING, ADDRESS).strip()
    loopback = asbool(settings.get("egress.allow_loopback", False))
    if not address:
        return ""
    if any(address.count(part) != 1 for part in ("{z}", "{x}", "{y}")):
        raise ConfigurationError(f"{SETTING} needs {{z}}, {{x}} and {{y}}, each once.")
    if not address.startswith("https://") and not (
        loopback and address.startswith("http://127.0.0.1:")
    ):
        raise ConfigurationError(f"{SETTING} must begin with https://.")
    return address


def includeme(config: Configurator) -> None:
    """Set the source up from the installation's settings."""
    config.registry["cityguide_basemap"] = Source(_address(config.get_settings()))
