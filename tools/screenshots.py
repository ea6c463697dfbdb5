"""Take the pictures of docs/images anew, from a freshly loaded demo town: `make screenshots`.

Names of groups (`public`, `guide`, `office`, `finance`) as arguments take those alone. Needs what
the browser tests need (`make test` installs it). Nothing that is served or stored elsewhere is
touched: the town lives in a temporary folder while the pictures are taken. Public pages are shown
in German, the back office in English, whose words the documentation uses.
"""

import io
import re
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import insert

from stadtkern.db import utcnow
from stadtkern.jobs.models import DONE, FAILED, RUNNING, JobRow

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 80_000
MAX_BYTES_OF_ALL = 1_000_000

sys.path.insert(0, str(ROOT / "tests" / "browser"))

from served import DemoServer, chromium, demo_town, log_in  # noqa: E402 - found only now

QUALITY = 54
GAP = 8
"""Pixels between pictures that stand beside each other."""
SETTLED_MS = 300
"""What comes into view is fetched then."""
DESKTOP = {"width": 1280, "height": 760}
OFFICE = {"width": 1200, "height": 700}
PHONE = {"width": 390, "height": 780}

SAVE = ".form-actions button[value=save]"


def take(page: Page, name: str, url: str = "", *, top: str = "") -> None:
    """Write one picture as WebP; too large a one ends the run, since it goes into the repository.

    ``url``: where to go first; ``top``: what to scroll to the upper edge. Small files matter more
    than the last pixel: two pixels a point would be three times as large.
    """
    if url:
        page.goto(url)
    page.wait_for_load_state("networkidle")
    if top:
        page.locator(top).first.evaluate("one => window.scrollTo(0, one.offsetTop - 24)")
    write(name, [page.screenshot()])


def write(name: str, pictures: list[bytes]) -> None:
    """Write pictures beside each other as one WebP; too large a one ends the run."""
    shots = [Image.open(io.BytesIO(one)).convert("RGB") for one in pictures]
    width = sum(one.width + GAP for one in shots) - GAP
    whole = Image.new("RGB", (width, max(one.height for one in shots)), "#c9cdd6")
    left = 0
    for one in shots:
        whole.paste(one, (left, 0))
        left += one.width + GAP
    stream = io.BytesIO()
    whole.save(stream, "WEBP", quality=QUALITY, method=6)
    size = stream.tell()
    if size > MAX_BYTES:
        raise SystemExit(f"{name} has {size} bytes; at most {MAX_BYTES} are allowed.")
    (IMAGES / f"{name}.webp").write_bytes(stream.getvalue())
    print(f"{name}.webp  {size // 1000} kB")


