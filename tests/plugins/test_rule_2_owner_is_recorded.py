"""Rule 2: who added something is recorded, not declared; plugin authors write plain Pyramid."""

from pathlib import Path
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.events import BeforeRender, NewRequest
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.content import Resource
from stadtkern.content.events import NodeCreated
from stadtkern.content.resources import Page
from stadtkern.db import bind_tenant, work
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import MakeTown
from stadtkern.testing.town import Town

pytestmark = on_sqlite


def answer(text: str) -> Any:
    return lambda *_args: Response(text)


def one_town(make_town: MakeTown, make_plugin: Any, includeme: Any, **kw: Any) -> Town:
    town = make_town(plugins={"one": make_plugin("one", includeme, **kw)})
    registered = town.registry["plugins"]["one"]
    assert registered.problem is None, registered.trace
    return town


def test_a_disabled_route_does_not_shadow_a_page(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("guide", "/guide")
        config.add_view(answer("the plugin's"), route_name="guide")

    town = one_town(make_town, make_plugin, includeme)
    town.page("Guide of old", slug="guide")
    assert "Guide of old" in town.get("/guide").text
    town.enable("one")
    assert town.get("/guide").text == "the plugin's"
    town.disable("one")
    assert "Guide of old" in town.get("/guide").text


def test_a_view_on_a_node_falls_back_to_the_core(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        # More predicates than the core's view: it comes first in Pyramid's MultiView.
        config.add_view(
            answer("the plugin's"), context=Page, request_method="GET", request_param="special"
        )
        config.add_view(answer("print"), name="print", context=Resource)

    town = one_town(make_town, make_plugin, includeme)
    town.page("Seite", slug="seite")
    assert "<h1>Seite</h1>" in town.get("/seite?special=1").text
    town.get("/seite/print", status=404)
    town.enable("one")
    assert town.get("/seite?special=1").text == "the plugin's"
    assert town.get("/seite/print").text == "print"


def test_several_views_of_one_route(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("multi", "/multi")
        config.add_view(answer("plain"), route_name="multi")
        config.add_view(answer("json"), route_name="multi", accept="application/json")
        config.add_view(answer("special"), route_name="multi", request_param="special")

    town = one_town(make_town, make_plugin, includeme)
    for path in ("/multi", "/multi?special=1"):
        town.get(path, status=404)
    town.enable("one")
    html = {"Accept": "text/html"}
    assert town.get("/multi", headers=html).text == "plain"
    assert town.get("/multi?special=1", headers=html).text == "special"
    assert town.get("/multi", headers={"Accept": "application/json"}).text == "json"


def test_a_view_that_does_not_answer_leaves_no_trace(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("form", "/form")
        config.add_view(answer("form"), route_name="form", page_cache=True, uses_session=True)
        config.add_view(answer("special"), context=Page, request_param="special", page_cache=True)

    town = one_town(make_town, make_plugin, includeme)
    town.page("Seite", slug="seite")
    response = town.get("/form", status=404)
    assert "ETag" not in response.headers
    # The declaration of the view that stands back must not count for the one that answers.
    assert "Seite" in town.get("/seite?special=1").text
    town.enable("one")
    assert town.get("/seite?special=1").text == "special"


def test_views_with_their_own_traversal(make_town: MakeTown, make_plugin: Any) -> None:
    class Box:
        def __init__(self, request: Request) -> None:
            self.request = request

        def __getitem__(self, key: str) -> Any:
            if key == "inner":
                return self
            raise KeyError(key)

    def includeme(config: Configurator) -> None:
        config.add_route("boxes", "/boxes/*traverse", factory=Box)
        config.add_view(answer("box"), route_name="boxes", context=Box)
        config.add_view(answer("lid"), route_name="boxes", context=Box, name="lid")

    town = one_town(make_town, make_plugin, includeme)
    town.get("/boxes/inner", status=404)
    town.enable("one")
    assert town.get("/boxes/inner").text == "box"
    assert town.get("/boxes/inner/lid").text == "lid"


def test_static_files(make_town: MakeTown, make_plugin: Any, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "file.txt").write_text("on the shelf", "utf-8")

    def includeme(config: Configurator) -> None:
        config.add_static_view("shelf", str(tmp_path / "shelf"))

    town = one_town(make_town, make_plugin, includeme)
    town.get("/shelf/file.txt", status=404)
    town.enable("one")
    assert town.get("/shelf/file.txt").text == "on the shelf"


def test_scanned_views(make_town: MakeTown, write_package: Any) -> None:
    from stadtkern.plugins.loading import discover

    write_package(
        "scanned",
        {
            "pages.py": """
                from pyramid.response import Response
                from pyramid.view import view_config, view_defaults

                @view_config(route_name="scanned")
                def page(request):
                    return Response("scanned")

                @view_defaults(route_name="kinds")
                class Kinds:
                    def __init__(self, request):
                        self.request = request

                    @view_config(request_method="GET")
                    def get(self):
                        return Response("kinds")
            """
        },
        init="""
            def includeme(config):
                config.add_route("scanned", "/scanned")
                config.add_route("kinds", "/kinds")
                config.scan()
        """,
    )
    town = make_town(plugins=discover(["scanned"]))
    for path in ("/scanned", "/kinds"):
        town.get(path, status=404)
    town.enable("scanned")
    assert town.get("/scanned").text == "scanned"
    assert town.get("/kinds").text == "kinds"


def test_an_exception_of_the_plugins_own(make_town: MakeTown, make_plugin: Any) -> None:
    class TooSteep(Exception):  # noqa: N818
        """Own, by its module."""

    TooSteep.__module__ = "stadtkern_one.errors"

    def climb(_request: Request) -> Response:
        raise TooSteep

    def includeme(config: Configurator) -> None:
        config.add_route("climb", "/climb")
        config.add_view(climb, route_name="climb")
        config.add_exception_view(answer("too steep"), context=TooSteep)

    town = one_town(make_town, make_plugin, includeme)
    town.get("/climb", status=404)
    town.enable("one")
    assert town.get("/climb").text == "too steep"
    town.get("/nowhere", status=404)


def test_a_helper_library_belongs_to_the_plugin_that_includes_it(
    make_town: MakeTown, make_plugin: Any
) -> None:
    plugin = make_plugin("one", lambda config: config.include("stadtkern_helper", "/prefix"))

    def helper(config: Configurator) -> None:
        config.include(deeper)
        config.add_route("helper", "/helper")
        config.add_view(answer("helper"), route_name="helper")

    def deeper(config: Configurator) -> None:
        config.add_route("deeper", "/deeper")
        config.add_view(answer("deeper"), route_name="deeper")

    make_plugin("helper", helper)
    town = make_town(plugins={"one": plugin})
    for path in ("/prefix/helper", "/prefix/deeper"):
        town.get(path, status=404)
    town.enable("one")
    assert town.get("/prefix/helper").text == "helper"
    assert town.get("/prefix/deeper").text == "deeper"


def test_a_helper_that_two_plugins_include_fails_visibly(
    make_town: MakeTown, make_plugin: Any
) -> None:
    """Pyramid would include it once, for the first plugin's towns only."""

    def helper(config: Configurator) -> None:
        config.add_route("helper", "/helper")

    make_plugin("helper", helper)
    plugins = {
        name: make_plugin(name, lambda config: config.include("stadtkern_helper"))
        for name in ("one", "two")
    }
    make_town(plugins=plugins)
    for name in ("one", "two"):
        assert "one and two" in (plugins[name].problem or "")


def test_a_library_that_the_core_has_included_is_left_alone(
    make_town: MakeTown, make_plugin: Any
) -> None:
    town = one_town(make_town, make_plugin, lambda config: config.include("pyramid_jinja2"))
    town.get("/")


def test_subscribers_hear_of_their_towns_only(make_town: MakeTown, make_plugin: Any) -> None:
    heard: list[str] = []

    def includeme(config: Configurator) -> None:
        config.add_subscriber(lambda event: heard.append(event.node.title), NodeCreated)
        config.add_subscriber(lambda event: heard.append(event.request.path), NewRequest)
        config.add_subscriber(lambda event: event.update(extra="more"), BeforeRender)

    town = one_town(make_town, make_plugin, includeme)
    town.page("Before")
    town.get("/")
    assert heard == []
    town.enable("one")
    town.page("After")
    town.get("/")
    assert heard == ["After", "/"]
    other = town.second_tenant()
    other.page("Elsewhere")
    other.get("/")
    assert heard == ["After", "/"]


def test_an_event_of_another_town_counts_by_that_town(
    make_town: MakeTown, make_plugin: Any
) -> None:
    """An operator's request in one town may create something in another one."""
    heard: list[int] = []
    towns: dict[str, Town] = {}

    def act(request: Request) -> Response:
        other = towns["other"]
        with work(request.registry["database"]) as session:
            bind_tenant(session, other.tenant_id)
            request.registry.notify(
                NodeCreated(session, request.registry, other.tenant_id, other.node("/"))
            )
        return Response("done")

    def includeme(config: Configurator) -> None:
        config.add_route("act", "/act")
        config.add_view(act, route_name="act")
        config.add_subscriber(lambda event: heard.append(event.tenant_id), NodeCreated)

    town = one_town(make_town, make_plugin, includeme)
    towns["other"] = town.second_tenant()
    town.enable("one")
    town.get("/act")
    assert heard == []
    towns["other"].enable("one")
    town.get("/act")
    assert heard == [towns["other"].tenant_id]


def test_request_methods(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_request_method(lambda _request, what: f"said {what}", "say")
        config.add_request_method(lambda request: request.path, "where", reify=True)
        config.add_request_method(lambda _request: "now", "when", property=True)

    def look(config: Configurator) -> None:
        config.add_route("look", "/look")
        config.add_view(
            lambda request: {
                "say": request.say("hi") if "one" in request.plugins.enabled else "",
                "where": getattr(request, "where", None),
                "when": getattr(request, "when", None),
            },
            route_name="look",
            renderer="json",
        )

    plugins = {"one": make_plugin("one", includeme), "two": make_plugin("two", look)}
    town = make_town(plugins=plugins)
    town.enable("two")
    assert town.get("/look").json == {"say": "", "where": None, "when": None}
    town.enable("one")
    assert town.get("/look").json == {"say": "said hi", "where": "/look", "when": "now"}


def test_calling_a_request_method_of_a_disabled_plugin(
    make_town: MakeTown, make_plugin: Any
) -> None:
    def look(config: Configurator) -> None:
        config.add_route("look", "/look")
        config.add_view(say, route_name="look")

    def say(request: Request) -> Response:
        with pytest.raises(AttributeError, match="say"):
            request.say()
        return Response("refused")

    plugins = {
        "one": make_plugin("one", lambda c: c.add_request_method(lambda _request: 1, "say")),
        "two": make_plugin("two", look),
    }
    town = make_town(plugins=plugins)
    town.enable("two")
    assert town.get("/look").text == "refused"


def test_slots(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_slot("footer", "one", lambda *_: "<li>from the plugin</li>")

    town = one_town(make_town, make_plugin, includeme)
    assert "from the plugin" not in town.get("/").text
    town.enable("one")
    assert "<li>from the plugin</li>" in town.get("/").text


def test_roles_and_grants(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_role("guide", title="Guide", permissions=("one.write",))
        config.grant_permission("author", "one.read")

    def core(config: Configurator) -> None:
        config.add_route("mine", "/mine")
        config.add_view(
            lambda request: sorted(request.permissions & {"one.read", "one.write"}),
            route_name="mine",
            renderer="json",
        )

    plugins = {"one": make_plugin("one", includeme), "two": make_plugin("two", core)}
    town = make_town(plugins=plugins)
    town.enable("two")
    town.login("author", "guide")
    assert town.get("/mine").json == []
    town.enable("one")
    assert town.get("/mine").json == ["one.read", "one.write"]


def test_entries_and_tiles_of_the_back_office(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("one.office", "/admin/one")
        config.add_view(answer("office"), route_name="one.office", permission="office")
        config.add_admin_item("one", title="Entry of one", route="one.office")
        config.add_dashboard_tile("one", title="Tile of one", render=lambda _request: "<p>tile</p>")

    town = one_town(make_town, make_plugin, includeme)
    town.login("author")
    before = town.get("/admin").text
    assert "Entry of one" not in before
    assert "Tile of one" not in before
    town.get("/admin/one", status=404)
    town.enable("one")
    after = town.get("/admin").text
    assert "Entry of one" in after
    assert "<p>tile</p>" in after
    assert town.get("/admin/one").text == "office"


def test_a_view_may_say_that_there_is_nothing(make_town: MakeTown, make_plugin: Any) -> None:
    def nothing(_request: Request) -> Response:
        raise HTTPNotFound

    def includeme(config: Configurator) -> None:
        config.add_route("nothing", "/nothing")
        config.add_view(nothing, route_name="nothing")

    town = one_town(make_town, make_plugin, includeme)
    town.enable("one")
    assert "404" in town.get("/nothing", status=404).text


def test_every_introspectable_names_its_owner_and_place(
    make_town: MakeTown, make_plugin: Any
) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("hello", "/hello")
        config.add_view(answer("hello"), route_name="hello")
        config.add_subscriber(lambda _event: None, NewRequest)
        config.add_request_method(lambda _request: 1, "one")
        config.add_slot("footer", "one", lambda *_: None)
        config.add_static_view("shelf", "stadtkern.web:static")

    town = one_town(make_town, make_plugin, includeme)
    places = {
        category: {
            (Path(entry["introspectable"].action_info.file).name, entry["introspectable"]["owner"])
            for entry in town.registry.introspector.get_category(category)
            if entry["introspectable"].get("owner")
        }
        for category in (
            "routes",
            "views",
            "subscribers",
            "request extensions",
            "slots",
            "static views",
        )
    }
    assert set(map(frozenset, places.values())) == {frozenset({(Path(__file__).name, "one")})}
