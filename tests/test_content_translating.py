"""Linked translations: made from their source, found, followed, let go."""

import pytest

from stadtkern.content import ContentRefused
from stadtkern.content.services.translating import outdated


def text(html: str, key: str = "aaaa") -> dict:
    return {"id": key, "type": "text", "data": {"html": html}}


def states(town, path: str) -> dict[str, str]:
    with town.content() as content:
        found = content.translations(content.by_path(path))
        return {row.language: row.state for row in found}


def save(town, path: str, title: str) -> None:
    with town.content() as content:
        node = content.by_path(path)
        content.save(node.id, version=node.version, title=title)


def test_a_translation_begins_as_a_draft_of_the_same_structure(town) -> None:
    source = town.page("Bürgerbüro", blocks=[text("<p>Guten Tag</p>")])
    assert states(town, source.path) == {"de": "published", "en": "missing"}
    with town.content() as content:
        made = content.translate(source.id, "en", title="Citizens' office")
        assert (made.path, made.state, made.language) == ("/en/citizens-office", "draft", "en")
        assert made.body["blocks"] == source.body["blocks"]
        assert (made.source_id, made.source_revision) == (source.id, source.live_revision)
        assert len(content.revisions(made.id)) == 1
    assert states(town, source.path) == {"de": "published", "en": "draft"}
    with pytest.raises(ContentRefused), town.content() as content:
        content.translate(source.id, "en", title="Twice")
    with pytest.raises(ContentRefused), town.content() as content:
        content.translate(source.id, "fr", title="Mairie")


def test_it_stands_below_the_translated_parent_or_the_nearest_page_above(town) -> None:
    top = town.page("Rathaus")
    middle = town.page("Ämter", parent=top)
    leaf = town.page("Standesamt", parent=middle)
    with town.content() as content:
        place, exact = content.place_for(content.get(leaf.id), "en")
        assert (place.path, exact) == ("/en", False)
        content.translate(top.id, "en", title="Town hall")
        place, exact = content.place_for(content.get(leaf.id), "en")
        assert (place.path, exact) == ("/en/town-hall", False)
        content.translate(middle.id, "en", title="Offices")
        place, exact = content.place_for(content.get(leaf.id), "en")
        assert (place.path, exact) == ("/en/town-hall/offices", True)
        made = content.translate(leaf.id, "en", title="Registry")
    assert made.path == "/en/town-hall/offices/registry"


def test_it_is_outdated_once_its_source_was_saved_until_it_is_brought_up(town) -> None:
    source = town.page("Markt")
    with town.content() as content:
        made = content.translate(source.id, "en", title="Market").id
        version = content.get(made).version
    save(town, source.path, "Wochenmarkt")
    seen = town.node(source.path).live_revision
    assert states(town, source.path)["en"] == "outdated"
    save(town, source.path, "Neuer Markt")
    with town.content() as content:
        assert content.seen_source(content.get(made)).title == "Markt"
        content.caught_up(made, seen)
        # What was saved after the translator had looked stays to be done.
        assert outdated(content.get(made), content.by_path(source.path))
        content.caught_up(made, seen + 1)
        assert not outdated(content.get(made), content.by_path(source.path))
        # A form that is open stays good.
        assert content.get(made).version == version
    assert states(town, source.path)["en"] == "draft"
    for number in (0, 99):
        with pytest.raises(ContentRefused), town.content() as content:
            content.caught_up(made, number)


def test_a_working_copy_of_the_source_makes_nothing_outdated(town) -> None:
    source = town.page("Markt")
    with town.content() as content:
        content.translate(source.id, "en", title="Market")
        node = content.get(source.id)
        content.save_draft(node.id, version=node.version, title="Noch geheim")
    assert states(town, source.path)["en"] == "draft"
    with town.content() as content:
        content.publish(source.id)
    assert states(town, source.path)["en"] == "outdated"


def test_existing_pages_are_linked_and_let_go(town) -> None:
    german, english = town.page("Kontakt"), town.page("Contact", parent="/en")
    with town.content() as content:
        content.link(german.id, english.id)
    assert states(town, german.path) == {"de": "published", "en": "published"}
    assert f'href="{english.path}"' in town.get(german.path).text
    with town.content() as content:
        content.unlink(english.id)
    assert states(town, german.path)["en"] == "missing"
    assert f'href="{english.path}"' not in town.get(german.path).text


def test_what_does_not_belong_together_is_not_linked(town) -> None:
    german, other = town.page("Kontakt"), town.page("Anfahrt")
    english, second = town.page("Contact", parent="/en"), town.page("Approach", parent="/en")
    news = town.add("news", "News", parent="/en")
    with town.content() as content:
        content.link(german.id, english.id)
    pairs = [(german, other), (german, second), (other, english), (other, news), (english, german)]
    for one, two in pairs:
        with pytest.raises(ContentRefused), town.content() as content:
            content.link(one.id, two.id)
    with pytest.raises(ContentRefused), town.content() as content:
        content.unlink(town.node("/en").id)
