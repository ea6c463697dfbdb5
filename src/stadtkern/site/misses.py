"""What visitors ask for in vain, and how often redirects are used: counted here, stored later.

Reading must not write. Each serving process counts in memory and hands over once a minute, in a
transaction of its own. Only paths are kept: no query, no address, nothing of the visitor.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from stadtkern.content import redirects
from stadtkern.db import DatabaseBusy, utcnow, work
from stadtkern.site.models import MissedPath

log = structlog.get_logger("stadtkern.site")

LONGEST = 200
"""Characters of a path that is counted; longer ones are nobody's bookmark."""
PENDING = 500
"""Different paths of one town that a process remembers until it hands over; further ones are
dropped. Each town has its own: a flood of one takes nothing from the report of another."""
ALL_PENDING = 50_000
"""Paths of all towns together, some 20 MB: a hundred towns would have to be flooded at once."""
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


ByTenant = dict[int, dict[str, int]]


class Counts:
    """Counters of one process, by tenant and path."""

    def __init__(self, registry: Registry, every: float) -> None:
        self._registry = registry
        self._every = every
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._held = 0
        self._misses: ByTenant = defaultdict(dict)
        self._hits: ByTenant = defaultdict(dict)

    def miss(self, request: Request, path: str) -> None:
        """Count an address that shows nothing."""
        if len(path) > LONGEST or not path.isprintable() or "@" in path or path == "/":
            return
        if not is_noise(path, own_patterns(request)):
            self._count(self._misses, request.tenant.id, path)

    def hit(self, request: Request, path: str) -> None:
        """Count the use of a redirect."""
        self._count(self._hits, request.tenant.id, path)

    def _count(self, counts: ByTenant, tenant_id: int, path: str) -> None:
        with self._lock:
            own = counts[tenant_id]
            if path in own:
                own[path] += 1
            elif len(own) < PENDING and self._held < ALL_PENDING:
                own[path] = 1
                self._held += 1
            due = time.monotonic() - self._begun > self._every
            if due:
                self._begun = time.monotonic()
        if due:
            threading.Thread(target=self.hand_over, name="counts", daemon=True).start()

    def hand_over(self) -> None:
        """Store what was counted; counts are not worth an error, so they may be lost."""
        try:
            self.flush()
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("counts lost", kind=type(error).__name__)

    def flush(self) -> int:
        """Store what was counted; return the number of paths."""
        with self._lock:
            misses, self._misses = self._misses, defaultdict(dict)
            hits, self._hits = self._hits, defaultdict(dict)
            held, self._held = self._held, 0
        for tenant_id in sorted(misses.keys() | hits.keys()):
            with work(self._registry["database"], tenant_id) as session:
                redirects.count_hits(session, hits.get(tenant_id, {}), utcnow())
                store(session, tenant_id, misses.get(tenant_id, {}))
        return held


def store(session: Session, tenant_id: int, missed: Mapping[str, int]) -> None:
    """Add misses to those of before, and let go of what is old or too much."""
    now = utcnow()
    if missed:
        on_postgresql = session.get_bind().dialect.name == "postgresql"
        insert: Any = postgresql_insert if on_postgresql else sqlite_insert
        statement = insert(MissedPath)
        rows = [
            {
                "tenant_id": tenant_id,
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
    """Begin to count."""
    every = float(config.get_settings().get("stadtkern.counts_flush_seconds", 60))
    config.registry["counts"] = Counts(config.registry, every)
