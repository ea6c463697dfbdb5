"""Events of plugins: declared, told while the plugin is switched on, gated like all else."""

import json
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from sqlalchemy import select

from stadtkern.notify import webhooks
from stadtkern.notify.emitting import emit
from stadtkern.testing.town import Town

NOBODY = "http://127.0.0.1:9/hook"
"""Nothing listens there."""


def declare(config: Configurator) -> None:
    config.add_webhook_event(
        "pool.opened", title="The pool has opened", example={"pool": 3, "heated": True}
    )


def tell(town: Town) -> int:
    with town.session() as session:
        return emit(session, town.registry, town.tenant_id, "pool.opened", pool=7, heated=False)


def log(town: Town) -> list[tuple[str, int, Any]]:
    with town.session(write=False) as session:
        rows = session.scalars(
            select(webhooks.WebhookDelivery).order_by(webhooks.WebhookDelivery.id)
        )
        return [(row.state, row.attempts, json.loads(row.body)["data"]) for row in rows]


def test_a_plugins_events_are_told_while_it_is_switched_on(
    make_town: Any, make_plugin: Any
) -> None:
    town = make_town(
        {"egress.allow_loopback": "true"}, plugins={"pool": make_plugin("pool", declare)}
    )
    with town.session() as session:
        webhooks.add(session, town.registry, name="Bad", url=NOBODY, events=["pool.opened"])
    town.login("administrator")
    assert tell(town) == 0
    assert "pool.opened" not in town.get("/admin/webhooks/new").text
    town.enable("pool")
    assert "pool.opened" in town.get("/admin/webhooks/new").text
    assert tell(town) == 1
    town.run_jobs()
    data = {"pool": 7, "heated": False}
    assert log(town) == [("waiting", 1, data)]
    # Switched off between the event and its sending: not sent either.
    assert tell(town) == 1
    town.disable("pool")
    town.run_jobs()
    assert log(town) == [("waiting", 1, data), ("dropped", 0, data)]
    assert tell(town) == 0


def test_a_plugins_events_bear_its_name(make_town: Any, make_plugin: Any) -> None:
    town = make_town(plugins={"baths": make_plugin("baths", declare)})
    found = town.registry["plugins"]["baths"]
    assert not found.working
    assert "begin with “baths.”" in found.problem


@pytest.mark.parametrize(
    "data", [{"pool": 1}, {"pool": 1, "heated": True, "name": "x"}, {"pool": [1], "heated": True}]
)
def test_data_keep_to_the_example(make_town: Any, make_plugin: Any, data: dict[str, Any]) -> None:
    town = make_town(plugins={"pool": make_plugin("pool", declare)})
    with pytest.raises(ValueError, match=r"pool\.opened"), town.session() as session:
        emit(session, town.registry, town.tenant_id, "pool.opened", **data)


def test_an_event_that_nobody_has_declared_is_refused(town: Town) -> None:
    with pytest.raises(LookupError, match=r"pool\.opened"), town.session() as session:
        emit(session, town.registry, town.tenant_id, "pool.opened", pool=1, heated=True)


@pytest.mark.parametrize("name", ["Opened", "opened", "pool.", "pool.öffnet", "x." + "y" * 60])
def test_names_of_events_are_checked(name: str) -> None:
    config = Configurator()
    webhooks.directives(config)
    with pytest.raises(ConfigurationError):
        config.add_webhook_event(name, title="x", example={})


def test_one_name_is_one_event() -> None:
    config = Configurator(autocommit=False)
    webhooks.directives(config)
    declare(config)
    config.begin()
    config.include(_claim)
    config.include(_claim_too)
    with pytest.raises(ConfigurationConflictError, match=r"pool\.closed"):
        config.commit()
    config.end()


def _claim(config: Configurator) -> None:
    config.add_webhook_event("pool.closed", title="Closed", example={})


def _claim_too(config: Configurator) -> None:
    config.add_webhook_event("pool.closed", title="Shut", example={})
