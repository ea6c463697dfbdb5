"""Notices go to ELSTER-Transfer where the taxpayer wishes it; what became of them is asked for."""

from datetime import date, timedelta
from functools import partial

import structlog
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.tenants import Tenant
from stadtkern.web.egress import fetch
from stadtkern_finance.issuing import keeping, queries
from stadtkern_finance.issuing.models import (
    ELECTRONIC,
    MADE,
    ORDERED,
    POST,
    SENT,
    StoredNotice,
)
from stadtkern_finance.law.announcement import announce, electronic_regime
from stadtkern_finance.transfer import (
    OrderRefused,
    PortRefused,
    Provider,
    Stage,
    Status,
    TransferFailed,
)
from stadtkern_finance.transfer.job import port_of

JOB, ASK = "finance.provide", "finance.provided"
AT_ONCE = 100
IN_A_ROW = 5
"""So many that fail one after the other: the other side is away."""
OVERDUE = timedelta(days=3)
"""After that people should look why a notice was not provided."""
log = structlog.get_logger("stadtkern.finance")


def provider_of(registry: Registry, tenant: Tenant) -> Provider | None:
    """Return the way out of a town; None where its operators have not opened one."""
    port = port_of(registry, tenant.slug)
    if port is None or not port.provide:
        return None
    return Provider(port, partial(fetch, registry))


def is_open(registry: Registry, tenant: Tenant) -> bool:
    """Tell whether a town can provide notices; an odd file of the operators' opens nothing."""
    try:
        return provider_of(registry, tenant) is not None
    except PortRefused:
        return False


def ask(session: Session, registry: Registry, tenant: Tenant) -> None:
    """Have those notices handed over whose taxpayers want them electronically."""
    enqueue(session, registry, JOB, tenant_id=tenant.id, unique="provide")


def run(job: Job) -> None:
    """Hand over what waits; ``TransferFailed`` if something is left, for the next attempt."""
    if job.tenant is None or (provider := provider_of(job.registry, job.tenant)) is None:
        return
    store = keeping.store_of(job.registry, job.tenant.id)
    failed: dict[int, str] = {}
    in_a_row = after = 0
    while not job.cancelled() and in_a_row < IN_A_ROW:
        with job.work(write=False) as session:
            rows = list(queries.to_provide(session, after, AT_ONCE))
            session.expunge_all()
        if not rows:
            break
        for row in rows:
            after = row.id
            number = str(row.facts["fields"].get("steuernummer13") or row.number)
            refused = ""
            try:
                pdf = store.read(row.pdf_sha or "")
                provider.provide(row.message_id, f"{row.stem}.pdf", pdf, number)
            except OrderRefused as error:
                refused = str(error)
            except TransferFailed as error:
                failed[row.id] = error.code
                in_a_row += 1
                if in_a_row >= IN_A_ROW:
                    break
                continue
            in_a_row = 0
            with job.work(write=True) as session:
                _handed(session, row.id, refused)
    log.info("provide", failed=len(failed))
    if failed:
        raise TransferFailed("incomplete", ", ".join(sorted(set(failed.values()))))


def _handed(session: Session, number: int, refused: str) -> None:
    """Note that a notice was handed over, or that it was refused and goes by post."""
    row = queries.one(session, number)
    if row is None or row.state != MADE or row.way != ELECTRONIC:
        return
    row.changed_at = utcnow()
    if refused:
        row.way, row.order_note = POST, f"refused: {refused}"[:60]
    else:
        row.state, row.ordered_at, row.order_note = ORDERED, utcnow(), ""


def ask_all(job: Job) -> None:
    """Ask what became of all orders; one that nobody answers for is asked about next time."""
    if job.tenant is None or (provider := provider_of(job.registry, job.tenant)) is None:
        return
    after = failed = in_a_row = 0
    while not job.cancelled() and in_a_row < IN_A_ROW:
        with job.work(write=False) as session:
            rows = [(row.id, row.message_id) for row in queries.ordered(session, after, AT_ONCE)]
        if not rows:
            break
        for number, message_id in rows:
            after = number
            try:
                status = provider.status(message_id)
            except TransferFailed:
                failed, in_a_row = failed + 1, in_a_row + 1
                if in_a_row >= IN_A_ROW:
                    break
                continue
            in_a_row = 0
            with job.work(write=True) as session:
                row = queries.one(session, number)
                if row is not None and row.state == ORDERED:
                    told(session, row, status, job.tenant.today())
    log.info("provided", failed=failed)
    if failed:
        raise TransferFailed("status", f"{failed} without an answer")


def told(session: Session, row: StoredNotice, status: Status, now: date) -> None:
    """Note what became of an order.

    Provided: from its day follow announcement and the end of the month for objecting, by the rule
    of that day. Refused: it goes by post. Not known there: it waits to be handed over again.
    """
    row.changed_at = utcnow()
    row.order_note = f"{status.stage.value}: {status.word}"[:60]
    if status.stage is Stage.REFUSED:
        row.state, row.way = MADE, POST
    elif status.stage is Stage.GONE:
        row.state = MADE
    elif status.stage is Stage.PROVIDED and status.day is not None:
        ordered = row.ordered_at.date() if row.ordered_at is not None else now
        if not ordered - timedelta(days=1) <= status.day <= now:
            row.order_note = f"{Stage.UNCLEAR.value}: {status.day.isoformat()}"
            return
        found = announce(status.day, electronic_regime(status.day))
        row.state, row.sent_on, row.regime = SENT, status.day, found.regime.value
        row.announced_at, row.objection_until = found.announced_at, found.objection_until
        session.flush()
        audit.record(session, "finance.provided", "finance_notice", row.id)
