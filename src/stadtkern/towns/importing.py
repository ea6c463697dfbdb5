"""An archive into a new town: step by step, each batch with its place in one transaction.

Until the last step the town has the status ``importing``: nobody sees it, no job runs for it. Who
is killed leaves it as far as it came; the same archive then goes on from there. What cannot be
stored takes the town away again, whole.
"""

from collections.abc import Callable, Sequence

from pyramid.registry import Registry
from sqlalchemy.exc import DataError, IntegrityError

from stadtkern.content.moving import TextTooLong
from stadtkern.db import Database, work
from stadtkern.tenants.services import add_tenant
from stadtkern.towns import queries
from stadtkern.towns.archive import Archive, Progress
from stadtkern.towns.discarding import discard_import
from stadtkern.towns.errors import Superseded, TownRefused
from stadtkern.towns.models import IMPORTING, TownImport
from stadtkern.towns.parts import ACCOUNT
from stadtkern.towns.reading import Reader
from stadtkern.towns.storing import END, FILES, REFERENCES, SEARCH, Imported, Run
from stadtkern.web.i18n import _


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
        actor_id: int | None = None,
    ) -> None:
        """Compare the archive with what is installed; ``TownRefused`` where it does not fit.

        Args:
            leave_out: plugins whose own tables are not taken, because they are not installed.
            actor_id: the account in whose name the new town's audit log says that it came.

        """
        self.actor_id = actor_id
        self.registry = registry
        self.database = database
        self.archive = archive
        self.reader = Reader(registry, archive, leave_out)
        self.steps = self._steps()

    def _steps(self) -> list[str]:
        steps = [FILES, f"rows:{ACCOUNT}"]
        for part in self.reader.taken:
            steps.append(f"rows:{part.name}")
            if part.own and not part.late:
                steps.append(f"own:{part.name}")
        late = [f"own:{part.name}" for part in self.reader.taken if part.late]
        return [*steps, *late, REFERENCES, SEARCH, END]

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
        run = Run(self, import_id, tenant_id, progress, cancelled)
        try:
            for name in self.steps[self.steps.index(step) :]:
                run.do(name, line if name == step else 0)
        except (IntegrityError, DataError, TextTooLong) as error:
            discard_import(self.registry, self.database, import_id)
            # The driver's message quotes values; the constraint's name says enough.
            raise TownRefused(
                _(
                    "The archive contradicts itself at “${step}”: rows are there twice, or refer "
                    "to rows that it does not hold. Nothing of it was kept.",
                    mapping={"step": run.step},
                )
            ) from error
        except Superseded:
            # What is another's to end must not be taken away from it.
            raise
        except TownRefused:
            discard_import(self.registry, self.database, import_id)
            raise
        return run.report()
