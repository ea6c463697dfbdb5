"""Counters that reading requests may raise: kept in memory, stored later.

Reading must not write. Each serving process counts in memory and hands over once a minute, in a
transaction of its own a tenant. What is counted is named by a short text that says nothing of the
visitor.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from stadtkern.db.engine import Database, DatabaseBusy
from stadtkern.db.session import TenantSession, work

log = structlog.get_logger("stadtkern.db")

PENDING = 500
"""Different names of one kind and town that a process remembers until it hands over; further ones
are dropped. Each town has its own: a flood of one takes nothing from the report of another."""
ALL_PENDING = 50_000
"""Names of all towns together, some 20 MB: a hundred towns would have to be flooded at once."""

Store = Callable[[TenantSession, Mapping[str, int]], None]
"""Adds numbers by name to those of before, in a session bound to the tenant."""


class Counts:
    """Counters of one process, by kind, tenant and name."""

    def __init__(self, database: Callable[[], Database], every: float) -> None:
        self._database = database
        self._every = every
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._held = 0
        self._stores: dict[str, Store] = {}
        self._counted: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)

    def add(self, kind: str, store: Store) -> None:
        """Say how numbers of a kind are stored."""
        self._stores[kind] = store

    def count(self, kind: str, tenant_id: int, name: str) -> None:
        """Raise one counter of a tenant."""
        with self._lock:
            own = self._counted[tenant_id, kind]
            if name in own:
                own[name] += 1
            elif len(own) < PENDING and self._held < ALL_PENDING:
                own[name] = 1
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
        """Store what was counted, a transaction a tenant; return the number of names."""
        with self._lock:
            counted, self._counted = self._counted, defaultdict(dict)
            held, self._held = self._held, 0
        for tenant_id in sorted({tenant_id for tenant_id, _kind in counted}):
            with work(self._database(), tenant_id) as session:
                for kind, store in self._stores.items():
                    names = counted.get((tenant_id, kind))
                    if names:
                        store(session, names)
        return held
