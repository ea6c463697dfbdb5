"""Deleting is one step and can be undone: whole, at the old address or with a reason why not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from stadtkern.accounts.services import add_local_role
from stadtkern.content import ContentRefused
from stadtkern.content.models import Node, Revision
from stadtkern.db import utcnow
from stadtkern.testing.town import Town


def trash(town: Town, path: str) -> int:
    node = town.node(path)
    with town.content() as content:
        content.delete(node.id)
    return node.id


def tree(town: Town) -> None:
    top = town.page("Oben", key="oben")
    town.page("Kind", parent=top)
    town.page("Enkel", parent="/oben/kind")


def test_a_subtree_comes_back_as_it_was(town: Town) -> None:
    tree(town)
    number = trash(town, "/oben")
    for path in ("/oben", "/oben/kind", "/oben/kind/enkel"):
        town.get(path, status=404)
    with town.content() as content:
        assert content.with_it(number) == 3
        assert content.restore_trashed(number).path == "/oben"
    for path in ("/oben", "/oben/kind", "/oben/kind/enkel"):
        assert town.get(path)
    assert town.node("/oben").key == "oben"


def test_what_was_deleted_before_stays_deleted(town: Town) -> None:
    tree(town)
    child = trash(town, "/oben/kind")
    top = trash(town, "/oben")
    with town.content() as content:
        with pytest.raises(ContentRefused) as refused:
            content.restore_trashed(child)
        assert refused.value.field == "parent"
        content.restore_trashed(top)
    town.get("/oben/kind", status=404)
    with town.content() as content:
        content.restore_trashed(child)
    assert town.get("/oben/kind/enkel")


def test_a_taken_address_is_explained_and_another_one_possible(town: Town) -> None:
    tree(town)
    number = trash(town, "/oben")
    town.page("Oben")
    with town.content() as content:
        with pytest.raises(ContentRefused) as refused:
            content.restore_trashed(number)
        assert refused.value.field == "slug"
        assert content.restore_trashed(number, slug="oben-alt").path == "/oben-alt"
    assert town.get("/oben-alt/kind/enkel")


def test_another_place_is_possible(town: Town) -> None:
    tree(town)
    place = town.page("Archiv")
    child = trash(town, "/oben/kind")
    with town.content() as content:
        content.restore_trashed(child, parent_id=place.id)
    assert town.get("/archiv/kind/enkel")


def test_an_import_that_came_again_keeps_the_name(town: Town) -> None:
    tree(town)
    number = trash(town, "/oben")
    town.page("Wieder da", key="oben")
    with town.content() as content:
        content.restore_trashed(number)
    assert town.node("/oben").key is None
    assert town.node("/wieder-da").key == "oben"


def test_purging_takes_the_history_along(town: Town) -> None:
    tree(town)
    number = trash(town, "/oben")
    with town.content() as content:
        assert content.purge(number) == 3
        with pytest.raises(ContentRefused):
            content.restore_trashed(number)
    with town.session(write=False) as session:
        counted = select(func.count()).select_from(Revision).where(Revision.title != "Musterstadt")
        assert session.scalar(counted) == 0


def test_the_trash_keeps_what_its_days_are_not_over_for(town: Town) -> None:
    tree(town)
    number = trash(town, "/oben")
    with town.content() as content:
        left = content.purge_due(number)
        assert left is not None
        assert 29 * 86_400 < left <= 30 * 86_400 + 1
    with town.session() as session:
        session.execute(
            update(Node)
            .where(Node.deleted_at.is_not(None))
            .values(deleted_at=utcnow() - timedelta(days=31))
        )
    with town.content() as content:
        assert content.purge_due(number) is None
        with pytest.raises(ContentRefused):
            content.trashed_node(number)


def test_the_cost_does_not_grow_with_what_was_deleted(town: Town) -> None:
    top = town.page("Oben")
    counts = []
    for size in (3, 40):
        for number in range(size):
            town.page(f"Kind {size} {number}", parent=top)
        with town.statements() as seen, town.content() as content:
            content.delete(top.id)
        deleting = len(seen)
        with town.statements() as seen, town.content() as content:
            content.restore_trashed(top.id)
        counts.append((deleting, len(seen)))
    assert counts[0] == counts[1]


def test_a_copy_is_a_draft_with_the_same_contents(town: Town) -> None:
    tree(town)
    place = town.page("Ziel")
    with town.content() as content:
        copied = content.copy(town.node("/oben").id, place.id, deep=True)
        assert copied.path == "/ziel/oben"
    stored = town.node("/ziel/oben/kind/enkel")
    assert (stored.title, stored.state, stored.key, stored.revision) == ("Enkel", "draft", None, 1)
    with town.content() as content, pytest.raises(ContentRefused):
        content.copy(town.node("/oben").id, town.node("/oben/kind").id)


def test_the_trash_is_no_way_to_publish_elsewhere(town: Town) -> None:
    area = town.page("Bereich")
    town.page("Amt", parent=area)
    town.page("Ziel")
    account = town.login("author")
    with town.session() as session:
        add_local_role(session, account.id, area.id, "editor")
    number = town.node("/bereich/amt").id
    town.post(f"/admin/nodes/{number}/delete", {"version": str(town.node("/bereich/amt").version)})
    address = f"/admin/trash/{number}/restore"
    # At the target this person may add drafts, not publish.
    town.post(address, {"parent": "/ziel", "slug": "amt"}, status=403)
    town.get("/ziel/amt", status=404)
    town.post(address, {})
    assert town.get("/bereich/amt")
