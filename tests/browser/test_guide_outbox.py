"""What a visitor writes without a network waits on the device and is sent once; in a browser."""

import json
from collections.abc import Iterator

import pytest
from guide_device import STATE, Guide, keep, opened, solve
from looking import axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete, select

from stadtkern.site import BarrierReport
from stadtkern_cityguide.counts import GuideCount
from stadtkern_cityguide.feedback.models import Arrived, Feedback

WAITING = """async () => {
  const database = await new Promise((done) => {
    const ask = indexedDB.open("stadtkern-guide");
    ask.onsuccess = () => done(ask.result);
  });
  const rows = await new Promise((done) => {
    const ask = database.transaction("notes").objectStore("notes").getAll();
    const sent = (rows) => rows.filter((row) => row?.deed).sort((one, two) => one.at - two.at);
    ask.onsuccess = () => done(sent(ask.result));
  });
  database.close();
  return rows;
}"""
REPLAY = """async ([key, body]) => {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": `"${key}"` };
  const answer = await fetch("/guide/outbox", { method: "POST", headers, body });
  return [answer.status, await answer.json()];
}"""


def stored(guide: Guide, model: type) -> list[object]:
    """Return a table's rows."""
    with guide.town.session(write=False) as session:
        rows = list(session.scalars(select(model)))
        session.expunge_all()
    return rows


@pytest.fixture(autouse=True)
def _clean(guide: Guide) -> Iterator[None]:
    yield
    with guide.town.session() as session:
        for model in (Feedback, Arrived, BarrierReport, GuideCount):
            session.execute(delete(model).execution_options(synchronize_session=False))


def tell(page: Page, words: str) -> None:
    """Write, on a kept page, that the way is blocked."""
    page.get_by_role("link", name="Der Stadt sagen, was nicht stimmt").click()
    dialog = page.get_by_role("dialog", name="Der Stadt sagen, was nicht stimmt")
    dialog.get_by_label("Was stimmt nicht?").select_option("blocked")
    dialog.get_by_label("Was haben Sie vorgefunden?").fill(words)
    dialog.get_by_role("button", name="Senden").click()


def test_what_is_written_without_a_network_is_sent_once(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    device.set_offline(True)
    page.goto("/brunnen")
    tell(page, "Ein Baum liegt quer.")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("wartet auf diesem Gerät")
    assert axe(page) == []
    dialog.get_by_role("button", name="Schließen").click()
    tell(page, "Falsch getippt.")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("wartet")
    [first, second] = page.evaluate(WAITING)
    assert json.loads(first["body"])["values"]["text"] == "Ein Baum liegt quer."

    # It is listed, and what was a mistake is deleted before anybody gets it.
    page.get_by_role("link", name="Was auf diesem Gerät wartet").click()
    part = page.get_by_role("region", name="Nachrichten an die Stadt")
    expect(part.get_by_role("listitem")).to_have_count(2)
    part.get_by_role("listitem").filter(has_text="Falsch getippt.").get_by_role("button").click()
    expect(part.get_by_role("status")).to_contain_text("gelöscht")
    expect(part.get_by_role("listitem")).to_have_count(1)
    assert axe(page) == []
    part.get_by_role("button", name="Jetzt senden").click()
    expect(part.get_by_role("status")).to_contain_text("noch kein Netz")
    assert stored(guide, Feedback) == []

    device.set_offline(False)
    expect(part.get_by_role("listitem")).to_contain_text("gesendet, Nummer G-")
    [row] = stored(guide, Feedback)
    assert (row.text, row.node_id) == ("Ein Baum liegt quer.", guide.nodes["place"].id)
    assert row.reference in part.inner_text()
    # What has arrived does not lie here any longer, and coming again it has no further effect.
    [left] = page.evaluate(WAITING)
    assert left["body"] == ""
    answer = page.evaluate(REPLAY, [first["key"], first["body"]])
    assert answer == [201, {"reference": row.reference}]
    assert page.evaluate(REPLAY, [first["key"], second["body"]])[0] == 422
    page.reload()
    expect(part.get_by_role("listitem")).to_have_count(1)
    assert len(stored(guide, Feedback)) == 1
    part.get_by_role("button", name="Löschen").click()
    expect(part.get_by_role("listitem")).to_have_count(0)
    assert page.evaluate(WAITING) == []
    assert device.cookies() == []


def test_an_answer_that_is_lost_on_its_way_brings_no_second_effect(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    keep(page)
    device.set_offline(True)
    page.goto("/brunnen")
    page.get_by_role("link", name="Barriere melden").click()
    dialog = page.get_by_role("dialog", name="Barriere melden")
    dialog.get_by_label("Was funktioniert für Sie nicht?").fill("Drei Stufen")
    dialog.get_by_role("button", name="Senden").click()
    expect(dialog.get_by_role("status")).to_contain_text("wartet auf diesem Gerät")
    # It arrives, but the device never hears so: the connection breaks before the answer is there.
    guide.wire.deaf = 1
    device.set_offline(False)
    while guide.wire.deaf:
        page.wait_for_timeout(50)
    page.goto("/guide/saved")
    part = page.get_by_role("region", name="Nachrichten an die Stadt")
    expect(part.get_by_role("listitem")).to_contain_text("gesendet, Nummer B-")
    [report] = stored(guide, BarrierReport)
    assert (report.description, report.page) == ("Drei Stufen", "/brunnen")


def test_a_finished_rally_is_counted_when_its_player_wants_it(
    guide: Guide, device: BrowserContext
) -> None:
    page = opened(device)
    solve(page)
    rally = page.locator("[data-rally]")
    rally.get_by_role("button", name="Urkunde").last.click()
    dialog = page.get_by_role("dialog", name="Urkunde")
    assert stored(guide, GuideCount) == []
    assert page.evaluate(STATE)["stored"] == {}
    dialog.get_by_role("button", name="Mitzählen").click()
    expect(dialog.get_by_role("status")).to_contain_text("Gezählt.")
    assert page.evaluate(WAITING) == []
    page.keyboard.press("Escape")
    rally.get_by_role("button", name="Urkunde").last.click()
    expect(dialog.get_by_role("button", name="Mitzählen")).to_have_count(0)
    found = {(row.metric, row.node_id): row.number for row in stored(guide, GuideCount)}
    assert found == {("finished", guide.tours["waldrunde"]): 1}
    assert len(stored(guide, Arrived)) == 1


def test_with_a_network_the_form_is_a_page_that_needs_no_script(
    guide: Guide, device: BrowserContext, browser: Browser
) -> None:
    page = opened(device, "/brunnen")
    assert device.cookies() == []
    page.get_by_role("link", name="Der Stadt sagen, was nicht stimmt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Der Stadt sagen, was nicht stimmt")
    assert axe(page) == []
    plain = browser.new_context(locale="de-DE", base_url=guide.url, java_script_enabled=False)
    page = opened(plain, "/brunnen")
    page.get_by_role("link", name="Der Stadt sagen, was nicht stimmt").click()
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Was stimmt nicht?").select_option("hours")
    page.get_by_label("Was haben Sie vorgefunden?").fill("Montags ist zu.")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_text("Ihre Meldung hat diese Nummer")).to_be_visible()
    [row] = stored(guide, Feedback)
    assert row.reference in page.locator("main").inner_text()
    plain.close()
