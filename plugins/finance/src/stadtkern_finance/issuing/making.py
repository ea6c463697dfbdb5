"""Notices are made of all released assessments that have none: in small steps, each once."""

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pypdfium2
import structlog
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import as_stored
from stadtkern_finance.issuing import drafting, keeping, letterheads, queries, settling
from stadtkern_finance.issuing.models import MADE, PROBLEM, StoredNotice
from stadtkern_finance.notices.letters.printing import printer
from stadtkern_finance.notices.making import Notice, Press
from stadtkern_finance.notices.xunternehmen.schema_pack import SchemaPack, load_pack
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.transfer.job import port_of

JOB = "finance.notices"
PACK = "finance.schema_pack"
AT_ONCE = 50
"""Notices of one step: so many are printed again where a worker dies."""
log = structlog.get_logger("stadtkern.finance")

Unit = Callable[..., AbstractContextManager[Session]]


@dataclass
class Report:
    """What a run did: notices that were made, and assessments that cannot become one yet."""

    made: int = 0
    problems: int = 0
    ids: list[int] = field(default_factory=list)


@lru_cache(maxsize=4)
def _pack(path: str) -> SchemaPack | None:
    return load_pack(Path(path))


def press_on(session: Session, registry: Registry, tenant: Tenant, day: date) -> tuple[int, Press]:
    """Return the letterhead's id and the press of a town for a day; BadInput without one."""
    number, town = letterheads.town_on(session, tenant, day)
    path = (registry.settings or {}).get(PACK)
    return number, Press(town, _pack(path) if path else None)


def ask(session: Session, registry: Registry, tenant: Tenant, day: date) -> None:
    """Have notices made of all assessments that need one; BadInput without a letterhead."""
    letterheads.town_on(session, tenant, day)
    enqueue(session, registry, JOB, tenant_id=tenant.id, unique="make", day=day.isoformat())
    audit.record(session, "finance.make_notices", "finance_notice", day.isoformat())


def ask_one(session: Session, registry: Registry, tenant: Tenant, row: StoredNotice) -> None:
    """Have one notice tried again that could not be made."""
    day = max(row.day, tenant.today()).isoformat()
    enqueue(
        session,
        registry,
        JOB,
        tenant_id=tenant.id,
        unique=f"make-{row.assessment_id}",
        day=day,
        assessment=row.assessment_id,
    )


def run(job: Job, day: str, assessment: int | None = None) -> None:
    """Make what is to be made; begun again it goes on with what has no notice yet."""
    if job.tenant is None:
        return
    report = make_all(
        job.work,
        job.registry,
        job.tenant,
        date.fromisoformat(day),
        progress=job.progress,
        cancelled=job.cancelled,
        ids=None if assessment is None else [assessment],
    )
    log.info("notices", made=report.made, problems=report.problems)


def make_all(
    unit: Unit,
    registry: Registry,
    tenant: Tenant,
    day: date,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    ids: Sequence[int] | None = None,
) -> Report:
    """Make the notices of all assessments that have none, or of ``ids`` among them.

    ``unit(write=…)`` opens one transaction that commits at its end; nothing is printed within one
    that writes. A notice is made once an assessment, and the same again has the same bytes.
    BadInput where no letterhead holds on the day.
    """
    report = Report()
    after = done = 0
    store = keeping.store_of(registry, tenant.id)
    with unit(write=False) as session:
        letterhead_id, press = press_on(session, registry, tenant, day)
        total = queries.count_waiting(session) if ids is None else len(ids)
    port = port_of(registry, tenant.slug)
    electronic = port is not None and port.provide
    while not cancelled():
        with unit(write=False) as session:
            rows = queries.waiting(session, after, AT_ONCE, ids)
            earlier = queries.assessed_before(session, [one.assessment for one in rows])
            before = settling.known(session, [(one.assessment, one.account) for one in rows])
            results = [
                _made(
                    one,
                    day,
                    press,
                    before.get(one.assessment.id),
                    earlier=one.assessment.id in earlier or one.assessment.id in before,
                    electronic=electronic,
                )
                for one in rows
            ]
            session.expunge_all()
        if not rows:
            break
        after = rows[-1].assessment.id
        columns = [
            _problem(result) if isinstance(result, BadInput) else _printed(result, store)
            for result in results
        ]
        with unit(write=True) as session:
            known = queries.by_assessment(session, [one.assessment.id for one in rows])
            for one, values in zip(rows, columns, strict=True):
                row = known.get(one.assessment.id)
                if row is not None and row.state != PROBLEM:
                    continue
                if row is None:
                    row = StoredNotice(
                        assessment_id=one.assessment.id, number=one.account.kassenzeichen
                    )
                    session.add(row)
                row.number, row.day = one.account.kassenzeichen, day
                row.message_id = drafting.message_id(one.assessment.reference, day)
                row.letterhead_id = letterhead_id if values["state"] == MADE else None
                row.changed_at = utcnow()
                for name, value in values.items():
                    setattr(row, name, value)
                session.flush()
                report.ids.append(row.id)
                report.made += values["state"] == MADE
                report.problems += values["state"] == PROBLEM
            done += len(rows)
            if progress is not None:
                progress(done, max(total, done))
    return report


def _made(
    one: queries.Waiting,
    day: date,
    press: Press,
    known: settling.Earlier | None,
    *,
    earlier: bool,
    electronic: bool,
) -> drafting.Made | BadInput:
    try:
        return drafting.make(one, day, press, earlier=earlier, electronic=electronic, known=known)
    except BadInput as error:
        return error


def _problem(error: BadInput) -> dict[str, Any]:
    return {
        "state": PROBLEM,
        "problems": [as_stored(message) for message in drafting.sentences(error)],
    }


def _printed(made: drafting.Made, store: Any) -> dict[str, Any]:
    notice = made.draft.printed(printer())
    return {
        "state": MADE,
        "way": made.way,
        "problems": [],
        "stem": notice.stem,
        "pdf_sha": keeping.put(store, notice.pdf),
        "xml_sha": None if notice.xml is None else keeping.put(store, notice.xml),
        "pages": pages_of(notice.pdf),
        "amount_cent": made.amount_cent,
        "facts": made.facts,
        "made_at": utcnow(),
    }


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return len(document)


def again(session: Session, tenant: Tenant, row: StoredNotice, registry: Registry) -> Notice:
    """Return a notice from what is kept of it: the same bytes as when it was made."""
    version = None if row.letterhead_id is None else queries.letterhead(session, row.letterhead_id)
    if version is None:
        _number, press = press_on(session, registry, tenant, row.day)
    else:
        press = Press(letterheads.town(version.facts, version.valid_from, tenant))
    return drafting.drafted(row.facts, press).printed(printer())
