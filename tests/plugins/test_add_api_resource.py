"""``add_api_resource``: a plugin's part of the API, there for towns that have switched it on."""

from typing import Any

import colander
import pytest
from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.api import Asked, Operation, Paged
from stadtkern.forms import fields as f
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import MakeTown
from stadtkern.testing.town import Town

pytestmark = on_sqlite


class ThingAnswer(colander.MappingSchema):
    """What is answered."""

    name = colander.SchemaNode(colander.String())


class ThingBody(colander.MappingSchema):
    """What is taken."""

    name = f.line("Name", maximum=20)
    size = f.number("Size", minimum=1, maximum=9, required=False)


def things(_context: Any, _request: Any, asked: Asked) -> dict[str, Any]:
    return {"items": [{"name": f"thing {asked.query['limit']}"}], "next": None}


def add(_context: Any, _request: Any, asked: Asked) -> dict[str, Any]:
    return {"name": f"{asked.body['name']} {asked.body['size']}"}


OPERATIONS = (
    Operation(
        "GET",
        "",
        things,
        "Things",
        permission=Permission.OFFICE,
        query=Paged,
        answer=ThingAnswer,
        paged=True,
    ),
    Operation(
        "POST",
        "",
        add,
        "Add a thing",
        permission=Permission.SETTINGS,
        body=ThingBody,
        answer=ThingAnswer,
        status=201,
    ),
)


def includeme(config: Configurator) -> None:
    config.add_api_resource("things", title="Things", operations=OPERATIONS)


@pytest.fixture
def town(make_town: MakeTown, make_plugin: Any) -> Town:
    made = make_town(plugins={"one": make_plugin("one", includeme)})
    made.enable("one")
    return made


def test_a_plugins_resource_answers_and_judges_like_the_cores(town: Town) -> None:
    token = town.token(town.account("administrator"))
    assert town.api("GET", "/things", token=token).json["items"] == [{"name": "thing 50"}]
    made = town.api("POST", "/things", {"name": "Bank"}, token=token, status=201)
    assert made.json == {"name": "Bank None"}
    for body in ({"name": ""}, {"name": "x", "size": 10}, {"name": "x", "more": 1}, {}):
        town.api("POST", "/things", body, token=token, status=422)
    town.api("GET", "/things", status=401)
    town.api("DELETE", "/things", token=token, status=405)
    editor = town.account("editor")
    town.api("POST", "/things", {"name": "x"}, token=town.token(editor), status=403)
    reader = town.token(town.account("administrator"), "things:read")
    town.api("POST", "/things", {"name": "x"}, token=reader, status=403)


def test_it_is_part_of_the_document_and_of_the_scopes(town: Town) -> None:
    document = town.api("GET", "/openapi.json").json
    assert set(document["paths"]["/things"]) == {"get", "post"}
    schemas = document["components"]["schemas"]
    # Two plugins may call their classes alike.
    (body,) = (schema for name, schema in schemas.items() if name.endswith(".ThingBody"))
    assert body["properties"]["name"]["maxLength"] == 20
    assert body["required"] == ["name"]
    town.login("editor")
    assert "things:write" in town.get("/account/tokens/new").text
    assert "things" in town.api("GET", "/").text


def test_without_the_plugin_it_does_not_exist(town: Town) -> None:
    token = town.token(town.account("administrator"))
    town.disable("one")
    town.api("GET", "/things", token=token, status=404)
    assert "/things" not in town.api("GET", "/openapi.json").json["paths"]
    town.login("editor")
    assert "things:write" not in town.get("/account/tokens/new").text


def test_it_is_introspectable_with_its_owner(town: Town) -> None:
    found = town.registry.introspector.get("api resources", "things")
    assert found["owner"] == "one"
    assert found["paths"] == ["/api/v1/things"]
    town.login("administrator")
    assert (
        "/api/v1/things" in town.get("/admin/plugins/one").text
        or "Things" in town.get("/admin/plugins/one").text
    )


def test_one_name_for_two_plugins_is_an_error_that_names_both(
    make_town: MakeTown, make_plugin: Any
) -> None:
    plugins = {name: make_plugin(name, includeme) for name in ("one", "two")}
    town = make_town(plugins=plugins)
    problems = " ".join(str(item.problem) for item in town.registry["plugins"].values())
    assert "one" in problems
    assert "two" in problems


def test_a_name_that_is_no_address_is_refused(make_town: MakeTown, make_plugin: Any) -> None:
    def wrong(config: Configurator) -> None:
        config.add_api_resource("Meine Dinge", title="x", operations=())

    town = make_town(plugins={"one": make_plugin("one", wrong)})
    assert "lower-case" in str(town.registry["plugins"]["one"].problem)
