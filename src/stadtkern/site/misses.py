"""What visitors ask for in vain, and how often redirects are used: counted here, stored later.

Only paths are kept: no query, no address, nothing of the visitor.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from stadtkern.content import redirects
from stadtkern.db import insert_into, utcnow
from stadtkern.site.models import MissedPath

LONGEST = 200
"""Characters of a path that is counted; longer ones are nobody's bookmark."""
KEPT = 1_000
"""Rows of a tenant; the rarest and oldest go first."""
KEPT_FOR = timedelta(days=90)
NOISE = (
    *("*.php*", "/wp-*", "/.*", "*/.*", "/cgi-bin*", "*.asp*", "*.jsp", "*.cgi", "*.env"),
    *("/apple-touch-icon*", "/favicon*", "/xmlrpc*", "/vendor/*", "*.sql", "*.bak", "*.git*"),
)
"""What only searches for weak software ask for."""


def is_noise(path: str, patterns: Iterable[str] = ()) -> bool:
    """Tell whether a path is one of those that nobody wants to read about (``*``: anything)."""
    low = path.lower()
    return any(fnmatchcase(low, pattern) for pattern in (*NOISE, *patterns))


def own_patterns(request: Request) -> list[str]:
    """Return the tenant's own patterns, one a line in its settings."""
    text = request.settings_of("site").get("ignored_misses") or ""
    return [line.strip().lower() for line in text.splitlines()[:50] if line.strip()]


def miss(request: Request, path: str) -> None:
    """Count an address that shows nothing."""
    if len(path) > LONGEST or not path.isprintable() or "@" in path or path == "/":
        return
    if not is_noise(path, own_patterns(request)):
        request.registry["counts"].count("miss", request.tenant.id, path)


def store(session: Session, missed: Mapping[str, int]) -> None:
    """Add misses to those of before, and let go of what is old or too much."""
    now = utcnow()
    statement = insert_into(session, MissedPath)
    rows = [
        {
            "tenant_id": session.info["tenant_id"],
            "path": path,
            "hits": number,
            "first_at": now,
            "last_at": now,
            "ignored": False,
        }
        for path, number in missed.items()
    ]
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "path"],
            set_={
                "hits": MissedPath.hits + statement.excluded.hits,
                "last_at": statement.excluded.last_at,
            },
        ),
        rows,
    )
    prune(session)


def prune(session: Session) -> None:
    """Keep the table small: nothing older than ``KEPT_FOR``, no more than ``KEPT`` rows."""
    session.execute(
        delete(MissedPath)
        .where(MissedPath.last_at < utcnow() - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    number = session.scalar(select(func.count()).select_from(MissedPath)) or 0
    if number <= KEPT:
        return
    surplus = session.scalars(
        select(MissedPath.path)
        .order_by(MissedPath.ignored.desc(), MissedPath.hits.desc(), MissedPath.last_at.desc())
        .offset(KEPT)
    ).all()
    session.execute(
        delete(MissedPath)
        .where(MissedPath.path.in_(surplus[:10_000]))
        .execution_options(synchronize_session=False)
    )


def listing(session: Session, *, ignored: bool, limit: int, offset: int) -> list[Any]:
    """Return ``(MissedPath, total)``, the most frequent first, in one query."""
    return list(
        session.execute(
            select(MissedPath, func.count().over().label("total"))
            .where(MissedPath.ignored.is_(ignored))
            .order_by(MissedPath.hits.desc(), MissedPath.path)
            .limit(limit)
            .offset(offset)
        )
    )


def ignore(session: Session, path: str, *, ignored: bool) -> bool:
    """Take a path out of the report or back into it; tell whether it is there."""
    row = session.scalars(select(MissedPath).where(MissedPath.path == path)).first()
    if row is not None:
        row.ignored = ignored
    return row is not None


def forget(session: Session, path: str) -> None:
    """Drop a path: it leads somewhere now."""
    session.execute(
        delete(MissedPath)
        .where(MissedPath.path == path)
        .execution_options(synchronize_session=False)
    )


def configure(config: Configurator) -> None:
    """Store what is missed, and how often redirects are used."""
    counts = config.registry["counts"]
    counts.add("miss", store)
    counts.add("hit", lambda session, hits: redirects.count_hits(session, hits, utcnow()))
