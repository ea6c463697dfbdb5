"""What the guide's open data cost: boxes among 10,000 places, and 1,000 features beside pygeoapi.

First the CPU of a page of features in a box, computed anew for every request (boxes that nobody
has asked for before) and kept, as ratios to a bare Pyramid hello view that is asked in turns.
Then pages of 1,000 features: requests a second of one client, ours and those of pygeoapi over the
same features (its ``GeoJSON`` provider, and ``SQLiteGPKG`` where Python may load extensions), both
served by waitress with four threads, asked in turns, median of 7 rounds.
pygeoapi is installed below ``var/pygeoapi`` on the first run; without it the second part is left
out. ``python benchmarks/cityguide.py``
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pages import HELLO
from serving import (
    ROOT,
    SETTINGS,
    STADTKERN,
    Bare,
    asker,
    cpu_now,
    fetch,
    free_port,
    running,
)

PLACES = 10_000
FEATURES = 1_000
ITEMS = "/ogc/collections/places/items"
FOLDER = ROOT / "var" / "pygeoapi"
BOXES = 20
"""Different boxes in a round."""

MOST = 1_000
AIM_CPU, AIM_TIMES = 12, 3


def plant(ini: Path) -> None:
    """Store the places past the services, as an import of a dump would."""
    from sqlalchemy import insert, select  # noqa: PLC0415 - after the database is there

    from stadtkern.cli import build_registry, load_settings  # noqa: PLC0415
    from stadtkern.content import Node  # noqa: PLC0415
    from stadtkern.db import work  # noqa: PLC0415
    from stadtkern.tenants import tenant_by_slug  # noqa: PLC0415
    from stadtkern_cityguide.models import Point  # noqa: PLC0415

    registry = build_registry(load_settings(str(ini)))
    draw = random.Random(1)  # noqa: S311 - made-up places
    with work(registry["database"], write=False) as session:
        tenant = tenant_by_slug(session, "demo")
    with work(registry["database"], tenant.id) as session:
        root = session.scalars(select(Node).where(Node.path == "/")).one()
        nodes, where = [], []
        for number in range(PLACES):
            lat, lon = 50 + draw.random(), 8 + draw.random()
            where.append((f"/ort-{number}", lat, lon))
            nodes.append(
                {
                    "tenant_id": tenant.id,
                    "parent_id": root.id,
                    "path": f"/ort-{number}",
                    "slug": f"ort-{number}",
                    "type": "place",
                    "state": "published",
                    "language": root.language,
                    "translation_group": f"ort-{number}",
                    "title": f"Ort {number}",
                    "summary": "Ein Platz mit einer Linde und einer Bank.",
                    "body_version": registry["content_types"]["place"].version,
                    "body": {
                        "fields": {
                            "kind": "hotspot",
                            "lat": lat,
                            "lon": lon,
                            "street": f"Hauptstraße {number}",
                            "city": "Taunusstein",
                            "opening_hours": "Mo-Fr 09:00-17:00; PH off",
                            "step_free": "yes",
                            "licence": "CC-BY-4.0",
                            "attribution": "Stadtarchiv",
                        },
                        "blocks": [],
                    },
                }
            )
        session.execute(insert(Node), nodes)
        ids = dict(session.execute(select(Node.path, Node.id).where(Node.type == "place")).all())
        session.execute(
            insert(Point),
            [
                {
                    "tenant_id": tenant.id,
                    "node_id": ids[path],
                    "kind": "hotspot",
                    "lat": lat,
                    "lon": lon,
                    "hours": "Mo-Fr 09:00-17:00; PH off",
                    "step_free": "yes",
                }
                for path, lat, lon in where
            ],
        )


@contextlib.contextmanager
def town(folder: str) -> Iterator[tuple[str, int]]:
    """Serve a town with ``PLACES`` places; yields its address and process id."""
    port = free_port()
    ini = Path(folder) / "bench.ini"
    ini.write_text(SETTINGS.format(here=folder, root=ROOT, port=port, more=""), "utf-8")
    for verb in (["db", "upgrade"], ["demo", "load"]):
        subprocess.run(
            [str(STADTKERN), "-c", str(ini), *verb], check=True, stdout=subprocess.DEVNULL
        )
    plant(ini)
    address = f"http://localhost:{port}"
    with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:
        yield address, pid


def boxes(site: str, pid: int, bare: Bare) -> None:
    """Print what a page of ten features in a box costs."""
    draw = random.Random(3)  # noqa: S311 - made-up boxes
    sides = (("a street", 0.005), ("a district", 0.1), ("the whole town", 0.98))
    fetch(f"{site}{ITEMS}?bbox=8,50,8.001,50.001")
    for label, side in sides:
        box_costs(site, pid, bare, draw, f"box, features read anew: {label}", side)
    after = ""
    while True:
        page = json.loads(fetch(f"{site}{ITEMS}?limit=1000{after}"))
        if page["numberReturned"] < MOST:
            break
        after = f"&after={page['features'][-1]['id']}"
    for label, side in sides:
        box_costs(site, pid, bare, draw, f"box, features ready: {label}", side)
    own, ratio, _database = bare.compare(f"{site}{ITEMS}?bbox=8.2,50.2,8.3,50.3", pid, requests=30)
    print(f"{'box, kept':40} {own:8.0f} µs {ratio:6.1f} ×")


def box_costs(
    site: str, pid: int, bare: Bare, draw: random.Random, label: str, side: float
) -> None:
    """Print the CPU of boxes of ``side`` degrees that nobody has asked for before."""
    parts = urlsplit(site)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port)
    costs = []
    for _round in range(9):
        hello = bare.cost(40)
        before = cpu_now(pid)
        for _request in range(BOXES):
            west, south = (8 + draw.random() * (1 - side), 50 + draw.random() * (1 - side))
            box = f"{west!r},{south!r},{west + side!r},{south + side!r}"
            connection.request("GET", f"{ITEMS}?bbox={box}")
            connection.getresponse().read()
        # Whatever else the process does meanwhile is shared by all of them.
        own = (cpu_now(pid) - before) / BOXES
        costs.append((own, own / ((hello + bare.cost(40)) / 2)))
    connection.close()
    own, ratio = (statistics.median(column) for column in zip(*costs, strict=True))
    print(f"{label:40} {own:8.0f} µs {ratio:6.1f} ×  (aim {AIM_CPU})")


CONFIG = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 10, max_items: 1000}}
  gzip: false
  map: {{url: "https://example.invalid/", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: t, description: d, keywords: [k], terms_of_service: x, url: x}}
  license: {{name: x, url: x}}
  provider: {{name: x, url: x}}
  contact: {{name: x, email: x}}
resources:
  places:
    type: collection
    title: places
    description: places
    keywords: [k]
    links: []
    extents: {{spatial: {{bbox: [-180, -90, 180, 90], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - type: feature
        name: {provider}
        data: {data}
        id_field: id
{more}
"""
SERVE = """
import sys
from pygeoapi.flask_app import APP
from waitress import serve
serve(APP, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""


def installed() -> Path | None:
    """Return pygeoapi's Python, installed where it is missing; None where it cannot be had."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    tried = [str(python), "-c", "import pygeoapi, waitress"]
    if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
        return python
    pip = [str(python), "-m", "pip", "install", "-q", "pygeoapi", "waitress"]
    done = subprocess.run(pip, capture_output=True, check=False).returncode
    return python if done == 0 else None