def window(
    browser: Browser, server: DemoServer, size: dict[str, int], *, who: str = "", language: str = ""
) -> Page:
    """Open a window in light colours: a visitor's in German, somebody's office in English."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale=language or ("en-GB" if who else "de-DE"),
        color_scheme="light",
        reduced_motion="reduce",
        base_url=server.url,
    )
    return log_in(context, server.url, who) if who else context.new_page()


def done(page: Page) -> str:
    """Wait until a form was taken; return the address of the page that it was about."""
    page.locator(".notice.success, .error-summary").first.wait_for()
    if page.locator(".error-summary").count():
        raise SystemExit(f"{page.url}: {page.locator('.error-summary').inner_text()}")
    return re.sub(r"[?#].*", "", page.url)


def node(page: Page, path: str) -> str:
    """Return the address of a public page in the back office."""
    page.goto(path)
    return str(page.locator(".edit-link a").get_attribute("href"))


def public(browser: Browser, server: DemoServer) -> None:
    """Take what visitors see."""
    page = window(browser, server, DESKTOP)
    take(page, "front-page", "/")
    take(page, "page", "/rathaus-service/personalausweis")
    take(page, "services", "/rathaus-service/leistungen")
    take(window(browser, server, PHONE), "front-page-phone", "/")


def busy_week(server: DemoServer, chief: Page, writer: Page) -> None:
    """Leave what a week leaves: drafts, a page to review, a broken link, jobs."""
    chief.goto("/admin/settings/content")
    chief.get_by_label("Publishing").select_option(label="Reviewers publish")
    chief.get_by_role("button", name="Save").click()
    done(chief)
    home = server.nodes()["home"]
    for title, words in (("Hallenbad schließt im Juli", "Bitte bis Freitag prüfen."),):
        writer.goto(f"/admin/nodes/{home}/add/page")
        writer.get_by_label("Title", exact=True).fill(title)
        writer.get_by_label("Summary").fill("Was in den Ferien offen bleibt.")
        writer.locator(SAVE).click()
        done(writer)
        writer.get_by_role("link", name="Submit for review").click()
        writer.get_by_label("Comment").fill(words)
        writer.get_by_role("button", name="Submit for review").click()
        done(writer)
    chief.goto(f"/admin/nodes/{home}/add/page")
    chief.get_by_label("Title", exact=True).fill("Spielplätze im Überblick")
    chief.locator(SAVE).click()
    done(chief)
    chief.goto(node(chief, "/rathaus-service/hundesteuer") + "/delete")
    chief.get_by_role("button", name="Delete").click()
    done(chief)
    for name, state, steps in (
        ("content.bulk", RUNNING, (150, 320)),
        ("mail.send", FAILED, (None, None)),
        ("media.renditions", DONE, (None, None)),
        ("content.external_links", DONE, (None, None)),
    ):
        error = "ConnectionRefusedError" if state == FAILED else None
        server.store(
            insert(JobRow).values(
                id=str(uuid4()),
                tenant_id=1,
                name=name,
                ids={},
                state=state,
                error=error,
                failures=1 if error else 0,
                done=steps[0],
                total=steps[1],
                started_at=utcnow(),
                finished_at=None if state == RUNNING else utcnow(),
            )
        )


def writing(server: DemoServer, chief: Page) -> None:
    """Take the form of a page, its versions, its translation."""
    page = node(chief, "/rathaus-service")
    take(chief, "edit", f"{page}/edit", top="#blocks")
    take(chief, "blocks", f"{page}/edit", top=".add-block")
    take(chief, "delete", node(chief, "/rathaus-service/personalausweis") + "/delete")
    chief.goto(f"/admin/nodes/{server.nodes()['home']}/add/page")
    chief.get_by_label("Title", exact=True).fill("Freibad")
    chief.get_by_label("Summary").fill("Von Mai bis September täglich geöffnet.")
    for kind, label, words in (
        ("heading", "Heading", "Öffnungszeiten"),
        ("quote", "Quotation", "Das Wasser hat heute 21 Grad."),
    ):
        chief.locator(f".add-block button[value='add:{kind}']").click()
        chief.locator(".block-card").last.get_by_label(label).first.fill(words)
    chief.get_by_label("Who says so").fill("Die Badeaufsicht")
    chief.get_by_role("button", name="Save and publish").click()
    source = done(chief)
    chief.goto(f"{source}/translations")
    chief.locator("#title-en").fill("Open-air bath")
    chief.get_by_role("button", name="Make a translation: English").click()
    chief.get_by_label("Summary").fill("Open every day from May to September.")
    chief.get_by_role("button", name="Save", exact=True).click()
    target = done(chief)
    chief.goto(f"{source}/edit")
    chief.get_by_label("Summary").fill("Von Juni bis September täglich geöffnet, außer montags.")
    chief.locator(".block-card").last.get_by_label("Quotation").fill(
        "Das Wasser hat heute 19 Grad."
    )
    chief.get_by_role("button", name="Save and publish").click()
    done(chief)
    take(chief, "translate", f"{target}/translate")
    chief.goto(f"{source}/revisions")
    chief.get_by_role("button", name="Compare the two").click()
    take(chief, "compare")


def merging(browser: Browser, server: DemoServer, chief: Page) -> None:
    """Take what two people see who have changed the same page."""
    page = node(chief, "/freibad")
    second = window(browser, server, OFFICE, who="editor")
    with chief.expect_response(lambda answer: answer.url.endswith("/lock")):
        chief.goto(f"{page}/edit")
    second.goto(f"{page}/edit")
    take(second, "in-use")
    with second.expect_response(
        lambda answer: answer.url.endswith("/lock") and answer.status == HTTPStatus.OK
    ):
        second.get_by_role("button", name="Take over and edit").click()
    second.get_by_label("Summary").fill("Von Juni bis Oktober täglich geöffnet, außer montags.")
    second.locator(SAVE).click()
    done(second)
    chief.get_by_label("Summary").fill("Von Juni bis September täglich geöffnet.")
    chief.locator(SAVE).click()
    chief.get_by_role("heading", name="Merge").wait_for()
    take(chief, "merge")
    second.context.close()


def forms(browser: Browser, server: DemoServer, chief: Page) -> None:
    """Take a form as a visitor sees it."""
    chief.goto(f"/admin/nodes/{server.nodes()['home']}/add/form")
    chief.get_by_label("Title", exact=True).fill("Hund anmelden")
    cards = chief.locator(".block-card")
    for number, (label, kind, options) in enumerate(
        (
            ("Ihr Name", "Name of the person", ""),
            ("Ihre Anschrift", "Postal address", ""),
            ("Kommt der Hund aus einem anderen Ort?", "Choice of one", "Ja\nNein"),
            ("Impfpass", "File", ""),
        ),
        start=1,
    ):
        chief.locator(".add-block button[value='add:form_field']").last.click()
        cards.nth(number - 1).wait_for()
        cards.last.get_by_label("Question", exact=True).fill(label)
        cards.last.get_by_label("Kind of answer").select_option(label=kind)
        if options:
            cards.last.get_by_label("Answers to choose from").fill(options)
    chief.get_by_role("button", name="Save and publish").click()
    done(chief)
    visitor = window(browser, server, PHONE)
    take(visitor, "form-phone", "/hund-anmelden", top="form.questions")
    visitor.context.close()


def finance(browser: Browser, server: DemoServer) -> None:
    """Take what the treasury sees of the delivery that waits."""
    clerk = window(browser, server, OFFICE, who="editor")
    take(clerk, "finance-inbox", "/admin/exchange/finance")
    clerk.goto("/admin/exchange/finance/records?state=open")
    clerk.locator("main table a").first.click()
    take(clerk, "finance-record")
    clerk.context.close()


TOUR = "/entdecken/limes-zugmantel"
MARKETS = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.1466, 50.1418]}, "properties":
 {"title": "Wochenmarkt Hahn", "opening_hours": "Sa  08:00-13:00", "license": "CC0-1.0"}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.1871, 50.1502]}, "properties":
 {"title": "Wochenmarkt Wehen", "opening_hours": "Tu 07:00-016:00", "license": "CC0-1.0"}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.1231, 150.1]}, "properties":
 {"title": "Hofladen", "opening_hours": "Fr 14:00-18:00", "license": "CC0-1.0"}}]}"""
