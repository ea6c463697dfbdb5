"""Tours on a device without a network: cut, damaged, evicted, shared, withdrawn; in a browser."""

import re

import pytest
from guide_device import STATE, Guide, keep, opened, press, said, sound
from playwright.sync_api import Browser, BrowserContext, Error, expect


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
    address = page.locator("audio source").get_attribute("src")
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
        address,
    )
    size = len(sound())
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
    heard = next(e for e in guide.manifest("talweg")["entries"] if e["type"] == "audio/wav")
    assert heard["url"] in page.evaluate(STATE)["held"]
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
            arg=heard["url"],
        )
        state = page.evaluate(STATE)
        with guide.town.content() as content:
            content.publish(guide.nodes["sound"].id)
            content.publish(guide.tours["talweg"])
    assert set(state["stored"]["manifests"]) == {f"{guide.tours['waldrunde']}.de"}
    assert heard["url"] not in state["stored"]["addresses"].values()


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
