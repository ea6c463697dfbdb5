"""A form, built in the back office, sent by a visitor, answered by the town hall."""

import re

from looking import axe
from playwright.sync_api import Browser, Page, expect
from served import DemoServer, log_in


def _question(page: Page, label: str, kind: str) -> None:
    page.locator(".add-block button[value='add:form_field']").last.click()
    card = page.locator(".block-card").last
    card.get_by_label("Question", exact=True).fill(label)
    card.get_by_label("Kind of answer").select_option(label=kind)


def test_a_form_is_built_sent_and_answered(demo_server: DemoServer, browser: Browser) -> None:
    office = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    page = log_in(office, demo_server.url)
    page.goto(f"/admin/nodes/{demo_server.nodes()['home']}/add/form")
    page.get_by_label("Title", exact=True).fill("Antrag im Browser")
    _question(page, "Ihr Name", "One line of text")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()

    public = browser.new_context(
        locale="de-DE", base_url=demo_server.url, java_script_enabled=False
    )
    visitor = public.new_page()
    visitor.goto("/antrag-im-browser")
    visitor.get_by_role("button", name="Formular absenden").click()
    expect(visitor.locator(".error-summary")).to_contain_text("Ihr Name")
    looking = browser.new_context(locale="de-DE", base_url=demo_server.url).new_page()
    looking.goto("/antrag-im-browser")
    looking.get_by_role("button", name="Formular absenden").click()
    assert axe(looking) == []
    visitor.get_by_label("Ihr Name").fill("Erika Beispiel")
    visitor.wait_for_timeout(3_000)
    visitor.get_by_role("button", name="Formular absenden").click()
    number, code = visitor.locator(".reference").all_inner_texts()
    assert re.fullmatch(r"F-\d{4}-\w{8}", number)

    page.goto("/admin/submissions")
    page.get_by_role("link", name="Antrag im Browser").click()
    page.get_by_role("link", name=number).click()
    expect(page.locator("main")).to_contain_text("Erika Beispiel")
    assert axe(page) == []
    page.get_by_label("Status").select_option(label="done")
    page.get_by_label("Words to the sender").fill("Liegt bereit")
    page.get_by_role("button", name="Save the status").click()
    expect(page.locator(".notice.success")).to_be_visible()
    page.goto("/admin/submissions")
    assert axe(page) == []

    looking.goto("/formular-status")
    looking.get_by_label("Nummer").fill(number)
    looking.get_by_label("Code").fill(code)
    looking.get_by_role("button", name="Stand abfragen").click()
    expect(looking.locator("main")).to_contain_text("Liegt bereit")
    assert axe(looking) == []
    looking.context.close()
    public.close()
    office.close()
