"""The plugin can be switched on, has its settings and roles; its pages are the back office's."""

import colander
import pytest

from stadtkern.plugins import settings_values
from stadtkern.testing.town import Town
from stadtkern_finance import plugin
from stadtkern_finance.schemas import FinanceSettings


def test_only_ones_own_notice_is_public(town: Town) -> None:
    town.enable("finance")
    assert plugin.adds_pages
    town.get("/finance", status=404)
    introspector = town.registry.introspector
    routes = [item["introspectable"] for item in introspector.get_category("routes")]
    own = [route["pattern"] for route in routes if route.get("owner") == "finance"]
    public = {place for place in own if not place.startswith("/admin/finance")}
    assert {place.split("/")[2] for place in public} == {"notice"}


def test_its_pages_are_there_where_it_is_switched_on(town: Town) -> None:
    town.login("administrator")
    town.get("/admin/finance/batches", status=404)
    town.enable("finance")
    town.login("finance_clerk")
    town.get("/admin").mustcontain("/admin/finance/batches")
    town.get("/admin/finance/batches")


def test_settings_have_a_form_in_the_back_office(town: Town) -> None:
    town.enable("finance")
    town.login("administrator")
    page = town.get("/admin/settings/finance")
    names = {name for form in page.forms.values() for name in form.fields}
    assert {node.name for node in FinanceSettings().children} <= names


def test_settings_are_checked(town: Town) -> None:
    schema = FinanceSettings()
    values = schema.deserialize({"payee_iban": "de89 3704 0044 0532 0130 00", "rate_b": "690"})
    assert values["payee_iban"] == "DE89370400440532013000"
    assert values["rate_b"] == 690
    for wrong in (
        {"payee_iban": "DE88370400440532013000"},
        {"rate_trade": "199"},
        {"rate_a": "-1"},
    ):
        with pytest.raises(colander.Invalid):
            schema.deserialize(wrong)
    assert settings_values(town.registry, "finance", {})["check_ags"] is True
