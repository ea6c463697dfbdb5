"""Rule 4: a broken plugin is named and left out; everything else works."""

import json
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.events import ApplicationCreated
from pyramid.response import Response

from stadtkern.plugins.loading import discover
from stadtkern.plugins.plugin import Installed
from stadtkern.plugins.services import PluginRefused
from stadtkern.testing.databases import TestDatabase, on_sqlite
from stadtkern.testing.plugin import Command, MakeTown
from stadtkern.testing.town import Town
from stadtkern.web.health import Health

pytestmark = on_sqlite


def good(config: Configurator) -> None:
    config.add_route("good", "/good")
    config.add_view(lambda _request: Response("good"), route_name="good")


def still_works(town: Town, *quarantined: str) -> None:
    """Check that the town, the good plugin and the back office work and name the others."""
    town.get("/")
    town.enable("good")
    assert town.get("/good").text == "good"
    ready = town.get("/health/ready")
    assert ready.json["checks"]["plugins"] == {
        "status": "degraded",
        "detail": f"quarantined: {', '.join(quarantined)}",
    }
    for name in quarantined:
        with pytest.raises(PluginRefused, match="quarantined"):
            town.enable(name)
    town.login("administrator")
    overview = town.get("/admin/plugins").text
    for name in quarantined:
        assert name in overview
        assert "<pre" not in town.get(f"/admin/plugins/{name}").text
    town.login("administrator", operator=True, mail="operator@people.example")
    for name in quarantined:
        trace = town.registry["plugins"][name].trace
        page = town.get(f"/admin/plugins/{name}").text
        assert not trace or trace.splitlines()[0] in page


@pytest.fixture
def break_in(make_town: MakeTown, make_plugin: Any) -> Any:
    """Return a function that builds a town with a good plugin and others, and checks it."""

    def build(*others: Installed, quarantined: tuple[str, ...]) -> dict[str, str]:
        plugins = {"good": make_plugin("good", good)} | {item.name: item for item in others}
        town = make_town(plugins=plugins)
        still_works(town, *quarantined)
        return {name: item.problem or "" for name, item in plugins.items()}

    return build


def test_an_import_error(write_package: Any, break_in: Any) -> None:
    write_package("broken", init="import a_module_that_is_not_there")
    item = discover(["broken"])["broken"]
    problems = break_in(item, quarantined=("broken",))
    assert "a_module_that_is_not_there" in problems["broken"]
    assert "Traceback" in item.trace


@pytest.mark.parametrize(
    ("init", "says"),
    [
        ("raise SystemError('no')", "SystemError: no"),
        ("def includeme(config) pass", "SyntaxError"),
        ("plugin = 'text'", "is no stadtkern.plugins.Plugin"),
        ("plugin = Plugin(name='other', title='x')", "is called broken, the plugin other"),
    ],
)
def test_a_package_that_is_no_plugin(
    write_package: Any, break_in: Any, init: str, says: str
) -> None:
    write_package("broken", init=init)
    problems = break_in(discover(["broken"])["broken"], quarantined=("broken",))
    assert says in problems["broken"]


def test_an_error_in_includeme(make_plugin: Any, break_in: Any) -> None:
    def includeme(config: Configurator) -> None:
        good_start(config)
        raise LookupError("nothing there")

    def good_start(config: Configurator) -> None:
        config.add_route("half", "/half")

    problems = break_in(make_plugin("broken", includeme), quarantined=("broken",))
    assert problems["broken"] == "It cannot be included: LookupError: nothing there."


def test_without_includeme(write_package: Any, break_in: Any) -> None:
    write_package("broken", init="")
    problems = break_in(discover(["broken"])["broken"], quarantined=("broken",))
    assert "includeme" in problems["broken"]


def test_an_error_that_shows_when_everything_is_put_together(
    make_plugin: Any, break_in: Any
) -> None:
    def includeme(config: Configurator) -> None:
        config.add_view(lambda _request: Response(""), route_name="there_is_no_such_route")

    problems = break_in(make_plugin("broken", includeme), quarantined=("broken",))
    assert "there_is_no_such_route" in problems["broken"]


def test_an_error_in_an_action(make_plugin: Any, break_in: Any) -> None:
    def includeme(config: Configurator) -> None:
        config.grant_permission("a role that nobody has", "broken.read")

    problems = break_in(make_plugin("broken", includeme), quarantined=("broken",))
    assert "a role that nobody has" in problems["broken"]


def test_an_error_when_the_application_starts(make_plugin: Any, break_in: Any) -> None:
    def fail(_event: Any) -> None:
        raise ConnectionError("no such machine")

    def includeme(config: Configurator) -> None:
        config.add_subscriber(fail, ApplicationCreated)

    problems = break_in(make_plugin("broken", includeme), quarantined=("broken",))
    assert "ConnectionError: no such machine" in problems["broken"]


@pytest.mark.parametrize(
    "claim",
    [
        lambda config: config.add_route("same", "/same"),
        lambda config: config.add_slot("footer", "same", lambda *_: ""),
        lambda config: config.add_role("same", title="Same", permissions=()),
        lambda config: config.add_health_check("same", lambda _registry: Health("ok")),
        lambda config: config.add_request_method(lambda _request: 1, "same"),
    ],
)
def test_two_plugins_that_claim_one_name(make_plugin: Any, break_in: Any, claim: Any) -> None:
    problems = break_in(
        make_plugin("aa", claim), make_plugin("bb", claim), quarantined=("aa", "bb")
    )
    for name in ("aa", "bb"):
        assert "aa and bb" in problems[name]
        assert "same" in problems[name]


