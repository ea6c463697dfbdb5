"""Half-written pages: they are saved, shown and compared, and never published."""

from datetime import timedelta
from typing import Any

import colander
import pytest
from webob.multidict import MultiDict

from stadtkern.content import ContentRefused, bulk
from stadtkern.content.completeness import Unfinished
from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.forms import Gap, contradictions, gaps, relaxed
from stadtkern.forms import fields as f
from stadtkern.media.blocks import VideoBlock
from stadtkern.testing.town import Town

QUOTE = {"id": "abcd1234", "type": "quote", "data": {"text": "Wir bauen."}}
"""It lacks who says so."""


@pytest.fixture
def editing(town: Town) -> Town:
    # English stands in the code; German texts are the catalogue's business.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "version" in form.fields)


def half(town: Town, title: str = "Halb", **kw: Any) -> Node:
    return town.page(title, blocks=[QUOTE], published=False, **kw)


# What is missing, and what is wrong


class Row(colander.MappingSchema):
    """A row of which one column is required."""

    name = f.line("Name")
    note = f.line("Note", required=False)


class Sheet(colander.MappingSchema):
    """All that may be missing."""

    title = f.line("Title")
    level = f.choice("Level", [("2", "two")], default="2")
    number = f.number("Number", minimum=1)
    rows = f.rows(
        "Rows", Row(title=""), validator=colander.Length(min=1, min_err="Please write one row.")
    )


def test_gaps_are_named_by_field_row_and_column() -> None:
    bound = Sheet().bind()
    assert gaps(bound, {}) == [
        Gap("title", "Title"),
        Gap("number", "Number"),
        Gap("rows", "Rows", "Please write one row."),
    ]
    stored = {"title": " ", "number": 0, "rows": [{"name": "a"}, {"note": "b"}]}
    assert gaps(bound, stored) == [
        Gap("title", "Title"),
        Gap("rows", "Rows", row=2, column="Name"),
    ]


def test_a_relaxed_schema_takes_nothing_and_refuses_the_wrong() -> None:
    bound = relaxed(Sheet().bind())
    empty = bound.deserialize({"title": "", "number": "", "level": "2", "rows": []})
    assert empty == {"title": None, "level": "2", "number": None, "rows": []}
    with pytest.raises(colander.Invalid) as caught:
        bound.deserialize({"title": "x" * 300, "number": "many", "level": "9", "rows": []})
    assert set(caught.value.asdict()) == {"title", "number", "level"}
    # The schema that forms show is as it was.
    assert Sheet().bind()["title"].required


def test_one_of_several_is_missing_or_wrong() -> None:
    bound = VideoBlock().bind()
    assert [gap.field for gap in gaps(bound, {"title": "Rundgang"})] == ["video"]
    assert gaps(bound, {"title": "Rundgang", "video": 7}) == []
    address = "https://vimeo.com/123456"
    elsewhere = {"title": "Rundgang", "address": address}
    assert [gap.field for gap in gaps(bound, elsewhere)] == ["text"]
    assert gaps(bound, elsewhere | {"text": "Ein Weg durch die Stadt."}) == []
    relaxed(bound).deserialize({"title": "Rundgang", "video": "", "address": ""})
    with pytest.raises(colander.Invalid):
        relaxed(bound).deserialize({"title": "Rundgang", "video": "7", "address": address})


# Writing


