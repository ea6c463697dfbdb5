"""Rule 6: content and blocks of a kind that nobody knows are kept and not shown."""

from typing import Any

import colander
import pytest
from pyramid.config import Configurator
from pyramid.response import Response
from sqlalchemy import text

from stadtkern.content import ContentRefused, Resource
from stadtkern.forms import fields as f
from stadtkern.testing.plugin import MakeTown
from stadtkern.testing.town import Town


class Tour(Resource):
    """A node of a type of the plugin."""


class TourSchema(colander.MappingSchema):  # type: ignore[misc]
    """Its fields."""

    length = f.line("Length")


def includeme(config: Configurator) -> None:
    config.add_content_type(
        "one_tour", title="Tour", schema=TourSchema, resource=Tour, in_nav=True, contains=("*",)
    )
    config.add_view(lambda *_: Response("a tour"), context=Tour, permission="view")
    config.add_block_type(
        "one_box",
        title="Box",
        schema=TourSchema,
        template="stadtkern.content:templates/blocks/text.jinja2",
    )


@pytest.fixture
def town(make_town: MakeTown, make_plugin: Any) -> Town:
    made = make_town(plugins={"one": make_plugin("one", includeme)})
    made.enable("one")
    return made


def stored(town: Town, node_id: int) -> tuple[Any, ...]:
    """Return the row as the database has it, the body as bytes."""
    with town.session(write=False) as session:
        row = session.execute(
            text(
                "select cast(body as text), type, title, state, version, path "
                "from node where id = :id"
            ),
            {"id": node_id},
        ).one()
    return tuple(row)


def test_a_node_of_a_disabled_plugin(town: Town) -> None:
    node = town.add("one_tour", "Rundweg", fields={"length": "5 km"}, slug="rundweg")
    folder = town.add("folder", "Wege", slug="wege")
    below = town.add("one_tour", "Kurzer Weg", parent=folder, fields={"length": "1 km"})
    assert "Rundweg" in town.get("/").text
    assert "Kurzer Weg" in town.get("/wege").text
    assert town.get(node.path).text == "a tour"
    before = stored(town, node.id)

    town.disable("one")
    town.get(node.path, status=404)
    town.get(below.path, status=404)
    assert "Rundweg" not in town.get("/").text
    assert "Kurzer Weg" not in town.get("/wege").text
    assert stored(town, node.id) == before
    with town.content() as content, pytest.raises(ContentRefused):
        content.save(node.id, version=1, title="Changed", fields={"length": "9 km"})
    assert stored(town, node.id) == before

    town.login("administrator")
    town.get(f"/admin/nodes/{node.id}")
    town.anonymous()

    town.enable("one")
    assert town.get(node.path).text == "a tour"
    assert stored(town, node.id) == before


def test_moving_it_with_its_parent_keeps_its_body(town: Town) -> None:
    folder = town.add("folder", "Wege", slug="wege")
    node = town.add("one_tour", "Rundweg", parent=folder, fields={"length": "5 km"})
    body = stored(town, node.id)[0]
    town.disable("one")
    with town.content() as content:
        content.rename(folder.id, "pfade")
    town.enable("one")
    assert stored(town, node.id)[0] == body
    assert town.get("/pfade/rundweg").text == "a tour"


def test_a_block_of_a_disabled_plugin(town: Town) -> None:
    heading = {"id": "b1", "type": "heading", "data": {"text": "Oben", "level": "2"}}
    box = {"id": "b2", "type": "one_box", "data": {"length": "5 km"}}
    page = town.page("Seite", slug="seite", blocks=[heading, box])
    kept = town.node("/seite").body["blocks"][1]
    town.disable("one")
    shown = town.get("/seite").text
    assert "Oben" in shown
    assert "5 km" not in shown
    with town.content() as content:
        node = content.get(page.id)
        # What a form sends back of a block that it cannot show: its id and its type.
        content.save(
            page.id,
            version=node.version,
            title="Seite",
            blocks=[{"id": "b2", "type": "one_box", "data": {}}, heading],
        )
    blocks = town.node("/seite").body["blocks"]
    assert blocks[0] == kept
    assert blocks[1]["data"]["text"] == "Oben"


def test_nothing_new_can_be_made_of_it(town: Town) -> None:
    town.disable("one")
    with pytest.raises(ContentRefused):
        town.add("one_tour", "Rundweg", fields={"length": "5 km"})
