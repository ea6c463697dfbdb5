"""A town with two tours behind a wire that can be cut, and devices that have never been here."""

import io
import json
import re
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from waitress.server import create_server

from stadtkern.app import build
from stadtkern.content import Node
from stadtkern.media.intake import store_audio, store_image
from stadtkern.testing.databases import SqliteTemplate
from stadtkern.testing.town import Town
from stadtkern.vault.keyring import add_key
from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.building import Builder, store
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.push.services import ensure_key
from stadtkern_cityguide.services import folder_for, import_tour

MB = 1_000_000
PLACE = {"kind": "hotspot", "lat": 50.15, "lon": 8.16, "licence": "CC0-1.0", "attribution": "Stadt"}
GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="Test">
  <metadata><copyright author="Stadt"><license>CC0-1.0</license></copyright></metadata>
  <wpt lat="50.1400" lon="8.1500"><name>Start</name></wpt>
  <wpt lat="50.1550" lon="8.1600"><name>Ziel</name></wpt>
  <trk><name>{title}</name><trkseg>
    <trkpt lat="50.1400" lon="8.1500"/><trkpt lat="50.1500" lon="8.1600"/>
    <trkpt lat="50.1550" lon="8.1600"/>
  </trkseg></trk>
</gpx>
"""
STATE = """async () => {
  const sha = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
    .map((one) => one.toString(16).padStart(2, "0")).join("");
  const held = {};
  if (await caches.has("stadtkern-guide")) {
    const cache = await caches.open("stadtkern-guide");
    for (const ask of await cache.keys()) {
      // What is being thrown away meanwhile is not here.
      const kept = await cache.match(ask);
      if (kept) held[new URL(ask.url).pathname] = await sha(await kept.arrayBuffer());
    }
  }
  const stored = {};
  if ((await indexedDB.databases()).length > 0) {
    const database = await new Promise((done) => {
      const ask = indexedDB.open("stadtkern-guide");
      ask.onsuccess = () => done(ask.result);
    });
    const read = (ask) => new Promise((done) => (ask.onsuccess = () => done(ask.result)));
    for (const name of ["manifests", "pending", "addresses"]) {
      const table = database.transaction(name).objectStore(name);
      const keys = await read(table.getAllKeys());
      const values = await read(table.getAll());
      stored[name] = Object.fromEntries(keys.map((key, number) => [key, values[number]]));
    }
    database.close();
  }
  return { held, stored };
}"""
"""What lies on the device: the hash of each file in the cache, and the database."""


@dataclass
class Wire:
    """What lies between device and server: it counts, cuts, spoils and slows down."""

    wsgi: Any
    seen: list[str] = field(default_factory=list)
    lets: int | None = None
    """Files that still come through; None: all."""
    spoils: bool = False
    pause: float = 0.0
    deaf: int = 0
    """Reports that still arrive without their answer coming back."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as WSGI does."""
        path = environ["PATH_INFO"]
        if path == "/guide/outbox" and self.deaf:
            self.deaf -= 1
            self.wsgi(environ, lambda *_args: None)
            start_response("502 Bad Gateway", [("Content-Length", "0")])
            return [b""]
        if not path.startswith("/guide/a/"):
            return self.wsgi(environ, start_response)
        time.sleep(self.pause)
        if self.lets is not None:
            if self.lets <= 0:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return [b""]
            self.lets -= 1
        self.seen.append(path)
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        body = self.wsgi(environ, start_response)
        if not self.spoils:
            return body
        whole = b"".join(body)
        return [whole[:-1] + bytes([whole[-1] ^ 1])]


@dataclass
class Guide:
    """A served town with two tours that share a place with a picture and a sound."""

    town: Town
    wire: Wire
    url: str
    tours: dict[str, int]
    nodes: dict[str, Node]

    def pack(self) -> None:
        """Pack all tours, as the job does."""
        town = self.town
        with town.session() as session:
            tenant = town.registry["tenants"].find(town.host)
            builder = Builder(town.registry, session, tenant)
            packs = [builder.pack(row) for row in queries.tours(session)]
            for pack in packs:
                store(town.registry, session, town.tenant_id, pack, limit=100 * MB)

    def write(self, text: str) -> None:
        """Change the text of the shared place, and pack."""
        with self.town.content() as content:
            node = content.get(self.nodes["place"].id)
            blocks = [dict(one) for one in node.body["blocks"]]
            blocks[0] = blocks[0] | {"data": {"html": f"<p>{text}</p>"}}
            content.save(
                node.id,
                version=node.version,
                title=node.title,
                fields=content.fields(node),
                blocks=blocks,
            )
        self.pack()

    def manifest(self, name: str) -> Any:
        """Return a tour's manifest as the server gives it."""
        return json.loads(self.town.get(f"/guide/bundles/{self.tours[name]}.de.json").body)


