"""The rows of keys, of a municipality (``tenant_id``) or of the installation (None)."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from zope.sqlalchemy import mark_changed

from stadtkern.db import ReadOnlyBreach, insert_into, utcnow
from stadtkern.vault.models import InstallationKey, VaultKey

Key = VaultKey | InstallationKey


def _model(tenant_id: int | None) -> Any:
    return InstallationKey if tenant_id is None else VaultKey


def current(session: Session, tenant_id: int | None, purpose: str) -> int | None:
    """Return the highest version; None where there is no key yet."""
    model = _model(tenant_id)
    return session.scalar(select(func.max(model.version)).where(model.purpose == purpose))


def key(session: Session, tenant_id: int | None, purpose: str, version: int) -> Key | None:
    """Return one key."""
    model = _model(tenant_id)
    statement = select(model).where(model.purpose == purpose, model.version == version)
    found: Key | None = session.scalars(statement).first()
    return found


def keys(session: Session, tenant_id: int | None) -> list[Key]:
    """Return all keys."""
    model = _model(tenant_id)
    return list(session.scalars(select(model).order_by(model.purpose, model.version)))


def add(
    session: Session, tenant_id: int | None, purpose: str, version: int, master: int, wrapped: str
) -> None:
    """Store a key unless another transaction has just stored one of this version."""
    if not session.info.get("write", False):
        raise ReadOnlyBreach("a safe request must not make keys")
    values: dict[str, Any] = {
        "purpose": purpose,
        "version": version,
        "master": master,
        "wrapped": wrapped,
        "created_at": utcnow(),
    }
    if tenant_id is not None:
        values["tenant_id"] = tenant_id
    statement = insert_into(session, _model(tenant_id).__table__).values(**values)
    session.connection().execute(statement.on_conflict_do_nothing())
    changed(session)


def rewrap(session: Session, found: Key, master: int, wrapped: str) -> None:
    """Store a key under another master key."""
    found.master, found.wrapped = master, wrapped
    session.flush()


def drop_before(session: Session, tenant_id: int | None, version: int) -> int:
    """Delete data keys older than ``version``; return how many."""
    model = _model(tenant_id)
    result = session.execute(delete(model).where(model.purpose == "data", model.version < version))
    return int(result.rowcount)  # type: ignore[attr-defined]


def outdated(session: Session, column: Any, prefix: str, limit: int) -> list[Any]:
    """Return rows whose sealed column does not begin with ``prefix``."""
    model = column.class_
    statement = (
        select(model)
        .where(column.is_not(None), ~column.startswith(prefix, autoescape=True))
        .limit(limit)
    )
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def replace(session: Session, row: Any, column: Any, old: str, new: str) -> bool:
    """Put ``new`` in the place of ``old``; False if something else stands there by now."""
    table = column.class_.__table__
    statement = update(table).where(table.c[column.key] == old).values({column.key: new})
    for primary in table.primary_key:
        statement = statement.where(primary == getattr(row, primary.key))
    result = session.connection().execute(statement)
    changed(session)
    return result.rowcount == 1


def changed(session: Session) -> None:
    """Tell the transaction of a statement that went past the ORM."""
    manager = session.info.get("manager")
    if manager is not None:
        mark_changed(session, manager)
