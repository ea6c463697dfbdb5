"""Official announcements: dated, fixed, withdrawn, archived."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from town_hall_kit import announce, fixed, other_bytes

from stadtkern.content import ContentRefused
from stadtkern.municipal import withdraw
from stadtkern.testing.town import Town


def test_the_date_is_set_at_publishing_and_with_it_the_hash(town: Town) -> None:
    draft = announce(town, published=False)
    assert "published_at" not in draft.body["fields"]
    before = datetime.now(UTC)
    with town.content() as content:
        content.publish(draft.id)
    node = town.node("/bebauungsplan")
    when = datetime.fromisoformat(node.body["fields"]["published_at"])
    assert before <= when <= datetime.now(UTC)
    assert node.sort_at == when
    page = town.get("/bebauungsplan").text
    assert node.body["fields"]["sha256"] in page
    other = announce(town, "Anderer Plan")
    assert other.body["fields"]["sha256"] != node.body["fields"]["sha256"]


def test_no_way_of_writing_changes_what_is_announced(town: Town) -> None:
    area = town.page("Amtliches")
    node = announce(town, parent=area)
    was = fixed(node)
    same = {"title": node.title, "summary": node.summary}

    def refused(deed: Any) -> None:
        with pytest.raises(ContentRefused), town.content() as content:
            deed(content, content.get(node.id))
        assert fixed(town.node(node.path)) == was

    typed = {"legal_basis": "Hauptsatzung"}
    past = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    refused(lambda c, n: c.save(n.id, version=n.version, title="Anders", fields=c.fields(n)))
    refused(lambda c, n: c.save(n.id, version=n.version, **same, fields=typed))
    refused(
        lambda c, n: c.save(
            n.id, version=n.version, **same, fields=c.fields(n) | {"published_at": past}
        )
    )
    refused(lambda c, n: c.save(n.id, version=n.version, **same, fields=c.fields(n), blocks=[]))
    refused(lambda c, n: c.save_draft(n.id, version=n.version, title="X", fields=typed))
    refused(lambda c, n: c.restore(n.id, 1))
    refused(lambda c, n: c.unpublish(n.id))
    refused(lambda c, n: c.archive(n.id))
    refused(lambda c, n: c.delete(n.id))
    refused(lambda c, _n: c.delete(area.id))
    # Nothing is lost by saving it as it is, and it may move: the old address redirects.
    with town.content() as content:
        now = content.get(node.id)
        content.save(now.id, version=now.version, **same, fields=content.fields(now))
    assert fixed(town.node(node.path)) == was
    with town.content() as content:
        content.move(node.id, content.by_path("/").id)
    assert fixed(town.node("/bebauungsplan"))[3:] == was[3:]


def test_an_announcement_is_given_no_end(uncached: Town) -> None:
    town = uncached
    node, draft = announce(town), announce(town, "Entwurf", published=False)
    soon = datetime.now(UTC) + timedelta(hours=1)
    for number in (node.id, draft.id):
        with pytest.raises(ContentRefused, match="stays on the site"), town.content() as content:
            content.schedule(number, publish_at=None, expire_at=soon)
    assert town.node(node.path).expire_at is None
    # One from before is dropped when it is published; a page may still be given one.
    with town.session() as session:
        session.get(type(draft), draft.id).expire_at = soon
    with town.content() as content:
        content.publish(draft.id)
    assert town.node(draft.path).expire_at is None
    page = town.page("Seite")
    with town.content() as content:
        content.schedule(page.id, publish_at=None, expire_at=soon)
    town.login("editor")
    assert "Take off the site at" in town.get(f"/admin/nodes/{page.id}/schedule")
    assert "Take off the site at" not in town.get(f"/admin/nodes/{node.id}/schedule")


def test_withdrawing_keeps_the_entry_and_says_why(uncached: Town) -> None:
    town = uncached
    town.add("announcement_list", "Amtlich")
    node = announce(town)
    with town.content() as content:
        for reason in ("", "  "):
            with pytest.raises(ContentRefused):
                withdraw(content, node.id, reason)
        withdraw(content, node.id, "Falscher Plan")
    stored = town.node("/bebauungsplan")
    assert stored.sort_at == node.sort_at
    assert stored.body["fields"]["published_at"] == node.body["fields"]["published_at"]
    assert stored.body["fields"]["sha256"] == node.body["fields"]["sha256"]
    page = town.get("/bebauungsplan?lang=en").text
    assert "This announcement is withdrawn." in page
    assert "Falscher Plan" in page
    assert "Wortlaut" in page
    assert "withdrawn" in town.get("/amtlich?lang=en").text
    for reason in ("Doch nicht", ""):
        with pytest.raises(ContentRefused), town.content() as content:
            withdraw(content, node.id, reason)
    with pytest.raises(ContentRefused), town.content() as content:
        now = content.get(node.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            fields=content.fields(now) | {"withdrawn_at": None, "withdrawn_reason": None},
        )


def test_a_copy_is_an_announcement_of_its_own(town: Town) -> None:
    node = announce(town)
    with town.content() as content:
        copy = content.copy(node.id, content.by_path("/").id)
        copy_id = copy.id
        assert "published_at" not in copy.body["fields"]
        content.save(copy.id, version=copy.version, title="Neu", fields={})
        content.publish(copy.id)
    with town.content() as content:
        assert content.get(copy_id).sort_at > node.sort_at


def test_the_archive_stands_by_year(uncached: Town) -> None:
    town = uncached
    town.add("announcement_list", "Amtlich")
    node = announce(town)
    with town.session() as session:
        old = session.get(type(node), announce(town, "Altes").id)
        old.sort_at = datetime(node.sort_at.year - 1, 6, 1, tzinfo=UTC)
    page = town.get("/amtlich").text
    assert "Bebauungsplan" in page
    assert "Altes" not in page
    assert "Altes" in town.get(f"/amtlich?year={node.sort_at.year - 1}").text
    town.get("/amtlich?year=1900", status=404)
    assert town.get("/amtlich?year=nonsense").status_int == 200


def test_the_back_office_withdraws_with_a_reason(uncached: Town) -> None:
    town = uncached
    node = announce(town)
    town.login("editor")
    assert "Withdraw" in town.get(f"/admin/nodes/{node.id}")
    form = next(
        form
        for form in town.get(f"/admin/nodes/{node.id}/withdraw").forms.values()
        if "version" in form.fields
    )
    assert "Please say why" in form.submit(status=422)
    form["reason"] = "Falsches Datum"
    assert "withdrawn" in form.submit().follow()
    town.get(f"/admin/nodes/{town.page('Seite').id}/withdraw", status=404)
    edit = next(
        form
        for form in town.get(f"/admin/nodes/{node.id}/edit").forms.values()
        if "version" in form.fields
    )
    edit["title"] = "Anders"
    answer = edit.submit("do", value="save", status=422)
    assert "can no longer be changed" in answer
    assert town.node("/bebauungsplan").title == "Bebauungsplan"


def test_nothing_above_takes_an_announcement_or_its_file_off_the_site(town: Town) -> None:
    area, papers = town.page("Amtliches"), town.page("Unterlagen")
    hidden = town.page("Entwurf", published=False)
    file = town.add("file", "Plan", parent=papers, fields=other_bytes(town, b"alt"))
    node = announce(
        town, parent=town.page("2026", parent=area), fields={"attachments": [{"file": file.id}]}
    )
    soon = datetime.now(UTC) + timedelta(hours=1)
    for number, words in ((area.id, "announced officially"), (papers.id, "announced with a file")):
        for deed in (
            lambda c, n: c.unpublish(n),
            lambda c, n: c.archive(n),
            lambda c, n: c.schedule(n, publish_at=None, expire_at=soon),
            lambda c, n: c.move(n, hidden.id),
        ):
            with pytest.raises(ContentRefused, match=words), town.content() as content:
                deed(content, number)
    with pytest.raises(ContentRefused, match="announced with a file"), town.content() as content:
        content.unpublish(file.id)
    # The page says why in words, and nothing has changed.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    answer = town.post(f"/admin/nodes/{area.id}/step", {"step": "retract"}).follow()
    assert "is announced officially below this page" in answer
    assert town.node("/amtliches").state == "published"
    assert town.node("/unterlagen").path == papers.path
    town.anonymous()
    assert "Wortlaut" in town.get(node.path)
    # Moved to a place in sight, it lets the page above go.
    with town.content() as content:
        content.move(node.id, content.by_path("/").id)
        content.unpublish(area.id)
    assert "Wortlaut" in town.get("/bebauungsplan")


@pytest.mark.parametrize("kind", ["contact", "teasers"])
def test_an_announcement_shows_nothing_that_changes_with_other_pages(
    uncached: Town, kind: str
) -> None:
    town = uncached
    office = town.add("contact", "Ina Probe", fields={"phone": "0612 3"})
    data = {"contact": office.id} if kind == "contact" else {"source": "news"}
    blocks = [
        {"id": "0001", "type": "text", "data": {"html": "<p>Wortlaut</p>"}},
        {"id": "0002", "type": kind, "data": data},
    ]
    draft = announce(town, published=False, blocks=blocks)
    with (
        pytest.raises(ContentRefused, match="what other pages say") as caught,
        town.content() as content,
    ):
        content.publish(draft.id)
    named = {"n": 2, "kind": town.registry["block_types"][kind].title}
    assert caught.value.args[0].mapping == named
    assert town.node(draft.path).state == "draft"
    # The editor does not offer it here, but on pages it does.
    town.login("editor")
    button = f'value="add:{kind}"'
    assert button not in town.get(f"/admin/nodes/{draft.id}/edit")
    assert button in town.get(f"/admin/nodes/{town.page('Seite').id}/edit")
    with town.content() as content:
        now = content.get(draft.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            fields=content.fields(now),
            blocks=blocks[:1],
        )
        content.publish(now.id)
    assert town.node(draft.path).body["fields"]["published_at"]


def test_an_announcement_is_dated_only_where_it_can_be_read(town: Town) -> None:
    area = town.page("Amtliches", published=False)
    draft = announce(town, parent=area, published=False)
    with pytest.raises(ContentRefused, match="not published"), town.content() as content:
        content.publish(draft.id)
    assert "published_at" not in town.node(draft.path).body["fields"]
    with town.content() as content:
        done, left = content.publish_below(area.id, limit=10)
    assert (done, left) == (2, [])
    assert town.node(draft.path).body["fields"]["published_at"]