def sqlite_file(folder: Path, geojson: Path) -> Path | None:
    """Return the features as a GeoPackage, made by GDAL; None without it."""
    target = folder / "places.gpkg"
    with contextlib.suppress(OSError):
        call = ["ogr2ogr", "-f", "GPKG", "-nln", "places", str(target), str(geojson)]
        if subprocess.run(call, capture_output=True, check=False).returncode == 0:
            return target
    return None


@contextlib.contextmanager
def reference(python: Path, folder: Path, provider: str, data: Path) -> Iterator[str]:
    """Serve the same features by pygeoapi; yields the address of their items."""
    port = free_port()
    more = "        table: places\n" if provider == "SQLiteGPKG" else ""
    config, api = folder / "pygeoapi.yml", folder / "openapi.yml"
    config.write_text(CONFIG.format(port=port, provider=provider, data=data, more=more), "utf-8")
    script = folder / "serve.py"
    script.write_text(SERVE, "utf-8")
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(api)}
    made = [str(python.with_name("pygeoapi")), "openapi", "generate", str(config)]
    with api.open("w") as target:
        subprocess.run(
            made, check=True, stdout=target, stderr=subprocess.DEVNULL, env=os.environ | env
        )
    url = f"http://127.0.0.1:{port}/collections/places/items"
    with running([str(python), str(script), str(port)], f"{url}?limit=1&f=json", env):
        yield url


