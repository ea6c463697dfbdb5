"""A rally from the first task to the certificate, and what the guide's blocks do in a browser."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import ROOT, DemoServer

CITYGUIDE = ROOT / "plugins" / "cityguide"
TOUR = "/entdecken/limes-zugmantel"
EXPECTED = re.compile("ReadPixels|ERR_INTERNET_DISCONNECTED|Failed to fetch")
"""Of the test's graphics, which are slow, and of pictures and the map when there is no network."""
HERE = {"latitude": 50.1903, "longitude": 8.2030}


@pytest.fixture
def visitor(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open a visitor's window; nothing may be said in the console."""
    context = browser.new_context(
        locale="de-DE", base_url=demo_server.url, reduced_motion="reduce", geolocation=HERE
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: EXPECTED.search(one.text) or said.append(one.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []
    context.close()


def kept(page: Page) -> dict[str, Any]:
    """Return what the page keeps on the device."""
    stored: dict[str, str] = page.evaluate("() => ({...localStorage})")
    return {name: json.loads(text) for name, text in stored.items()}


def test_a_rally_is_solved_by_keys_kept_and_forgotten(visitor: Page) -> None:  # noqa: PLR0915
    page = visitor
    page.goto(TOUR)
    rally = page.locator("[data-rally]")
    tasks = rally.locator("[data-task]")
    expect(rally.get_by_text("0 von 85 Punkten, 0 von 7 Aufgaben gelöst")).to_be_visible()
    expect(rally.locator("[data-lacking]")).to_have_count(0)
    assert kept(page) == {}

    # A word: wrong first, then with the hint, however it is written.
    word = tasks.nth(0)
    word.get_by_label("Ihre Antwort").fill("Ubier")
    page.keyboard.press("Enter")
    expect(word.get_by_role("status")).to_contain_text("nicht richtig")
    word.get_by_role("button", name="Hinweis zeigen").click()
    expect(word.get_by_text("in der Gegend um Trier")).to_be_visible()
    word.get_by_label("Ihre Antwort").fill("  die TREVERER ")
    page.keyboard.press("Enter")
    expect(word.get_by_role("status")).to_contain_text("Richtig! 15 Punkte.")

    choice = tasks.nth(1)
    choice.get_by_label("über eine Leiter im ersten Stock").check()
    choice.get_by_role("button", name="Prüfen").press("Enter")
    expect(choice.get_by_role("status")).to_contain_text("Abzeichen erreicht: Torwache")

    timed = tasks.nth(2)
    timed.get_by_role("button", name=re.compile("Los: 60 Sekunden")).click()
    expect(timed.get_by_text(re.compile(r"noch \d+ Sekunden"))).to_be_visible()
    timed.get_by_label("Ihre Antwort als Zahl").fill("2005")
    page.keyboard.press("Enter")
    expect(timed.get_by_text("Gelöst: 10 Punkte.")).to_be_visible()

    near = tasks.nth(3)
    near.get_by_label("Ihre Antwort als Zahl").fill("435 m")
    page.keyboard.press("Enter")
    expect(near.get_by_role("status")).to_contain_text("nicht richtig")
    near.get_by_label("Ihre Antwort als Zahl").fill("425 m")
    page.keyboard.press("Enter")
    expect(near.get_by_text("Gelöst: 10 Punkte.")).to_be_visible()

    order = tasks.nth(4)
    wanted = ["Neuhof", "Wehen", "Hahn", "Bleidenstadt"]
    for place, name in enumerate(wanted):
        while order.locator(".guide-rally__order span").all_inner_texts().index(name) > place:
            order.get_by_role("button", name=f"{name}: eins nach oben").press("Enter")
    order.get_by_role("button", name="Prüfen").click()
    expect(order.get_by_text("Gelöst: 15 Punkte.")).to_be_visible()

    # Another visit knows all that; a sign's address solves the task of the sign.
    page.goto("/en")
    page.goto(f"{TOUR}#found=wache-15")
    assert order.locator("[data-shown] > li").all_inner_texts() == wanted
    expect(tasks.nth(5).get_by_text("Gelöst: 10 Punkte.")).to_be_visible()
    expect(tasks.nth(5)).to_be_focused()

    # Position is asked for by the press alone; who refuses types the code of the sheet.
    there = tasks.nth(6)
    there.get_by_role("button", name="Standort vergleichen").click()
    expect(there.get_by_role("status")).to_contain_text("Geben Sie den Code vom Blatt ein")
    page.context.grant_permissions(["geolocation"])
    there.get_by_role("button", name="Standort vergleichen").click()
    expect(there.get_by_text("Gelöst: 10 Punkte.")).to_be_visible()
    expect(rally.get_by_text("80 von 85 Punkten, 7 von 7 Aufgaben gelöst")).to_be_visible()
    assert axe(page) == []

    # Where the last task was, and on the board far up.
    expect(rally.get_by_text("Geschafft")).to_be_visible()
    rally.get_by_role("button", name="Urkunde").last.click()
    dialog = page.get_by_role("dialog", name="Urkunde")
    dialog.get_by_label("Name auf der Urkunde").fill("Mia")
    expect(dialog.locator(".guide-certificate__sheet")).to_contain_text("Mia")
    expect(dialog).to_contain_text("Es beweist nichts.")
    assert axe(page) == []
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_hidden()
    expect(dialog.get_by_text("Turmwache")).to_be_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    expect(rally.get_by_role("button", name="Urkunde").last).to_be_focused()

    (state,) = kept(page).values()
    assert "Mia" not in json.dumps(state)
    rally.get_by_role("button", name="Meinen Fortschritt löschen").click()
    expect(rally.get_by_text("0 von 85 Punkten")).to_be_visible()
    expect(rally.get_by_text("Geschafft")).to_have_count(0)
    assert kept(page) == {}


def test_a_rally_needs_no_network_and_no_scripts_to_be_read(
    demo_server: DemoServer, browser: Browser, visitor: Page
) -> None:
    visitor.goto(f"/de-simple{TOUR}")
    visitor.context.set_offline(True)
    task = visitor.locator("[data-task]").nth(1)
    task.get_by_label("Limes", exact=True).check()
    task.get_by_role("button", name="Prüfen").click()
    expect(task.get_by_text("Gelöst: 10 Punkte.")).to_be_visible()
    visitor.context.set_offline(False)
    context = browser.new_context(base_url=demo_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(TOUR)
    expect(page.locator("[data-lacking]")).to_be_visible()
    expect(page.locator("[data-task]").nth(1)).to_contain_text("durch ein Tor im Erdgeschoss")
    expect(page.locator("[data-quiz] details")).to_be_visible()
    expect(page.locator("[data-compare] img")).to_have_count(2)
    context.close()


def test_pictures_are_compared_and_a_quiz_answered_by_keys(visitor: Page) -> None:
    page = visitor
    page.goto(TOUR)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "100 %")
    page.get_by_role("button", name="Untereinander zeigen").press("Enter")
    expect(slider).to_be_hidden()
    page.get_by_role("button", name="Übereinander zeigen, mit Schieber").click()
    quiz = page.locator("[data-quiz]")
    quiz.get_by_role("button", name="Prüfen").click()
    expect(quiz.get_by_role("status")).to_have_text("Bitte wählen Sie zuerst eine Antwort.")
    quiz.get_by_label("rund 50 Mann").check()
    quiz.get_by_role("button", name="Prüfen").click()
    expect(quiz.get_by_role("status")).to_contain_text("Das stimmt nicht ganz.")
    quiz.get_by_label("rund 500 Mann").check()
    quiz.get_by_role("button", name="Prüfen").click()
    expect(quiz.get_by_role("status")).to_have_text("Das ist richtig.")
    expect(quiz.get_by_text("gut zwei Hektar")).to_be_visible()


def test_panorama_and_model_are_loaded_on_a_press_and_only_from_here(visitor: Page) -> None:
    page = visitor
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(TOUR)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if re.search(r"(panorama|model)-[^/]*\.(js|css)|\.glb", url)]
    panorama = page.locator("[data-panorama]")
    panorama.get_by_role("button", name="Dorthin sehen: Palisade").press("Enter")
    expect(panorama.get_by_role("button", name="Nach links")).to_be_visible()
    panorama.get_by_role("button", name="Nach links").press("Enter")
    expect(panorama.locator("canvas")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(panorama.locator("figure")).to_be_visible()
    model = page.locator("[data-model]")
    model.get_by_role("button", name="In 3D zeigen").click()
    expect(model.locator("model-viewer")).to_be_visible()
    expect(model.get_by_text("Drehen Sie es mit den Pfeiltasten")).to_be_visible(timeout=60_000)
    assert axe(page) == []
    model.get_by_role("button", name="Zurück zum Bild").click()
    expect(model.locator("figure")).to_be_visible()
    home = page.url.split("/entdecken")[0]
    assert not [url for url in asked if not url.startswith((home, "data:", "blob:"))]


def test_browser_and_server_compare_answers_alike(browser: Browser) -> None:
    vectors = json.loads((CITYGUIDE / "tests" / "answers.json").read_text("utf-8"))
    folder = CITYGUIDE / "frontend" / "rally"
    source = (folder / "normal.js").read_text("utf-8").replace("export ", "")
    page = browser.new_page()
    page.goto("about:blank")
    found = page.evaluate(
        "(vectors) => {" + source + "return {"
        "normal: vectors.normal.map(([text]) => normal(text)),"
        "code: vectors.code.map(([text]) => code(text)),"
        "scaled: vectors.scaled.map(([text, decimals]) => scaled(text, decimals))}}",
        vectors,
    )
    assert found == {name: [one[-1] for one in rows] for name, rows in vectors.items()}
    page.close()
