"""Indexing what rooms and plugins let visitors find beside nodes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, select

from stadtkern.db import utcnow
from stadtkern.search.documents import Document
from stadtkern.search.index.storing import Store, chunks
from stadtkern.search.models import SearchEntry
from stadtkern.search.sources import Entry, enabled_sources
from stadtkern.tenants import Tenant


class Records(Store):
    """Indexes the entries of sources."""

    def source(self, name: str, tenant: Tenant) -> int:
        """Index all entries of a source, and nothing that it no longer has."""
        source = enabled_sources(self.registry, self.plugins).get(name)
        if source is None:
            return 0
        found = list(source.entries(self.session, self.registry, tenant))
        keys = {f"{entry.language}:{entry.key}" for entry in found}
        stored = self.session.scalars(select(SearchEntry.key).where(SearchEntry.source == name))
        self.remove(name, [key for key in stored if key not in keys], exact=True)
        self.put(name, found)
        return len(found)

    def put(self, name: str, entries: Iterable[Entry]) -> int:
        """Index entries of a source; return how many had changed."""
        now = utcnow()
        return self.store(
            name,
            [
                Document(
                    source=name,
                    key=f"{entry.language}:{entry.key}"[:120],
                    kind=name,
                    language=entry.language,
                    title=entry.title,
                    path=entry.path,
                    summary=entry.summary,
                    names=entry.names,
                    lead="",
                    text=" ".join(entry.text.split()),
                    at=entry.at or now.replace(hour=0, minute=0, second=0, microsecond=0),
                    dated=entry.at is not None,
                    weight=min(max(entry.weight, 0.1), 10.0),
                )
                for entry in entries
            ],
        )

    def remove(self, name: str, keys: Iterable[str], *, exact: bool = False) -> int:
        """Drop entries of a source in every language; return how many there were.

        ``exact``: keys as they are stored.
        """
        gone = 0
        for some in chunks(keys):
            condition = (
                SearchEntry.key.in_(some)
                if exact
                else func.substr(SearchEntry.key, func.length(SearchEntry.language) + 2).in_(some)
            )
            dropped: Any = self.session.execute(
                delete(SearchEntry)
                .where(SearchEntry.source == name, condition)
                .execution_options(synchronize_session=False)
            )
            gone += dropped.rowcount
        return gone
