"""A town into an archive: one snapshot, row by row."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import TenantSession, utcnow
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant, hosts_of
from stadtkern.towns import queries
from stadtkern.towns.archive import (
    CHUNK,
    SHA256,
    TOWN,
    Manifest,
    Part,
    Progress,
    Writer,
    write_rows,
)
from stadtkern.towns.parts import ACCOUNT, Private, Row, TownData, parts, sealed_in
from stadtkern.towns.values import dumps, to_json
from stadtkern.vault import open_

FIELDS = ("name", "ags", "locales", "timezone", "accent", "arms", "demo")
"""What travels of the tenant's own row; hosts and short name are another matter."""
EVERY = 100
"""Rows between two reports of progress."""


@dataclass(frozen=True)
class Exported:
    """What an export has come to."""

    digest: str
    """sha256 of the manifest, by which the archive is known."""
    rows: Mapping[str, int]
    files: int
    missing: int
    """Stored bytes that rows name but that are not there."""


def export_town(
    registry: Registry,
    database: Any,
    tenant: Tenant,
    target: Any,
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Write a town into a binary stream, as it is at one moment."""
    with snapshot(database, tenant.id) as session:
        return _Export(registry, session, tenant, target, progress, cancelled).run()


@contextmanager
def snapshot(database: Any, tenant_id: int) -> Iterator[TenantSession]:
    """Open a session that sees one state of the database from its first question to its last."""
    session = database.session(write=False, tenant_id=tenant_id)
    try:
        if database.is_postgresql:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
    finally:
        session.close()


@contextmanager
def whole_file(path: Path) -> Iterator[Any]:
    """Open a file that appears under its name only when it is complete and on disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class _Export:
    def __init__(
        self,
        registry: Registry,
        session: Session,
        tenant: Tenant,
        target: Any,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self._registry = registry
        self._session = session
        self._tenant = tenant
        self._store: FileStore = registry["storage"]
        hosts = sorted(hosts_of(session, tenant.id) - {tenant.host})
        self._manifest = Manifest(
            source={"slug": tenant.slug, "host": tenant.host, "aliases": hosts},
            software=f"stadtkern {version('stadtkern')}",
            made_at=to_json(utcnow()),
        )
        self._writer = Writer(target, self._manifest)
        self._accounts: dict[str, dict[str, Any]] = {}
        self._shas: set[str] = set()
        self._kept: dict[str, set[str]] = {}
        self._private: dict[str, tuple[Private, Row]] = {}
        self._lost: set[str] = set()
        self._progress = progress
        self._cancelled = cancelled
        self._done = self._total = 0

    def run(self) -> Exported:
        """Write all members."""
        tables = parts(self._registry)
        known = {
            part.name: queries.numbers(self._session, part) for part in tables if part.numbered
        }
        counts = {part.name: queries.count(self._session, part) for part in tables}
        self._total = sum(counts.values())
        self._writer.pieces(TOWN, [dumps(self._town())])
        for part in tables:
            self._part(part, self._rows(part, known))
        accounts = [self._accounts[mail] for mail in sorted(self._accounts)]
        self._part(None, accounts)
        stores = {"files": (self._store, self._shas)}
        for part in tables:
            if part.store is not None:
                own = part.store(self._registry, self._tenant.id)
                stores[f"kept/{part.name}"] = own, self._kept.get(part.name, set())
        present = [
            (f"{folder}/{sha}", store.path(sha))
            for folder, (store, shas) in stores.items()
            for sha in sorted(shas)
            if store.has(sha)
        ]
        lost = {
            sha for store, shas in stores.values() for sha in shas if not store.has(sha)
        } | self._lost
        self._manifest.missing = sorted(lost)
        self._total += len(present) + len(self._private)
        for name, path in present:
            self._writer.pieces(name, _bytes(path), packed=False)
            self._step()
        for sha in sorted(self._private):
            self._writer.pieces(f"private/{sha}", [self._secret(sha)], packed=False)
            self._step()
        digest = self._writer.close()
        return Exported(
            digest=digest,
            rows={part.name: part.rows for part in self._manifest.parts.values()},
            files=len(present) + len(self._private),
            missing=len(self._manifest.missing),
        )

    def _town(self) -> dict[str, Any]:
        if self._tenant.arms:
            self._shas.add(self._tenant.arms)
        return {name: _listed(getattr(self._tenant, name)) for name in FIELDS}

    def _part(self, part: TownData | None, rows: Iterable[Mapping[str, Any]]) -> None:
        count = [0]
        name = ACCOUNT if part is None else part.name
        self._writer.pieces(f"data/{name}.jsonl", write_rows(rows, count))
        self._manifest.parts[name] = Part(
            name,
            1 if part is None else part.version,
            None if part is None else part.owner,
            count[0],
        )

    def _rows(self, part: TownData, known: Mapping[str, set[int]]) -> Iterator[dict[str, Any]]:
        for found, accounts in queries.rows(self._session, part):
            opened = self._opened(part, found)
            if opened is None:
                self._step()
                continue
            row = {name: to_json(value) for name, value in opened.items()}
            if part.prepare is not None:
                part.prepare(row)
            for name, other in part.references.items():
                if row.get(name) is None:
                    continue
                if other == ACCOUNT:
                    # Who has no account any more is nobody elsewhere.
                    person = accounts.get(name)
                    row[name] = None if person is None else self._person(person)
                elif row[name] not in known[other]:
                    row[name] = None
            if part.files is not None:
                shas = {sha for sha in part.files(row) if SHA256.fullmatch(sha)}
                own = part.store is not None
                (self._kept.setdefault(part.name, set()) if own else self._shas).update(shas)
            yield row
            self._step()

    def _opened(self, part: TownData, found: Row) -> Row | None:
        """Return a row with what the vault seals in clear; None if its own bytes are lost."""
        if part.private is not None:
            try:
                row, _data = self._left(part.private, found)
            except FileNotFoundError:
                self._lost.add(found[part.private.column])
                return None
            self._private.setdefault(row[part.private.column], (part.private, found))
            return row
        for name, of in sealed_in(self._registry, part).items():
            if found.get(name) is not None:
                context = of(part, found)
                plain = open_(self._session, self._registry, self._tenant.id, found[name], context)
                found[name] = plain.decode()
        return found

    def _left(self, private: Private, found: Row) -> tuple[Row, bytes]:
        return private.leave(self._session, self._registry, self._tenant.id, found)

    def _secret(self, sha: str) -> bytes:
        _row, data = self._left(*self._private[sha])
        return data

    def _person(self, person: Mapping[str, Any]) -> str:
        mail = str(person["mail"])
        self._accounts.setdefault(mail, dict(person))
        return mail

    def _step(self) -> None:
        self._done += 1
        if self._done % EVERY == 0 or self._done == self._total:
            if self._cancelled():
                raise InterruptedError
            self._progress(self._done, self._total)


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
