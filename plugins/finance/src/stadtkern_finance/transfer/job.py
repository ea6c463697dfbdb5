"""The job that fetches what waits at a town's ELSTER-Transfer and keeps it as deliveries."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import structlog
from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.db import utcnow
from stadtkern.exchange import Delivery, ExchangeRefused, queries, receiving
from stadtkern.jobs import Job
from stadtkern.web.egress import fetch
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.configuring import AREA
from stadtkern_finance.transfer.client import NotKept, TransferClient, TransferFailed, Waiting
from stadtkern_finance.transfer.collecting import collect
from stadtkern_finance.transfer.configuration import Port, ports

JOB = "finance.transfer"
SETTING = "finance.transfer"
SOURCE = "elster-transfer"
RETRIES = 3
ATTEMPTS = 3
"""After which a file that comes broken each time is turned away."""
AGAIN = timedelta(days=1)
"""After which what was turned away is fetched once more."""
log = structlog.get_logger("stadtkern.finance")


def port_of(registry: Registry, slug: str) -> Port | None:
    """Return where a town's ELSTER-Transfer stands; ``PortRefused`` for an odd file."""
    path = (registry.settings or {}).get(SETTING)
    return ports(Path(path)).get(slug) if path else None


class Deliveries:
    """What is fetched becomes deliveries of the job's town."""

    def __init__(self, job: Job) -> None:
        """Take the job that fetches."""
        self._job = job
        self._rows: dict[str, int] = {}
        with job.work(write=False) as session:
            self._away = queries.turned_away(session, AREA, SOURCE, utcnow() - AGAIN)

    def keep(self, waiting: Waiting, stream: BinaryIO) -> bool:
        """Store the bytes as a delivery, in a transaction of their own."""
        try:
            with self._job.work(write=True) as session:
                received = receiving.receive(
                    session,
                    self._job.registry,
                    area=AREA,
                    stream=stream,
                    name=waiting.name,
                    source=SOURCE,
                )
                self._rows[waiting.id] = received.delivery.id
        except ExchangeRefused as refused:
            raise NotKept(refused.code, refused.message) from refused
        return received.new

    def passed_over(self, waiting: Waiting) -> bool:
        """Tell whether a file was turned away within a day."""
        return receiving.marked(SOURCE, waiting.id) in self._away

    def turn_away(self, waiting: Waiting, error: TransferFailed) -> bool:
        """Show a file that cannot be kept among the refused deliveries, and say why.

        What came broken is fetched again first, by the same job.
        """
        if isinstance(error, NotKept):
            message = error.reason
        elif self._job.attempt >= ATTEMPTS:
            message = _(
                "It came broken ${n} times: other bytes than were promised. It is fetched again "
                "tomorrow; please tell ELSTER if it stays so.",
                mapping={"n": ATTEMPTS},
            )
        else:
            return False
        with self._job.work(write=True) as session:
            receiving.turn_away(
                session,
                area=AREA,
                source=SOURCE,
                mark=waiting.id,
                name=waiting.name,
                message=message,
            )
        return True

    def confirmed(self, waiting: Waiting) -> None:
        """Note when the other side was told."""
        with self._job.work(write=True) as session:
            row = session.get(Delivery, self._rows[waiting.id])
            if row is not None:
                receiving.confirm(row)


def run(job: Job) -> None:
    """Fetch what waits for the job's town; ``TransferFailed`` if something was left behind."""
    port = None if job.tenant is None else port_of(job.registry, job.tenant.slug)
    if port is None:
        return
    done = collect(TransferClient(port, partial(fetch, job.registry)), Deliveries(job))
    log.info(
        "transfer",
        kept=done.kept,
        known=done.known,
        left=done.left,
        refused=done.refused,
        unconfirmed=done.unconfirmed,
        failed=dict(done.failed),
    )
    if done.failed or done.unconfirmed:
        # What came is kept; the job is tried again, and seen among the failed ones at last.
        raise TransferFailed("incomplete", ", ".join(sorted(done.failed)) or "confirm")


def includeme(config: Configurator) -> None:
    """Register the job; it runs every quarter of an hour where operators have named ports."""
    config.add_job(JOB, run, title=_("Fetch from ELSTER-Transfer"), retries=RETRIES)
    if config.get_settings().get(SETTING):
        config.add_schedule(JOB, job=JOB, cron="*/15 * * * *")
