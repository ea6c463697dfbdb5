"""Sessions: joined to ``transaction``, filtered by tenant, read-only where they promise it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import transaction
from sqlalchemy import Integer, bindparam, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from transaction.interfaces import ITransactionManager
from zope.sqlalchemy.datamanager import STATUS_ACTIVE, join_transaction, mark_changed

from stadtkern.db.base import TenantScoped

if TYPE_CHECKING:
    from stadtkern.db.engine import Database


class TenantBreach(Exception):  # noqa: N818 - a breach is the word
    """A session was about to write a row of another tenant, or of none."""


class ReadOnlyBreach(Exception):  # noqa: N818
    """A safe request was about to write."""


class TenantSession(Session):
    """A session that knows its tenant (``info['tenant_id']``), manager and whether it may write."""


def _criteria(tenant_id: int | None) -> Any:
    return with_loader_criteria(
        TenantScoped,
        lambda cls: cls.tenant_id == tenant_id,
        include_aliases=True,
    )


PARAMETER = "stadtkern_tenant"
_TENANT = bindparam(PARAMETER, type_=Integer)
_BOUND = with_loader_criteria(
    TenantScoped,
    lambda cls: cls.tenant_id == _TENANT,
    include_aliases=True,
)
# Prebuilt statements keep their filtered form: making it anew, and its cache key with it, costs
# more than SQLite's answer. A statement that was built for one request takes its entry along.
_PREPARED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def bind_tenant(session: Session, tenant_id: int | None) -> None:
    """Bind ``session`` to one tenant, also within a transaction that has begun.

    Without a tenant the filter matches no row: forgetting to bind shows nothing, never all.
    """
    session.info["tenant_id"] = tenant_id
    if session.in_transaction():
        connection = session.connection()
        _tell_database(connection, tenant_id)


def _tell_database(connection: Connection, tenant_id: int | None) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "select set_config('stadtkern.tenant', %s, true)",
            ("" if tenant_id is None else str(tenant_id),),
        )


def _after_begin(session: Session, _transaction: object, connection: Connection) -> None:
    manager = session.info.get("manager")
    if manager is not None:
        join_transaction(session, STATUS_ACTIVE, manager)
    tenant_id = session.info.get("tenant_id")
    if tenant_id is not None:
        # The setting ends with its transaction: without a tenant there is nothing to tell.
        _tell_database(connection, tenant_id)


def _after_attach(session: Session, _instance: object) -> None:
    # A row added before anything was asked must join, too, or the commit would pass it by.
    manager = session.info.get("manager")
    if manager is not None:
        join_transaction(session, STATUS_ACTIVE, manager)


def _do_orm_execute(state: ORMExecuteState) -> None:
    session = state.session
    if state.is_insert or state.is_update or state.is_delete:
        _may_write(session)
        if session.info.get("manager") is not None:
            mark_changed(session, session.info["manager"])
    if state.is_insert and session.info.get("filtered", True):
        _check_rows(state)
    if state.is_select and session.info.get("filtered", True):
        prepared = _PREPARED.get(state.statement)
        if prepared is None:
            prepared = _PREPARED[state.statement] = state.statement.options(_BOUND)
        state.statement = prepared
        given = cast("Mapping[str, Any]", state.parameters or {})
        state.parameters = {**given, PARAMETER: session.info.get("tenant_id")}
    elif session.info.get("filtered", True) and not state.is_insert:
        state.statement = state.statement.options(_criteria(session.info.get("tenant_id")))


def _check_rows(state: ORMExecuteState) -> None:
    """Refuse bulk inserts of rows that do not name the session's tenant."""
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, TenantScoped):
        return
    given = state.parameters or []
    rows = [given] if isinstance(given, Mapping) else given
    tenant_id = state.session.info.get("tenant_id")
    if not rows or any(row.get("tenant_id") != tenant_id for row in rows):
        raise TenantBreach(f"{mapper.class_.__name__}: rows must name this tenant")


def _may_write(session: Session) -> None:
    if not session.info.get("write", False):
        raise ReadOnlyBreach("a safe request must not write")


def has_written(session: Session) -> None:
    """Let what a statement in plain text wrote be committed: nobody else can tell that it wrote.

    Raises ``ReadOnlyBreach`` in safe requests.
    """
    _may_write(session)
    _after_flush(session, None)


def _before_flush(session: Session, _context: object, _instances: object) -> None:
    if not (session.new or session.dirty or session.deleted):
        return
    _may_write(session)
    tenant_id = session.info.get("tenant_id")
    for row in session.new:
        if isinstance(row, TenantScoped) and getattr(row, "tenant_id", None) is None:
            row.tenant_id = tenant_id
    if not session.info.get("filtered", True):
        return
    for rows in (session.new, session.dirty, session.deleted):
        for row in rows:
            if isinstance(row, TenantScoped) and (tenant_id is None or row.tenant_id != tenant_id):
                raise TenantBreach(f"{type(row).__name__} does not belong to this tenant")


def _after_flush(session: Session, _context: object) -> None:
    manager = session.info.get("manager")
    if manager is not None:
        mark_changed(session, manager)


# Registered once on the class: listeners per session cost a third of a request.
event.listen(TenantSession, "after_begin", _after_begin)
event.listen(TenantSession, "after_attach", _after_attach)
event.listen(TenantSession, "do_orm_execute", _do_orm_execute)
event.listen(TenantSession, "before_flush", _before_flush)
event.listen(TenantSession, "after_flush", _after_flush)


@contextmanager
def work(
    database: "Database", tenant_id: int | None = None, *, write: bool = True
) -> Iterator[TenantSession]:
    """Run one unit of work outside a request: commit at the end, roll back on any error.

    Commands and after-commit work use it. Hooks that wait for a commit (mail) run as in a
    request, since the session joins a transaction manager of its own.
    """
    manager: ITransactionManager = transaction.TransactionManager(explicit=True)
    with manager:
        session = database.session(write=write, tenant_id=tenant_id, manager=manager)
        session.info["manager"] = manager
        yield session


def insert_into(session: Session, table: Any) -> Any:
    """Return the database's own INSERT into a model or table: it knows ``ON CONFLICT``."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql_insert(table)
    return sqlite_insert(table)
