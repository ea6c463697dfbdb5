"""The plugin can be switched on, has its settings and role, and adds no page."""

import colander
import pytest

from stadtkern.plugins import settings_values
from stadtkern.testing.town import Town
from stadtkern_participation import plugin
from stadtkern_participation.schemas import ParticipationSettings


def test_it_is_switched_on_without_adding_a_page(town: Town) -> None:
    town.enable("participation")
    assert not plugin.adds_pages
    town.get("/participation", status=404)
    routes = town.registry.introspector.get_category("routes") or []
    assert [item for item in routes if item["introspectable"].get("owner") == "participation"] == []


def test_settings_have_a_form_in_the_back_office(town: Town) -> None:
    town.enable("participation")
    town.login("administrator")
    page = town.get("/admin/settings/participation")
    names = {name for form in page.forms.values() for name in form.fields}
    assert {node.name for node in ParticipationSettings().children} <= names


def test_settings_have_defaults_and_limits(town: Town) -> None:
    assert settings_values(town.registry, "participation", {})["moderation"] == "guests"
    with pytest.raises(colander.Invalid):
        ParticipationSettings().deserialize({"moderation": "never"})
