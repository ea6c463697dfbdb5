"""A form, built in the back office, sent by visitors, answered by the town hall."""

import re

from looking import axe
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from served import DemoServer, log_in

PLAN: FilePayload = {
    "name": "plan.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4 %%EOF",
}


def _question(page: Page, label: str, kind: str) -> Locator:
    cards = page.locator(".block-card")
    before = cards.count()
    page.locator(".add-block button[value='add:form_field']").last.click()
    # The card comes with an answer of the server: until then the last one is another question's.
    expect(cards).to_have_count(before + 1)
    card = cards.last
    card.get_by_label("Question", exact=True).fill(label)
    card.get_by_label("Kind of answer").select_option(label=kind)
    return card


def _offered(card: Locator, label: str) -> list[str]:
    """Return what a field offers to whoever comes to it."""
    field = card.get_by_label(label)
    field.focus()
    return field.evaluate("one => [...one.list.options].map((option) => option.value)")


def _build(page: Page, home: int) -> None:
    page.goto(f"/admin/nodes/{home}/add/form")
    page.get_by_label("Title", exact=True).fill("Antrag im Browser")
    _question(page, "Ihr Name", "One line of text")
    choice = _question(page, "Gibt es einen Plan?", "Choice of one")
    choice.get_by_label("Answers to choose from").fill("Ja\nNein")
    plan = _question(page, "Der Plan", "File")
    assert _offered(plan, "Only if this question") == ["Ihr Name", "Gibt es einen Plan?"]
    plan.get_by_label("Only if this question").fill("Gibt es einen Plan?")
    assert _offered(plan, "has this answer") == ["Ja", "Nein"]
    plan.get_by_label("has this answer").fill("Ja")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".notice.success")).to_be_visible()


def _send_with_plan(page: Page) -> str:
    """Send the form with scripts; return its number."""
    page.goto("/antrag-im-browser")
    plan = page.get_by_label("Der Plan")
    expect(plan).to_be_hidden()
    page.get_by_label("Ja", exact=True).check()
    expect(plan).to_be_visible()
    most = plan.get_attribute("data-max-bytes")
    plan.evaluate("one => (one.dataset.maxBytes = 5)")
    plan.set_input_files(PLAN)
    expect(page.locator(".field-error")).to_have_text("Die Datei ist zu groß.")
    page.get_by_role("button", name="Formular absenden").click()
    expect(page.locator(".error-summary")).to_contain_text("Der Plan")
    assert axe(page) == []
    page.get_by_label("Ihr Name").fill("Max Muster")
    assert plan.get_attribute("data-max-bytes") == most == "10000000"
    plan.set_input_files(PLAN)
    page.wait_for_function("document.querySelector('[name=work]').value")
    page.wait_for_timeout(2_000)
    page.get_by_role("button", name="Formular absenden").click()
    expect(page.locator(".reference")).to_have_count(2)
    return page.locator(".reference").first.inner_text()


def _send_without_scripts(page: Page) -> list[str]:
    """Send the form; return its number and its code."""
    page.goto("/antrag-im-browser")
    # The hint says when it is to be answered.
    expect(page.get_by_label("Der Plan")).to_be_visible()
    expect(page.locator("form.questions")).to_contain_text("mit „Ja“")
    page.get_by_role("button", name="Formular absenden").click()
    expect(page.locator(".error-summary")).to_contain_text("Ihr Name")
    page.get_by_label("Ihr Name").fill("Erika Beispiel")
    page.get_by_label("Nein", exact=True).check()
    page.wait_for_timeout(3_000)
    page.get_by_role("button", name="Formular absenden").click()
    expect(page.locator(".reference")).to_have_count(2)
    return page.locator(".reference").all_inner_texts()


def test_a_form_is_built_sent_and_answered(demo_server: DemoServer, browser: Browser) -> None:
    office = browser.new_context(locale="en-GB", base_url=demo_server.url, reduced_motion="reduce")
    page = log_in(office, demo_server.url)
    _build(page, demo_server.nodes()["home"])
    german = {"locale": "de-DE", "base_url": demo_server.url}
    plain = browser.new_context(**german, java_script_enabled=False)
    number, code = _send_without_scripts(plain.new_page())
    assert re.fullmatch(r"F-\d{4}-\w{8}", number)
    visitor = browser.new_context(**german)
    looking = visitor.new_page()
    with_plan = _send_with_plan(looking)

    page.goto("/admin/submissions")
    assert axe(page) == []
    page.get_by_role("link", name="Antrag im Browser", exact=True).click()
    page.get_by_role("link", name=with_plan).click()
    with page.expect_download() as loaded:
        page.get_by_role("link", name="plan.pdf").click()
    assert loaded.value.path().read_bytes() == PLAN["buffer"]
    page.get_by_role("link", name="All entries of this form").click()
    page.get_by_role("link", name=number).click()
    expect(page.locator("main")).to_contain_text("Erika Beispiel")
    assert axe(page) == []
    page.get_by_label("Status").select_option(label="done")
    page.get_by_label("Words to the sender").fill("Liegt bereit")
    page.get_by_role("button", name="Save the status").click()
    expect(page.locator(".notice.success")).to_be_visible()

    looking.goto("/formular-status")
    looking.get_by_label("Nummer").fill(number)
    looking.get_by_label("Code").fill(code)
    looking.get_by_role("button", name="Stand abfragen").click()
    expect(looking.locator("main")).to_contain_text("Liegt bereit")
    assert axe(looking) == []
    for context in (visitor, plain, office):
        context.close()
