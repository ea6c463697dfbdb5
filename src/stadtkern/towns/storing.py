"""The steps of an import: each batch with its place in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from stadtkern import audit, search
from stadtkern.accounts.models import Account
from stadtkern.content.links import backfill
from stadtkern.content.moving import Moving
from stadtkern.db import utcnow, work
from stadtkern.storage import FileStore
from stadtkern.storage.store import TooLarge
from stadtkern.tenants import bump_generation, tenant_by_id
from stadtkern.tenants.events import TownImported
from stadtkern.towns import queries
from stadtkern.towns.errors import Interrupted, Superseded, bad_row, changed
from stadtkern.towns.models import TownImport
from stadtkern.towns.numbers import Mover, Numbers
from stadtkern.towns.parts import ACCOUNT, Private, Row, TownData, sealed_in
from stadtkern.towns.reading import person_of
from stadtkern.vault import seal

if TYPE_CHECKING:
    from stadtkern.towns.archive import Progress
    from stadtkern.towns.importing import TownImporter

BATCH_ROWS = 200
BATCH_PRIVATE = 10
"""Rows with files of their own, which are encrypted within the transaction."""
BATCH_BYTES = 4 * 2**20
"""Bytes of rows in one transaction at most, but for one row that is larger."""
FILES, REFERENCES, SEARCH, END = "files", "references", "search", "end"


@dataclass(frozen=True)
class Imported:
    """What an import has come to."""

    tenant_id: int
    slug: str
    host: str
    rows: dict[str, int]
    files: int
    renumbered: int
    """Rows that got another number than they had."""
    left_out: tuple[str, ...]
    """Parts of the archive that were not taken, because their plugin was to stay out."""


class Run:
    """One process's work on an import."""

    def __init__(
        self,
        importer: "TownImporter",
        import_id: int,
        tenant_id: int,
        progress: "Progress",
        cancelled: Callable[[], bool],
    ) -> None:
        self.importer = importer
        self.archive = importer.archive
        self.registry = importer.registry
        self.database = importer.database
        self.import_id = import_id
        self.tenant_id = tenant_id
        self.step = ""
        self._progress = progress
        self._cancelled = cancelled
        rows = {name: said.rows for name, said in self.archive.manifest.parts.items()}
        twice = sum(rows.get(name[4:], 0) for name in importer.steps if name.startswith("own:"))
        nodes = rows.get("node", 0)
        self._arriving = self._wanted()
        self._total = len(self._arriving) + sum(rows.values()) + twice + 2 * nodes
        self._begun: dict[str, int] = {}
        so_far = 0
        for name in importer.steps:
            self._begun[name] = so_far
            if name == FILES:
                so_far += len(self._arriving)
            elif name in {REFERENCES, SEARCH}:
                so_far += nodes
            else:
                so_far += rows.get(name.partition(":")[2], 0)
        with work(self.database, tenant_id, write=False) as session:
            self.numbers = Numbers(queries.given(session))
        self.renumbered = 0

    def _told(self, done: int) -> None:
        if self._cancelled():
            raise Interrupted
        self._progress(min(self._begun[self.step] + done, self._total), self._total)

    def do(self, step: str, line: int) -> None:
        """Do one step from a line on, and move to the next one."""
        self.step = step
        verb, _colon, name = step.partition(":")
        if step == FILES:
            self._files()
        elif step == f"rows:{ACCOUNT}":
            self._batches(f"data/{ACCOUNT}.jsonl", line, self._accounts)
        elif verb == "rows":
            part = self.importer.reader.parts[name]
            store = self._numbered if part.numbered else self._rows
            at_once = BATCH_ROWS if part.private is None else BATCH_PRIVATE
            self._batches(part.member, line, lambda s, found: store(s, part, found), at_once)
        elif verb == "own":
            part = self.importer.reader.parts[name]
            self._batches(part.member, line, lambda s, found: self._own(s, part, found))
        elif step == REFERENCES:
            self._references(line)
        elif step == SEARCH:
            self._search()
        else:
            self._end()
            return
        steps = self.importer.steps
        following = steps[steps.index(step) + 1]
        with work(self.database) as session:
            begun = session.get(TownImport, self.import_id)
            at = (step, begun.line if begun is not None else 0)
            self._advance(session, at, (following, 0))

    def _advance(self, session: Session, at: tuple[str, int], to: tuple[str, int]) -> None:
        if not queries.advance(session, self.import_id, at, to):
            raise Superseded

    def _wanted(self) -> list[tuple[str, str, FileStore]]:
        """Return the stored bytes that come: member, hash, and where they are to lie."""
        shared: FileStore = self.registry["storage"]
        found = [(f"files/{sha}", sha, shared) for sha in self.archive.files]
        taken = {part.name: part for part in self.importer.reader.taken}
        for name, shas in self.archive.kept.items():
            of = taken[name].store if name in taken else None
            if of is not None:
                store = of(self.registry, self.tenant_id)
                found += [(f"kept/{name}/{sha}", sha, store) for sha in shas]
        return found

    def _files(self) -> None:
        for done, (name, sha, store) in enumerate(self._arriving, start=1):
            if not store.has(sha):
                with self.archive.open(name) as stream:
                    try:
                        got, _size = store.put(stream, maximum=self.archive.size(name))
                    except TooLarge:
                        got = ""
                if got != sha:
                    raise changed()
            self._told(done)

    def _batches(
        self,
        member: str,
        line: int,
        store: Callable[[Session, list[tuple[int, Row]]], None],
        rows: int | None = None,
    ) -> None:
        """Store what is left of a member, a transaction each batch."""
        at = line
        for found in _batched(self.archive.lines(member, skip=line), rows or BATCH_ROWS):
            last = found[-1][0]
            with work(self.database, self.tenant_id) as session:
                self._advance(session, (self.step, at), (self.step, last))
                store(session, found)
            at = last
            self._told(at)

    def _accounts(self, session: Session, found: list[tuple[int, Row]]) -> None:
        people = [person_of(number, row) for number, row in found]
        known = queries.accounts_by_mail(session, [person["mail"] for person in people])
        for person in people:
            if person["mail"] not in known:
                account = Account(**person)
                session.add(account)
                session.flush()
                known[person["mail"]] = account.id
                queries.note_account(session, account.id)

    def _columns(
        self, session: Session, part: TownData, found: list[tuple[int, Row]]
    ) -> list[tuple[int, Row]]:
        """Return rows with references to other parts as they are here, own ones empty."""
        rows = [(number, self.importer.reader.values(part, number, row)) for number, row in found]
        people = [name for name, other in part.references.items() if other == ACCOUNT]
        mails = {row[name] for _number, row in rows for name in people if row[name] is not None}
        accounts = queries.accounts_by_mail(session, sorted(mails))
        for number, row in rows:
            row["tenant_id"] = self.tenant_id
            for name, other in part.references.items():
                value = row[name]
                if value is None:
                    continue
                if other == part.name:
                    row[name] = None
                    continue
                row[name] = (
                    accounts.get(value) if other == ACCOUNT else self.numbers.strictly(other, value)
                )
                if row[name] is None:
                    raise bad_row(part.member, number, f"{name}: refers to what is not there")
        return rows

    def _rows(self, session: Session, part: TownData, found: list[tuple[int, Row]]) -> None:
        rows = [row for _number, row in self._columns(session, part, found)]
        self._move(session, part, rows)
        if part.private is None:
            self._seal(session, part, rows)
        else:
            first = found[0][0] if found else 0
            rows = self._hidden(session, part.member, part.private, rows, first)
        queries.insert_rows(session, part, rows)

    def _numbered(self, session: Session, part: TownData, found: list[tuple[int, Row]]) -> None:
        rows = [row for _number, row in self._columns(session, part, found)]
        if len({row["id"] for row in rows}) != len(rows):
            raise bad_row(part.member, found[0][0], "an id is there twice")
        if not part.twice:
            self._move(session, part, rows)
        self._seal(session, part, rows)
        known = self.numbers.given.setdefault(part.name, {})
        afresh = part.ordered and any(old != new for old, new in known.items())
        known.update(queries.insert_numbered(session, part, rows, afresh=afresh))

    def _own(self, session: Session, part: TownData, found: list[tuple[int, Row]]) -> None:
        """Write what refers to rows of the same part, now that all of them have their number."""
        rows = []
        for number, row in found:
            values = self.importer.reader.values(part, number, row)
            old = values["id"]
            values["id"] = self.numbers.strictly(part.name, old)
            self.renumbered += values["id"] != old
            for name in part.own:
                if values[name] is not None:
                    values[name] = self.numbers.strictly(part.name, values[name])
            rows.append(values)
        self._move(session, part, rows)
        fixed = {name for name in part.references if name not in part.own}
        fixed |= set(sealed_in(self.registry, part))
        queries.update_numbered(
            session,
            part,
            [{name: value for name, value in row.items() if name not in fixed} for row in rows],
        )

    def _move(self, session: Session, part: TownData, rows: list[Row]) -> None:
        if part.move is None or not rows:
            return
        mover = Mover(
            session,
            self.registry,
            self.tenant_id,
            self.numbers,
            Moving(self.registry, self.numbers.node),
        )
        if "node_id" in part.columns:
            ids = [row["node_id"] for row in rows if row["node_id"] is not None]
            mover.kinds = queries.kinds_of(session, ids)
        for row in rows:
            part.move(mover, row)

    def _seal(self, session: Session, part: TownData, rows: list[Row]) -> None:
        """Seal what was in clear in the archive, by the new town's key."""
        for name, of in sealed_in(self.registry, part).items():
            for row in rows:
                if row[name] is not None:
                    plain = str(row[name]).encode()
                    context = of(part, row)
                    row[name] = seal(session, self.registry, self.tenant_id, plain, context)

    def _hidden(
        self, session: Session, member: str, private: Private, rows: list[Row], first: int
    ) -> list[Row]:
        """Encrypt the rows' own bytes by keys of the new town."""
        hidden = []
        for row in rows:
            data = self.archive.secret(row[private.column])
            try:
                hidden.append(private.arrive(session, self.registry, self.tenant_id, row, data))
            except (ValueError, KeyError, TypeError) as error:
                raise bad_row(member, first, "says nothing sensible of its file") from error
        return hidden

    def _references(self, line: int) -> None:
        after, done = line, 0
        while True:
            with work(self.database, self.tenant_id) as session:
                last, count = backfill(session, self.registry, after, BATCH_ROWS)
                if not count:
                    return
                self._advance(session, (REFERENCES, after), (REFERENCES, last))
            after, done = last, done + count
            self._told(done)

    def _search(self) -> None:
        with work(self.database, write=False) as session:
            tenant = tenant_by_id(session, self.tenant_id)
        nodes = self.archive.manifest.parts["node"].rows

        noted: list[int] = []

        @contextmanager
        def opened(*, write: bool = True) -> Iterator[Session]:
            with work(self.database, self.tenant_id, write=write) as session:
                yield session
            # Who is told may write, too, which SQLite lets one do at a time.
            while noted:
                self._told(noted.pop())

        search.reindex(
            self.registry,
            tenant,
            opened,
            progress=lambda done, total: noted.append(nodes * done // max(total, 1)),
        )

    def _end(self) -> None:
        with work(self.database, self.tenant_id) as session:
            self._advance(session, (END, 0), (END, 1))
            begun = session.get(TownImport, self.import_id)
            status = "suspended" if begun is not None and begun.suspended else "active"
            queries.forget_numbers(session)
            queries.set_town(session, self.tenant_id, status=status)
            queries.end(session, self.import_id, utcnow())
            for name in ("tenant", "content", "plugins"):
                bump_generation(session, None, self.tenant_id, name)
            if self.importer.actor_id is not None:
                session.info["actor_id"] = self.importer.actor_id
            audit.record(session, "town.import", "town", self.tenant_id)
            tenant = tenant_by_id(session, self.tenant_id)
            self.registry.notify(TownImported(session, tenant))
        self._progress(self._total, self._total)

    def report(self) -> Imported:
        """Return what has come in."""
        with work(self.database, write=False) as session:
            tenant = tenant_by_id(session, self.tenant_id)
        return Imported(
            tenant_id=tenant.id,
            slug=tenant.slug,
            host=tenant.host,
            rows={
                name: said.rows
                for name, said in self.archive.manifest.parts.items()
                if name not in self.importer.reader.left
            },
            files=len(self._arriving) + len(self.archive.private),
            renumbered=self.renumbered,
            left_out=tuple(self.importer.reader.left),
        )


def _batched(lines: Iterator[tuple[int, int, Row]], rows: int) -> Iterator[list[tuple[int, Row]]]:
    batch: list[tuple[int, Row]] = []
    size = 0
    for number, length, row in lines:
        batch.append((number, row))
        size += length
        if len(batch) >= rows or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
