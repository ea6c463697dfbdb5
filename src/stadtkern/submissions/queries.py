"""SQL of the submissions room."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern.submissions.models import RECEIVED, Submission, SubmissionFile, SubmissionMail

BATCH = 500
"""Ids in one statement."""
_FRESH = func.count().filter(Submission.status == RECEIVED)


def forms(session: Session) -> Sequence[Any]:
    """Return ``(form_title, node_id, number, fresh, newest)`` of every form with entries."""
    newest = func.max(Submission.created_at).label("newest")
    return session.execute(
        select(
            func.max(Submission.form_title).label("form_title"),
            Submission.node_id,
            func.count().label("number"),
            _FRESH.label("fresh"),
            newest,
        )
        .group_by(Submission.node_id)
        .order_by(newest.desc())
    ).all()


def fresh(session: Session, *, limit: int) -> Sequence[Any]:
    """Return ``(form_title, node_id, fresh)`` of forms with entries that nobody has taken up."""
    newest = func.max(Submission.created_at)
    return session.execute(
        select(
            func.max(Submission.form_title).label("form_title"),
            Submission.node_id,
            func.count().label("fresh"),
        )
        .where(Submission.status == RECEIVED)
        .group_by(Submission.node_id)
        .order_by(newest.desc())
        .limit(limit)
    ).all()


def statuses(session: Session, node_id: int | None) -> Sequence[Any]:
    """Return ``(status, number, form_title)`` of a form's entries, one row a status."""
    return session.execute(
        select(
            Submission.status,
            func.count().label("number"),
            func.max(Submission.form_title).label("form_title"),
        )
        .where(Submission.node_id == node_id)
        .group_by(Submission.status)
    ).all()


def entries(
    session: Session, node_id: int | None, *, limit: int, offset: int = 0, status: str = ""
) -> Sequence[Submission]:
    """Return a form's entries, newest first; None: those whose form was deleted.

    ``status``: only those that have it; empty: all.
    """
    asked = select(Submission).where(Submission.node_id == node_id)
    if status:
        asked = asked.where(Submission.status == status)
    return session.scalars(
        asked.order_by(Submission.created_at.desc(), Submission.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count(session: Session, node_id: int | None) -> int:
    """Return how many entries a form has."""
    return (
        session.scalar(
            select(func.count()).select_from(Submission).where(Submission.node_id == node_id)
        )
        or 0
    )


def by_id(session: Session, number: int) -> Submission | None:
    """Return one entry."""
    return session.scalar(select(Submission).where(Submission.id == number))


def by_reference(session: Session, reference: str) -> Submission | None:
    """Return the entry with this number, as its sender got it."""
    return session.scalar(select(Submission).where(Submission.reference == reference))


def by_token(session: Session, token: str) -> Submission | None:
    """Return the entry that was sent from one page that was asked for."""
    return session.scalar(select(Submission).where(Submission.token == token))


def by_mark(session: Session, mark: str) -> Sequence[Submission]:
    """Return the entries in which a mail address is noted, by its keyed hash."""
    noted = select(SubmissionMail.submission_id).where(SubmissionMail.mark == mark)
    return session.scalars(
        select(Submission).where(Submission.id.in_(noted)).order_by(Submission.id)
    ).all()


def unmarked(session: Session) -> Sequence[Submission]:
    """Return the entries whose mail addresses have not all been noted yet."""
    return session.scalars(
        select(Submission).where(Submission.marked.is_(False)).order_by(Submission.id)
    ).all()


def marks(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    """Return the keyed hashes of mail addresses that are noted of entries, by their ids."""
    found: dict[int, set[str]] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        for row in session.execute(
            select(SubmissionMail.submission_id, SubmissionMail.mark).where(
                SubmissionMail.submission_id.in_(ordered[start : start + BATCH])
            )
        ):
            found.setdefault(row.submission_id, set()).add(row.mark)
    return found


def over(session: Session, now: datetime) -> Sequence[Submission]:
    """Return entries whose time is over."""
    return session.scalars(select(Submission).where(Submission.purge_at <= now)).all()


def files(session: Session, submission_id: int) -> Sequence[SubmissionFile]:
    """Return the files of an entry."""
    return session.scalars(
        select(SubmissionFile)
        .where(SubmissionFile.submission_id == submission_id)
        .order_by(SubmissionFile.id)
    ).all()


def file(session: Session, submission_id: int, number: int) -> SubmissionFile | None:
    """Return one file of an entry."""
    return session.scalar(
        select(SubmissionFile).where(
            SubmissionFile.submission_id == submission_id, SubmissionFile.id == number
        )
    )


def stored(session: Session) -> set[str]:
    """Return the hashes of all bytes that entries need."""
    return set(session.scalars(select(SubmissionFile.stored)))
