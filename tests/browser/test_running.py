"""What goes on behind the pages: jobs that failed, and who did what."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in
from sqlalchemy import insert

from stadtkern.jobs.models import FAILED, JobRow


@pytest.fixture
def page(demo_server: DemoServer, browser: Browser) -> Iterator[Page]:
    """Open the back office in English, whose texts stand in the code."""
    context = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    yield log_in(context, demo_server.url)
    context.close()


def fail(server: DemoServer, name: str) -> None:
    """Store a job of the town that has failed."""
    values = {"id": str(uuid4()), "tenant_id": 1, "name": name, "ids": {}, "state": FAILED}
    server.store(insert(JobRow).values(**values, starts=1, failures=1, error="TimeoutError"))


def test_failed_jobs_are_tried_again_and_given_up(demo_server: DemoServer, page: Page) -> None:
    fail(demo_server, "content.due")
    fail(demo_server, "media.sweep")
    page.goto("/admin")
    tile = page.locator(".tile", has=page.get_by_role("heading", name="Failed jobs"))
    expect(tile.locator("li", has_text="Tidy up pictures")).to_have_count(1)
    tile.get_by_role("link", name="Look at the jobs").click()
    failed = page.get_by_role("region", name="Failed")
    expect(failed).to_contain_text("TimeoutError")
    failed = page.get_by_role("region", name="Failed")
    failed.get_by_role("button", name="Cancel “Publish or archive at its time”").click()
    expect(page.locator(".notice.success")).to_have_text("The job is cancelled.")
    page.get_by_role("button", name="Try “Tidy up pictures” again").click()
    expect(page.locator(".notice.success")).to_have_text("The job waits to be run once more.")
    # The server itself runs it.
    done = page.get_by_role("region", name="Done").locator("li", has_text="Tidy up pictures")
    for _look in range(100):
        page.get_by_role("link", name="Refresh").click()
        if done.count():
            break
        page.wait_for_timeout(100)
    expect(done).to_have_count(1)
    expect(failed.get_by_text("Tidy up pictures")).to_have_count(0)
    cancelled = page.get_by_role("region", name="Cancelled")
    expect(cancelled.get_by_text("Publish or archive at its time")).to_have_count(1)


def test_histories_say_who_did_what(demo_server: DemoServer, page: Page) -> None:
    page.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/page")
    page.get_by_label("Title").fill("Well of the browser test")
    page.get_by_role("button", name="Save and publish").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".notice.success")).to_be_visible()
    page.get_by_role("link", name="History", exact=True).click()
    rows = page.locator("main tbody tr")
    expect(rows.filter(has_text="Anna Amt")).to_have_count(rows.count())
    assert rows.count() >= 2
    # The same deeds stand in the person's own history, with the way to the page.
    page.get_by_role("link", name="People and rights").click()
    page.get_by_role("link", name="Anna Amt", exact=True).last.click()
    page.get_by_role("link", name="What this person has done here").click()
    expect(page.locator("h1")).to_contain_text("Anna Amt")
    page.get_by_role("link", name="Well of the browser test").first.click()
    expect(page.locator("h1")).to_have_text("Well of the browser test")
