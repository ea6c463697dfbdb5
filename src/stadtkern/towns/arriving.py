"""Archives that operators send to the back office: checked, agreed to, taken in by a job.

The same importer as ``stadtkern tenants import``. A row says what becomes of each archive: it
waits until its sender has agreed, runs, and is done, has failed or is given up.
"""

from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.storage import FileStore
from stadtkern.storage.limits import MEGABYTE, most_bytes
from stadtkern.storage.store import Readable, TooLarge
from stadtkern.tenants import TenantRefused, normalise_host
from stadtkern.tenants.services import check_identity, host_taken, slug_fits, slug_taken
from stadtkern.towns import queries
from stadtkern.towns.archive import Archive
from stadtkern.towns.discarding import discard_import
from stadtkern.towns.errors import Interrupted, Superseded, TownRefused
from stadtkern.towns.importing import TownImporter
from stadtkern.towns.models import (
    DONE,
    FAILED,
    GIVEN_UP,
    RUNNING,
    WAITING,
    TownArrival,
    TownImport,
)
from stadtkern.towns.parts import ACCOUNT, parts
from stadtkern.towns.standing import stands
from stadtkern.web.i18n import _, as_message, as_stored

JOB, DISCARD, SWEEP = "towns.arrive", "towns.give_up", "towns.arrivals"
DEFAULT_MB = 60
"""Below the server's own limit of a body (64 MB) as it is delivered."""
GROWTH = 40
"""How much larger than its file an archive may become here; that much genuine text is packed."""
KEPT = timedelta(days=7)
GRACE = 86_400
"""Seconds for which bytes without a row are left alone: the row may be on its way."""


def maximum(registry: Registry) -> int:
    """Return the most bytes of an archive, from ``towns.import_mb`` (1 to 100,000)."""
    return most_bytes(registry, "towns.import_mb", DEFAULT_MB)


def store_of(registry: Registry) -> FileStore:
    """Return where archives wait."""
    store: FileStore = registry["storage"]
    return store.part("arrivals")


def listed(session: Session, account_id: int) -> list[TownArrival]:
    """Return what an operator has sent, newest first."""
    return queries.arrivals(session, account_id)


def one(session: Session, account_id: int, number: int) -> TownArrival | None:
    """Return one of the archives that an operator has sent."""
    return queries.arrival_of(session, account_id, number)


# Sent and checked


