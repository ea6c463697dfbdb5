"""Tours on a device without a network: cut, damaged, evicted, shared, withdrawn; in a browser."""

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
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import select
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
from stadtkern_cityguide.push.models import Device
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

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as WSGI does."""
        path = environ["PATH_INFO"]
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


def _wav() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 125)
    return target.getvalue()


def _furnish(town: Town) -> tuple[dict[str, int], dict[str, Node]]:
    town.enable("cityguide")
    files, rights = town.registry["storage"], {"credit": "Stadt", "licence": "own"}
    image = io.BytesIO()
    Image.new("RGB", (64, 40), "#1a7f4b").save(image, "JPEG")
    image.seek(0)
    picture = store_image(files, image, "bild.jpg", MB).as_field()
    heard = store_audio(files, io.BytesIO(_wav()), "ton.wav", MB).as_field()
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
            content.save(number, version=node.version, title=title, fields=fields)
        tours[title.lower()] = number
    return tours, nodes


@pytest.fixture(scope="module")
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
    context = browser.new_context(locale="de-DE", base_url=guide.url, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    guide.wire.lets, guide.wire.spoils, guide.wire.pause = None, False, 0.0
    guide.wire.seen.clear()
    yield context
    context.close()


def opened(device: BrowserContext, path: str = "/waldrunde") -> Page:
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
    expect(page.locator(".guide-offline__status")).to_contain_text(text)


def keep(page: Page) -> None:
    press(page)
    said(page, "Gespeichert.")


def test_nothing_is_stored_before_a_press(guide: Guide, device: BrowserContext) -> None:
    page = opened(device)
    expect(page.get_by_role("button", name="Auf diesem Gerät speichern")).to_be_visible()
    assert page.evaluate(STATE) == {"held": {}, "stored": {}}
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )
    assert page.evaluate("localStorage.length") == 0
    assert device.cookies() == []


def test_a_saved_tour_opens_without_a_network_at_its_own_address(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    page.get_by_role("button", name="Auf diesem Gerät speichern").click()
    expect(page.get_by_label("Texte und die Skizze des Weges")).to_be_disabled()
    page.get_by_role("button", name=re.compile(r"^Speichern \(\d")).click()
    said(page, "Gespeichert.")
    assert len(guide.wire.seen) == len(guide.manifest("waldrunde")["entries"])
    device.set_offline(True)
    page.goto("/waldrunde")
    expect(page.get_by_text("Gespeicherte Fassung")).to_be_visible()
    page.get_by_role("link", name="Mehr über").first.click()
    expect(page.get_by_role("heading", name="Brunnen", level=1)).to_be_visible()
    expect(page.get_by_text("Erster Text.")).to_be_visible()
    assert page.evaluate(
        "document.querySelector('.block img, picture img').decode().then(() => true)"
    )
    sound = page.locator("audio source").get_attribute("src")
    heard = page.evaluate(
        """async (address) => {
          const ask = async (range) => {
            const answer = await fetch(address, { headers: range ? { Range: range } : {} });
            const { byteLength } = await answer.arrayBuffer();
            return [answer.status, answer.headers.get("Content-Range"), byteLength];
          };
          const ranges = [undefined, "bytes=0-1", "bytes=-10", "bytes=99999999-"];
          const answers = [];
          for (const range of ranges) answers.push(await ask(range));
          return answers;
        }""",
        sound,
    )
    size = len(_wav())
    assert heard == [
        [200, None, size],
        [206, f"bytes 0-1/{size}", 2],
        [206, f"bytes {size - 10}-{size - 1}/{size}", 10],
        [416, f"bytes */{size}", 0],
    ]
    page.evaluate(
        """() => new Promise((done, fail) => {
          const player = document.querySelector("audio");
          player.muted = true;
          player.addEventListener("timeupdate", () => player.currentTime > 0 && done());
          player.addEventListener("error", fail);
          player.play().catch(fail);
        })"""
    )
    # What is not kept leads to what is.
    page.goto("/nicht-gespeichert")
    expect(
        page.get_by_role("heading", name="Auf diesem Gerät gespeichert", level=1)
    ).to_be_visible()
    expect(page.get_by_role("link", name="Waldrunde")).to_be_visible()
    said(page, "Es gibt kein Netz")
    page.get_by_role("button", name="Entfernen: Waldrunde").click()
    expect(page.get_by_text("Hier ist keine Tour gespeichert.")).to_be_visible()
    assert page.evaluate(STATE)["held"] == {}


def test_a_download_cut_at_each_entry_goes_on_and_ends_the_same(
    guide: Guide, device: BrowserContext, browser: Browser
) -> None:
    whole = browser.new_context(locale="de-DE", base_url=guide.url)
    keep(page := opened(whole))
    wanted = page.evaluate(STATE)
    whole.close()
    guide.wire.seen.clear()
    page = opened(device)
    entries = len(guide.manifest("waldrunde")["entries"])
    presses = 0
    while len(set(guide.wire.seen)) < entries:
        guide.wire.lets = 1
        press(page)
        presses += 1
        expect(page.locator(".guide-offline__status")).to_contain_text(
            re.compile("Die Verbindung ist abgebrochen|Gespeichert")
        )
        assert presses <= entries
    guide.wire.lets = None
    if not page.locator(".guide-offline__status").filter(has_text="Gespeichert").is_visible():
        # Also after the page itself was closed in the midst.
        page.close()
        page = opened(device)
        keep(page)
    assert presses >= entries - 1
    assert page.evaluate(STATE) == wanted
    # Nothing has come twice.
    assert len(guide.wire.seen) == entries


def test_a_changed_text_costs_one_file_and_a_damaged_one_changes_nothing(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    before = page.evaluate(STATE)
    guide.wire.seen.clear()
    guide.write("Zweiter Text.")
    page.reload()
    expect(page.get_by_text("Es gibt eine neue Fassung dieser Tour")).to_be_visible()
    guide.wire.spoils = True
    page.get_by_role("button", name="Aktualisieren").click()
    said(page, "Eine Datei kam beschädigt an")
    after = page.evaluate(STATE)
    assert after["held"] == before["held"]
    assert after["stored"]["manifests"] == before["stored"]["manifests"]
    device.set_offline(True)
    page.goto("/brunnen")
    expect(page.get_by_text("Erster Text.")).to_be_visible()
    device.set_offline(False)
    guide.wire.spoils = False
    guide.wire.seen.clear()
    page.goto("/waldrunde")
    page.get_by_role("button", name="Aktualisieren").click()
    said(page, "Gespeichert.")
    assert len(guide.wire.seen) == 1
    device.set_offline(True)
    page.goto("/brunnen")
    expect(page.get_by_text("Zweiter Text.")).to_be_visible()
    device.set_offline(False)
    guide.write("Erster Text.")


def test_what_the_browser_threw_away_comes_again(guide: Guide, device: BrowserContext) -> None:
    page = opened(device)
    keep(page)
    wanted = page.evaluate(STATE)
    page.evaluate(
        """async () => {
          const cache = await caches.open("stadtkern-guide");
          const [first, second] = await cache.keys();
          await cache.delete(first);
          await cache.delete(second);
        }"""
    )
    guide.wire.seen.clear()
    page.reload()
    said(page, "fehlte etwas")
    assert len(guide.wire.seen) == 2
    assert page.evaluate(STATE) == wanted


def test_a_full_device_is_told_and_the_old_revision_stays(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    before = page.evaluate(STATE)
    guide.write("Dritter Text.")
    page.add_init_script(
        "Cache.prototype.put = async () => { throw new DOMException('', 'QuotaExceededError'); };"
    )
    page.reload()
    page.get_by_role("button", name="Aktualisieren").click()
    said(page, "nicht genug Platz")
    after = page.evaluate(STATE)
    assert after["held"] == before["held"]
    assert after["stored"]["manifests"] == before["stored"]["manifests"]
    # Another device knows beforehand that there is no room.
    other = device.new_page()
    other.add_init_script("navigator.storage.estimate = async () => ({ quota: 1000, usage: 900 });")
    other.goto("/talweg")
    guide.wire.seen.clear()
    press(other)
    said(other, "nicht genug Platz")
    assert guide.wire.seen == []
    guide.write("Erster Text.")


def test_two_windows_never_save_at_once(guide: Guide, device: BrowserContext) -> None:
    one, other = opened(device), opened(device)
    guide.wire.pause = 0.3
    press(one)
    said(one, "Das Speichern hat begonnen.")
    press(other)
    said(other, "Ein anderes Fenster speichert gerade.")
    said(one, "Gespeichert.")
    assert len(guide.wire.seen) == len(guide.manifest("waldrunde")["entries"])


def test_tours_share_bytes_and_letting_one_go_keeps_the_others(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    first = page.evaluate(STATE)
    guide.wire.seen.clear()
    page.goto("/talweg")
    keep(page)
    shared = {one["url"] for one in guide.manifest("waldrunde")["entries"]}
    second = {one["url"] for one in guide.manifest("talweg")["entries"]}
    assert set(guide.wire.seen) == second - shared
    assert len(page.evaluate(STATE)["held"]) == len(shared | second)
    page.goto("/guide/saved")
    expect(page.get_by_role("listitem").filter(has_text="Talweg")).to_contain_text("kB")
    page.get_by_role("button", name="Entfernen: Talweg").click()
    said(page, "Entfernt.")
    assert page.evaluate(STATE) == first


def test_what_the_town_withdraws_goes_away(guide: Guide, device: BrowserContext) -> None:
    page = opened(device)
    keep(page)
    page.goto("/talweg")
    keep(page)
    sound = next(e for e in guide.manifest("talweg")["entries"] if e["type"] == "audio/wav")
    assert sound["url"] in page.evaluate(STATE)["held"]
    with guide.town.content() as content:
        content.unpublish(guide.nodes["sound"].id)
        content.unpublish(guide.tours["talweg"])
    try:
        page.reload()
    finally:
        page.goto("/waldrunde")
        expect(page.get_by_text("Auf diesem Gerät gespeichert")).to_be_visible()
        page.wait_for_function(
            """async (url) => !(await (await caches.open("stadtkern-guide")).match(url))""",
            arg=sound["url"],
        )
        state = page.evaluate(STATE)
        with guide.town.content() as content:
            content.publish(guide.nodes["sound"].id)
            content.publish(guide.tours["talweg"])
    assert set(state["stored"]["manifests"]) == {f"{guide.tours['waldrunde']}.de"}
    assert sound["url"] not in state["stored"]["addresses"].values()


def test_the_back_office_and_its_people_are_left_alone(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    page.goto("/admin")
    assert "/login" in page.url
    device.set_offline(True)
    with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        page.goto("/waldrunde")
    device.set_offline(False)


def test_favourites_stay_on_the_device(guide: Guide, device: BrowserContext) -> None:
    page = opened(device, "/brunnen")
    button = page.get_by_role("button", name="Merken")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(page.get_by_role("button", name="Gemerkt")).to_have_attribute("aria-pressed", "true")
    page.goto("/guide/saved")
    expect(page.get_by_role("link", name="Brunnen")).to_be_visible()
    page.get_by_role("button", name="Entfernen: Brunnen").click()
    expect(page.get_by_role("heading", name="Gemerkt")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


SUBSCRIBING = """
PushManager.prototype.subscribe = async function (options) {
  if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error();
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const text = (bytes) => btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_");
  const keys = { p256dh: text(point), auth: text(crypto.getRandomValues(new Uint8Array(16))) };
  const held = (answer) => (PushManager.prototype.getSubscription = async () => answer);
  const made = {
    toJSON: () => ({ endpoint: "https://push.example/a", keys }),
    unsubscribe: async () => held(null) && true,
  };
  held(made);
  return made;
};
"""
"""What a maker's push service would do; there is none within reach of a test."""


