"""Take the pictures of docs/images anew, from a freshly loaded demo town: `make screenshots`.

Needs what the browser tests need (`make test` installs it). Nothing that is served or stored
elsewhere is touched: the town lives in a temporary folder while the pictures are taken.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 120_000

sys.path.insert(0, str(ROOT / "tests" / "browser"))

from served import DemoServer, chromium, demo_town, log_in  # noqa: E402 - found only now

DESKTOP = {"width": 1280, "height": 840}
PHONE = {"width": 390, "height": 780}


def take(page: Page, url: str, name: str) -> None:
    """Write one picture as WebP; too large a one ends the run, since it goes into the repository.

    Small files matter more than the last pixel: two pixels a point would be three times as large.
    """
    page.goto(url)
    page.wait_for_load_state("networkidle")
    stream = io.BytesIO()
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(
        stream, "WEBP", quality=84, method=6
    )
    size = stream.tell()
    if size > MAX_BYTES:
        raise SystemExit(f"{name} has {size} bytes; at most {MAX_BYTES} are allowed.")
    (IMAGES / f"{name}.webp").write_bytes(stream.getvalue())
    print(f"{name}.webp  {size // 1000} kB")


def window(browser: Browser, size: dict[str, int]) -> BrowserContext:
    """Open a German window in light colours."""
    return browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale="de-DE",
        color_scheme="light",
        reduced_motion="reduce",
    )


def tour(page: Page, server: DemoServer) -> str | None:
    """Return the address of the first tour of the city guide, if it has one."""
    page.goto(f"{server.url}/guide")
    link = page.locator("main .stops a").first
    if not link.count():
        return None
    return server.url + str(link.get_attribute("href"))


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_town(Path(folder)) as server,
        chromium() as browser,
    ):
        desktop = window(browser, DESKTOP).new_page()
        take(desktop, f"{server.url}/", "front-page")
        take(desktop, f"{server.url}/rathaus-service/personalausweis", "page")
        if address := tour(desktop, server):
            take(desktop, address, "tour")
        phone = window(browser, PHONE).new_page()
        take(phone, f"{server.url}/", "front-page-phone")
        office = log_in(window(browser, DESKTOP), server.url)
        take(office, f"{server.url}/admin/nodes/{server.nodes()['page']}/edit", "edit")
        take(office, f"{server.url}/admin/plugins", "plugins")


if __name__ == "__main__":
    main()
