"""``stadtkern audit …``: seal, check and export the chains."""

import click

from stadtkern.audit import chain
from stadtkern.db import work
from stadtkern.tenants import Tenant, tenant_by_slug
from stadtkern.tenants.services import TenantRefused, list_tenants
from stadtkern.web.console import Console, Refused, json_option

tenant_option = click.option("--tenant", default=None, help="Only this municipality.")


@click.group(name="audit")
def group() -> None:
    """Who did what: the chained record of every write."""


def _tenants(console: Console, slug: str | None) -> list[Tenant]:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        slugs = [slug] if slug else [row["slug"] for row in list_tenants(session)]
        return [tenant_by_slug(session, name) for name in slugs]


@group.command()
@tenant_option
@click.option(
    "--expect", default=None, metavar="NUMBER:HASH", help="A head exported before (with --tenant)."
)
@json_option
@click.pass_obj
def verify(console: Console, *, tenant: str | None, expect: str | None, as_json: bool) -> None:
    """Check every chain; exit code 1 and the first seal that does not fit if one is broken."""
    expected = _expected(tenant, expect)
    rows, broken = [], []
    for town in _tenants(console, tenant):
        with work(console.database(), town.id, write=False) as session:
            verdict = chain.verify(session, expected)
        rows.append(
            {
                "tenant": town.slug,
                "seals": verdict.seals,
                "waiting": verdict.waiting,
                "broken": verdict.broken,
                "number": verdict.number,
                "entry": verdict.entry_id,
            }
        )
        if verdict.broken:
            broken.append(f"{town.slug}: {verdict.broken}.")
    console.table(rows, ("tenant", "seals", "waiting", "broken"), as_json=as_json)
    if broken:
        raise Refused("\n".join(broken))


def _expected(tenant: str | None, expect: str | None) -> tuple[int, str] | None:
    if expect is None:
        return None
    number, _colon, digest = expect.partition(":")
    if tenant is None or not number.isdigit() or len(digest) != 64:  # noqa: PLR2004 - sha256
        raise Refused("Give --tenant T --expect NUMBER:HASH, as `stadtkern audit head` prints it.")
    return int(number), digest


@group.command()
@tenant_option
@json_option
@click.pass_obj
def head(console: Console, *, tenant: str | None, as_json: bool) -> None:
    """Print each chain's last seal. Keep it elsewhere each day: it shows a chain cut short."""
    rows = []
    for town in _tenants(console, tenant):
        with work(console.database(), town.id, write=False) as session:
            found = chain.head(session)
        rows.append(
            {
                "tenant": town.slug,
                "head": f"{found.number}:{found.hash}",
                "sealed_at": None if found.sealed_at is None else found.sealed_at.isoformat(),
            }
        )
    console.table(rows, ("tenant", "head", "sealed_at"), as_json=as_json)


@group.command()
@tenant_option
@json_option
@click.pass_obj
def seal(console: Console, *, tenant: str | None, as_json: bool) -> None:
    """Chain what waits. The server and its workers do this by themselves each minute."""
    rows = []
    for town in _tenants(console, tenant):
        with work(console.database(), town.id) as session:
            rows.append({"tenant": town.slug, "sealed": chain.seal(session)})
    console.table(rows, ("tenant", "sealed"), as_json=as_json)
