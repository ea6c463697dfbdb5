"""Deliveries and records of a town that moves to another installation.

What formats name by number in decisions and proposals (``add_exchange_format(numbers=…)``) is
written anew where rows got other numbers, and with it the hash that releases are bound to.
"""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.exchange import queries
from stadtkern.exchange.keeping import store_of
from stadtkern.exchange.kinds import formats
from stadtkern.exchange.models import Batch, Delivery, Dispatch, Finding, Record, Release
from stadtkern.exchange.services import receiving
from stadtkern.exchange.values import released_hash
from stadtkern.jobs import enqueue
from stadtkern.tenants.events import TownImported

NOBODY = 0
"""Stands for a row that is not there: no row has this number."""


def numbers_of(registry: Registry, name: str) -> Mapping[str, str]:
    """Return what a format names by number; nothing of one that is not installed."""
    kind = formats(registry).get(name)
    return {} if kind is None else kind.numbers


def _moved(moving: Any, numbers: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(values)
    for name, part in numbers.items():
        if isinstance(made.get(name), int):
            made[name] = moving.number(part, made[name]) or NOBODY
    return made


def _record(moving: Any, row: dict[str, Any]) -> None:
    numbers = numbers_of(moving.registry, row["format"])
    before = row["decisions"], row["proposal"]
    row["decisions"], row["proposal"] = (_moved(moving, numbers, values) for values in before)
    if (row["decisions"], row["proposal"]) != before:
        old = row["payload_hash"]
        row["payload_hash"] = released_hash(row["payload"], row["decisions"], row["proposal"])
        queries.rebind(moving.session, row["id"], old, row["payload_hash"])


def _finding(moving: Any, row: dict[str, Any]) -> None:
    if any(mend.get("decisions") for mend in row["mends"]):
        name = queries.format_of(moving.session, row["record_id"])
        numbers = numbers_of(moving.registry, name)
        row["mends"] = [
            mend | {"decisions": _moved(moving, numbers, mend.get("decisions") or {})}
            for mend in row["mends"]
        ]


def _batch(moving: Any, row: dict[str, Any]) -> None:
    found = (moving.number("exchange_record", number) for number in row["sample"])
    row["sample"] = [number for number in found if number is not None]


def _files(row: Mapping[str, Any]) -> list[str]:
    # What was turned away has no bytes.
    return [row["sha"]] if row["size"] else []


def configure(config: Configurator) -> None:
    """Let them go along."""
    config.add_town_data(
        "exchange_delivery",
        Delivery,
        numbered=True,
        ordered=True,
        references={"account_id": "account"},
        files=_files,
        store=store_of,
    )
    config.add_town_data(
        "exchange_record",
        Record,
        numbered=True,
        ordered=True,
        late=True,
        references={"delivery_id": "exchange_delivery", "edited_by": "account"},
        move=_record,
    )
    config.add_town_data(
        "exchange_finding", Finding, references={"record_id": "exchange_record"}, move=_finding
    )
    people = dict.fromkeys(("proposer_id", "releaser_id"), "account")
    config.add_town_data(
        "exchange_batch",
        Batch,
        numbered=True,
        ordered=True,
        late=True,
        references=people,
        move=_batch,
    )
    config.add_town_data(
        "exchange_release",
        Release,
        references={"record_id": "exchange_record", "batch_id": "exchange_batch", **people},
    )
    # Numbered: targets know a dispatch by its number.
    config.add_town_data(
        "exchange_dispatch",
        Dispatch,
        numbered=True,
        ordered=True,
        references={"record_id": "exchange_record"},
    )
    registry = config.registry

    def go_on(event: TownImported) -> None:
        # The job that was to read it stayed behind; what is to be sent a schedule looks after.
        if queries.unread(event.session):
            town = event.tenant.id
            enqueue(event.session, registry, receiving.STAGE, tenant_id=town, unique="stage")

    config.add_subscriber(go_on, TownImported)
