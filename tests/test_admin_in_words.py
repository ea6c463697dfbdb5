"""What a comparison and a translation show of a block: words, not what is stored."""

from typing import Any

import pytest

from stadtkern.testing.town import Town


@pytest.fixture
def office(town: Town) -> Town:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def blocks(contact: Any, number: int, level: str) -> list[dict[str, Any]]:
    shown = [
        {"id": f"0000000{n}", "type": "contact", "data": {"contact": contact.id}}
        for n in range(number)
    ]
    heading = {"text": "Hours", "level": level}
    return [*shown, {"id": "00000009", "type": "heading", "data": heading}]


def compared(town: Town, number: int) -> tuple[str, int]:
    before = town.add("contact", f"Ina Probe {number}")
    after = town.add("contact", f"Ole Muster {number}")
    page = town.page(f"Seite {number}", blocks=blocks(before, number, "2"))
    with town.content() as content:
        node = content.get(page.id)
        changed = blocks(after, number, "3")
        content.save(page.id, version=node.version, title=node.title, blocks=changed)
    path = f"/admin/nodes/{page.id}/compare"
    town.get(path)
    with town.statements() as statements:
        answer = town.get(path)
    return answer.html.main.get_text(" ", strip=True), len(statements)


def test_choices_and_references_are_shown_by_their_titles(office: Town) -> None:
    text, few = compared(office, 1)
    assert "Ina Probe 1" in text
    assert "Ole Muster 1" in text
    assert "Section" in text
    assert "Sub-section" in text
    _text, many = compared(office, 6)
    assert many == few
