"""Writes of the numbers: adding up once a minute, and letting go of what is old."""

from collections.abc import Mapping
from datetime import timedelta

from pyramid.registry import Registry
from sqlalchemy import delete

from stadtkern.db import TenantSession, insert_into
from stadtkern.tenants import Tenant, tenant_by_id
from stadtkern_cityguide.counts import queries
from stadtkern_cityguide.counts.models import METRICS, GuideCount

KIND = "cityguide"
"""Under which the core's counters know them."""


def add(session: TenantSession, tenant: Tenant, numbers: Mapping[tuple[str, int], int]) -> None:
    """Add numbers by metric and node to the town's present day, in the caller's transaction."""
    today = tenant.today()
    rows = [
        {
            "tenant_id": tenant.id,
            "day": today,
            "metric": metric,
            "node_id": node,
            "number": number,
        }
        for (metric, node), number in sorted(numbers.items())
    ]
    if rows:
        statement = insert_into(session, GuideCount)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "day", "metric", "node_id"],
                set_={"number": GuideCount.number + statement.excluded.number},
            ),
            rows,
        )


def store(registry: Registry, session: TenantSession, numbers: Mapping[str, int]) -> None:
    """Add numbers (``metric:node``) to the town's present day; drop days that are too old.

    Nodes that were deleted meanwhile are passed over.
    """
    tenant = tenant_by_id(session, session.info["tenant_id"])
    today = tenant.today()
    found = {}
    for name, number in numbers.items():
        metric, _colon, node = name.partition(":")
        if metric in METRICS and node.isdigit():
            found[metric, int(node)] = number
    there = queries.there(session, {node for _metric, node in found})
    add(session, tenant, {key: number for key, number in found.items() if key[1] in there})
    settings = registry["plugin_states"].of_id(tenant.id, session).settings("cityguide")
    session.execute(
        delete(GuideCount)
        .where(GuideCount.day < today - timedelta(days=int(settings["counts_days"])))
        .execution_options(synchronize_session=False)
    )
