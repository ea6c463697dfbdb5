"""Somebody makes a token, a program uses it, and it is revoked; the reader page can be read."""

import json
import urllib.error
import urllib.request

import pytest
from looking import axe
from playwright.sync_api import Browser, expect
from served import DemoServer, log_in


def ask(url: str, token: str) -> int:
    """Return the status that a program gets."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/api/v1/nodes?limit=1", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            assert json.load(answer)["items"]
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_token_from_making_to_revoking(demo_server: DemoServer, browser: Browser) -> None:
    context = browser.new_context(
        locale="en-GB", base_url=demo_server.url, java_script_enabled=False
    )
    page = log_in(context, demo_server.url, "editor")
    page.goto("/account")
    page.get_by_role("link", name="My access tokens").click()
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Name").fill("Calendar of the library")
    page.get_by_label("Read pages, drafts as far as the roles go").check()
    page.get_by_role("button", name="Make token").click()
    secret = page.get_by_label("Access token").input_value()
    assert ask(demo_server.url, secret) == 200
    page.get_by_role("link", name="I have kept it").click()
    row = page.locator("main .list li", has_text="Calendar of the library")
    expect(row.locator(".pill.good")).to_have_count(1)
    assert secret not in page.content()
    row.get_by_role("button", name="Revoke").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert ask(demo_server.url, secret) == 401
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_about_tokens_hold(demo_server: DemoServer, browser: Browser, width: int) -> None:
    context = browser.new_context(
        locale="de-DE", base_url=demo_server.url, viewport={"width": width, "height": 800}
    )
    page = log_in(context, demo_server.url)
    for path in ("/account/tokens", "/account/tokens/new", "/admin/tokens/new", "/api/v1/"):
        page.goto(path)
        assert axe(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
    context.close()