"""A market whose hours are mended, one whose hours nobody understands, and one beside the earth."""


def shown(page: Page, element: str) -> bytes:
    """Return a phone's screen with an element at its upper edge."""
    page.locator(element).first.evaluate(
        "one => window.scrollTo(0, one.getBoundingClientRect().top + window.scrollY - 24)"
    )
    page.wait_for_timeout(SETTLED_MS)
    return page.screenshot()


def guide(browser: Browser, server: DemoServer) -> None:
    """Take what visitors and editors of the city guide see."""
    visitor = window(browser, server, DESKTOP)
    take(visitor, "guide", "/guide", top=".guide-filter")
    visitor.context.close()
    visitor = window(browser, server, PHONE)
    visitor.goto(TOUR)
    visitor.wait_for_load_state("networkidle")
    write("tour-phone", [visitor.screenshot(), shown(visitor, "#stops-title")])
    visitor.locator(".guide-panorama .guide-viewer__open button").click()
    visitor.locator(".guide-viewer__bar").first.wait_for()
    media = (".guide-block:has(.guide-compare)", ".guide-block:has(.guide-panorama)", ".guide-quiz")
    write("guide-media", [shown(visitor, one) for one in media])
    choice = visitor.locator("[data-task]").nth(1)
    choice.get_by_label("Leiter").check()
    choice.get_by_role("button", name="Prüfen").click()
    choice.get_by_text("Richtig").wait_for()
    write(
        "rally-phone", [shown(visitor, ".guide-rally"), shown(visitor, "[data-task]:nth-child(2)")]
    )
    visitor.context.close()
    chief = window(browser, server, OFFICE, who="admin")
    number = node(chief, TOUR).rstrip("/").rpartition("/")[2]
    chief.goto(f"/admin/cityguide/tours/{number}/route")
    take(chief, "guide-route", top="[data-tools]")
    take(chief, "guide-missing", "/admin/cityguide/missing")
    chief.goto("/admin/cityguide/import")
    chief.get_by_label("or paste its text").fill(MARKETS)
    chief.get_by_label("What pasted text is called").fill("Markets")
    chief.get_by_role("button", name="Check file").click()
    take(chief, "guide-import", top=".figures")
    chief.goto("/admin/cityguide/codes?q=Limes")
    for box in chief.locator("main td input[type=checkbox]").all()[:4]:
        box.check()
    with chief.expect_response(lambda answer: "codes.pdf" in answer.url) as printed:
        chief.get_by_role("button", name="A6").click()
    # The browser shows it in a viewer of its own; the file itself is asked for once more.
    write("guide-signs", [first_page(chief.context.request.get(printed.value.url).body())])
    chief.context.close()


