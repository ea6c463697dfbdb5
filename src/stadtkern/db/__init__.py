"""Engine, sessions bound to ``transaction``, tenant walls and the migration runner."""

from stadtkern.db.base import Base, JSONBody, TenantScoped, UTCDateTime, metadata, utcnow
from stadtkern.db.engine import Database, DatabaseBusy, database_from_settings
from stadtkern.db.session import (
    ReadOnlyBreach,
    TenantBreach,
    TenantSession,
    bind_tenant,
    work,
)

__all__ = [
    "Base",
    "Database",
    "DatabaseBusy",
    "JSONBody",
    "ReadOnlyBreach",
    "TenantBreach",
    "TenantScoped",
    "TenantSession",
    "UTCDateTime",
    "bind_tenant",
    "database_from_settings",
    "includeme",
    "metadata",
    "utcnow",
    "work",
]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _request_session(request: object) -> TenantSession:
    """Open the request's session: read-only for safe methods, bound to the request's tenant."""
    registry = request.registry  # type: ignore[attr-defined]
    database: Database = registry["database"]
    tenant = getattr(request, "tenant", None)
    return database.session(
        write=request.method not in SAFE_METHODS,  # type: ignore[attr-defined]
        tenant_id=None if tenant is None else tenant.id,
        manager=request.tm,  # type: ignore[attr-defined]
    )


def includeme(config: object) -> None:
    """Give requests a ``db`` session and make lost locks retry."""
    settings = config.get_settings()  # type: ignore[attr-defined]
    settings.setdefault("tm.manager_hook", "pyramid_tm.explicit_manager")
    # Who asks is looked up where it matters, within reach of the error pages.
    settings.setdefault("tm.annotate_user", False)
    settings.setdefault("retry.attempts", 3)
    config.include("pyramid_retry")  # type: ignore[attr-defined]
    config.include("pyramid_tm")  # type: ignore[attr-defined]
    config.add_request_method(_request_session, "db", reify=True)  # type: ignore[attr-defined]
