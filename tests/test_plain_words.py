"""Words as they were typed are no HTML, and messages within messages are whole sentences."""

from typing import Any

import pytest
from pyramid.i18n import TranslationString

from stadtkern.content import ContentRefused, judging
from stadtkern.testing.town import Town
from stadtkern.web.console import Console, Refused
from stadtkern.web.i18n import _, in_english

TYPED = 'Das Tag <img src="x"> zeigt ein Bild, <a href="/fehlt">hier</a> ein Verweis.'


@pytest.mark.parametrize(
    "block",
    [
        {"type": "heading", "data": {"text": TYPED, "level": "2"}},
        {"type": "quote", "data": {"text": TYPED, "person": "Erika Musterfrau"}},
        {
            "type": "table",
            "data": {"caption": "Tags", "cells": f"Tag\tSinn\n{TYPED}\tBild", "header_row": True},
        },
    ],
    ids=lambda block: str(block["type"]),
)
def test_typed_tags_are_words(town: Town, block: dict[str, Any]) -> None:
    page = town.page("HTML lernen", published=False, blocks=[{"id": "a", **block}])
    with town.content() as content:
        codes = {one.code for one in judging.judge(content, content.get(page.id))}
        assert not codes & {"alt", "link-broken", "link-phrase"}
        content.publish(page.id)
    assert "&lt;img" in town.get(page.path)


def test_a_picture_in_running_text_still_needs_words(town: Town) -> None:
    block = {"id": "a", "type": "text", "data": {"html": "<p>Hallo</p>"}}
    page = town.page("Seite", published=False, blocks=[block])
    with town.content() as content:
        node = content.get(page.id)
        # As an import that goes past the form would store it.
        html = '<p><img src="/x.png"></p>'
        node.body = {**node.body, "blocks": [{**block, "version": 1, "data": {"html": html}}]}
        content.session.flush()
        with pytest.raises(ContentRefused) as refused:
            content.publish(page.id)
    assert "alternative text" in in_english(refused.value.args[0])


def test_commands_say_the_whole_sentence() -> None:
    inner = _("“${title}” lacks ${what}.", mapping={"title": "Tor", "what": _("a text")})
    error = ContentRefused(_("Not yet: ${reason} Please look.", mapping={"reason": inner}))
    console = Console({}, lambda _settings: pytest.fail("no application is needed"))
    with pytest.raises(Refused) as refused, console.refusing(ContentRefused):
        raise error
    assert refused.value.message == "Not yet: “Tor” lacks a text. Please look."
    assert in_english("no message ${x}") == "no message ${x}"
    assert in_english(TranslationString("key", default="Words ${n}", mapping={"n": 3})) == "Words 3"
