"""Writes of the tenants room. Every change counts up what page caches compare."""

import re
from collections.abc import Sequence
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.db import insert_into
from stadtkern.tenants.directory import Tenant, TenantDirectory, _snapshot, normalise_host
from stadtkern.tenants.events import LocaleAdded
from stadtkern.tenants.models import TenantGeneration, TenantHost, TenantRow
from stadtkern.web.languages import LANGUAGES

SLUG = re.compile(r"[a-z][a-z0-9-]{1,62}")
KEY = re.compile(r"[0-9]{8}|[0-9]{12}")
COLOUR = re.compile(r"#[0-9a-f]{6}")
LOCALES = ("de", "en")
"""What a new tenant gets without being asked; ``LANGUAGES`` names all that it can have."""


class TenantRefused(Exception):  # noqa: N818 - the word that operators read
    """What was asked of a tenant cannot be done; the message says why and what to do."""


def tenant_by_slug(session: Session, slug: str) -> Tenant:
    """Return the tenant called ``slug``; ``TenantRefused`` if there is none."""
    return _tenant(session, _row(session, slug))


def tenant_by_id(session: Session, tenant_id: int) -> Tenant:
    """Return the tenant with this id; ``TenantRefused`` if there is none."""
    row = session.get(TenantRow, tenant_id)
    if row is None:
        raise TenantRefused(f"There is no tenant {tenant_id}.")
    return _tenant(session, row)


def active_tenants(session: Session) -> list[Tenant]:
    """Return all tenants that are not suspended, by id."""
    rows = session.scalars(
        select(TenantRow).where(TenantRow.status == "active").order_by(TenantRow.id)
    )
    return [_tenant(session, row) for row in rows]


def tenants_by_id(session: Session) -> dict[int, Tenant]:
    """Return all tenants by id, for operators; their counters are left out."""
    hosts = {
        host.tenant_id: host.host
        for host in session.scalars(select(TenantHost).where(TenantHost.canonical))
    }
    return {
        row.id: _snapshot(row, hosts.get(row.id, row.slug), {})
        for row in session.scalars(select(TenantRow))
    }


def _tenant(session: Session, row: TenantRow) -> Tenant:
    host = session.scalar(
        select(TenantHost.host).where(TenantHost.tenant_id == row.id, TenantHost.canonical)
    )
    values = session.execute(
        select(TenantGeneration.name, TenantGeneration.value).where(
            TenantGeneration.tenant_id == row.id
        )
    )
    return _snapshot(row, host or row.slug, {name: value for name, value in values})  # noqa: C416


def hosts_of(session: Session, tenant_id: int) -> frozenset[str]:
    """Return all host names that lead to a tenant, in lower case."""
    return frozenset(
        session.scalars(select(TenantHost.host).where(TenantHost.tenant_id == tenant_id))
    )


def list_tenants(session: Session) -> list[dict[str, Any]]:
    """Return all tenants with their hosts, by slug; canonical hosts first."""
    hosts: dict[int, list[str]] = {}
    for host in session.scalars(
        select(TenantHost).order_by(TenantHost.canonical.desc(), TenantHost.host)
    ):
        hosts.setdefault(host.tenant_id, []).append(host.host)
    return [
        {
            "slug": row.slug,
            "name": row.name,
            "ags": row.ags,
            "status": row.status,
            "locales": list(row.locales),
            "hosts": hosts.get(row.id, []),
        }
        for row in session.scalars(select(TenantRow).order_by(TenantRow.slug))
    ]


def check_identity(name: str, ags: str, locales: Sequence[str]) -> None:
    """Refuse (``TenantRefused``) what no municipality is called, numbered or written in."""
    if not name.strip() or len(name) > 200:  # noqa: PLR2004
        raise TenantRefused("The name is missing or longer than 200 characters.")
    if not KEY.fullmatch(ags) or not 1 <= int(ags[:2]) <= 16:  # noqa: PLR2004 - the Länder
        raise TenantRefused(
            f"“{ags}” is no AGS: give 8 digits (or the 12 digits of the ARS), beginning with the "
            "Land's number 01 to 16."
        )
    if (
        not locales
        or len(set(locales)) != len(locales)
        or any(locale not in LANGUAGES for locale in locales)
    ):
        raise TenantRefused(f"Languages must be among {', '.join(LANGUAGES)}, each once.")
    if LANGUAGES[locales[0]].interface != locales[0]:
        raise TenantRefused(f"{locales[0]} cannot come first: its pages borrow another's words.")


def slug_fits(slug: str) -> bool:
    """Tell whether a municipality can have this short name."""
    return SLUG.fullmatch(slug) is not None


def slug_taken(session: Session, slug: str) -> bool:
    """Tell whether a municipality has this short name."""
    return session.scalar(select(TenantRow.id).where(TenantRow.slug == slug)) is not None


def host_taken(session: Session, host: str) -> bool:
    """Tell whether a municipality has this host name, in lower case and without port."""
    return session.get(TenantHost, host) is not None


