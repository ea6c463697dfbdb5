"""The directory from host names to tenants, re-read at most once a second."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from stadtkern.db import Database, utcnow
from stadtkern.tenants.models import TenantGeneration, TenantHost, TenantRow

MAX_HOSTS = 4_096
"""Hosts kept in memory; unknown ones too, so that guessing hosts costs no SQL each time."""


@dataclass(frozen=True)
class Tenant:
    """A municipality as requests see it: plain values, detached from any session."""

    id: int
    slug: str
    name: str
    ags: str
    locales: tuple[str, ...]
    timezone: str
    accent: str
    arms: str | None
    status: str
    demo: bool
    host: str
    """The canonical host, without port."""
    generations: Mapping[str, int]

    @property
    def default_locale(self) -> str:
        """Return the language whose pages have no prefix."""
        return self.locales[0]

    def today(self) -> date:
        """Return the present day on the town's clock."""
        return self.day_of(utcnow())

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment on the town's clock: an hour after midnight it is new here."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def generation(self, *names: str) -> tuple[int, ...]:
        """Return the counters by these names; what never rose counts as 0."""
        return tuple(self.generations.get(name, 0) for name in names)


@lru_cache(maxsize=1024)
def normalise_host(header: str) -> str | None:
    """Return the host of a Host header in lower case without port, or None if it is no name.

    Accepts what RFC 1123 calls a host name (and IPv4); everything else, brackets and control
    characters included, is refused.
    """
    host = header.strip().lower()
    name, colon, port = host.partition(":")
    if colon and not (port.isascii() and port.isdigit() and len(port) <= 5):  # noqa: PLR2004
        return None
    name = name.removesuffix(".")
    if not name or len(name) > 253:  # noqa: PLR2004 - RFC 1035
        return None
    labels = name.split(".")
    for label in labels:
        if not 0 < len(label) <= 63 or label[0] == "-" or label[-1] == "-":  # noqa: PLR2004
            return None
        if not all(c.isascii() and (c.isalnum() or c == "-") for c in label):
            return None
    return name


_LOOKUP = (
    select(TenantRow, TenantGeneration.name, TenantGeneration.value)
    .join(TenantHost, TenantHost.tenant_id == TenantRow.id)
    .outerjoin(TenantGeneration, TenantGeneration.tenant_id == TenantRow.id)
    .where(TenantHost.host == bindparam("host"))
)
_CANONICAL = (
    select(TenantHost.host)
    .join(TenantRow, TenantRow.id == TenantHost.tenant_id)
    .where(TenantHost.canonical, TenantRow.id == bindparam("tenant"))
)


class TenantDirectory:
    """Finds tenants by host; thread-safe, shared by all requests of a process."""

    def __init__(self, database: Database, *, max_age: float = 1.0) -> None:
        self._database = database
        self._max_age = max_age
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Tenant | None]] = OrderedDict()

    def find(self, host: str) -> Tenant | None:
        """Return the tenant that a normalised host leads to, at most ``max_age`` seconds old."""
        now = time.monotonic()
        entry = self._known.get(host)
        if entry is not None and now - entry[0] < self._max_age:
            return entry[1]
        tenant = self._read(host, previous=entry[1] if entry else None)
        with self._lock:
            self._known[host] = (now, tenant)
            self._known.move_to_end(host)
            while len(self._known) > MAX_HOSTS:
                self._known.popitem(last=False)
        return tenant

    def forget(self) -> None:
        """Read anew at the next request: this process has just changed something."""
        with self._lock:
            self._known.clear()

    def _read(self, host: str, previous: Tenant | None) -> Tenant | None:
        with self._database.session(write=False) as session:
            rows = session.execute(_LOOKUP, {"host": host}).all()
            if not rows:
                return None
            row = rows[0][0]
            canonical = previous.host if previous is not None and previous.id == row.id else None
            generations = {name: value for _, name, value in rows if name is not None}
            if (
                previous is None
                or canonical is None
                or previous.generation("tenant") != (generations.get("tenant", 0),)
            ):
                canonical = session.scalar(_CANONICAL, {"tenant": row.id}) or host
            return _snapshot(row, canonical, generations)


def _snapshot(row: TenantRow, host: str, generations: Mapping[str, int]) -> Tenant:
    return Tenant(
        id=row.id,
        slug=row.slug,
        name=row.name,
        ags=row.ags,
        locales=tuple(row.locales),
        timezone=row.timezone,
        accent=row.accent,
        arms=row.arms,
        status=row.status,
        demo=row.demo,
        host=host,
        generations=generations,
    )
