"""Another tenant's rows, through every view and form, with each wall down in turn.

The list of views comes from Pyramid's introspector and grows by itself. Each view first answers
its own tenant with success to the very same request.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from security_attack import filter_off, missing, must_turn_red, run
from security_world import VICTIM, World

from stadtkern.app import build
from stadtkern.testing.databases import on_postgresql, on_sqlite, scoped_models
from stadtkern.testing.town import Town

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(database, settings, password_hash) -> Iterator[MakeWorld]:
    """Return a function that builds the application and both towns.

    ``walled``: False connects the application as a role that row-level security does not bind.
    """
    with ExitStack() as stack:

        def make(*, walled: bool = True) -> World:
            connection = database.app if walled else database.superuser
            config = build(settings, database=connection)
            town = Town(
                config.registry,
                config.make_wsgi_app(),
                password_hash,
                slug="musterstadt",
                host="musterstadt.example",
            )
            world = World(database, town, Path(settings["stadtkern.files"]))
            stack.callback(world.close)
            return world

        yield make


@contextmanager
def without_filter(*, off: bool) -> Iterator[None]:
    with filter_off() if off else ExitStack():
        yield


@on_sqlite
def test_every_view_has_a_request_that_reaches_it(make_world) -> None:
    world = make_world()
    assert all(item.working for item in world.registry["plugins"].values())
    assert "\n".join(missing(world.registry)) == ""


@on_sqlite
def test_a_view_without_a_request_is_found(make_town) -> None:
    def configure(config):
        config.add_route("new", "/neu")
        config.add_view(lambda request: request.response, route_name="new", request_method="PUT")

    found = "\n".join(missing(make_town(configure=configure).registry))
    assert "PUT new" in found
    assert "test_tenant_walls.py:" in found


@on_sqlite
def test_the_victim_has_a_marked_row_in_every_table(make_world) -> None:
    world = make_world()
    tenant = world.victim.town.tenant_id
    for model in scoped_models():
        table = model.__tablename__
        assert world.rows(table, tenant_id=tenant), f"plant a row of {table} in security_rows.py"
    texts = {
        (table, column)
        for table, rows in world.of_victim().items()
        for row in rows
        for column, value in row.items()
        if VICTIM in str(value)
    }
    assert {
        ("node", "title"),
        ("node", "summary"),
        ("node", "body"),
        ("node", "key"),
        ("redirect", "path"),
        ("mail_message", "subject"),
        ("mail_message", "body"),
        ("mail_message", "recipient"),
        ("barrier_report", "description"),
        ("barrier_report", "mail"),
        ("tenant_plugin", "settings"),
        ("account", "name"),
        ("account", "mail"),
        ("cityguide_track", "source_name"),
    } <= texts


@on_sqlite
def test_the_filter_alone_holds(make_world) -> None:
    found, _red = run(make_world())
    assert "\n".join(map(str, found)) == ""


@pytest.mark.thorough
@on_postgresql
def test_both_walls_hold(make_world) -> None:
    found, _red = run(make_world())
    assert "\n".join(map(str, found)) == ""


@on_postgresql
@pytest.mark.parametrize("wall", ["row-level security", "filter"])
def test_each_wall_holds_alone(make_world, wall) -> None:
    world = make_world(walled=wall == "row-level security")
    with without_filter(off=wall == "row-level security"):
        found, _red = run(world)
    assert "\n".join(map(str, found)) == ""


@on_sqlite
def test_without_walls_it_turns_red(make_world) -> None:
    world = make_world(walled=False)
    with without_filter(off=True):
        found, red = run(world, own=False)
    assert found
    assert "\n".join(sorted(must_turn_red(world) - red)) == ""
