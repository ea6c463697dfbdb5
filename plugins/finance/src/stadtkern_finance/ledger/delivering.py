"""Batches on their way: one attempt a job, the next one set going by what this one came to."""

from datetime import timedelta
from pathlib import Path

import structlog
from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.tenants import Tenant
from stadtkern.vault import open_, seal
from stadtkern.web.i18n import as_stored
from stadtkern_finance.bookings.profile import Profile, load_profile
from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.ledger import answers, batches, queries
from stadtkern_finance.ledger.facts import LedgerBroken
from stadtkern_finance.ledger.models import (
    DELIVERED,
    FOLDER,
    RENDERED,
    SFTP,
    StoredBatch,
    Way,
)
from stadtkern_finance.ledger.ways import folder, sftp, web
from stadtkern_finance.ledger.ways.failing import NotDelivered

JOB = "finance.deliver"
SETTING = "finance.export_folder"
DELAYS = tuple(timedelta(seconds=one) for one in (30, 120, 600, 1_800, 7_200))
"""After each failure; the sixth attempt is the last."""
MOST = answers.LARGEST + 1
"""Bytes that are read of an answer that is a receipt: one too many says that it is too large."""
log = structlog.get_logger("stadtkern.finance")


def folder_of(registry: Registry, tenant: Tenant) -> Path | None:
    """Return the folder for a town's booking files: below the operators', or None."""
    path = (registry.settings or {}).get(SETTING)
    return Path(path) / tenant.slug if path else None


def way(session: Session) -> Way | None:
    """Return how this town's batches are delivered; None: people carry them."""
    return session.scalars(select(Way)).first()


def choose(session: Session, registry: Registry, kind: str, **values: object) -> Way | None:
    """Store the way; ``secret`` empty: as it was, as long as the kind stays. Empty kind: none."""
    found = way(session)
    if not kind:
        if found is not None:
            session.delete(found)
            session.flush()
        return None
    if found is None:
        found = Way(kind=kind)
        session.add(found)
    secret = str(values.pop("secret", ""))
    if found.kind != kind:
        found.kind, found.secret = kind, ""
    for name, value in values.items():
        setattr(found, name, value)
    if secret:
        tenant_id = session.info["tenant_id"]
        found.secret = seal(session, registry, tenant_id, secret.encode(), found.context)
    found.changed_at = utcnow()
    session.flush()
    return found


def start(session: Session, registry: Registry, row: StoredBatch) -> bool:
    """Set a batch on its way; False where the town has none, or it has arrived."""
    chosen = way(session)
    if chosen is None or row.state != RENDERED:
        return False
    row.way, row.attempts, row.error, row.answer_problem = chosen.kind, 0, "", None
    session.flush()
    enqueue(
        session,
        registry,
        JOB,
        tenant_id=session.info["tenant_id"],
        unique=f"{row.id}-0",
        batch=row.id,
        attempt=0,
    )
    audit.record(session, "finance.deliver", "finance_batch", row.id)
    return True


def run(job: Job, batch: int, attempt: int) -> None:
    """Make one attempt, unless another one was made since this job was set going."""
    assert job.tenant is not None  # noqa: S101 - batches belong to a town
    body = b""
    with job.work(write=False) as session:
        row = queries.batch_by_id(session, batch)
        chosen = way(session)
        if row is None or row.state != RENDERED or row.attempts != attempt or chosen is None:
            return
        name, profile = batches.name_of(row), load_profile(row.profile_text)
        problem: NotDelivered | None = None
        try:
            file = batches.artifact(session, row)
            secret = _secret(session, job.registry, chosen)
        except LedgerBroken:
            problem = NotDelivered("broken", lasting=True)
    # No call within a transaction.
    if problem is None:
        try:
            most = MOST if answers_itself(profile) else web.MAX_ANSWER
            body = _hand_over(job.registry, job.tenant, chosen, secret, name, file, most)
        except NotDelivered as failed:
            problem = failed
    with job.work(write=True) as session:
        row = queries.batch_by_id(session, batch, lock=True)
        if row is not None and row.state == RENDERED and row.attempts == attempt:
            _note(session, job.registry, row, problem)
            if body and answers_itself(profile) and problem is None:
                _take_answer(session, row, body, name, profile)
        job.finish()


def answers_itself(profile: Profile) -> bool:
    """Tell whether the answer to a delivery by HTTPS is the receipt."""
    return bool((profile.get("receipt") or {}).get("in_answer"))


def _take_answer(
    session: Session, row: StoredBatch, body: bytes, name: str, profile: Profile
) -> None:
    """Read an answer as a receipt; what cannot be read changes nothing, and the batch says why.

    The file has arrived all the same. An empty answer is none: the receipt comes another way.
    """
    session.flush()
    try:
        answers.take(session, body, f"answer-{name}", [profile])
    except FileRefused as refused:
        log.warning("answer is no receipt", batch=row.number)
        row.answer_problem = as_stored(refused.text)


def _secret(session: Session, registry: Registry, chosen: Way) -> str:
    if not chosen.secret:
        return ""
    tenant_id = session.info["tenant_id"]
    return open_(session, registry, tenant_id, chosen.secret, chosen.context).decode()


def _hand_over(
    registry: Registry,
    tenant: Tenant,
    chosen: Way,
    secret: str,
    name: str,
    file: Artifact,
    most: int,
) -> bytes:
    if chosen.kind == FOLDER:
        place = folder_of(registry, tenant)
        if place is None:
            raise NotDelivered("no-folder", lasting=True)
        folder.deliver(place, file)
    elif chosen.kind == SFTP:
        server = sftp.Server(
            chosen.host, chosen.port, chosen.user, chosen.folder, chosen.host_key, secret
        )
        sftp.deliver(registry, server, file)
    else:
        return web.deliver(registry, chosen.url, secret, name, file, most=most)
    return b""


def _note(
    session: Session, registry: Registry, row: StoredBatch, problem: NotDelivered | None
) -> None:
    row.attempts += 1
    if problem is None:
        row.state, row.error, row.delivered_at = DELIVERED, "", utcnow()
        return
    log.warning("batch not delivered", kind=problem.code, attempt=row.attempts)
    row.error = problem.code
    if not problem.lasting and row.attempts <= len(DELAYS):
        enqueue(
            session,
            registry,
            JOB,
            tenant_id=session.info["tenant_id"],
            delay=DELAYS[row.attempts - 1],
            unique=f"{row.id}-{row.attempts}",
            batch=row.id,
            attempt=row.attempts,
        )
