"""Checking: what a format says of records, together with what the room itself knows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stadtkern.db import utcnow
from stadtkern.exchange import queries
from stadtkern.exchange.kinds import Checked, Desk, Format, Found, Question, formats
from stadtkern.exchange.models import (
    ASIDE,
    ERROR,
    OPEN,
    PROPOSED,
    REJECTED,
    WEIGHTS,
    Finding,
    Record,
)
from stadtkern.exchange.values import bound_hash, released_hash
from stadtkern.web.i18n import _, as_stored

CONTESTED = "exchange.contested"


def worst(severities: Iterable[str]) -> str:
    """Return the heaviest of severities; an empty text where there is none."""
    return max(severities, key=WEIGHTS.__getitem__, default="")


def finding_row(tenant_id: int, record_id: int, found: Found, *, read: bool) -> dict[str, Any]:
    """Return a finding as it is stored."""
    return {
        "tenant_id": tenant_id,
        "record_id": record_id,
        "severity": found.severity,
        "read": read,
        "code": found.code,
        "field": found.field[:300],
        "message": as_stored(found.text),
        "mends": [
            {
                "label": as_stored(mend.label),
                "fields": dict(mend.fields),
                "decisions": dict(mend.decisions),
            }
            for mend in found.mends
        ],
    }


def contested() -> Found:
    """Return what is found where the same fact came with different contents."""
    return Found.error(
        CONTESTED,
        "",
        _(
            "The same record was delivered with different contents. Please compare the versions, "
            "ask the sender which one counts, and reject the other one."
        ),
    )


def checked_by(desk: Desk, kind: Format, questions: Sequence[Question]) -> list[Checked]:
    """Ask a format; one that answers another number of questions is broken."""
    answers = list(kind.check(desk, questions))
    if len(answers) != len(questions):
        raise ValueError(f"{kind.name}: {len(questions)} questions, {len(answers)} answers")
    return answers


def recheck(desk: Desk, rows: Sequence[Record]) -> None:
    """Check records again; a proposal that is no longer what was proposed is void.

    Records that are decided on stay as they are. A constant number of statements.
    """
    rows = [row for row in rows if row.state in {OPEN, ASIDE, PROPOSED}]
    if not rows:
        return
    session = desk.session
    answers: dict[int, Checked] = {}
    for name, kind in formats(desk.registry).items():
        mine = [row for row in rows if row.format == name]
        if mine:
            asked = [
                Question(row.payload, row.decisions, row.id, row.edited_by is not None)
                for row in mine
            ]
            found = checked_by(desk, kind, asked)
            answers |= {row.id: one for row, one in zip(mine, found, strict=True)}
    rows = [row for row in rows if row.id in answers]
    before = queries.findings(session, [row.id for row in rows])
    versions = queries.versions_of(session, rows)
    gone: list[int] = []
    made: list[dict[str, Any]] = []
    for row in rows:
        others = versions.get((row.format, queries.bare(row.key)), [])
        rivals = [one for one in others if one.id != row.id and one.state != REJECTED]
        kept = _kept(row, before.get(row.id, []))
        gone += [one.id for one in before.get(row.id, []) if one not in kept]
        fresh = [*answers[row.id].findings, *([contested()] if rivals else [])]
        made += [finding_row(row.tenant_id, row.id, one, read=False) for one in fresh]
        severities = [one.severity for one in kept] + [one.severity for one in fresh]
        _apply(row, answers[row.id], worst(severities))
    queries.drop_findings(session, gone)
    queries.add_findings(session, made)
    queries.void(session, [row.id for row in rows if row.state in {OPEN, ASIDE}])
    session.flush()


def _kept(row: Record, found: Sequence[Finding]) -> list[Finding]:
    """Return what reading has found and still holds: of an edited record no errors."""
    edited = row.edited_by is not None
    return [one for one in found if one.read and not (edited and one.severity == ERROR)]


def _apply(row: Record, answer: Checked, severity: str) -> None:
    bound = released_hash(row.payload, row.decisions, answer.proposal)
    same = bound == row.payload_hash and severity == row.severity
    if row.state != PROPOSED or not same:
        row.state = answer.state
    row.kind, row.subject = answer.kind[:40], answer.subject[:120]
    row.summary, row.severity = answer.summary[:300], severity
    if bound != row.payload_hash:
        row.proposal, row.payload_hash = dict(answer.proposal), bound
    row.version += 1
    row.changed_at = utcnow()


def stored(
    tenant_id: int, delivery: Mapping[str, Any], answer: Checked, severity: str, **more: Any
) -> dict[str, Any]:
    """Return a checked record as it is stored for the first time.

    ``more``: its other columns; ``text``: its payload as canonical JSON; ``now``.
    """
    now, text = more.pop("now"), more.pop("text")
    proposal = dict(answer.proposal)
    return {
        "tenant_id": tenant_id,
        **delivery,
        "kind": answer.kind[:40],
        "subject": answer.subject[:120],
        "summary": answer.summary[:300],
        "state": answer.state,
        "severity": severity,
        "decisions": {},
        "proposal": proposal,
        "payload_hash": bound_hash(text, {}, proposal),
        "version": 1,
        "created_at": now,
        "changed_at": now,
        **more,
    }