@pytest.mark.parametrize(
    "claim",
    [
        lambda config: config.add_route("login", "/somewhere"),
        lambda config: config.add_role("editor", title="Mine", permissions=()),
        lambda config: config.add_request_method(lambda _request: 1, "content"),
        lambda config: config.add_health_check("plugins", lambda _registry: Health("ok")),
        lambda config: config.add_jinja2_renderer(".jinja2"),
    ],
)
def test_a_plugin_that_claims_a_name_of_the_core(
    make_plugin: Any, break_in: Any, claim: Any
) -> None:
    problems = break_in(make_plugin("aa", claim), quarantined=("aa",))
    assert "aa and the core" in problems["aa"]


def test_two_distributions_with_one_name(
    write_package: Any, make_plugin: Any, break_in: Any
) -> None:
    write_package("twin", distribution="first", package="stadtkern_twin")
    write_package("twin", distribution="second", package="stadtkern_twin_two")
    problems = break_in(discover(["twin"])["twin"], quarantined=("twin",))
    assert problems["twin"] == "Two distributions claim the name: first and second."


MODELS = """
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
    from stadtkern.db import TenantScoped, metadata

    class Base(DeclarativeBase):
        metadata = metadata

    class Thing(TenantScoped, Base):
        __tablename__ = "{table}"
        id: Mapped[int] = mapped_column(primary_key=True)
        {extra}
"""


@pytest.mark.parametrize(
    ("name", "table", "extra", "says"),
    [
        ("mappera", "mappera_thing", 'x: Mapped["Nowhere"] = relationship()', "Nowhere"),
        ("mapperb", "node_thing", "", "must be called mapperb_…"),
        (
            "mapperc",
            "mapperc_thing",
            'x: Mapped[int] = mapped_column(ForeignKey("finance_case.id"))',
            "belongs to another plugin",
        ),
    ],
)
def test_broken_models(
    write_package: Any, break_in: Any, name: str, table: str, extra: str, says: str
) -> None:
    write_package(name, {"models.py": MODELS.format(table=table, extra=extra)})
    problems = break_in(discover([name])[name], quarantined=(name,))
    assert says in problems[name]


def test_a_missing_requirement(make_plugin: Any, break_in: Any) -> None:
    problems = break_in(
        # In an order in which the last one shows that the first cannot work.
        make_plugin("aa", requires=("bb",)),
        make_plugin("bb", requires=("cc",)),
        make_plugin("cc", requires=("nowhere",)),
        quarantined=("aa", "bb", "cc"),
    )
    assert problems["cc"] == "It needs the plugin nowhere, which is not installed."
    assert problems["aa"] == "It needs the plugin bb, which is quarantined."


def test_what_requires_a_broken_plugin_is_broken(make_plugin: Any, break_in: Any) -> None:
    def includeme(_config: Configurator) -> None:
        raise LookupError

    problems = break_in(
        make_plugin("aa", requires=("bb",)),
        make_plugin("bb", includeme),
        quarantined=("aa", "bb"),
    )
    assert problems["aa"] == "It needs the plugin bb, which is quarantined."


def test_plugins_that_require_each_other(make_plugin: Any, break_in: Any) -> None:
    problems = break_in(
        make_plugin("aa", requires=("bb",)),
        make_plugin("bb", requires=("aa",)),
        make_plugin("cc", requires=("cc",)),
        make_plugin("dd", requires=("aa",)),
        quarantined=("aa", "bb", "cc", "dd"),
    )
    assert "aa → bb → aa" in problems["aa"]
    assert "cc → cc" in problems["cc"]
    assert "quarantined" in problems["dd"]


def test_several_broken_plugins_at_once(make_plugin: Any, break_in: Any) -> None:
    def fails(_config: Configurator) -> None:
        raise LookupError

    def clashes(config: Configurator) -> None:
        config.add_route("same", "/same")

    break_in(
        make_plugin("aa", fails),
        make_plugin("bb", clashes),
        make_plugin("cc", clashes),
        make_plugin("dd", lambda config: config.add_tween("x")),
        quarantined=("aa", "bb", "cc", "dd"),
    )


@pytest.mark.parametrize(
    "check",
    [lambda _registry: 1 / 0, lambda _registry: Health("failed", "my table is gone")],
)
def test_a_plugins_health_check_does_not_take_all_towns_out_of_service(
    make_town: MakeTown, make_plugin: Any, check: Any
) -> None:
    plugin = make_plugin("one", lambda config: config.add_health_check("one", check))
    town = make_town(plugins={"one": plugin})
    ready = town.get("/health/ready", status=200)
    assert ready.json["checks"]["one"]["status"] == "degraded"


def test_the_doctor_names_it_and_shows_the_traceback(
    stadtkern: Command, write_package: Any, database: TestDatabase
) -> None:
    write_package("broken", init="raise LookupError('nothing there')")
    write_package("mends")
    result = stadtkern("plugins", "doctor")
    assert result.exit_code == 1
    assert "broken 1.0 is quarantined." in result.stdout
    assert "LookupError: nothing there" in result.stdout
    assert "Traceback" in result.stdout
    assert result.stderr.strip().endswith("Quarantined: broken.")
    report = stadtkern("plugins", "doctor", "--json")
    assert report.exit_code == 1
    found = {row["name"]: row for row in json.loads(report.stdout)["plugins"]}
    assert found["broken"]["state"] == "quarantined"
    assert "Traceback" in found["broken"]["traceback"]
    assert found["mends"]["state"] == "working"


def test_other_commands_go_on(stadtkern: Command, write_package: Any) -> None:
    write_package("broken", init="raise LookupError('nothing there')")
    assert stadtkern("tenants", "list").exit_code == 0
    result = stadtkern("broken", "anything")
    assert result.exit_code == 1
    assert "stadtkern plugins doctor" in result.stderr
