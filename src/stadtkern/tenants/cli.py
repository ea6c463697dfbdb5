"""``stadtkern tenants …``: the operator's commands."""

import click

from stadtkern.db import bind_tenant, work
from stadtkern.tenants import services
from stadtkern.tenants.events import TenantCreated
from stadtkern.tenants.services import TenantRefused
from stadtkern.web.console import Console, json_option
from stadtkern.web.languages import LANGUAGES


@click.group(name="tenants")
def group() -> None:
    """Municipalities of this installation."""


@group.command("list")
@json_option
@click.pass_obj
def list_(console: Console, *, as_json: bool) -> None:
    """List all tenants with their hosts."""
    with work(console.database(), write=False) as session:
        rows = services.list_tenants(session)
    console.table(rows, ("slug", "name", "ags", "status", "hosts"), as_json=as_json)


@group.command()
@click.argument("slug")
@click.option("--host", required=True, help="Canonical host name, without port.")
@click.option("--name", required=True, help="Name of the municipality.")
@click.option("--ags", required=True, help="AGS (8 digits) or ARS (12 digits).")
@click.option("--locale", "locales", multiple=True, help="Language; the first has no prefix.")
@json_option
@click.pass_obj
def add(
    console: Console,
    *,
    slug: str,
    host: str,
    name: str,
    ags: str,
    locales: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add a municipality with an empty front page."""
    registry = console.registry()
    with console.refusing(TenantRefused), work(console.database()) as session:
        services.add_tenant(
            session,
            slug=slug,
            host=host,
            name=name,
            ags=ags,
            locales=locales or services.LOCALES,
        )
        tenant = services.tenant_by_slug(session, slug)
        bind_tenant(session, tenant.id)
        registry.notify(TenantCreated(session, tenant))
    console.say(
        f"Added {slug} at {tenant.host}.",
        {"slug": slug, "host": tenant.host},
        as_json=as_json,
    )


@group.command()
@click.argument("slug")
@click.option("--host", required=True, help="Further host name; it redirects.")
@json_option
@click.pass_obj
def alias(console: Console, *, slug: str, host: str, as_json: bool) -> None:
    """Add a host name that redirects to the canonical one."""
    with console.refusing(TenantRefused), work(console.database()) as session:
        name = services.add_alias(session, slug, host)
    console.say(
        f"{name} now redirects to {slug}'s own host.",
        {"slug": slug, "alias": name},
        as_json=as_json,
    )


@group.command()
@click.argument("slug")
@click.argument("locale", type=click.Choice(list(LANGUAGES)))
@json_option
@click.pass_obj
def language(console: Console, *, slug: str, locale: str, as_json: bool) -> None:
    """Let a tenant have pages in a further language, with an empty front page to begin with."""
    registry = console.registry()
    with console.refusing(TenantRefused), work(console.database()) as session:
        bind_tenant(session, services.tenant_by_slug(session, slug).id)
        tenant = services.add_locale(session, registry, None, slug, locale)
    console.say(
        f"{slug} has pages in {', '.join(tenant.locales)}.",
        {"slug": slug, "locales": list(tenant.locales)},
        as_json=as_json,
    )


@group.command()
@click.argument("slug")
@json_option
@click.pass_obj
def suspend(console: Console, *, slug: str, as_json: bool) -> None:
    """Let a tenant's pages answer “not in service” (503); nothing is deleted."""
    _set_status(console, slug, "suspended", as_json=as_json)


@group.command()
@click.argument("slug")
@json_option
@click.pass_obj
def resume(console: Console, *, slug: str, as_json: bool) -> None:
    """Let a suspended tenant serve again."""
    _set_status(console, slug, "active", as_json=as_json)


def _set_status(console: Console, slug: str, status: str, *, as_json: bool) -> None:
    with console.refusing(TenantRefused), work(console.database()) as session:
        services.set_status(session, None, slug, status)
    console.say(f"{slug} is {status}.", {"slug": slug, "status": status}, as_json=as_json)
