"""What people do with an annual run: start, stop, go on, propose, release, discard."""

import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import enqueue
from stadtkern.tenants import Tenant
from stadtkern_finance.cases.people import refusal
from stadtkern_finance.i18n import _
from stadtkern_finance.runs import queries
from stadtkern_finance.runs.calculating import BATCH, Terms, calculated
from stadtkern_finance.runs.models import (
    CALCULATED,
    CALCULATING,
    DISCARDED,
    ENDED,
    NO_RATE,
    PROPERTY,
    PROPOSED,
    STOPPED,
    WRITING,
    Run,
)

CALCULATE, WRITE = "finance.run", "finance.run.write"
Unit = Callable[..., AbstractContextManager[Session]]

SECOND = _(
    "You have started or proposed this run yourself. Somebody else must release it, as the rule "
    "of two persons says."
)
CHANGED_SINCE = _("The run is no longer what was proposed. Discard it and start a new one.")


class RunRefused(Exception):  # noqa: N818 - the word that people read
    """Something cannot be done with a run; ``message`` says why and what to do next."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def start(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    year: int,
    account_id: int | None,
    kind: str = PROPERTY,
) -> Run:
    """Begin the run of a year and queue its job; the one of its kind that is open goes on."""
    row = queries.open_run(session, year, kind)
    if row is None:
        total = queries.total(session, kind)
        row = Run(year=year, kind=kind, total=total, started_by=account_id)
        row.open()
        session.add(row)
        session.flush()
        audit.record(session, "finance.run.start", "finance_run", row.id)
    elif row.state == STOPPED:
        row.state = CALCULATING
    session.flush()
    if row.state == CALCULATING:
        _queue(session, registry, tenant, CALCULATE, row.id)
    return row


def _queue(session: Session, registry: Registry, tenant: Tenant, name: str, number: int) -> None:
    enqueue(session, registry, name, tenant_id=tenant.id, unique=str(number), run=number)


def go_on(session: Session, registry: Registry, tenant: Tenant) -> None:
    """Queue the jobs of runs that are being worked out or written."""
    for state, job in ((CALCULATING, CALCULATE), (WRITING, WRITE)):
        for row in queries.runs_in(session, state):
            _queue(session, registry, tenant, job, row.id)


def stop(session: Session, row: Run) -> None:
    """Let a run rest: what is worked out stays, going on begins behind it."""
    _needs(row, (CALCULATING,))
    row.state = STOPPED
    session.flush()


def discard(session: Session, row: Run) -> None:
    """Give a run up that was not released."""
    _needs(row, (CALCULATING, STOPPED, CALCULATED, PROPOSED))
    row.end(DISCARDED)
    session.flush()


def _needs(row: Run, states: Collection[str]) -> None:
    if row.state not in states:
        raise RunRefused(_("The run has gone on meanwhile. Please look at it again."))


def propose(session: Session, row: Run, account_id: int) -> None:
    """Ask a second person to release a run as it is."""
    _needs(row, (CALCULATED,))
    lacking = sum(one.number for one in queries.sums(session, row.id) if one.outcome == NO_RATE)
    if lacking:
        text = _(
            "For ${n} accounts no rate is in force in ${year}. Enter the council's resolution, "
            "discard this run and start a new one.",
            mapping={"n": lacking, "year": row.year},
        )
        raise RunRefused(text)
    row.rows_hash = hash_of(session, row)
    row.state, row.proposed_by = PROPOSED, account_id
    session.flush()
    audit.record(
        session, "finance.run.propose", "finance_run", row.id, content=row.rows_hash.encode()
    )


def release(
    session: Session, registry: Registry, tenant: Tenant, row: Run, account_id: int, seen: str
) -> None:
    """Release a run that somebody else has proposed just so, and queue its writing.

    ``seen``: the hash that the releaser was shown; it must be that of the rows that stand.
    """
    _needs(row, (PROPOSED,))
    if account_id in {row.started_by, row.proposed_by}:
        raise RunRefused(SECOND)
    if len({seen, row.rows_hash, hash_of(session, row)}) != 1:
        raise RunRefused(CHANGED_SINCE)
    refused = refusal(
        session,
        account_id,
        queries.highest(session, row.id),
        tenant.today(),
        [row.started_by, row.proposed_by],
    )
    if refused is not None:
        raise RunRefused(refused)
    row.state, row.released_by, row.released_at = WRITING, account_id, utcnow()
    session.flush()
    audit.record(
        session, "finance.run.release", "finance_run", row.id, content=row.rows_hash.encode()
    )
    _queue(session, registry, tenant, WRITE, row.id)


def hash_of(session: Session, row: Run) -> str:
    """Return the sha256 of a run's year and rows."""
    return hash_over(session, row.id, row.year, row.kind)


def hash_over(session: Session, number: int, year: int, kind: str) -> str:
    """Return the same of a run that is known by its number."""
    made = sha256(str(year).encode())
    for facts in queries.facts(session, number, kind):
        made.update(json.dumps(facts, separators=(",", ":")).encode() + b"\n")
    return made.hexdigest()


def calculate(
    unit: Unit,
    number: int,
    settings_of: Callable[[Session], Any],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool:
    """Work a run out from where it stands, in bounded transactions; False if it was stopped.

    ``unit(write=)`` opens one transaction. Rows and how far the run is are stored together: whoever
    is killed leaves nothing half, and whoever goes on does nothing twice.
    """
    while not cancelled():
        with unit(write=True) as session:
            row = queries.run(session, number, lock=True)
            if row is None or row.state != CALCULATING:
                return row is not None and row.state in {CALCULATED, PROPOSED, WRITING, *ENDED}
            accounts = queries.objects(session, row.after, BATCH, row.kind)
            if not accounts:
                row.state, row.total = CALCULATED, row.done
                audit.record(session, "finance.run.calculated", "finance_run", row.id)
                return True
            terms = Terms.of(session, settings_of(session), row.year, row.kind)
            made = calculated(session, terms, accounts)
            own = {"run_id": row.id, "tenant_id": row.tenant_id}
            queries.add_rows(session, [one | own for one in made])
            row.after, row.done = accounts[-1].id, row.done + len(accounts)
            progress(row.done, max(row.total, row.done))
    return False
