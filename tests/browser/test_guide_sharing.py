"""Sharing between towns and messages to devices, with rows in every list, seen by axe-core."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in
from sqlalchemy import delete, insert

from stadtkern.db import utcnow
from stadtkern_cityguide.push.models import Message, PushKey
from stadtkern_cityguide.sharing import Adoption, Offer

ELSEWHERE = 900
"""Number of a town that is not served here: its offers are rows of their own."""
LONG = "Grenzlandwanderweg der Verbandsgemeindenarbeitsgemeinschaft"


def offer(number: int, **more: Any) -> dict[str, Any]:
    """Return the row of one offered tour."""
    return {
        "id": number,
        "town_id": ELSEWHERE,
        "node_id": number,
        "town": "Nachbarstadt an der Lahn",
        "address": f"https://nachbar.example/tour-{number}",
        "language": "de",
        "title": f"{LONG} {number}",
        "summary": "Eine Runde durch drei Täler, mit vielen Worten beschrieben.",
        "licence": "CC-BY-4.0",
        "attribution": "Fremdenverkehrsverein Nachbarstadt",
        "stops": 12,
        "places": 3,
        "media": 7,
        "rev": 2,
        "revision": 1,
        "sha256": "0" * 64,
        "package": "{}",
        "towns": "",
        "offered_at": utcnow(),
        "withdrawn_at": None,
    } | more


@pytest.fixture
def rows(demo_server: DemoServer) -> Iterator[DemoServer]:
    """Fill every list, and empty it again."""
    found = demo_server.tours()
    now = utcnow()
    for one in (offer(901), offer(902), offer(905), offer(903, withdrawn_at=now, package="")):
        demo_server.store(insert(Offer).values(one))
    for number, (node, rev) in enumerate(zip(found, (1, 2, 1), strict=False), start=901):
        demo_server.store(
            insert(Adoption).values(
                tenant_id=1,
                node_id=node,
                offer_id=number,
                town="Nachbarstadt an der Lahn",
                address="https://nachbar.example/tour",
                licence="CC-BY-4.0",
                rev=rev,
                adopted_at=now,
            )
        )
    demo_server.store(insert(Offer).values(offer(904, town_id=1, node_id=found[0], revision=-1)))
    for number, finished in ((901, now), (902, None)):
        demo_server.store(
            insert(Message).values(
                tenant_id=1,
                id=number,
                topic="warnings" if finished else "events",
                title=f"{LONG} gesperrt"[:80],
                text="Der Weg an der Mühle ist gesperrt. Bitte folgen Sie den Schildern.",
                path="/guide",
                created_at=now,
                reached=1234,
                failed=5,
                last_device=0,
                finished_at=finished,
            )
        )
    yield demo_server
    demo_server.store(delete(Message).where(Message.id > ELSEWHERE))
    demo_server.store(delete(Adoption).where(Adoption.offer_id > ELSEWHERE))
    demo_server.store(delete(Offer).where(Offer.id > ELSEWHERE))


@pytest.fixture
def page(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def judge(page: Page, folder: Path, name: str) -> None:
    """Hold a screen against axe-core, light and dark, and against a narrow window."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert axe(page) == [], scheme
    page.screenshot(path=folder / f"{name}-dark.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == [], width
    page.screenshot(path=folder / f"{name}-390.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})


def test_sharing_reads_well_with_every_kind_of_row(
    rows: DemoServer, page: Page, tmp_path: Path
) -> None:
    page.goto("/admin/cityguide/sharing")
    text = page.locator("main").inner_text()
    for words in ("dort geändert", "aktuell", "nicht mehr angeboten", "Übernehmen"):
        assert words in text
    judge(page, tmp_path, "sharing")


def test_messages_read_well_with_rows_and_before_they_are_sent(
    rows: DemoServer, page: Page, tmp_path: Path
) -> None:
    rows.store(insert(PushKey).values(id=901, tenant_id=1, public="x", sealed="x"))
    page.goto("/admin/settings/cityguide")
    wish = page.get_by_label("Besucher können Nachrichten auf ihr Gerät bestellen")
    try:
        wish.check()
        page.locator("main form button.button").last.click()
        page.goto("/admin/cityguide/messages")
        expect(page.locator("main table tbody tr")).to_have_count(2)
        page.locator("select[name=topic]").select_option("warnings")
        page.get_by_label("Titel").fill("Turm gesperrt")
        page.get_by_label("Text").fill("Bis Sonntag.")
        page.get_by_role("button", name="Ansehen").click()
        expect(page.get_by_role("button", name="Jetzt senden")).to_be_visible()
        judge(page, tmp_path, "messages")
    finally:
        rows.store(delete(PushKey).where(PushKey.id == ELSEWHERE + 1))
        page.goto("/admin/settings/cityguide")
        wish.uncheck()
        page.locator("main form button.button").last.click()
