"""New keys: all that is sealed is sealed again, in small transactions, while the site serves.

Old and new keys both open until the last value is done, so that readers notice nothing and a run
that was killed is simply run again. The key before the new one stays: a writer that has begun
before may still store under it. The one before that is deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyramid.registry import Registry

from stadtkern.db import work
from stadtkern.vault import queries
from stadtkern.vault.fields import Field
from stadtkern.vault.keyring import Vault
from stadtkern.vault.sealing import DATA, _label, make_key, open_, prefix, seal

AT_ONCE = 100
"""Values in one transaction."""


@dataclass(frozen=True)
class Rotated:
    """What was done: the version that now seals, values sealed again, old keys deleted."""

    version: int
    values: int
    dropped: int


def fields_of(registry: Registry, tenant_id: int | None) -> Iterator[Field]:
    """Yield the sealed columns of municipalities, or those of the installation."""
    for field in registry["vault_fields"].values():
        if field.scoped == (tenant_id is not None):
            yield field


def rotate(registry: Registry, tenant_id: int | None, *, finish: bool = False) -> Rotated:
    """Give a municipality (None: the installation) a new data key and seal everything by it.

    ``finish``: make no new key, only go on with what a killed run has left.
    """
    vault: Vault = registry["vault"]
    database = registry["database"]
    with work(database, tenant_id) as session:
        version = queries.current(session, tenant_id, DATA) or 0
        if version == 0 or not finish:
            version += 1
            make_key(session, vault, tenant_id, DATA, version)
    values = 0
    for field in fields_of(registry, tenant_id):
        while True:
            done = _batch(registry, tenant_id, field, version)
            values += done
            if not done:
                break
    with work(database, tenant_id) as session:
        dropped = queries.drop_before(session, tenant_id, version - 1)
    vault.forget()
    return Rotated(version, values, dropped)


def _batch(registry: Registry, tenant_id: int | None, field: Field, version: int) -> int:
    done = 0
    with work(registry["database"], tenant_id) as session:
        rows = queries.outdated(session, field.column, prefix(version), AT_ONCE)
        for row in rows:
            old = getattr(row, field.column.key)
            context = field.context(row)
            plain = open_(session, registry, tenant_id, old, context)
            new = seal(session, registry, tenant_id, plain, context)
            done += queries.replace(session, row, field.column, old, new)
    return done


def rewrap(registry: Registry, tenant_id: int | None) -> int:
    """Wrap data keys by the newest master key; return how many were under an older one."""
    vault: Vault = registry["vault"]
    newest = vault.ring().current
    count = 0
    with work(registry["database"], tenant_id) as session:
        for row in queries.keys(session, tenant_id):
            if row.master == newest:
                continue
            label = _label(tenant_id, row.purpose, row.version)
            plain = vault.unwrap(row.wrapped, row.master, label)
            queries.rewrap(session, row, *vault.wrap(plain, label))
            count += 1
    return count


def unreadable(registry: Registry, tenant_id: int | None) -> list[str]:
    """Return the columns in which a value does not open, each once, and open all of them."""
    from sqlalchemy import select  # noqa: PLC0415 - only this check reads whole tables

    from stadtkern.vault.sealing import NotOurs  # noqa: PLC0415

    found = []
    with work(registry["database"], tenant_id, write=False) as session:
        for field in fields_of(registry, tenant_id):
            model = field.column.class_
            for row in session.scalars(select(model).where(field.column.is_not(None))):
                try:
                    sealed = getattr(row, field.column.key)
                    open_(session, registry, tenant_id, sealed, field.context(row))
                except NotOurs:
                    found.append(field.name)
                    break
    return found
