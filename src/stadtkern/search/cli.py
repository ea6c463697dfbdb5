"""``stadtkern search …``: build the index, say how it stands."""

import sys
import time
from functools import partial
from typing import Any

import click
from click.termui import progressbar

from stadtkern.db import work
from stadtkern.search import jobs, queries
from stadtkern.tenants import Tenant, TenantRefused, tenant_by_slug
from stadtkern.tenants.services import list_tenants
from stadtkern.web.console import Console, json_option

tenant_option = click.option("--tenant", default=None, help="Only this municipality.")


@click.group(name="search")
def group() -> None:
    """Search: what visitors find."""


def _tenants(console: Console, slug: str | None) -> list[Tenant]:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        slugs = [slug] if slug else [row["slug"] for row in list_tenants(session)]
        return [tenant_by_slug(session, name) for name in slugs]


def _working(console: Console, town: Tenant) -> jobs.Work:
    return partial(work, console.database(), town.id)


def _bar(label: str) -> Any:
    make: Any = progressbar
    return make(length=1, label=label, file=sys.stderr)


def _show(bar: Any, done: int, total: int) -> None:
    bar.length = max(total, 1)
    bar.update(done - bar.pos)


@group.command()
@tenant_option
@json_option
@click.pass_obj
def reindex(console: Console, *, tenant: str | None, as_json: bool) -> None:
    """Build the index anew; the old one answers until each batch is done."""
    registry = console.registry()
    rows: list[dict[str, Any]] = []
    for town in _tenants(console, tenant):
        began = time.monotonic()
        bar = _bar(town.slug)
        with bar:
            done = jobs.reindex(
                registry, town, _working(console, town), progress=partial(_show, bar)
            )
        seconds = time.monotonic() - began
        rows.append(
            {
                "tenant": town.slug,
                "nodes": done.nodes,
                "entries": done.entries,
                "changed": done.changed,
                "words": done.words,
                "seconds": round(seconds, 2),
            }
        )
    console.table(
        rows, ("tenant", "nodes", "entries", "changed", "words", "seconds"), as_json=as_json
    )


@group.command()
@tenant_option
@json_option
@click.pass_obj
def status(console: Console, *, tenant: str | None, as_json: bool) -> None:
    """Say when each municipality was indexed as a whole, and how much can be found."""
    rows = []
    for town in _tenants(console, tenant):
        with work(console.database(), town.id, write=False) as session:
            state = queries.state(session)
            rows.append(
                {
                    "tenant": town.slug,
                    "entries": queries.count(session),
                    "indexed": None if state is None else state.indexed_at,
                    "words": None if state is None else state.words,
                }
            )
    console.table(rows, ("tenant", "entries", "indexed", "words"), as_json=as_json)
