"""Messages of the town on a device: asked for, shown, ended; in a browser."""

import json

from guide_device import Guide, opened
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from stadtkern_cityguide.push.models import Device

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
