"""Every save is a revision; a published page has a working copy; old versions come back."""

from typing import Any

import pytest

from stadtkern.content import Conflict, ContentRefused
from stadtkern.testing.town import Town


def text(html: str, key: str = "aaaa1111") -> dict[str, Any]:
    return {"id": key, "type": "text", "data": {"html": html}}


def numbers(town: Town, path: str) -> list[tuple[int, str]]:
    with town.content() as content:
        return [(row.number, row.kind) for row in content.revisions(town.node(path).id)]


def test_every_save_is_a_revision(town: Town) -> None:
    node = town.page("Rathaus", published=False, blocks=[text("<p>eins</p>")])
    for number in range(2, 5):
        with town.content() as content:
            version = content.get(node.id).version
            content.save(node.id, version=version, title=f"Rathaus {number}", note=f"Nr. {number}")
    assert numbers(town, node.path) == [(4, "save"), (3, "save"), (2, "save"), (1, "create")]
    with town.content() as content:
        second = content.revision(node.id, 2)
        assert (second.title, second.note) == ("Rathaus 2", "Nr. 2")
        assert second.body["blocks"][0]["data"]["html"] == "<p>eins</p>"
        with pytest.raises(ContentRefused):
            content.revision(node.id, 9)


def test_a_working_copy_shows_when_it_is_published(town: Town) -> None:
    node = town.page("Bad", blocks=[text("<p>geschlossen</p>")])
    with town.content() as content:
        stored = content.get(node.id)
        content.save_draft(
            node.id, version=stored.version, title="Freibad", blocks=[text("<p>offen</p>")]
        )
    page = town.get(node.path)
    assert "geschlossen" in page
    assert "Freibad" not in page
    with town.content() as content:
        stored = content.get(node.id)
        assert content.working_copy(stored).title == "Freibad"
        content.publish(node.id)
    page = town.get(node.path)
    assert "offen" in page
    assert "Freibad" in page
    stored = town.node(node.path)
    assert (stored.draft_revision, stored.draft_state, stored.live_revision) == (None, None, 2)


def test_a_dropped_working_copy_stays_in_the_history(town: Town) -> None:
    node = town.page("Bad")
    with town.content() as content:
        content.save_draft(node.id, version=content.get(node.id).version, title="Anders")
        content.discard_draft(node.id)
    stored = town.node(node.path)
    assert (stored.title, stored.draft_revision, stored.live_revision) == ("Bad", None, 1)
    assert numbers(town, node.path)[0] == (2, "draft")


def test_taking_a_page_back_keeps_its_working_copy(town: Town) -> None:
    node = town.page("Bad")
    with town.content() as content:
        content.save_draft(node.id, version=content.get(node.id).version, title="Anders")
        content.unpublish(node.id)
    stored = town.node(node.path)
    assert (stored.title, stored.state, stored.draft_revision) == ("Anders", "draft", None)


def test_an_old_version_comes_back_as_a_new_one(town: Town) -> None:
    node = town.page("Alt", published=False, blocks=[text("<p>alt</p>")])
    with town.content() as content:
        version = content.get(node.id).version
        content.save(node.id, version=version, title="Neu", blocks=[])
        content.restore(node.id, 1)
    stored = town.node(node.path)
    assert (stored.title, stored.revision, stored.live_revision) == ("Alt", 3, 3)
    assert stored.body["blocks"][0]["data"]["html"] == "<p>alt</p>"
    with town.content() as content:
        assert content.revision(node.id, 3).restored == 1


def test_bringing_a_version_back_does_not_publish_it(town: Town) -> None:
    node = town.page("Alt")
    with town.content() as content:
        content.save(node.id, version=content.get(node.id).version, title="Neu")
        content.restore(node.id, 1)
    stored = town.node(node.path)
    assert (stored.title, stored.draft_revision) == ("Neu", 3)


def test_a_working_copy_on_an_old_version_is_refused(town: Town) -> None:
    node = town.page("Bad")
    with town.content() as content:
        version = content.get(node.id).version
        content.save_draft(node.id, version=version, title="Erste")
        with pytest.raises(Conflict):
            content.save_draft(node.id, version=version, title="Zweite")
        with pytest.raises(Conflict):
            content.publish(node.id, version=version)
    with town.content() as content:
        assert content.working_copy(content.get(node.id)).title == "Erste"


def test_blocks_of_a_missing_plugin_survive_the_working_copy(town: Town) -> None:
    strange = {"id": "beef", "type": "from_elsewhere", "version": 3, "data": {"x": [1, {"y": 2}]}}
    node = town.page("Fremd", blocks=[strange])
    with town.content() as content:
        content.save_draft(
            node.id,
            version=content.get(node.id).version,
            title="Fremd 2",
            blocks=[{"id": "beef", "type": "from_elsewhere", "data": {}}],
        )
        content.publish(node.id)
    assert town.node(node.path).body["blocks"] == [strange]
