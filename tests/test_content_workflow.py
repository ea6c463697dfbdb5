"""Steps of the workflow: who may take them, what they tell, and what a plugin can add."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stadtkern.content import ContentRefused, Transition
from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.testing.town import Town


@pytest.fixture
def reviewed(town: Town) -> Town:
    """Return a town in which a second person publishes."""
    town.configure("content", workflow="reviewed")
    return town


def draft(town: Town, title: str = "Satzung", **kw: Any) -> int:
    return town.page(title, published=False, **kw).id


def test_a_page_goes_the_way_of_review(reviewed: Town) -> None:
    author = reviewed.account("author", "editor", mail="autorin@people.example")
    reviewer = reviewed.account("reviewer", mail="pruefer@people.example")
    with reviewed.content(actor=author) as content:
        node = content.create(content.get(reviewed.node().id), "page", title="Satzung")
        with pytest.raises(ContentRefused, match="reviewed first"):
            content.publish(node.id)
        content.transition(node.id, "submit", comment="Bitte bis Freitag")
    mail = reviewed.mails()[0]
    assert mail.recipient == "pruefer@people.example"
    assert "Satzung" in mail.subject
    assert "Bitte bis Freitag" in mail.body
    with reviewed.content(actor=reviewer) as content:
        with pytest.raises(ContentRefused) as refused:
            content.transition(node.id, "return")
        assert refused.value.field == "comment"
        content.transition(node.id, "return", comment="Die Anlage fehlt")
    mail = reviewed.mails()[0]
    assert mail.recipient == "autorin@people.example"
    assert "Die Anlage fehlt" in mail.body
    with reviewed.content(actor=author) as content:
        content.transition(node.id, "submit")
    with reviewed.content(actor=reviewer) as content:
        content.transition(node.id, "publish")
    assert reviewed.node("/satzung").state == "published"
    with reviewed.content() as content:
        steps = [(row.transition, row.account_id) for row in content.comments(node.id)]
    assert steps == [
        ("publish", reviewer.id),
        ("submit", author.id),
        ("return", reviewer.id),
        ("submit", author.id),
    ]


def test_nobody_publishes_what_they_have_submitted(reviewed: Town) -> None:
    boss = reviewed.account("administrator", mail="leitung@people.example")
    node_id = draft(reviewed)
    with reviewed.content(actor=boss) as content:
        content.transition(node_id, "submit")
        with pytest.raises(ContentRefused, match="second person"):
            content.transition(node_id, "publish")
        with pytest.raises(ContentRefused, match="second person"):
            content.schedule(node_id, publish_at=utcnow() + timedelta(days=1), expire_at=None)


def test_changes_of_a_published_page_are_reviewed_too(reviewed: Town) -> None:
    author = reviewed.account("editor", mail="autorin@people.example")
    reviewer = reviewed.account("reviewer", mail="pruefer@people.example")
    node_id = draft(reviewed)
    with reviewed.content(actor=author) as content:
        content.transition(node_id, "submit")
    with reviewed.content(actor=reviewer) as content:
        content.publish(node_id)
    with reviewed.content(actor=author) as content:
        # Even a plain save: nothing gets past the review.
        content.save(node_id, version=content.get(node_id).version, title="Neue Satzung")
        content.transition(node_id, "submit")
    stored = reviewed.node("/satzung")
    assert (stored.title, stored.state, stored.draft_state) == ("Satzung", "published", "submitted")
    assert "Neue Satzung" not in reviewed.get("/satzung")
    with reviewed.content(actor=reviewer) as content:
        content.publish(node_id)
    assert "Neue Satzung" in reviewed.get("/satzung")


def test_a_step_that_does_not_follow_is_refused(town: Town) -> None:
    node_id = draft(town)
    with town.content() as content:
        for name in ("retract", "archive", "submit", "made-up"):
            with pytest.raises(ContentRefused, match="not possible"):
                content.transition(node_id, name)
        content.publish(node_id)
        content.archive(node_id)
    assert town.get("/satzung", status=404)
    with town.content() as content:
        content.publish(node_id)
    assert town.get("/satzung")


def test_a_front_page_stays_published(town: Town) -> None:
    with town.content() as content:
        home = content.get(town.node().id)
        assert content.transitions(home) == []
        with pytest.raises(ContentRefused):
            content.archive(home.id)
        content.save_draft(home.id, version=home.version, title="Neu", fields={"question": "Was?"})
        assert [step.name for step in content.transitions(home)] == ["publish"]
        content.publish(home.id)
    assert town.node().title == "Neu"


def test_what_stands_below_is_published_with_it(town: Town) -> None:
    top = town.page("Oben", published=False)
    town.page("Mitte", parent=top, published=False)
    town.page("Unten", parent="/oben/mitte", published=False)
    with town.content() as content:
        count, left = content.publish_below(top.id, limit=50)
    assert (count, left) == (3, [])
    assert town.get("/oben/mitte/unten")


def test_scheduled_steps_are_taken_when_their_time_has_come(town: Town) -> None:
    node_id = draft(town)
    now = utcnow()
    with town.content() as content:
        content.schedule(
            node_id, publish_at=now + timedelta(hours=1), expire_at=now + timedelta(days=1)
        )
        assert content.due(node_id, now) == []
        assert content.due(node_id, now + timedelta(hours=2)) == ["publish"]
        assert content.due(node_id, now + timedelta(hours=2)) == []
    assert town.get("/satzung")
    with town.content() as content:
        assert content.due(node_id, now + timedelta(days=2)) == ["archive"]
    assert town.get("/satzung", status=404)


def test_times_that_cannot_be_are_refused(town: Town) -> None:
    node_id = draft(town)
    now = utcnow()
    with town.content() as content:
        for publish_at, expire_at, field in (
            (now - timedelta(hours=1), None, "publish_at"),
            (now + timedelta(days=2), now + timedelta(days=1), "expire_at"),
            (None, now - timedelta(days=1), "expire_at"),
        ):
            with pytest.raises(ContentRefused) as refused:
                content.schedule(node_id, publish_at=publish_at, expire_at=expire_at)
            assert refused.value.field == field


def test_a_workflow_of_ones_own(make_town: Any) -> None:
    def configure(config: Any) -> None:
        config.add_workflow(
            "archive_first",
            title="Archive first",
            states={"archived": "archived", "published": "published"},
            initial="archived",
            transitions=[
                Transition("release", "Release", ("archived",), "published", "content.publish")
            ],
        )
        config.commit()

    town = make_town(configure=configure)
    town.configure("content", workflow="simple")
    with town.content() as content:
        flow = content.workflows["archive_first"]
    assert flow.initial == "archived"
    assert [step.name for step in flow.steps_from("archived")] == ["release"]


def let_pass(town: Town, **by: float) -> None:
    """Let time pass for jobs that wait and for nodes that have a time."""
    with town.session() as session:
        for job in session.scalars(select(JobRow)):
            job.due_at -= timedelta(**by)
        for node in session.scalars(select(Node)):
            for name in ("publish_at", "expire_at", "deleted_at"):
                moment = getattr(node, name)
                if moment is not None:
                    setattr(node, name, moment - timedelta(**by))


def test_a_durable_job_publishes_and_archives_without_a_visitor(town: Town) -> None:
    node_id = draft(town)
    now = utcnow()
    with town.content() as content:
        content.schedule(
            node_id, publish_at=now + timedelta(hours=1), expire_at=now + timedelta(days=1)
        )
    town.run_jobs()
    town.get("/satzung", status=404)
    let_pass(town, hours=1)
    town.run_jobs()
    assert town.get("/satzung")
    let_pass(town, days=1)
    town.run_jobs()
    town.get("/satzung", status=404)
    assert town.node("/satzung").state == "archived"


def test_a_time_that_was_changed_counts_and_not_the_old_one(town: Town) -> None:
    node_id = draft(town)
    now = utcnow()
    with town.content() as content:
        content.schedule(node_id, publish_at=now + timedelta(hours=1), expire_at=None)
        content.schedule(node_id, publish_at=now + timedelta(hours=5), expire_at=None)
    let_pass(town, hours=2)
    town.run_jobs()
    town.get("/satzung", status=404)
    let_pass(town, hours=3)
    town.run_jobs()
    assert town.get("/satzung")


def test_the_trash_is_emptied_by_a_job(town: Town) -> None:
    node_id = draft(town)
    with town.content() as content:
        content.delete(node_id)
    town.run_jobs()
    town.configure("content", trash_days=40)
    let_pass(town, days=31)
    town.run_jobs()
    with town.content() as content:
        # Raised meanwhile: it asks again when those days are over.
        assert content.trashed_node(node_id)
    let_pass(town, days=10)
    town.run_jobs()
    with town.content() as content, pytest.raises(ContentRefused):
        content.trashed_node(node_id)


def test_nobody_publishes_what_they_have_changed_after_it_was_submitted(reviewed: Town) -> None:
    author = reviewed.account("editor", mail="autorin@people.example")
    node_id = draft(reviewed)
    with reviewed.content(actor=author) as content:
        content.transition(node_id, "submit")
    reviewed.login("administrator", mail="leitung@people.example")
    page = reviewed.get(f"/admin/nodes/{node_id}/edit")
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form["title"] = "Nur von mir gelesen"
    # The button is not offered here; whoever sends its value all the same gets no further.
    reviewed.post(f"/admin/nodes/{node_id}/edit", [*form.submit_fields(), ("do", "publish")])
    stored = reviewed.node("/satzung")
    assert (stored.title, stored.state) == ("Nur von mir gelesen", "submitted")
    # The one who submitted it has not read that either, but somebody else has.
    other = reviewed.account("reviewer", mail="dritte@people.example")
    with reviewed.content(actor=other) as content:
        content.publish(node_id)
    assert "Nur von mir gelesen" in reviewed.get("/satzung")


def test_a_text_changed_after_it_was_scheduled_waits_for_a_reviewer(reviewed: Town) -> None:
    author, editor = (
        reviewed.account("editor", mail=f"{name}@people.example") for name in ("eins", "zwei")
    )
    reviewer = reviewed.account("reviewer", mail="pruefer@people.example")
    node_id = draft(reviewed)
    with reviewed.content(actor=author) as content:
        content.transition(node_id, "submit")
    when = utcnow() + timedelta(days=1)
    with reviewed.content(actor=reviewer) as content:
        content.schedule(node_id, publish_at=when, expire_at=None)
    with reviewed.content(actor=editor) as content:
        content.save(node_id, version=content.get(node_id).version, title="Ungelesen")
    with reviewed.content() as content:
        content.due(node_id, when + timedelta(minutes=1))
    assert reviewed.node("/satzung").state == "submitted"


def test_authors_leave_alone_what_an_editor_has_scheduled(town: Town) -> None:
    author = town.login("author")
    with town.content(actor=author) as content:
        node = content.create(content.get(town.node().id), "page", title="Satzung")
        node_id = node.id
    assert town.get(f"/admin/nodes/{node_id}/edit")
    with town.content() as content:
        content.schedule(node_id, publish_at=utcnow() + timedelta(days=1), expire_at=None)
    town.get(f"/admin/nodes/{node_id}/edit", status=403)
    town.post(f"/admin/nodes/{node_id}/delete", {}, status=403)


def test_publishing_all_below_is_no_way_around_the_review(reviewed: Town) -> None:
    author = reviewed.account("editor", mail="autorin@people.example")
    node_id = draft(reviewed)
    with reviewed.content(actor=author) as content:
        content.transition(node_id, "submit")
    # Editors publish, but reviewing is not theirs.
    reviewed.login("editor", mail="andere@people.example")
    reviewed.post(f"/admin/nodes/{node_id}/publish-below", {})
    assert reviewed.node("/satzung").state == "submitted"
    reviewed.login("administrator", mail="leitung@people.example")
    reviewed.post(f"/admin/nodes/{node_id}/publish-below", {})
    assert reviewed.node("/satzung").state == "published"