def add_tenant(
    session: Session,
    *,
    slug: str,
    host: str,
    name: str,
    ags: str,
    locales: tuple[str, ...] = LOCALES,
) -> TenantRow:
    """Add a municipality.

    Args:
        ags: the Amtlicher Gemeindeschlüssel (8 digits) or Regionalschlüssel (12 digits).
        host: its canonical host name, without port.

    Raises ``TenantRefused`` for a malformed or taken value.

    """
    if not SLUG.fullmatch(slug):
        raise TenantRefused(
            f"“{slug}” cannot be a short name: use 2 to 63 lower-case letters, digits and hyphens, "
            "beginning with a letter."
        )
    check_identity(name, ags, locales)
    if slug_taken(session, slug):
        raise TenantRefused(f"There is a tenant “{slug}” already.")
    row = TenantRow(slug=slug, name=name.strip(), ags=ags, locales=list(locales))
    session.add(row)
    session.flush()
    _add_host(session, row, host, canonical=True)
    return row


def add_locale(
    session: Session, registry: Registry, directory: TenantDirectory | None, slug: str, locale: str
) -> Tenant:
    """Let a tenant have pages in a further language; its front page is made at once.

    ``session`` must be bound to the tenant. ``TenantRefused`` for an unknown language, one that
    it has, or an address that is taken.
    """
    row = _row(session, slug)
    if locale not in LANGUAGES:
        raise TenantRefused(f"Languages are {', '.join(LANGUAGES)}; “{locale}” is none of them.")
    if locale in row.locales:
        raise TenantRefused(f"{row.name} has pages in {locale} already.")
    with session.begin_nested():
        row.locales = [*row.locales, locale]
        session.flush()
        tenant = tenant_by_slug(session, slug)
        registry.notify(LocaleAdded(session, tenant, locale))
    bump_generation(session, directory, row.id, "tenant")
    bump_generation(session, directory, row.id, "content")
    return tenant


def add_alias(session: Session, slug: str, host: str) -> str:
    """Add a host that redirects to the tenant's canonical one; return it as it is stored."""
    return _add_host(session, _row(session, slug), host, canonical=False)


def set_status(session: Session, directory: TenantDirectory | None, slug: str, status: str) -> None:
    """Suspend a tenant (its pages answer 503) or let it serve again (``active``)."""
    row = _row(session, slug)
    if row.status == "importing":
        raise TenantRefused(
            f"“{slug}” is coming in from an archive: let that end first "
            f"(`stadtkern tenants import`), or give it up (`stadtkern tenants discard {slug}`)."
        )
    row.status = status
    bump_generation(session, directory, row.id, "tenant")


def set_appearance(
    session: Session,
    directory: TenantDirectory | None,
    tenant_id: int,
    *,
    name: str,
    accent: str,
    arms: str | None,
) -> None:
    """Set what the town looks like: its name, colour (``#rrggbb``) and coat of arms (sha256)."""
    row = session.get(TenantRow, tenant_id)
    if row is None or not COLOUR.fullmatch(accent) or not 0 < len(name.strip()) <= 200:  # noqa: PLR2004
        raise TenantRefused("A name and a colour such as #1d3f8f are needed.")
    row.name, row.accent, row.arms = name.strip(), accent, arms
    session.flush()
    bump_generation(session, directory, tenant_id, "tenant")


def _row(session: Session, slug: str) -> TenantRow:
    row = session.scalar(select(TenantRow).where(TenantRow.slug == slug))
    if row is None:
        raise TenantRefused(f"There is no tenant “{slug}”. `stadtkern tenants list` names them.")
    return row


def _add_host(session: Session, row: TenantRow, host: str, *, canonical: bool) -> str:
    name = normalise_host(host)
    if name is None or ":" in host:
        raise TenantRefused(
            f"“{host}” is no host name (give it without scheme and port, umlauts as xn--…)."
        )
    taken = session.get(TenantHost, name)
    if taken is not None:
        raise TenantRefused(f"The host {name} belongs to a tenant already.")
    session.add(TenantHost(host=name, tenant_id=row.id, canonical=canonical))
    session.flush()
    return name


def bump_generation(
    session: Session, directory: TenantDirectory | None, tenant_id: int, name: str
) -> None:
    """Count up one of a tenant's generations, once per transaction.

    Cached pages that name it are void from the commit on: at once in this process, within a
    second in others. ``directory`` may be None where no process serves (commands).
    """
    done = session.info.setdefault("bumped", set())
    if (tenant_id, name) in done:
        return
    done.add((tenant_id, name))
    statement = insert_into(session, TenantGeneration)
    session.execute(
        statement.values(tenant_id=tenant_id, name=name, value=1).on_conflict_do_update(
            index_elements=["tenant_id", "name"], set_={"value": TenantGeneration.value + 1}
        )
    )
    manager = session.info.get("manager")
    if directory is not None and manager is not None:
        manager.get().addAfterCommitHook(
            lambda committed: directory.forget() if committed else None
        )
