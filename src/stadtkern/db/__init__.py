"""Engine, sessions bound to ``transaction``, tenant walls and the migration runner."""

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.db.base import Base, JSONBody, TenantScoped, UTCDateTime, metadata, utcnow
from stadtkern.db.counting import Counts
from stadtkern.db.engine import Database, DatabaseBusy, NoDatabase, database_from_settings
from stadtkern.db.migrate import CORE
from stadtkern.db.numbers import MAX_ID, reference_number, whole_number
from stadtkern.db.session import (
    ReadOnlyBreach,
    TenantBreach,
    TenantSession,
    bind_tenant,
    has_written,
    insert_into,
    work,
)

__all__ = [
    "MAX_ID",
    "Base",
    "Counts",
    "Database",
    "DatabaseBusy",
    "JSONBody",
    "NoDatabase",
    "ReadOnlyBreach",
    "TenantBreach",
    "TenantScoped",
    "TenantSession",
    "UTCDateTime",
    "bind_tenant",
    "database_from_settings",
    "has_written",
    "includeme",
    "insert_into",
    "is_migrated",
    "metadata",
    "reference_number",
    "utcnow",
    "whole_number",
    "work",
]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _request_session(request: Request) -> TenantSession:
    """Open the request's session: read-only for safe methods, bound to the request's tenant."""
    database: Database = request.registry["database"]
    tenant = getattr(request, "tenant", None)
    session = database.session(
        write=request.method not in SAFE_METHODS,
        tenant_id=None if tenant is None else tenant.id,
        manager=request.tm,
    )
    session.info["origin"] = "web"
    return session


def is_migrated(database: Database) -> bool:
    """Tell whether the core's tables are up to date; raises what the database raises."""
    with database.reader.connect() as connection:
        return CORE.is_current(connection)


def includeme(config: Configurator) -> None:
    """Give requests a ``db`` session, make lost locks retry; begin to count."""
    settings = config.get_settings()
    settings.setdefault("tm.manager_hook", "pyramid_tm.explicit_manager")
    # Who asks is looked up where it matters, within reach of the error pages.
    settings.setdefault("tm.annotate_user", False)
    settings.setdefault("retry.attempts", 3)
    config.include("pyramid_retry")
    config.include("pyramid_tm")
    config.add_request_method(_request_session, "db", reify=True)
    every = float(settings.get("stadtkern.counts_flush_seconds", 60))
    config.registry["counts"] = Counts(lambda: config.registry["database"], every)
