"""Of which accounts an amount is suspended."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern_finance.cases.models import Suspension


def suspended(session: Session, accounts: Iterable[int], day: date) -> set[int]:
    """Return the accounts of which an amount is suspended on a day: nobody is dunned for them."""
    rows = session.scalars(
        select(Suspension.account_id).where(
            Suspension.account_id.in_(list(accounts)),
            Suspension.first_day <= day,
            (Suspension.last_day >= day) | Suspension.last_day.is_(None),
        )
    )
    return set(rows)