def first_page(pdf: bytes) -> bytes:
    """Return the first page of a PDF as a picture."""
    stream = io.BytesIO()
    pypdfium2.PdfDocument(pdf)[0].render(scale=0.9).to_pil().save(stream, "PNG")
    return stream.getvalue()


def office(browser: Browser, server: DemoServer) -> None:
    """Take what editors and administrators see."""
    chief = window(browser, server, OFFICE, who="admin")
    take(chief, "plugins", "/admin/plugins")
    take(chief, "media", "/admin/media")
    take(chief, "focal", node(chief, "/bilder/wachturm") + "/media")
    writing(server, chief)
    merging(browser, server, chief)
    # Before the review is switched on, which takes the button that publishes.
    forms(browser, server, chief)
    writer = window(browser, server, OFFICE, who="editor")
    busy_week(server, chief, writer)
    chief.goto("/admin")
    take(chief, "dashboard")
    chief.get_by_role("link", name="Hallenbad schließt im Juli").first.click()
    take(chief, "review")
    take(chief, "broken-links", "/admin/links")
    take(chief, "jobs", "/admin/jobs")
    take(chief, "tree", "/admin/content")
    chief.goto("/admin/pages?q=/leben&sort=title")
    chief.locator("thead input[type=checkbox]").check()
    take(chief, "list")


def main(*names: str) -> None:
    """Take all pictures, or those of some groups."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_town(Path(folder)) as server,
        chromium() as browser,
    ):
        for group in (public, guide, office, finance):
            if not names or group.__name__ in names:
                group(browser, server)
    size = sum(path.stat().st_size for path in IMAGES.glob("*.webp"))
    if size > MAX_BYTES_OF_ALL:
        raise SystemExit(f"docs/images has {size} bytes; at most {MAX_BYTES_OF_ALL} are allowed.")


if __name__ == "__main__":
    main(*sys.argv[1:])
