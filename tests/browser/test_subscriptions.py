"""A reader subscribes on a phone, gets news, and ends it with one press."""

import re
import sqlite3
from contextlib import closing

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


def mails(demo: DemoServer) -> list[str]:
    """Return the texts of captured mails to the reader, the oldest first."""
    with closing(sqlite3.connect(demo.ini.with_name("stadtkern.sqlite"))) as found:
        rows = found.execute(
            "SELECT body FROM mail_message WHERE recipient = 'leserin@people.example' ORDER BY id"
        )
        return [body for (body,) in rows]


def arrived(page: Page, demo: DemoServer, number: int) -> str:
    for _look in range(80):
        if len(mails(demo)) >= number:
            break
        page.wait_for_timeout(250)
    return mails(demo)[number - 1]


def test_from_the_link_to_the_last_mail(demo_server: DemoServer, browser: Browser) -> None:
    width = 390
    context = browser.new_context(
        locale="de-DE", base_url=demo_server.url, viewport={"width": width, "height": 844}
    )
    page = context.new_page()
    page.goto("/")
    assert context.cookies() == []
    page.get_by_role("link", name="Neues per E-Mail bekommen").click()
    page.get_by_label("Was", exact=True).select_option(label="Auf allen Seiten: Nachricht")
    page.get_by_label("Wie oft").select_option(label="Sofort, wenn etwas veröffentlicht wird")
    page.get_by_label("E-Mail-Adresse").fill("leserin@people.example")
    assert axe(page) == []
    page.get_by_role("button", name="Code zuschicken").click()
    expect(page.get_by_role("status")).to_contain_text("Code")

    # The link of the mail brings the code along, and it leaves the address line at once.
    link = re.search(r"https?://\S+(/abonnieren/code#\S+)", arrived(page, demo_server, 1))
    assert link is not None
    page.goto("about:blank")
    page.goto(link[1])
    expect(page.get_by_label("Code aus der E-Mail")).to_have_value(re.compile(r"^\w{5}-\w{5}$"))
    assert "#" not in page.url
    assert axe(page) == []
    page.get_by_role("button", name="Bestätigen").click()
    expect(page.get_by_role("status")).to_contain_text("bekommen Sie diese E-Mails")
    expect(page.get_by_role("heading", name="Auf allen Seiten: Nachricht")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    office = browser.new_context(locale="de-DE", base_url=demo_server.url)
    desk = log_in(office, demo_server.url)
    desk.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/news")
    desk.get_by_label("Titel").fill("Freibad öffnet am Samstag")
    desk.get_by_role("button", name="Speichern und veröffentlichen").click()
    expect(desk.locator(".notice.success")).to_be_visible()
    office.close()

    mail = arrived(page, demo_server, 2)
    assert "Freibad öffnet am Samstag" in mail
    key = re.search(r"https://\S+(/abonnieren/abmelden/\w+)", mail)
    assert key is not None
    page.goto(key[1])
    assert axe(page) == []
    page.get_by_role("button", name="Ja, beenden").click()
    expect(page.get_by_role("status")).to_contain_text("Beendet")
    page.goto("/abonnieren/verwalten")
    expect(page.get_by_label("E-Mail-Adresse")).to_be_visible()
    context.close()