def test_messages_are_asked_for_shown_and_ended(guide: Guide, device: BrowserContext) -> None:
    def wanted() -> list[tuple[bool, bool]]:
        with guide.town.session(write=False) as session:
            return [(row.events, row.warnings) for row in session.scalars(select(Device))]

    device.grant_permissions(["notifications"], origin=guide.url)
    device.add_init_script(SUBSCRIBING)
    page = opened(device, "/guide/saved")
    part = page.get_by_role("region", name="Nachrichten")
    part.get_by_role("checkbox").nth(1).check()
    part.get_by_role("button", name="Nachrichten bestellen").click()
    expect(part.get_by_role("status")).to_contain_text("Fertig.")
    assert wanted() == [(True, True)]
    # What arrives is shown, whatever page is open.
    line = device.new_cdp_session(page)
    numbers: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: numbers.extend(one["registrationId"] for one in told["registrations"]),
    )
    line.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    told = {"title": "Weg gesperrt", "text": "Am Turm.", "path": "/brunnen", "tag": "message-1"}
    line.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": guide.url, "registrationId": numbers[0], "data": json.dumps(told)},
    )
    page.wait_for_function(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration("/");
          const [shown] = await registration.getNotifications();
          return shown && `${shown.title}: ${shown.body}` === "Weg gesperrt: Am Turm.";
        }"""
    )
    part.get_by_role("button", name="Keine Nachrichten mehr").click()
    expect(part.get_by_role("status")).to_contain_text("Beendet.")
    assert wanted() == []
    assert page.evaluate("localStorage.length") == 0
