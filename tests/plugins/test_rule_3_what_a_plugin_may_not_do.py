"""Rule 3: what would change the platform for every town is refused, with file and line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.interfaces import IExceptionResponse
from pyramid.response import Response
from sqlalchemy.exc import OperationalError

from stadtkern.db import DatabaseBusy
from stadtkern.plugins.configurator import FORBIDDEN
from stadtkern.plugins.loading import discover
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import MakeTown

pytestmark = on_sqlite

Include = Callable[[Configurator], None]
HERE = re.escape(str(Path(__file__)))


def refused(make_town: MakeTown, make_plugin: Any, *wrong: tuple[Include, str]) -> None:
    """Let one plugin do each thing; each is refused with its reason and place, a good one works."""
    names = [f"one{number}" for number in range(len(wrong))]
    plugins = {
        name: make_plugin(name, includeme)
        for name, (includeme, _says) in zip(names, wrong, strict=True)
    }
    plugins["two"] = make_plugin("two", hello)
    town = make_town(plugins=plugins)
    for name, (_includeme, says) in zip(names, wrong, strict=True):
        problem = plugins[name].problem or ""
        assert says in problem
        assert re.search(rf"{HERE}, line \d+", problem), problem
    town.enable("two")
    assert town.get("/hello").text == "hello"
    town.get("/nowhere", status=404)


def hello(config: Configurator) -> None:
    config.add_route("hello", "/hello")
    config.add_view(lambda _request: Response("hello"), route_name="hello")


def test_calls_that_reach_beyond_the_plugin(make_town: MakeTown, make_plugin: Any) -> None:
    def calling(name: str) -> Include:
        return lambda config: getattr(config, name)("anything", "else")

    refused(make_town, make_plugin, *((calling(name), f"config.{name}") for name in FORBIDDEN))


def test_forbidden_names_are_pyramids_or_ours(make_town: MakeTown) -> None:
    """A misspelt name in the list would refuse nothing."""
    known = make_town(plugins={}).registry._directives
    assert [
        name for name in FORBIDDEN if not hasattr(Configurator, name) and name not in known
    ] == []


@pytest.mark.parametrize("how", ["view", "for_", "exception_view", "only"])
def test_views_for_exceptions_of_others(make_town: MakeTown, make_plugin: Any, how: str) -> None:
    def catching(context: Any) -> Include:
        def includeme(config: Configurator) -> None:
            view = lambda *_: Response("mine")  # noqa: E731
            if how == "view":
                config.add_view(view, context=context)
            elif how == "for_":
                config.add_view(view, "", context)
            elif how == "only":
                config.add_view(view, context=context, exception_only=True)
            else:
                config.add_exception_view(view, context=context)

        return includeme

    contexts = (
        Exception,
        HTTPNotFound,
        HTTPForbidden,
        IExceptionResponse,
        DatabaseBusy,
        OperationalError,
        "pyramid.httpexceptions.HTTPServerError",
        ValueError,
    )
    wrong = [(catching(context), "exceptions of its own") for context in contexts]
    refused(make_town, make_plugin, *wrong)


@pytest.mark.parametrize("how", ["exception_view", "only"])
def test_views_for_all_exceptions(make_town: MakeTown, make_plugin: Any, how: str) -> None:
    def includeme(config: Configurator) -> None:
        if how == "only":
            config.add_view(lambda *_: Response("mine"), exception_only=True)
        else:
            config.add_exception_view(lambda *_: Response("mine"))

    refused(make_town, make_plugin, (includeme, "exceptions of its own"))


@pytest.mark.parametrize(
    "decorator", ["notfound_view_config", "forbidden_view_config", "exception_view_config"]
)
def test_scanned_decorators(make_town: MakeTown, write_package: Any, decorator: str) -> None:
    site = write_package(
        "scanned",
        {
            "pages.py": f"""
                from pyramid.response import Response
                from pyramid.view import {decorator}

                @{decorator}()
                def page(request):
                    return Response("mine")
            """
        },
        init="def includeme(config): config.scan()",
    )
    plugins = discover(["scanned"])
    make_town(plugins=plugins).get("/nowhere", status=404)
    problem = plugins["scanned"].problem or ""
    assert "Plugin scanned" in problem
    assert str(site) in problem


@pytest.mark.parametrize("name", ["tenant", "identity", "session", "path", "response", "id"])
def test_request_methods_under_the_platforms_names(
    make_town: MakeTown, make_plugin: Any, name: str
) -> None:
    def includeme(config: Configurator) -> None:
        config.add_request_method(lambda _request: None, name, property=True)

    refused(make_town, make_plugin, (includeme, f"request.{name}"))


@pytest.mark.parametrize("name", ["json", "string", None])
def test_renderers_of_the_platform(make_town: MakeTown, make_plugin: Any, name: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_renderer(name, lambda _info: None)

    refused(make_town, make_plugin, (includeme, "renderer"))


@pytest.mark.parametrize("name", ["add_slot", "add_route", "add_content_type"])
def test_directives_of_the_platform(make_town: MakeTown, make_plugin: Any, name: str) -> None:
    def includeme(config: Configurator) -> None:
        config.add_directive(name, lambda _config: None)

    refused(make_town, make_plugin, (includeme, f"config.{name}"))


def test_an_unknown_slot(make_town: MakeTown, make_plugin: Any) -> None:
    plugins = {"one": make_plugin("one", lambda c: c.add_slot("roof", "one", lambda *_: ""))}
    make_town(plugins=plugins)
    assert "There is no slot roof" in (plugins["one"].problem or "")


def test_what_is_free_may_be_added(make_town: MakeTown, make_plugin: Any) -> None:
    class Renderer:
        def __init__(self, _info: Any) -> None:
            pass

        def __call__(self, value: Any, _system: Any) -> str:
            return f"<{value}>"

    def includeme(config: Configurator) -> None:
        config.add_renderer("angles", Renderer)
        config.add_directive("add_angle", lambda c, name: c.add_route(name, f"/{name}"))
        config.add_angle("acute")
        config.add_view(lambda _request: "sharp", route_name="acute", renderer="angles")

    town = make_town(plugins={"one": make_plugin("one", includeme)})
    town.get("/acute", status=404)
    town.enable("one")
    assert town.get("/acute").text == "<sharp>"
