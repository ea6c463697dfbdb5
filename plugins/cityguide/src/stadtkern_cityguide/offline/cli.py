"""``stadtkern cityguide bundle``."""

from dataclasses import asdict
from typing import Any

import click

from stadtkern.db import bind_tenant, work
from stadtkern.tenants import Tenant, TenantRefused, active_tenants, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option
from stadtkern_cityguide.console import switched_off
from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.building import Builder, Built, store
from stadtkern_cityguide.offline.jobs import limit_of


@click.command("bundle")
@click.option("--tenant", "slug", help="Only this municipality; else all that use the guide.")
@click.option("--tour", type=int, help="Only the tour with this number.")
@json_option
@click.pass_obj
def bundle(console: Console, *, slug: str | None, tour: int | None, as_json: bool) -> None:
    """Pack tours so that visitors can keep them on a device; the same contents change nothing.

    The server does so by itself after changes. Says for each tour what it weighs and which files
    could not be found.
    """
    registry = console.registry()
    built: list[tuple[str, Built]] = []
    with console.refusing(TenantRefused):
        for town in _towns(console, registry, slug):
            built += [(town.slug, one) for one in _pack(console, registry, town, tour)]
    if tour is not None and not built:
        raise Refused(f"There is no public tour with the number {tour}.")
    lines = [_packed(*one) for one in built] or ["No public tours."]
    data = [{"tenant": town, **asdict(one), "missing": list(one.missing)} for town, one in built]
    console.say("\n".join(lines), {"tours": data}, as_json=as_json)
    if any(one.state == "too_large" for _town, one in built):
        raise SystemExit(1)


def _towns(console: Console, registry: Any, slug: str | None) -> list[Tenant]:
    with work(console.database(), write=False) as session:
        if slug is not None:
            tenants = [tenant_by_slug(session, slug)]
        else:
            tenants = list(active_tenants(session))
        found = []
        for tenant in tenants:
            bind_tenant(session, tenant.id)
            if registry["plugin_states"].of_id(tenant.id, session).has("cityguide"):
                found.append(tenant)
    if slug is not None and not found:
        raise Refused(switched_off(slug))
    return found


def _pack(console: Console, registry: Any, town: Tenant, tour: int | None) -> list[Built]:
    with work(console.database(), town.id, write=False) as session:
        limit = limit_of(registry, town.id, session)
        builder = Builder(registry, session, town)
        packs = [
            made
            for row in queries.tours(session)
            if tour in {None, row.id} and (made := builder.pack(row)) is not None
        ]
    with work(console.database(), town.id) as session:
        return [store(registry, session, town.id, one, limit=limit) for one in packs]


def _packed(slug: str, one: Built) -> str:
    told = f"{slug}: tour {one.tour} ({one.language}) “{one.title}”: "
    if one.state == "too_large":
        return told + f"not packed, {one.total} bytes are more than the town's settings allow"
    told += f"{one.state}, revision {one.rev}, {one.entries} files, {one.total} bytes"
    return told + "".join(f"\n  not found: {address}" for address in one.missing)
