"""Builds the packs: asks a tour's pages as a visitor, and stores what they need by its hash."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pyramid.registry import Registry
from pyramid.response import Response

from stadtkern.db import TenantSession, utcnow
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import speaker
from stadtkern_cityguide import tiles
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.manifest import Entry, canonical, contents, digest, group_of
from stadtkern_cityguide.offline.models import Asset, Bundle
from stadtkern_cityguide.offline.pages import Kept, chunks, keep
from stadtkern_cityguide.offline.visiting import Visitor

MAX_PAGES = 400
"""Pages of one pack: a tour has at most 200 stops."""

MAX_FILES = 4_000
MAX_OWN = 30_000_000
"""Bytes of one page, script or style."""

GRACE = timedelta(days=2)
"""How long bytes are kept that no manifest names any more: somebody may be loading them."""

REMEMBERED = timedelta(days=400)
"""How long it is known which page such bytes were: a device that has kept them is told when the
page is withdrawn, if it has asked within this time."""

WORDS = {
    "skip": _("To the content"),
    "kept": _("Saved copy"),
    "saved": _("All that is saved"),
}
"""What the frame of kept pages says."""

_MEDIUM = re.compile(r"/media/(\d{1,9})/([0-9a-f]{12})/")
_DATA = re.compile(r"/guide/(?:tour|place)/(\d{1,9})\.")
"""What the map of a tour or place loads."""


@dataclass
class Source:
    """Where an entry's bytes come from: a medium's address, or our own ``data``.

    ``node_id``: the medium or page, with which the bytes are withdrawn.
    """

    node_id: int = 0
    address: str = ""
    data: bytes | None = None


@dataclass
class Pack:
    """What one tour needs, before it is stored."""

    tour: int
    language: str
    title: str
    start: str
    entries: dict[str, Entry] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def add(self, at: str, kind: str, size: int, sha: str, source: Source, group: str = "") -> None:
        """Add bytes under an address; the same bytes under another address are one entry."""
        entry = self.entries.get(sha)
        if entry is None:
            entry = Entry(sha, size, kind, group or group_of(kind, size))
            self.entries[sha] = entry
            self.sources[sha] = source
        if at not in entry.at:
            entry.at.append(at)

    @property
    def contents(self) -> dict[str, Any]:
        """Return the manifest but for its revision."""
        return contents(
            tour=self.tour,
            language=self.language,
            title=self.title,
            start=self.start,
            entries=self.entries.values(),
        )


@dataclass(frozen=True)
class Built:
    """What became of one tour: ``state`` is new, changed, unchanged or too_large."""

    tour: int
    language: str
    title: str
    state: str
    rev: int
    total: int
    entries: int
    missing: tuple[str, ...]


class Builder:
    """Packs the tours of one town within one reading session."""

    def __init__(self, registry: Registry, session: TenantSession, tenant: Tenant) -> None:
        self._registry = registry
        self._session = session
        self._tenant = tenant
        self._visitor = Visitor(registry, session, tenant)
        self._files: dict[str, tuple[str, int, str, Source] | None] = {}
        self._parts: dict[str, list[str]] = {}
        self._map = tiles.current(session)
        self._frame = registry["jinja"].get_template("stadtkern_cityguide:templates/kept.jinja2")

    def pack(self, row: Any) -> Pack | None:
        """Return what a tour (id, path, title, language) needs; None if nobody may see it."""
        pack = Pack(row.id, row.language, row.title, row.path)
        first = self._page(row.path)
        if first is None:
            return None
        waiting = [row.path, *first.stops, *first.pages]
        pages: dict[str, Kept] = {}
        done: set[str] = set()
        while waiting and len(done) < MAX_PAGES:
            address = waiting.pop(0)
            if address in done:
                continue
            done.add(address)
            kept = first if address == row.path else self._page(address)
            if kept is None:
                continue
            if address != row.path:
                waiting += kept.pages
            pages[address] = kept
        nodes = queries.nodes_at(self._session, {urlsplit(address).path for address in pages})
        for address, kept in pages.items():
            self._add_page(pack, address, kept, nodes.get(urlsplit(address).path, 0))
        self._add_saved(pack)
        self._add_map(pack)
        return pack

    def _page(self, address: str) -> Kept | None:
        answer = self._visitor.ask(address)
        if answer is None or answer.content_type != "text/html":
            return None
        return keep(answer.body, address)

    def _add_page(self, pack: Pack, address: str, kept: Kept, node_id: int = 0) -> None:
        say = speaker(self._registry, pack.language)
        html = self._frame.render(
            kept=kept,
            town=self._tenant.name,
            words={name: say(text) for name, text in WORDS.items()},
            saved=self._saved(pack),
        )
        data = "\n".join(line for line in html.splitlines() if line.strip()).encode()
        pack.add(address, "text/html", len(data), digest(data), Source(node_id, data=data), "core")
        for file in kept.files[:MAX_FILES]:
            self._add_file(pack, file)

    def _add_file(self, pack: Pack, address: str) -> None:
        if self._map is not None and address == self._map.url:
            # The map is a group of its own: visitors may leave it out.
            return
        if address not in self._files:
            self._files[address] = self._file(address)
        found = self._files[address]
        if found is None:
            if address not in pack.missing:
                pack.missing.append(address)
            return
        kind, size, sha, source = found
        known = sha in pack.entries and address in pack.entries[sha].at
        pack.add(address, kind, size, sha, source)
        if not known:
            for part in self._parts.get(address, ()):
                self._add_file(pack, part)

    def _file(self, address: str) -> tuple[str, int, str, Source] | None:
        """Return type, size, hash and source of what an address gives."""
        answer = self._visitor.ask(address)
        if answer is None or answer.content_type is None:
            return None
        kind = answer.content_type
        medium = _MEDIUM.match(address)
        if medium is not None and answer.etag and answer.content_length is not None:
            _close(answer)
            source = Source(int(medium.group(1)), address)
            return kind, answer.content_length, answer.etag, source
        if kind == "text/html" or (answer.content_length or 0) > MAX_OWN:
            _close(answer)
            return None
        data = answer.body
        _close(answer)
        if kind.endswith("javascript"):
            self._parts[address] = chunks(data, address)
        told_of = _DATA.match(address)
        node_id = 0 if told_of is None else int(told_of.group(1))
        return kind, len(data), digest(data), Source(node_id, data=data)

    def _add_saved(self, pack: Pack) -> None:
        """Add the page that lists what is kept: it has to open without a network, too."""
        address = self._saved(pack)
        kept = self._page(address)
        if kept is not None:
            self._add_page(pack, address, kept)

    def _saved(self, pack: Pack) -> str:
        default = pack.language == self._tenant.default_locale
        return "/guide/saved" if default else f"/guide/saved?lang={pack.language}"

    def _add_map(self, pack: Pack) -> None:
        file = self._map
        if file is not None:
            source = Source(address=file.url)
            pack.add(
                file.url, "application/vnd.pmtiles", file.bytes, file.sha256, source, group="map"
            )


def _close(answer: Response) -> None:
    closing = getattr(answer.app_iter, "close", None)
    if closing is not None:
        closing()


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return the town's own part of the storage: pages, scripts and styles of its packs."""
    part: FileStore = registry["storage"].part(f"guide/{tenant_id}")
    return part


