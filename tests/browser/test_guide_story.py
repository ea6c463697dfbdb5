"""One day with the guide: installed, downloaded, heard and played offline, and told what is new."""

import io
import json

from guide_device import Guide, keep, opened, said, solve
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

INSTALLING = """() => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = async () => { window.installAsked = (window.installAsked ?? 0) + 1; };
  window.dispatchEvent(event);
  return event.defaultPrevented;
}"""
"""What a browser does where it would offer to install; a test's browser offers nothing."""

PLAYED = """() => new Promise((done, fail) => {
  const player = document.querySelector("audio");
  player.muted = true;
  player.addEventListener("timeupdate", () => player.currentTime > 0 && done(player.currentTime));
  player.addEventListener("error", () => fail(new Error(String(player.error?.code))));
  player.play().catch(fail);
})"""


def _install(device: BrowserContext, page: Page) -> None:
    """Judge what a browser needs to install the guide, as the browser does, and install it."""
    line = device.new_cdp_session(page)
    found = line.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert manifest["name"].endswith(": Stadtführer")
    assert (manifest["start_url"], manifest["scope"]) == ("/guide", "/")
    assert manifest["display"] == "standalone"
    assert {"any", "maskable"} == {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        answer = page.request.get(icon["src"])
        picture = Image.open(io.BytesIO(answer.body()))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
    assert page.request.get(manifest["start_url"]).status == 200
    problems = line.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # The windows of tests are private ones, in which nothing can be installed; all else is right.
    assert {one["errorId"] for one in problems} <= {"in-incognito"}
    button = page.get_by_role("button", name="Installieren")
    expect(button).to_be_hidden()
    assert page.evaluate(INSTALLING)
    button.click()
    expect(button).to_be_hidden()
    assert page.evaluate("window.installAsked") == 1


def test_a_day_with_the_guide(guide: Guide, device: BrowserContext) -> None:
    page = opened(device, "/guide/saved")
    _install(device, page)

    # At home: the tour is taken along.
    page.goto("/waldrunde")
    keep(page)

    # In the wood there is no network: the tour opens at its own address, and its sound plays.
    device.set_offline(True)
    page.goto("/waldrunde")
    expect(page.get_by_text("Gespeicherte Fassung")).to_be_visible()
    page.get_by_role("link", name="Mehr über").first.click()
    expect(page.get_by_text("Erster Text.")).to_be_visible()
    assert page.evaluate(PLAYED) > 0

    # The rally is played to its end.
    page.goto("/waldrunde")
    solve(page)
    rally = page.locator("[data-rally]")
    rally.get_by_role("button", name="Urkunde").last.click()
    dialog = page.get_by_role("dialog", name="Urkunde")
    dialog.get_by_label("Name auf der Urkunde").fill("Mia")
    expect(dialog.locator(".guide-certificate__sheet")).to_contain_text("30 von 30 Punkten")
    expect(dialog.locator(".guide-certificate__sheet")).to_contain_text("Steinzähler")
    page.keyboard.press("Escape")

    # Meanwhile the town writes something new; with a network the device says so.
    guide.write("Am Abend geändert.")
    try:
        device.set_offline(False)
        page.goto("/waldrunde")
        expect(page.get_by_text("Es gibt eine neue Fassung dieser Tour")).to_be_visible()
        page.get_by_role("button", name="Aktualisieren").click()
        said(page, "Gespeichert.")
        expect(rally.get_by_text("30 von 30 Punkten, 2 von 2 Aufgaben gelöst")).to_be_visible()

        # And in the wood again: the new words, and what was played is still there.
        device.set_offline(True)
        page.goto("/brunnen")
        expect(page.get_by_text("Am Abend geändert.")).to_be_visible()
        page.goto("/waldrunde")
        expect(rally.get_by_text("30 von 30 Punkten, 2 von 2 Aufgaben gelöst")).to_be_visible()
    finally:
        device.set_offline(False)
        guide.write("Erster Text.")