def test_a_half_written_page_is_saved_and_says_what_it_lacks(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{editing.node('/').id}/add/page"))
    page = form.submit("do", value="add:quote")
    form = form_of(page)
    form["title"] = "Halb"
    form["text"] = "Wir bauen."
    shown = form.submit("do", value="save").follow()
    assert "Saved. Before it can be published" in shown
    node = editing.node("/halb")
    assert node.state == "draft"
    assert node.body["blocks"][0]["data"] == {"text": "Wir bauen.", "role": ""}
    quality = shown.html.find("section", class_="quality")
    assert "Block 1, Quotation: “Who says so” is empty." in quality.text
    link = next(one["href"] for one in quality.find_all("a") if "check" in one["href"])
    mending = editing.get(link)
    summary = mending.html.find(id="error-summary")
    entry = summary.find("a")
    assert entry.text == "Block 1, Quotation: Who says so"
    field = mending.html.find(id=entry["href"][1:])
    assert (field["name"], field["aria-invalid"]) == ("person", "true")


def test_publishing_at_once_names_block_and_field(editing: Town) -> None:
    node = half(editing)
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    answer = form.submit("do", value="publish", status=422)
    assert answer.html.find(id="error-summary").find("a").text == "Block 1, Quotation: Who says so"
    assert editing.node("/halb").state == "draft"


def test_wrong_values_and_an_empty_title_are_refused_as_ever(editing: Town) -> None:
    node = half(editing)
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    form["text"] = "x" * 2_000
    assert "Block 1, Quotation: Quotation" in form.submit("do", value="save", status=422)
    form["text"] = "kurz"
    form["title"] = ""
    form.submit("do", value="save", status=422)
    assert editing.node("/halb").version == node.version


def test_an_events_day_may_wait(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{editing.node('/').id}/add/event"))
    form["title"] = "Fest"
    form.submit("do", value="save").follow()
    assert editing.node("/fest").sort_at is None
    with editing.content() as content, pytest.raises(Unfinished, match="not finished"):
        content.publish(content.by_path("/fest").id)


# Showing


def test_drafts_of_every_kind_stand_being_shown_half_written(editing: Town) -> None:
    for name in editing.registry["plugins"]:
        editing.enable(name)
    with editing.content() as content:
        blocks = [
            {"id": f"{number:08x}", "type": name, "data": {}}
            for number, name in enumerate(content.block_types)
        ]
        home = content.by_path("/")
        kinds = [k for k in content.types.values() if k.unfinished and k.name != "home"]
        rows = []
        for kind in kinds:
            node = content.create(
                home, kind.name, title=f"Halb {kind.name}", blocks=blocks if kind.blocks else ()
            )
            content.save(node.id, version=node.version, title=f"Halb {kind.name} 2", blocks=blocks)
            rows.append((node.id, node.path, kind))
    assert {"event", "page", "link", "place"} <= {kind.name for _id, _path, kind in rows}
    for node_id, path, kind in rows:
        for rest in ("", "/edit", "/edit?check=1", "/revisions", "/compare?old=1&new=2", "/look"):
            answer = editing.get(f"/admin/nodes/{node_id}{rest}", status="*")
            assert answer.status_int == 200, (kind.name, rest)
        for address in (path, f"/admin/nodes/{node_id}/frame"):
            answer = editing.get(address, status="*")
            assert answer.status_int in {200, 302}, (kind.name, address)
    shown = editing.get("/halb-page")
    assert len(shown.html.select(".blocks .notice.warning")) > 5


def test_visitors_see_what_was_published_before_more_was_asked(editing: Town) -> None:
    node = editing.page("Alt", blocks=[])
    with editing.session() as session:
        stored = session.get(Node, node.id)
        stored.body = {"fields": {}, "blocks": [{"id": "a1", "type": "heading", "data": {}}]}
        stored.body["blocks"][0]["data"] = {"text": "Da", "level": "2"}
    editing.anonymous()
    assert "Da" in editing.get("/alt")


# Never public


def test_no_way_publishes_what_is_not_finished(editing: Town) -> None:
    node = half(editing)
    child = editing.page("Fertig", parent=node, published=False)
    with editing.content(actor=editing.account("editor")) as content:
        for step in (
            lambda: content.publish(node.id),
            lambda: content.transition(node.id, "publish"),
            lambda: content.schedule(
                node.id, publish_at=utcnow() + timedelta(days=1), expire_at=None
            ),
        ):
            with pytest.raises(Unfinished):
                step()
        done, left = content.publish_below(node.id, limit=10)
        assert (done, [row.id for row in left]) == (1, [node.id])
        run = bulk.begin(content, "publish", [(node.id, node.version)])
        bulk.do(content, run)
    with editing.session(write=False) as session:
        item = session.query(bulk.BulkItem).one()
        assert item.outcome == bulk.REFUSED
        assert "not finished" in bulk.message_of(item)
    assert editing.node("/halb").state == "draft"
    assert editing.node(child.path).state == "published"
    answer = editing.post(
        f"/admin/nodes/{node.id}/step", MultiDict(step="publish", version=str(node.version))
    ).follow()
    assert "Missing: Block 1, Quotation: “Who says so” is empty." in answer


def test_a_review_begins_when_a_page_is_finished(editing: Town) -> None:
    editing.configure("content", workflow="reviewed")
    node = half(editing)
    with editing.content() as content, pytest.raises(Unfinished):
        content.transition(node.id, "submit")


def test_planning_and_handing_in_lead_to_what_is_missing(editing: Town) -> None:
    editing.configure("content", workflow="reviewed")
    node = half(editing)
    form = form_of(editing.get(f"/admin/nodes/{node.id}/step?step=submit"))
    form["comment"] = "Bitte lesen"
    answer = form.submit(status=422)
    assert form_of(answer)["comment"].value == "Bitte lesen"
    link = answer.html.select_one(".error-summary a")
    assert link.text == "Block 1, Quotation: “Who says so” is empty."
    assert editing.get(link["href"]).html.find(id=link["href"].partition("#")[2])
    editing.configure("content", workflow="simple")
    form = form_of(editing.get(f"/admin/nodes/{node.id}/schedule"))
    form["publish_at"] = "2099-01-01T08:00"
    answer = form.submit(status=422)
    assert form_of(answer)["publish_at"].value == "2099-01-01T08:00"
    assert answer.html.select_one(".error-summary a").text == link.text
    assert editing.node("/halb").publish_at is None


def test_a_working_copy_may_be_half_written_and_visitors_see_the_finished_page(
    editing: Town,
) -> None:
    whole = {**QUOTE, "data": {"text": "Wir bauen.", "person": "Rita Muster"}}
    node = editing.page("Ganz", blocks=[whole])
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    form["person"] = ""
    shown = form.submit("do", value="save").follow()
    assert "Before it can be published" in shown
    stored = editing.node("/ganz")
    assert stored.draft_revision
    assert stored.body["blocks"][0]["data"]["person"] == "Rita Muster"
    with editing.content() as content:
        with pytest.raises(Unfinished):
            content.publish(node.id)
        with pytest.raises(Unfinished):
            content.save(node.id, version=stored.version, title="Ganz", blocks=[QUOTE])
        # An old revision comes back as a working copy.
        content.restore(node.id, stored.draft_revision)
    editing.anonymous()
    assert "Rita Muster" in editing.get("/ganz")


def test_what_waits_for_its_time_stays_finished(editing: Town) -> None:
    whole = {**QUOTE, "data": {"text": "Wir bauen.", "person": "Rita Muster"}}
    node = editing.page("Plan", blocks=[whole], published=False)
    with editing.content() as content:
        content.schedule(node.id, publish_at=utcnow() + timedelta(days=1), expire_at=None)
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    form["person"] = ""
    form.submit("do", value="save", status=422)
    with editing.content() as content, pytest.raises(ContentRefused, match="has a time"):
        stored = content.get(node.id)
        content.save(node.id, version=stored.version, title="Plan", blocks=[QUOTE])


# Values that do not go together, and computed defaults


class Span(colander.MappingSchema):
    """Two numbers of which one limits the other."""

    low = f.number("Low", minimum=0)
    high = f.number("High", minimum=0, required=False)

    def validator(self, node: Any, values: Any) -> None:
        """Refuse a limit that is passed."""
        if values["high"] is not None and values["high"] < values["low"]:
            error = colander.Invalid(node)
            error["high"] = "Too small."
            raise error


def test_values_that_do_not_go_together_are_a_gap_that_says_so() -> None:
    (gap,) = gaps(Span().bind(), {"low": 2, "high": 1})
    assert (gap.field, gap.message, gap.wrong) == ("high", "Too small.", True)
    assert contradictions(Span().bind(), {"low": 2, "high": 1}) == [gap]
    assert gaps(Span().bind(), {"low": 1, "high": 2}) == []
    # A limit without what it limits is half written, not wrong.
    assert contradictions(Span().bind(), {"high": 1}) == []
    assert [one.field for one in gaps(Span().bind(), {"high": 1})] == ["low"]


def test_a_stored_page_that_contradicts_itself_is_not_published(editing: Town) -> None:
    node = editing.add("event", "Fest", published=False)
    with editing.session() as session:
        stored = session.get(Node, node.id)
        stored.body = {
            "fields": {"starts": "2030-05-01T14:00", "ends": "2030-05-01T11:00"},
            "blocks": [],
        }
    with (
        editing.content() as content,
        pytest.raises(Unfinished, match="cannot be published like this") as caught,
    ):
        content.publish(node.id)
    assert caught.value.args[0].mapping["what"] == "The end lies before the beginning."
    marked = editing.get(f"/admin/nodes/{node.id}/edit?check=1")
    assert "The end lies before the beginning." in marked.html.find(id="error-summary").parent.text


def test_a_day_that_was_cleared_stays_empty_and_is_not_published(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{editing.node('/').id}/add/news"))
    assert form["date"].value
    form["title"] = "Meldung"
    form["date"] = ""
    assert "Date" in form.submit("do", value="save").follow()
    node = editing.node("/meldung")
    with editing.content() as content:
        assert content.fields(content.get(node.id))["date"] is None
        with pytest.raises(Unfinished):
            content.publish(node.id)
    # Nor does the form put today's day where somebody has taken the day away.
    assert form_of(editing.get(f"/admin/nodes/{node.id}/edit"))["date"].value == ""


def test_a_computed_default_is_stored_once(editing: Town) -> None:
    with editing.content() as content:
        node = content.create(content.by_path("/"), "news", title="Ohne Angabe")
        assert node.body["fields"]["date"] == str(content.fields(node)["date"])
        content.publish(node.id)
        assert content.get(node.id).sort_at is not None