def store(
    registry: Registry, session: TenantSession, tenant_id: int, pack: Pack, *, limit: int
) -> Built:
    """Store a pack in a writing session; the same contents again change nothing.

    ``limit``: bytes; a larger pack is refused and what was there before stays.
    """
    made = pack.contents
    row = queries.stored(session, pack.tour)
    before = None if row is None else _plain(row)
    now = utcnow()
    if made["total"] > limit:
        if row is not None:
            queries.note_listed(session, _named(row), now)
        return _told(pack, "too_large", 0 if row is None else row.rev)
    if row is not None and before == canonical(made):
        _store_assets(registry, session, tenant_id, pack, now)
        return _told(pack, "unchanged", row.rev)
    _store_assets(registry, session, tenant_id, pack, now)
    rev = 1 if row is None else row.rev + 1
    body = canonical(made | {"rev": rev})
    values: Mapping[str, Any] = {
        "language": pack.language,
        "title": pack.title,
        "rev": rev,
        "etag": digest(body),
        "manifest": body.decode(),
        "built_at": now,
    }
    if row is None:
        session.add(Bundle(tour_id=pack.tour, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    return _told(pack, "new" if row is None else "changed", rev)


def _plain(row: Bundle) -> bytes:
    """Return a stored manifest without its revision."""
    return canonical({k: v for k, v in json.loads(row.manifest).items() if k != "rev"})


def _named(row: Bundle) -> set[str]:
    """Return the hashes that a stored manifest names."""
    return {entry["sha256"] for entry in json.loads(row.manifest)["entries"]}


def _store_assets(
    registry: Registry, session: TenantSession, tenant_id: int, pack: Pack, now: datetime
) -> None:
    bytes_of = store_of(registry, tenant_id)
    rows = queries.assets(session, pack.entries)
    for row in rows:
        # Noted before it was known which page it is, by an older version.
        row.node_id = row.node_id or pack.sources[row.sha256].node_id
    known = {(row.sha256, row.node_id) for row in rows}
    queries.note_listed(session, pack.entries, now)
    for sha, entry in sorted(pack.entries.items()):
        source = pack.sources[sha]
        if source.data is not None and not bytes_of.has(sha):
            bytes_of.put(io.BytesIO(source.data), maximum=MAX_OWN)
        if (sha, source.node_id) not in known:
            session.add(
                Asset(
                    sha256=sha,
                    ending=entry.ending,
                    type=entry.type,
                    bytes=entry.bytes,
                    node_id=source.node_id,
                    source=source.address,
                    listed_at=now,
                )
            )


def _told(pack: Pack, state: str, rev: int) -> Built:
    return Built(
        tour=pack.tour,
        language=pack.language,
        title=pack.title,
        state=state,
        rev=rev,
        total=sum(entry.bytes for entry in pack.entries.values()),
        entries=len(pack.entries),
        missing=tuple(pack.missing),
    )


def sweep(registry: Registry, session: TenantSession, tenant_id: int) -> int:
    """Throw away bytes of ours that no manifest has named for ``GRACE``; return how many."""
    since = utcnow() - GRACE
    queries.forget_own(session, since, utcnow() - REMEMBERED)
    named = queries.own(session, since)
    return store_of(registry, tenant_id).sweep(named, older=GRACE.total_seconds())