def sound() -> bytes:
    """Return four seconds of a hum."""
    target = io.BytesIO()
    with wave.open(target, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(bytes(range(256)) * 125)
    return target.getvalue()


RALLY = {
    "id": "a0000009",
    "type": "rally",
    "data": {
        "title": "Rallye",
        "tasks": [
            {"kind": "text", "question": "Welcher Baum?", "answer": "Eiche", "points": 10},
            {"kind": "number", "question": "Wie viele Steine?", "answer": "12", "points": 20},
        ],
        "badges": [{"title": "Steinzähler", "points": 30}],
    },
}


def _furnish(town: Town) -> tuple[dict[str, int], dict[str, Node]]:
    town.enable("cityguide")
    files, rights = town.registry["storage"], {"credit": "Stadt", "licence": "own"}
    image = io.BytesIO()
    Image.new("RGB", (64, 40), "#1a7f4b").save(image, "JPEG")
    image.seek(0)
    picture = store_image(files, image, "bild.jpg", MB).as_field()
    heard = store_audio(files, io.BytesIO(sound()), "ton.wav", MB).as_field()
    nodes = {
        "image": town.add("image", "Bild", fields={"stored": picture, "alt": "Grün"} | rights),
        "sound": town.add(
            "audio", "Ton", fields={"stored": heard, "transcript": "<p>Ton.</p>"} | rights
        ),
    }
    blocks = [
        {"id": "a0000001", "type": "text", "data": {"html": "<p>Erster Text.</p>"}},
        {"id": "a0000002", "type": "image", "data": {"image": nodes["image"].id}},
        {"id": "a0000003", "type": "audio", "data": {"audio": nodes["sound"].id}},
    ]
    nodes["place"] = town.add("place", "Brunnen", fields=PLACE, blocks=blocks)
    town.page("Nicht gespeichert")
    tours = {}
    for title in ("Waldrunde", "Talweg"):
        with town.content() as content:
            plan = plan_tour(GPX.format(title=title).encode(), f"{title}.gpx", language="de")
            number = import_tour(content, plan, folder_for(content, {}), publish=True).node_id
            node = content.get(number)
            fields = content.fields(node)
            fields["stops"][0]["place"] = nodes["place"].id
            content.save(number, version=node.version, title=title, fields=fields, blocks=[RALLY])
        tours[title.lower()] = number
    return tours, nodes


@pytest.fixture(scope="session")
def guide(sqlite_template: SqliteTemplate, tmp_path_factory: Any) -> Iterator[Guide]:
    """Serve a small town in this process."""
    folder: Path = tmp_path_factory.mktemp("guide")
    add_key(folder / "master-key")
    settings = {
        "stadtkern.master_key_file": str(folder / "master-key"),
        "stadtkern.files": str(folder / "files"),
        "stadtkern.secret_file": str(folder / "secret"),
        "stadtkern.secure_cookies": "false",
        "stadtkern.tenant_cache_seconds": "0",
        "stadtkern.counts_flush_seconds": "86400",
        "stadtkern.page_cache": "false",
        # The port counts in the site's own addresses.
        "stadtkern.development": "true",
    }
    with sqlite_template.copy(folder) as database:
        config = build(settings, database=database.open(database.url))
        wsgi = config.make_wsgi_app()
        town = Town(config.registry, wsgi, "", slug="wald", host="localhost")
        tours, nodes = _furnish(town)
        town.configure("cityguide", push=True)
        with town.session() as session:
            ensure_key(session, town.registry, town.tenant_id)
        wire = Wire(wsgi)
        server = create_server(wire, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        made = Guide(town, wire, f"http://localhost:{server.effective_port}", tours, nodes)
        made.pack()
        try:
            yield made
        finally:
            server.close()
            thread.join(timeout=10)


@pytest.fixture
def device(guide: Guide, browser: Browser) -> Iterator[BrowserContext]:
    """Return a device that has never been here."""
    context = browser.new_context(
        locale="de-DE",
        base_url=guide.url,
        reduced_motion="reduce",
        # Browsers of tests say that they are programs, which do not count.
        user_agent="Mozilla/5.0 (Linux; Android 16) Chrome/140",
    )
    context.set_default_timeout(15_000)
    guide.wire.lets, guide.wire.spoils, guide.wire.pause = None, False, 0.0
    guide.wire.deaf = 0
    guide.wire.seen.clear()
    yield context
    context.close()


def opened(device: BrowserContext, path: str = "/waldrunde") -> Page:
    """Open a page of the guide in a new window."""
    page = device.new_page()
    page.goto(path)
    return page


def press(page: Page) -> None:
    """Press through to the download."""
    first = page.get_by_role("button", name="Auf diesem Gerät speichern")
    save = page.get_by_role("button", name=re.compile(r"^(Speichern|Weiter speichern) \("))
    expect(first.or_(save)).to_be_visible()
    if first.is_visible():
        first.click()
    save.click()


def said(page: Page, text: str) -> None:
    """Wait until the panel says something."""
    expect(page.locator(".guide-offline__status")).to_contain_text(text)


def keep(page: Page) -> None:
    """Save the tour of a page."""
    press(page)
    said(page, "Gespeichert.")


def solve(page: Page) -> None:
    """Solve all tasks of the tour's rally."""
    tasks = page.locator("[data-rally] [data-task]")
    tasks.nth(0).get_by_label("Ihre Antwort").fill("eiche")
    page.keyboard.press("Enter")
    expect(tasks.nth(0).get_by_text("Gelöst: 10 Punkte.")).to_be_visible()
    tasks.nth(1).get_by_label("Ihre Antwort als Zahl").fill("12")
    page.keyboard.press("Enter")
    expect(tasks.nth(1).get_by_text("Gelöst: 20 Punkte.")).to_be_visible()
