"""The plugin can be switched on, has its settings and role, and adds no page."""

import colander
import pytest

from stadtkern.plugins import settings_values
from stadtkern.testing.town import Town
from stadtkern_hr import plugin
from stadtkern_hr.schemas import HrSettings


def test_it_is_switched_on_without_adding_a_page(town: Town) -> None:
    town.enable("hr")
    assert not plugin.adds_pages
    town.get("/hr", status=404)
    routes = town.registry.introspector.get_category("routes") or []
    assert [item for item in routes if item["introspectable"].get("owner") == "hr"] == []


def test_settings_have_a_form_in_the_back_office(town: Town) -> None:
    town.enable("hr")
    town.login("administrator")
    page = town.get("/admin/settings/hr")
    names = {name for form in page.forms.values() for name in form.fields}
    assert {node.name for node in HrSettings().children} <= names


def test_settings_have_defaults_and_limits(town: Town) -> None:
    assert settings_values(town.registry, "hr", {})["retention_months"] == 6
    with pytest.raises(colander.Invalid):
        HrSettings().deserialize({"retention_months": "0"})
