"""SQL of what is kept beside accounts; every query is the session's tenant's alone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern_finance.cases.models import (
    Deputy,
    FollowUp,
    Note,
    Objection,
    OwnerChange,
    ReleaseLimit,
    Suspension,
)

SHOWN = 100


def beside(session: Session, account_id: int) -> dict[str, Sequence[Any]]:
    """Return all that is kept beside an account, the newest first: five statements."""
    return {
        name: session.scalars(
            select(model)
            .where(model.account_id == account_id)
            .order_by(model.id.desc())
            .limit(SHOWN)
        ).all()
        for name, model in (
            ("notes", Note),
            ("follow_ups", FollowUp),
            ("owner_changes", OwnerChange),
            ("objections", Objection),
            ("suspensions", Suspension),
        )
    }


def objection(session: Session, account_id: int, number: int) -> Objection | None:
    """Return an objection of an account."""
    return session.scalar(
        select(Objection)
        .where(Objection.id == number, Objection.account_id == account_id)
        .with_for_update()
    )


def suspension(session: Session, account_id: int, number: int) -> Suspension | None:
    """Return a suspension of an account."""
    return session.scalar(
        select(Suspension).where(Suspension.id == number, Suspension.account_id == account_id)
    )


def follow_up(session: Session, account_id: int, number: int) -> FollowUp | None:
    """Return a follow-up of an account."""
    return session.scalar(
        select(FollowUp)
        .where(FollowUp.id == number, FollowUp.account_id == account_id)
        .with_for_update()
    )


def deputies(session: Session, day: date) -> Sequence[Deputy]:
    """Return who stands in for whom on a day or later."""
    return session.scalars(
        select(Deputy).where(Deputy.last_day >= day).order_by(Deputy.first_day, Deputy.id)
    ).all()


def deputy(session: Session, number: int) -> Deputy | None:
    """Return one entry of a deputy."""
    return session.scalar(select(Deputy).where(Deputy.id == number))


def limits(session: Session) -> Sequence[ReleaseLimit]:
    """Return all limits."""
    return session.scalars(select(ReleaseLimit).order_by(ReleaseLimit.id)).all()
