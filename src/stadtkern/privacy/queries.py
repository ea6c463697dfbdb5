"""Questions to the privacy room's tables."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern.privacy.models import LegalHold, PrivacyCertificate, RetentionRun


def active_holds(session: Session, today: date) -> list[LegalHold]:
    """Return the holds that count on a day of the town, newest first."""
    return list(
        session.scalars(
            select(LegalHold)
            .where(
                LegalHold.lifted_at.is_(None),
                LegalHold.until.is_(None) | (LegalHold.until >= today),
            )
            .order_by(LegalHold.id.desc())
        )
    )


def ended_holds(session: Session, today: date, *, limit: int) -> list[LegalHold]:
    """Return holds that were lifted or have run out, newest first."""
    return list(
        session.scalars(
            select(LegalHold)
            .where(LegalHold.lifted_at.is_not(None) | (LegalHold.until < today))
            .order_by(LegalHold.id.desc())
            .limit(limit)
        )
    )


def holds_on(session: Session, kind: str, subject: str) -> list[LegalHold]:
    """Return all holds that stand or stood on a person or an object."""
    return list(
        session.scalars(
            select(LegalHold).where(LegalHold.kind == kind, LegalHold.subject == subject)
        )
    )


def any_held(session: Session, kind: str, ids: Collection[int | str], today: date) -> bool:
    """Tell whether a hold stands on one of these objects."""
    found = session.scalar(
        select(LegalHold.id)
        .where(
            LegalHold.kind == kind,
            LegalHold.subject.in_([str(one) for one in ids]),
            LegalHold.lifted_at.is_(None),
            LegalHold.until.is_(None) | (LegalHold.until >= today),
        )
        .limit(1)
    )
    return found is not None


def held_subjects(session: Session, kind: str, today: date) -> list[str]:
    """Return what is held of a kind on a day of the town."""
    return list(
        session.scalars(
            select(LegalHold.subject).where(
                LegalHold.kind == kind,
                LegalHold.lifted_at.is_(None),
                LegalHold.until.is_(None) | (LegalHold.until >= today),
            )
        )
    )


def hold(session: Session, hold_id: int, *, lock: bool = False) -> LegalHold | None:
    """Return one hold."""
    statement = select(LegalHold).where(LegalHold.id == hold_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def run_by_key(session: Session, key: str) -> RetentionRun | None:
    """Return the report of one run, its row locked."""
    return session.scalars(
        select(RetentionRun)
        .where(RetentionRun.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def runs(session: Session, *, limit: int) -> Sequence[RetentionRun]:
    """Return the latest reports, newest first."""
    return session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(limit)).all()


def certificates(
    session: Session, *, limit: int, offset: int = 0
) -> tuple[Sequence[PrivacyCertificate], int]:
    """Return certificates, newest first, and how many there are."""
    total = int(session.scalar(select(func.count(PrivacyCertificate.id))) or 0)
    rows = session.scalars(
        select(PrivacyCertificate)
        .order_by(PrivacyCertificate.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, total


def certificate(session: Session, number: int) -> PrivacyCertificate | None:
    """Return one certificate by its id."""
    return session.scalars(
        select(PrivacyCertificate).where(PrivacyCertificate.id == number)
    ).first()


def certificates_of(session: Session, mark: str) -> int:
    """Return how many certificates stand for a person's keyed hash."""
    return int(
        session.scalar(
            select(func.count(PrivacyCertificate.id)).where(PrivacyCertificate.person == mark)
        )
        or 0
    )
