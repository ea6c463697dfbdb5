"""The town as an archive, written and fetched; and pages out of files."""

import json
import zipfile
from pathlib import Path

import pytest
from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer, log_in


@pytest.mark.parametrize("width", [390, 1280])
def test_an_archive_is_written_fetched_and_deleted(
    demo_server: DemoServer, browser: Browser, width: int, tmp_path: Path
) -> None:
    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = log_in(context, demo_server.url)
    page.goto("/admin/town")
    assert axe(page) == []
    page.get_by_role("button", name="Write an archive").click()
    expect(page.get_by_text("An archive is being written.")).to_be_visible()
    assert axe(page) == []
    download = page.get_by_role("link", name="Download the archive")
    for _look in range(60):
        if download.count():
            break
        page.wait_for_timeout(250)
        page.goto("/admin/town")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as fetched:
        download.click()
    target = tmp_path / fetched.value.suggested_filename
    fetched.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert b"stadtkern-town" in archive.read("manifest.json")
    page.get_by_role("button", name="Delete the archive").click()
    expect(page.get_by_text("The archive was deleted.")).to_be_visible()
    expect(download).to_have_count(0)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_come_out_of_a_file(
    demo_server: DemoServer, browser: Browser, width: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"chor-{width}.md", "# Chor\n\nWir singen.")
        archive.writestr("falsch.md", b"\xff")
    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = log_in(context, demo_server.url)
    page.goto("/admin/page-files")
    assert axe(page) == []
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Look through the file").click()
    expect(page.get_by_text("1 new")).to_be_visible()
    expect(page.locator("tbody .pill.bad")).to_have_count(1)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Make drafts (1)").click()
    for _look in range(60):
        if page.get_by_text("1 made as drafts").is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    assert axe(page) == []
    page.get_by_role("link", name=f"/chor-{width}").click()
    expect(page.get_by_role("heading", name="Chor", exact=True)).to_be_visible()
    context.close()


def test_a_municipality_is_brought_in(
    demo_server: DemoServer, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "town.zip"
    (served,) = json.loads(demo_server.run("tenants", "list", "--json"))
    demo_server.run("tenants", "export", served["slug"], str(path))
    context = browser.new_context(
        locale="en-GB",
        base_url=demo_server.url,
        viewport={"width": 390, "height": 900},
        reduced_motion="reduce",
    )
    page = log_in(context, demo_server.url)
    page.goto("/admin/arrivals")
    assert axe(page) == []
    page.get_by_label("Archive file").set_input_files(path)
    page.get_by_role("button", name="Check the archive").click()
    expect(page.get_by_text("The archive is whole and fits.")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Short name").fill("zwilling")
    page.get_by_label("Host name").fill("zwilling.example")
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("The municipality is coming in")).to_be_visible()
    assert axe(page) == []
    here = page.get_by_text("The municipality is here.")
    for _look in range(120):
        if here.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(here).to_be_visible()
    assert axe(page) == []
    context.close()