def receive(session: Session, registry: Registry, account_id: int, stream: Readable) -> TownArrival:
    """Keep an archive that is whole and fits; ``TownRefused``, and nothing kept, for another."""
    store, most = store_of(registry), maximum(registry)
    try:
        sha, _size = store.put(stream, maximum=most)
    except TooLarge as error:
        raise TownRefused(
            _(
                "The file is larger than ${n} MB. Import it at the command line, or raise the "
                "setting towns.import_mb.",
                mapping={"n": most // MEGABYTE},
            )
        ) from error
    try:
        digest, report = look(registry, sha)
    except TownRefused:
        if sha not in queries.awaited(session):
            store.remove(sha)
        raise
    row = TownArrival(account_id=account_id, sha=sha, digest=digest, report=report)
    session.add(row)
    session.flush()
    audit.record(session, "town.upload", "town_arrival", row.id)
    return row


def look(registry: Registry, sha: str) -> tuple[str, dict[str, Any]]:
    """Read and check all of an archive; return its digest and what it holds. Stores nothing."""
    store = store_of(registry)
    with Archive(store.path(sha), maximum=GROWTH * maximum(registry)) as archive:
        held = archive.manifest.parts
        known = {part.name for part in parts(registry)}
        missing = sorted(
            {said.owner for name, said in held.items() if said.owner and name not in known}
        )
        importer = TownImporter(registry, registry["database"], archive, leave_out=missing)
        importer.check()
        town = importer.reader.town()
        try:
            check_identity(town["name"], town["ags"], town["locales"])
        except TenantRefused as error:
            raise TownRefused(
                _(
                    "What the archive says of the municipality itself (name, official key, "
                    "languages) does not fit. Please export it again."
                )
            ) from error
        rows = {name: said.rows for name, said in held.items()}
        source = archive.manifest.source
        return archive.digest, {
            "name": town["name"],
            "slug": str(source.get("slug", ""))[:63],
            "host": str(source.get("host", ""))[:253],
            "made_at": archive.manifest.made_at,
            "software": archive.manifest.software,
            "pages": rows.get("node", 0),
            "files": archive.stored,
            "people": rows.get(ACCOUNT, 0),
            "rows": sum(rows.values()),
            "lost": len(archive.manifest.missing),
            "missing": missing,
        }


# Agreed to


def refusals(session: Session, slug: str, host: str) -> dict[str, TranslationString]:
    """Return what stands against a short name and a host name, by field."""
    found: dict[str, TranslationString] = {}
    name = normalise_host(host)
    coming = queries.arriving_as(session, slug, name or "")
    if not slug_fits(slug):
        found["slug"] = _(
            "Please use 2 to 63 lower-case letters, digits and hyphens, beginning with a letter."
        )
    elif "slug" in coming or slug_taken(session, slug):
        found["slug"] = _("Another municipality has this short name. Please choose another.")
    if name is None or ":" in host:
        found["host"] = _("Please enter a host name without https:// and port, umlauts as xn--….")
    elif "host" in coming or host_taken(session, name):
        found["host"] = _("This host name belongs to another municipality. Please enter another.")
    return found


def begin(
    session: Session,
    registry: Registry,
    row: TownArrival,
    *,
    slug: str,
    host: str,
    suspended: bool,
) -> None:
    """Have an archive taken in, under names that ``refusals`` has nothing against."""
    row.slug, row.host, row.suspended = slug, normalise_host(host), suspended
    row.state = RUNNING
    audit.record(session, "town.begin", "town_arrival", row.id)
    go_on(session, registry, row)


def go_on(session: Session, registry: Registry, row: TownArrival) -> None:
    """Queue the job of an archive that is to come in."""
    row.job = enqueue(session, registry, JOB, tenant_id=None, unique=str(row.id), arrival_id=row.id)
    session.flush()


def waits(row: TownArrival) -> bool:
    """Tell whether nobody has agreed to an archive yet."""
    return row.state == WAITING


def runs(row: TownArrival) -> bool:
    """Tell whether an archive is to come in and has not ended."""
    return row.state == RUNNING


def give_up(session: Session, registry: Registry, row: TownArrival) -> None:
    """Throw an archive away; what has come of it so far goes, too, by a job."""
    audit.record(session, "town.discard", "town_arrival", row.id)
    if row.state in {RUNNING, GIVEN_UP}:
        _ask_to_discard(session, registry, row)
        return
    sha = row.sha
    session.delete(row)
    session.flush()
    _forget(session, registry, sha)


def _ask_to_discard(session: Session, registry: Registry, row: TownArrival) -> None:
    row.state = GIVEN_UP
    enqueue(session, registry, DISCARD, tenant_id=None, unique=str(row.id), arrival_id=row.id)
    session.flush()


def _forget(session: Session, registry: Registry, sha: str) -> None:
    if sha not in queries.awaited(session):
        store_of(registry).remove(sha)


# Jobs


def take(job: Job, *, arrival_id: int) -> None:
    """Take an archive in, from where it stood; what is refused leaves nothing but the reason."""
    with job.work(write=False) as session:
        row = session.get(TownArrival, arrival_id)
        if row is None or row.state != RUNNING:
            return
        session.expunge(row)
    try:
        _take(job, row)
    except Interrupted:
        # Cancelled by a person, who is then asked whether to go on or to give up.
        return
    except Superseded:
        # Another process does the same: when tried again, what it has done is found.
        raise
    except TownRefused as refused:
        _undo(job, row)
        _note(job, row, FAILED, refused.args[0])
    else:
        _note(job, row, DONE)


def _take(job: Job, row: TownArrival) -> None:
    if _is_in(job, row):
        return
    path = store_of(job.registry).path(row.sha)
    with Archive(path, maximum=GROWTH * maximum(job.registry)) as archive:
        importer = TownImporter(
            job.registry,
            job.database,
            archive,
            leave_out=row.report["missing"],
            actor_id=row.account_id,
        )

        def look_up(_done: int, _total: int) -> None:
            if job.cancelled():
                raise Interrupted

        importer.check(look_up)
        importer.run(_begun(job, row, importer), job.progress, job.cancelled)


def _is_in(job: Job, row: TownArrival) -> bool:
    """Tell whether the town is in already: the process died before it could say so."""
    if row.import_id is None:
        return False
    with job.work(write=False) as session:
        begun = session.get(TownImport, row.import_id)
        return begun is not None and begun.state == DONE


def _begun(job: Job, row: TownArrival, importer: TownImporter) -> int:
    """Return the number of the import, which begins or goes on."""
    try:
        import_id = importer.begin(
            slug=row.slug or "", host=row.host or "", suspended=row.suspended
        )
    except TenantRefused as error:
        raise TownRefused(
            _(
                "The short name or the host name was taken in the meantime. Please send the "
                "archive again and choose others."
            )
        ) from error
    with job.work(write=True) as session:
        stored = session.get(TownArrival, row.id)
        wanted = stored is not None and stored.state == RUNNING
        if stored is not None:
            stored.import_id = import_id
    if not wanted:
        discard_import(job.registry, job.database, import_id)
        raise TownRefused(_("This import was given up. Please begin anew."))
    return import_id


def _undo(job: Job, row: TownArrival) -> None:
    """Take away what has come of an archive, unless the town is in."""
    with job.work(write=False) as session:
        found = queries.running(session, row.digest, row.slug or "")
        import_id = None if found is None else found.id
    if import_id is not None:
        discard_import(job.registry, job.database, import_id)


def _note(job: Job, row: TownArrival, state: str, reason: Any = None) -> None:
    """Say how an archive ended, and throw the file away."""
    with job.work(write=True) as session:
        stored = session.get(TownArrival, row.id)
        if stored is not None and (stored.state == RUNNING or state == DONE):
            stored.state, stored.finished_at = state, utcnow()
            stored.reason = None if reason is None else as_stored(reason)
        session.flush()
        job.finish()
    with job.work(write=False) as session:
        _forget(session, job.registry, row.sha)


def reason_of(row: TownArrival) -> TranslationString | None:
    """Return why an archive did not come in."""
    return None if row.reason is None else as_message(row.reason)


def discard(job: Job, *, arrival_id: int) -> None:
    """Take away all that came of an archive that was given up; a town that is in stays."""
    with job.work(write=False) as session:
        row = session.get(TownArrival, arrival_id)
        if row is None or row.state != GIVEN_UP:
            return
        session.expunge(row)
    if _is_in(job, row):
        _note(job, row, DONE)
        return
    _undo(job, row)
    with job.work(write=True) as session:
        stored = session.get(TownArrival, arrival_id)
        if stored is not None:
            session.delete(stored)
        session.flush()
        job.finish()
    with job.work(write=False) as session:
        _forget(session, job.registry, row.sha)


def sweep(job: Job) -> None:
    """Give up what nobody has ended within the days, and throw away bytes that no row names."""
    with job.work(write=True) as session:
        for row in queries.arrivals_before(session, utcnow() - KEPT):
            if row.state in {WAITING, DONE, FAILED}:
                session.delete(row)
            elif row.state == GIVEN_UP or stands(session, row):
                _ask_to_discard(session, job.registry, row)
        session.flush()
        named = queries.awaited(session)
    store_of(job.registry).sweep(named, older=GRACE)


def configure(config: Configurator) -> None:
    """Register jobs and deeds."""
    config.add_job(JOB, take, title=_("Bring in a municipality"))
    config.add_job(DISCARD, discard, title=_("Give up an import of a municipality"))
    config.add_job(SWEEP, sweep, title=_("Throw away archives that were sent"))
    config.add_schedule(SWEEP, job=SWEEP, cron="50 3 * * *", per_tenant=False)
    config.add_audit_kind("town_arrival", title=_("Import of a municipality"))
    config.add_audit_deed("town.upload", title=_("archive sent"))
    config.add_audit_deed("town.begin", title=_("begun"))
    config.add_audit_deed("town.discard", title=_("given up"))
