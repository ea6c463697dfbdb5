"""Rule 1: an installed plugin does nothing for a town until that town switches it on."""

from typing import Any

import colander
import pytest
from pyramid.config import Configurator
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.forms import fields as f
from stadtkern.plugins import Plugin, TenantPlugin, events, services
from stadtkern.plugins.services import PluginRefused
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import MakeTown
from stadtkern.testing.town import Town


class Settings(colander.MappingSchema):  # type: ignore[misc]
    """Settings of a plugin made for the test."""

    text = f.line("Text", default="from the schema")
    number = f.number("Number", minimum=1, maximum=9, default=3)
    lines = colander.SchemaNode(
        colander.Sequence(), colander.SchemaNode(colander.String()), default=["a"], missing=["a"]
    )
    flag = colander.SchemaNode(colander.Boolean(), default=False, missing=False)


def hello(config: Configurator) -> None:
    config.add_route("hello", "/hello")
    config.add_view(lambda _request: Response("hello"), route_name="hello")


def test_a_plugin_is_off_until_a_town_switches_it_on(make_town: MakeTown, make_plugin: Any) -> None:
    town = make_town(plugins={"one": make_plugin("one", hello)})
    other = town.second_tenant()
    town.get("/hello", status=404)
    town.enable("one")
    assert town.get("/hello").text == "hello"
    other.get("/hello", status=404)
    town.disable("one")
    town.get("/hello", status=404)


def test_switching_off_keeps_settings_and_data(make_town: MakeTown, make_plugin: Any) -> None:
    town = make_town(plugins={"one": make_plugin("one", hello, settings=Settings)})
    town.enable("one")
    town.configure("one", text="ours")
    town.disable("one")
    with town.session(write=False) as session:
        row = session.scalars(select(TenantPlugin).where(TenantPlugin.plugin == "one")).one()
        assert (row.enabled, row.settings) == (False, {"text": "ours"})
    town.enable("one")
    assert state(town).settings("one")["text"] == "ours"


def state(town: Town) -> Any:
    with town.session(write=False) as session:
        return town.registry["plugin_states"].of_id(town.tenant_id, session)


@on_sqlite
def test_settings_come_from_tenant_then_installation_then_schema(
    make_town: MakeTown, make_plugin: Any
) -> None:
    plugin = make_plugin("one", settings=Settings)
    town = make_town(
        {"one.number": "5", "one.lines": "x\ny", "one.flag": "true"}, plugins={"one": plugin}
    )
    town.enable("one")
    found = state(town).settings("one")
    assert found == {"text": "from the schema", "number": 5, "lines": ["x", "y"], "flag": True}
    town.configure("one", text="ours", number=7, lines=["z"], flag=False)
    found = state(town).settings("one")
    assert found == {"text": "ours", "number": 7, "lines": ["z"], "flag": False}
    assert state(town.second_tenant()).settings("one")["number"] == 5


@on_sqlite
def test_what_counts_anyway_is_not_stored(make_town: MakeTown, make_plugin: Any) -> None:
    town = make_town({"one.number": "5"}, plugins={"one": make_plugin("one", settings=Settings)})
    town.configure("one", text="from the schema", number=5, lines=["a"], flag=True)
    with town.session(write=False) as session:
        assert session.scalars(select(TenantPlugin.settings)).one() == {"flag": "true"}


@on_sqlite
@pytest.mark.parametrize("broken", ["99", "many", ["1"], {"a": 1}])
def test_a_stored_value_that_no_longer_fits_falls_back(
    make_town: MakeTown, make_plugin: Any, broken: Any
) -> None:
    town = make_town({"one.number": "5"}, plugins={"one": make_plugin("one", settings=Settings)})
    with town.session() as session:
        session.add(TenantPlugin(plugin="one", enabled=True, settings={"number": broken}))
    assert state(town).settings("one")["number"] == 5


@on_sqlite
def test_an_installation_value_that_does_not_fit_falls_back(
    make_town: MakeTown, make_plugin: Any
) -> None:
    town = make_town({"one.number": "99"}, plugins={"one": make_plugin("one", settings=Settings)})
    assert state(town).settings("one")["number"] == 3


@on_sqlite
def test_a_request_reads_settings_by_the_same_rule(make_town: MakeTown, make_plugin: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.add_route("show", "/show")
        config.add_view(
            lambda request: request.settings_of("one"), route_name="show", renderer="json"
        )

    plugin = make_plugin("one", includeme, settings=Settings)
    town = make_town(plugins={"one": plugin})
    town.enable("one")
    town.configure("one", text="ours")
    assert town.get("/show").json["text"] == "ours"


@on_sqlite
def test_a_plugin_brings_what_it_requires(make_town: MakeTown, make_plugin: Any) -> None:
    plugins = {
        "above": make_plugin("above", requires=("below",)),
        "below": make_plugin("below"),
    }
    town = make_town(plugins=plugins)
    town.enable("above")
    assert state(town).enabled == {"above", "below"}
    with pytest.raises(PluginRefused, match="below is needed by above"):
        town.disable("below")
    town.disable("above")
    town.disable("below")
    assert state(town).enabled == frozenset()


seeded: list[str] = []


def seed(session: Any, registry: Any, tenant: Any) -> None:
    seeded.append(tenant.slug)
    session.add(TenantPlugin(plugin="trace", enabled=False, settings={}))


def breaks(session: Any, registry: Any, tenant: Any) -> None:
    session.add(TenantPlugin(plugin="trace", enabled=False, settings={}))
    session.flush()
    raise LookupError("nothing there")


def test_on_enable_runs_in_the_same_transaction(make_town: MakeTown, make_plugin: Any) -> None:
    seeded.clear()
    plugin = make_plugin("one", hello, on_enable=f"{__name__}:seed")
    town = make_town(plugins={"one": plugin})
    town.enable("one")
    town.enable("one")
    assert seeded == ["musterstadt"]


def test_an_on_enable_that_fails_takes_everything_back(
    make_town: MakeTown, make_plugin: Any
) -> None:
    plugin = make_plugin("one", hello, on_enable=f"{__name__}:breaks")
    town = make_town(plugins={"one": plugin})
    with town.session() as session, pytest.raises(PluginRefused, match="LookupError"):
        services.enable(session, town.registry, town.tenant, "one")
    # The transaction went on and was committed, as a form's view does after a refusal.
    with town.session(write=False) as session:
        assert session.scalars(select(TenantPlugin)).all() == []
    town.get("/hello", status=404)


@on_sqlite
def test_subscribers_hear_of_being_switched_on(make_town: MakeTown, make_plugin: Any) -> None:
    heard: list[str] = []

    def includeme(config: Configurator) -> None:
        config.add_subscriber(lambda event: heard.append(event.plugin), events.PluginEnabled)

    town = make_town(plugins={"one": make_plugin("one", includeme), "two": make_plugin("two")})
    town.enable("two")
    assert heard == []
    town.enable("one")
    assert heard == ["one"]


@on_sqlite
def test_the_back_office_switches_plugins(make_town: MakeTown, make_plugin: Any) -> None:
    town = make_town(plugins={"one": make_plugin("one", hello)})
    town.login("editor")
    town.get("/admin/plugins", status=403)
    town.login("administrator")
    assert "One" in town.get("/admin/plugins").text
    town.post("/admin/plugins", {"plugin": "one", "switch": "on"}, status=302)
    town.get("/hello", status=200)
    town.post("/admin/plugins", {"plugin": "one", "switch": "off"}, status=302)
    town.get("/hello", status=404)


def test_a_plugin_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Plugin(name="one", title="One").name = "two"  # type: ignore[misc]
