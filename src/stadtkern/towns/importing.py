"""An archive into a new town: step by step, each batch with its place in one transaction.

Until the last step the town has the status ``importing``: nobody sees it, no job runs for it. Who
is killed leaves it as far as it came; the same archive then goes on from there. What cannot be
stored takes the town away again, whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from stadtkern import audit, search
from stadtkern.accounts.models import Account
from stadtkern.content.links import backfill
from stadtkern.content.moving import Moving, TextTooLong
from stadtkern.db import Database, utcnow, work
from stadtkern.storage import FileStore
from stadtkern.storage.store import TooLarge
from stadtkern.tenants import bump_generation, tenant_by_id
from stadtkern.tenants.events import TownImported
from stadtkern.tenants.services import add_tenant
from stadtkern.towns import queries
from stadtkern.towns.archive import Archive, Progress, bad_row
from stadtkern.towns.discarding import discard_import
from stadtkern.towns.errors import Interrupted, TownRefused
from stadtkern.towns.models import IMPORTING, TownImport
from stadtkern.towns.numbers import Mover, Numbers
from stadtkern.towns.parts import ACCOUNT, Row, TownData, sealed_in
from stadtkern.towns.reading import Reader, person_of
from stadtkern.vault import seal
from stadtkern.web.i18n import _

BATCH_ROWS = 200
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


class Superseded(TownRefused):
    """Another process goes on with this import, or it was given up."""


def _given_up() -> TownRefused:
    return TownRefused(_("This import was given up. Please begin anew."))


class TownImporter:
    """One archive and the town that it becomes."""

    def __init__(
        self,
        registry: Registry,
        database: Database,
        archive: Archive,
        *,
        leave_out: Sequence[str] = (),
    ) -> None:
        """Compare the archive with what is installed; ``TownRefused`` where it does not fit.

        Args:
            leave_out: plugins whose own tables are not taken, because they are not installed.

        """
        self.registry = registry
        self.database = database
        self.archive = archive
        self.reader = Reader(registry, archive, leave_out)
        self.steps = self._steps()

    def _steps(self) -> list[str]:
        steps = [FILES, f"rows:{ACCOUNT}"]
        for part in self.reader.taken:
            steps.append(f"rows:{part.name}")
            if part.own:
                steps.append(f"own:{part.name}")
        return [*steps, REFERENCES, SEARCH, END]

    def check(self, progress: Progress = lambda _done, _total: None) -> None:
        """Read all of the archive, every checksum and every row; nothing is stored."""
        self.reader.check(progress)

    def begin(self, *, slug: str, host: str, suspended: bool = False) -> int:
        """Make the town that nobody sees yet; return the import's id.

        An import of this archive as this town that was interrupted goes on.
        """
        town = self.reader.town()
        with work(self.database) as session:
            found = queries.running(session, self.archive.digest, slug)
            if found is not None:
                return found.id
            if queries.running_as(session, slug) is not None:
                raise TownRefused(
                    _(
                        "Another archive is coming in as “${slug}”. Let that one end, or give it "
                        "up: stadtkern tenants discard ${slug}",
                        mapping={"slug": slug},
                    )
                )
            row = add_tenant(
                session,
                slug=slug,
                host=host,
                name=town["name"],
                ags=town["ags"],
                locales=tuple(town["locales"]),
            )
            row.status = IMPORTING
            row.timezone, row.accent = town["timezone"], town["accent"]
            row.arms, row.demo = town["arms"], town["demo"]
            begun = TownImport(
                tenant_id=row.id,
                slug=slug,
                digest=self.archive.digest,
                leave_out=list(self.reader.leave_out),
                suspended=suspended,
                step=self.steps[0],
            )
            session.add(begun)
            session.flush()
            return begun.id

    def run(
        self,
        import_id: int,
        progress: Progress = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Imported:
        """Do what is left of an import; ``TownRefused`` if the town had to be taken away again."""
        with work(self.database, write=False) as session:
            begun = session.get(TownImport, import_id)
            if begun is None or begun.tenant_id is None:
                raise _given_up()
            tenant_id, step, line = begun.tenant_id, begun.step, begun.line
        run = _Run(self, import_id, tenant_id, progress, cancelled)
        try:
            for name in self.steps[self.steps.index(step) :]:
                run.do(name, line if name == step else 0)
        except (IntegrityError, DataError, TextTooLong) as error:
            discard_import(self.database, import_id)
            # The driver's message quotes values; the constraint's name says enough.
            raise TownRefused(
                _(
                    "The archive contradicts itself at “${step}”: rows are there twice, or refer "
                    "to rows that it does not hold. Nothing of it was kept.",
                    mapping={"step": run.step},
                )
            ) from error
        except TownRefused:
            discard_import(self.database, import_id)
            raise
        return run.report()


class _Run:
    """One process's work on an import."""

    def __init__(
        self,
        importer: TownImporter,
        import_id: int,
        tenant_id: int,
        progress: Progress,
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
        self._total = len(self.archive.files) + sum(rows.values()) + twice + 2 * nodes
        self._begun: dict[str, int] = {}
        so_far = 0
        for name in importer.steps:
            self._begun[name] = so_far
            if name == FILES:
                so_far += len(self.archive.files)
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
            self._batches(part.member, line, lambda s, found: store(s, part, found))
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

    def _files(self) -> None:
        store: FileStore = self.registry["storage"]
        for done, sha in enumerate(self.archive.files, start=1):
            if not store.has(sha):
                name = f"files/{sha}"
                with self.archive.open(name) as stream:
                    try:
                        got, _size = store.put(stream, maximum=self.archive.size(name))
                    except TooLarge:
                        got = ""
                if got != sha:
                    raise TownRefused(
                        _("The archive changed while it was read. Please copy or export it again.")
                    )
            self._told(done)

    def _batches(
        self, member: str, line: int, store: Callable[[Session, list[tuple[int, Row]]], None]
    ) -> None:
        """Store what is left of a member, a transaction each batch."""
        at = line
        for found in _batched(self.archive.lines(member, skip=line)):
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
        self._seal(session, part, rows)
        queries.insert_rows(session, part, rows)

    def _numbered(self, session: Session, part: TownData, found: list[tuple[int, Row]]) -> None:
        rows = [row for _number, row in self._columns(session, part, found)]
        if len({row["id"] for row in rows}) != len(rows):
            raise bad_row(part.member, found[0][0], "an id is there twice")
        if not part.own:
            self._move(session, part, rows)
        self._seal(session, part, rows)
        got = queries.insert_numbered(session, part, rows)
        self.numbers.given.setdefault(part.name, {}).update(got)

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

        def opened(*, write: bool = True) -> Any:
            return work(self.database, self.tenant_id, write=write)

        search.reindex(
            self.registry,
            tenant,
            opened,
            progress=lambda done, total: self._told(nodes * done // max(total, 1)),
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
            files=len(self.archive.files),
            renumbered=self.renumbered,
            left_out=tuple(self.importer.reader.left),
        )


def _batched(
    lines: Iterator[tuple[int, int, Row]],
) -> Iterator[list[tuple[int, Row]]]:
    batch: list[tuple[int, Row]] = []
    size = 0
    for number, length, row in lines:
        batch.append((number, row))
        size += length
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
