"""The job that takes what lies in a town's folder; killed at any moment it takes nothing twice.

A file stays where it is until its delivery is read to its end: its bytes are committed then, and
whoever looks next finds them known by their SHA-256.
"""

import time
from pathlib import Path

import structlog
from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.exchange import Delivery, ExchangeRefused, queries, receiving
from stadtkern.exchange.models import FAILED, REFUSED, STAGED
from stadtkern.jobs import Job
from stadtkern.web.i18n import as_message, in_english
from stadtkern_finance.folder import places
from stadtkern_finance.folder.places import Entry
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.configuring import AREA

JOB = "finance.folder"
SETTING = "finance.folder"
SOURCE = "folder"
QUIET = 60.0
"""Seconds without a change after which a file counts as finished."""
AT_ONCE = 100
"""Files of one run; the rest follows with the next."""
NO_FILE = "It is a link, or not a plain file. Please put the file itself into the folder."
log = structlog.get_logger("stadtkern.finance")


def root_of(registry: Registry) -> Path | None:
    """Return the folder below which each town has one of its short name; None: none is watched."""
    path = (registry.settings or {}).get(SETTING)
    return Path(path) if path else None


def run(job: Job) -> None:
    """Take what lies finished in the folder of the job's town."""
    root = root_of(job.registry)
    if root is None or job.tenant is None:
        return
    try:
        with places.opened(root, job.tenant.slug) as folder:
            for entry in places.finished(folder, time.time(), QUIET)[:AT_ONCE]:
                if job.cancelled():
                    return
                _take(job, folder, entry)
    except FileNotFoundError:
        # A town without a folder sends nothing this way.
        log.debug("no folder")


def _take(job: Job, folder: int, entry: Entry) -> None:
    """Keep a file as a delivery; move it once that is read, or refused."""
    if not entry.plain:
        places.move(folder, entry.name, places.REFUSED, NO_FILE)
        return
    try:
        with places.reading(folder, entry) as stream:
            number = _kept(job, entry, stream)
    except ExchangeRefused as refused:
        places.move(folder, entry.name, places.REFUSED, in_english(refused.message))
        return
    except OSError as error:
        # Somebody has taken it away or writes it again; the next run looks anew.
        log.info("file left", kind=type(error).__name__)
        return
    with job.work(write=False) as session:
        row = queries.delivery(session, AREA, number)
        state, reason = ("", None) if row is None else (row.state, row.reason)
    if state == STAGED:
        places.move(folder, entry.name, places.DONE)
    elif state in {REFUSED, FAILED}:
        said = in_english(as_message(reason)) if reason else "It could not be read."
        place = (reason or {}).get("place", "")
        places.move(folder, entry.name, places.REFUSED, f"{place}: {said}" if place else said)


def _kept(job: Job, entry: Entry, stream: object) -> int:
    with job.work(write=True) as session:
        got = receiving.receive(
            session,
            job.registry,
            area=AREA,
            stream=stream,  # type: ignore[arg-type]
            name=entry.name,
            source=SOURCE,
        )
        if not places.same(stream, entry):  # type: ignore[arg-type]
            # It grew while it was read: nothing of it is kept.
            raise BlockingIOError(entry.name)
        number = got.delivery.id
    with job.work(write=True) as session:
        row = session.get(Delivery, number)
        if row is not None:
            receiving.confirm(row)
    return number


def includeme(config: Configurator) -> None:
    """Register the job; it runs every five minutes where operators have named a folder."""
    config.add_job(JOB, run, title=_("Take files from the watched folder"), retries=3)
    if config.get_settings().get(SETTING):
        config.add_schedule(JOB, job=JOB, cron="*/5 * * * *")
