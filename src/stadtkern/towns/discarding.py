"""Giving an import up: all that came of it goes."""

from collections.abc import Sequence

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import Database, bind_tenant, work
from stadtkern.tenants import tenants_by_id
from stadtkern.towns import queries
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.models import TownImport
from stadtkern.towns.parts import ACCOUNT, parts
from stadtkern.web.i18n import _


def discard(registry: Registry, database: Database, slug: str) -> None:
    """Give an unfinished import up: the town and all that came of it is deleted."""
    with work(database, write=False) as session:
        found = queries.running_as(session, slug)
    if found is None:
        raise TownRefused(
            _("No town is coming in as “${slug}”. Nothing was deleted.", mapping={"slug": slug})
        )
    discard_import(registry, database, found.id)


def discard_import(registry: Registry, database: Database, import_id: int) -> None:
    """Delete a town that is not in yet, and the accounts that were made for it alone."""
    with work(database) as session:
        begun = session.get(TownImport, import_id)
        if begun is None or begun.tenant_id is None:
            return
        tenant_id = begun.tenant_id
        bind_tenant(session, tenant_id)
        made = sorted(queries.given(session).get(ACCOUNT, {}))
        session.delete(begun)
        session.flush()
        queries.drop_town(session, tenant_id)
        queries.drop_accounts(session, _unused(session, made))
    for part in parts(registry):
        if part.private is not None:
            part.private.forget(registry, tenant_id)
        if part.store is not None:
            store = part.store(registry, tenant_id)
            for sha in list(store.shas()):
                store.remove(sha)


def _unused(session: Session, made: Sequence[int]) -> list[int]:
    """Return the accounts among these that no town has made a member since."""
    unused = set(made)
    for tenant_id in tenants_by_id(session) if made else ():
        bind_tenant(session, tenant_id)
        unused -= queries.members(session, sorted(unused))
    return sorted(unused)
