"""What does this plugin add? Read from Pyramid's own record."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import colander
import pytest
from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.content import Resource
from stadtkern.forms import fields as f
from stadtkern.plugins.report import Row, what_it_adds
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import MakeTown
from stadtkern.web.health import Health

pytestmark = on_sqlite


class MayDo(StrEnum):
    """Permissions of a plugin made for the test."""

    READ = "one.read"


class Schema(colander.MappingSchema):  # type: ignore[misc]
    """Fields and settings alike."""

    text = f.line("Text", default="")


def page(_request: Request) -> Response:
    return Response("page")


def hear(_event: Any) -> None:
    """Do nothing."""


def extra(_request: Request) -> int:
    return 1


def includeme(config: Configurator) -> None:
    config.add_route("one.home", "/one")
    config.add_view(page, route_name="one.home", request_method="GET")
    config.add_static_view("shelf", "stadtkern.web:static")
    config.add_content_type("one_entry", title="Entry", schema=Schema, resource=Resource)
    config.add_block_type("one_box", title="Box", schema=Schema, template="x.jinja2")
    config.add_slot("footer", "one", lambda *_: None)
    config.add_role("guide", title="Guide", permissions=(MayDo.READ,))
    config.grant_permission("editor", MayDo.READ)
    config.add_health_check("one", lambda _registry: Health("ok"))
    config.add_admin_item("one", title="Entry of one", route="one.home")
    config.add_dashboard_tile("one", title="Tile of one", render=lambda _request: None)
    config.add_subscriber(hear, NewRequest)
    config.add_request_method(extra, "extra")


@pytest.fixture
def sections(make_town: MakeTown, make_plugin: Any) -> dict[str, tuple[Row, ...]]:
    plugin = make_plugin(
        "one",
        includeme,
        permissions=MayDo,
        settings=Schema,
        commands="stadtkern_one.cli:group",
        on_enable="stadtkern_one:seed",
        requires=("two",),
    )
    town = make_town(plugins={"one": plugin, "two": make_plugin("two")})
    assert what_it_adds(town.registry, "two") == []
    return {str(section.title): section.rows for section in what_it_adds(town.registry, "one")}


def test_every_kind_is_listed(sections: dict[str, tuple[Row, ...]]) -> None:
    shown = {title: [(row.name, row.detail) for row in rows] for title, rows in sections.items()}
    assert shown["Content types"] == [("one_entry", "Entry")]
    assert shown["Blocks"] == [("one_box", "Box")]
    assert ("one.home", "/one") in shown["Routes"]
    assert (f"{__name__}.page", "route one.home, GET") in shown["Views"]
    assert shown["Static files"] == [("shelf/", "stadtkern.web:static/")]
    assert shown["Slots that it fills"] == [("footer", "one")]
    assert shown["Entries of the back office"] == [("Entry of one", "one.home")]
    assert shown["Tiles of the dashboard"] == [("one", "Tile of one")]
    assert shown["Roles"] == [("Guide", "one.read")]
    assert shown["Permissions given to existing roles"] == [("editor", "one.read")]
    assert shown["Health checks"] == [("one", "")]
    assert shown["What it listens to"] == [(f"{__name__}.hear", "NewRequest")]
    assert shown["Additions to requests"] == [("request.extra", f"{__name__}.extra")]
    assert shown["Permissions"] == [("one.read", "")]
    assert shown["Settings"] == [("one.text", "Text")]
    assert shown["Commands"] == [("stadtkern one", "stadtkern_one.cli:group")]
    assert shown["When it is switched on"] == [("stadtkern_one:seed", "")]
    assert shown["Plugins that it needs"] == [("two", "")]


def test_each_row_says_where(sections: dict[str, tuple[Row, ...]]) -> None:
    for title in ("Routes", "Views", "Slots that it fills", "Roles", "Health checks"):
        for row in sections[title]:
            file, _colon, line = row.where.partition(":")
            assert file == Path(__file__).name, (title, row)
            assert line.isdigit()


def test_tables_and_migrations_of_a_shipped_plugin(make_town: MakeTown) -> None:
    town = make_town()
    item = town.registry["plugins"]["cityguide"]
    assert item.problem is None, item.trace
    found = {str(part.title): part.rows for part in what_it_adds(town.registry, "cityguide")}
    assert {row.name for row in found["Tables"]} >= {"cityguide_point", "cityguide_track"}
    assert all(row.detail == "alembic_version_cityguide" for row in found["Migrations"])
    assert all(row.where.startswith("stadtkern_cityguide/") for row in found["Routes"])