def rate(ask: Callable[[int], None], count: int) -> float:
    """Return requests a second of one client."""
    began = time.perf_counter()
    ask(count)
    return count / (time.perf_counter() - began)


def throughput(site: str, folder: Path) -> None:
    """Print requests a second for pages of ``FEATURES`` features, ours and pygeoapi's in turns."""
    python = installed()
    if python is None:
        print("pygeoapi: skipped, it cannot be installed here")
        return
    version = subprocess.run(
        [str(python), "-c", "import pygeoapi; print(pygeoapi.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    page = json.loads(fetch(f"{site}{ITEMS}?limit={FEATURES}"))
    features = [
        one | {"properties": one["properties"] | {"id": one["id"]}} for one in page["features"]
    ]
    source = folder / "places.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    providers = [("GeoJSON", source)]
    package = sqlite_file(folder, source)
    if package is not None:
        providers.insert(0, ("SQLiteGPKG", package))
    for provider, data in providers:
        try:
            with reference(python, folder, provider, data) as url:
                compare(site, f"{url}?limit={FEATURES}&f=json", f"pygeoapi {version}, {provider}")
        except (RuntimeError, subprocess.CalledProcessError) as error:
            print(f"pygeoapi, {provider}: skipped ({error})")


def compare(site: str, other: str, name: str) -> None:
    """Ask both in turns; ours kept, and ours computed anew by a box that is new each time."""
    ask_kept, ask_other = asker(f"{site}{ITEMS}?limit={FEATURES}"), asker(other)
    ask_kept(3)
    ask_other(1)
    fetch(f"{site}{ITEMS}?limit={FEATURES}&bbox=7.8,49,10,52")
    rounds = []
    for number in range(7):
        theirs = rate(ask_other, 3)
        kept = rate(ask_kept, 60)
        began = time.perf_counter()
        for part in range(5):
            west = 7.9 + (number * 5 + part) / 1e6
            fetch(f"{site}{ITEMS}?limit={FEATURES}&bbox={west},49,10,52")
        anew = 5 / (time.perf_counter() - began)
        rounds.append((theirs, kept, anew, kept / theirs, anew / theirs))
    theirs, kept, anew, times, times_anew = (
        statistics.median(column) for column in zip(*rounds, strict=True)
    )
    print(f"{name:32} {theirs:8.1f} /s")
    print(f"  ours, kept                     {kept:8.1f} /s {times:6.1f} ×  (aim {AIM_TIMES})")
    print(f"  ours, anew with a new box      {anew:8.1f} /s {times_anew:6.1f} ×")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO, "utf-8")
        port = free_port()
        address = f"http://localhost:{port}/"
        command = [sys.executable, "-W", "ignore", str(script), str(port)]
        with running(command, address) as pid:
            bare = Bare(address, pid)
            print(f"bare hello view {bare.cost(1500):28.0f} µs    1.0 ×")
            with town(folder) as (site, own):
                boxes(site, own, bare)
                throughput(site, Path(folder))


if __name__ == "__main__":
    main()
