"""What clerks enter beside an account, as the law says."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern_finance.cases.models import DECISIONS, OPEN, Objection, OwnerChange, Suspension
from stadtkern_finance.i18n import _
from stadtkern_finance.law.announcement import Regime, announce
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock import words


class CaseRefused(Exception):  # noqa: N818 - the word that people read
    """Something does not fit; ``field`` is where, ``message`` why and what to do."""

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def first_year_of(day: date) -> int:
    """Return the first year whose tax new owners owe.

    The tax is assessed by what is at the year's beginning (§ 9 (1) GrStG) and owed by whom the
    object was attributed to then (§ 10 (1) GrStG): who becomes owner on 1 January owes that year.
    """
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


def change_owner(
    session: Session,
    account: TaxAccount,
    day: date,
    after: Sequence[dict[str, Any]],
    today: date,
    person_id: int | None,
) -> OwnerChange:
    """Note that an object has other owners from a day on; both stay known.

    The account shows the new ones from the year on that they owe; until then the annual run and
    notices go to those until now.
    """
    row = OwnerChange(
        account_id=account.id,
        day=day,
        first_year=first_year_of(day),
        before=list(account.owners),
        after=list(after),
        created_by=person_id,
    )
    session.add(row)
    session.flush()
    apply_owners(session, [account], today.year)
    return row


def apply_owners(session: Session, accounts: Iterable[TaxAccount], year: int) -> int:
    """Give accounts the owners who owe a year's tax; return how many have changed. One statement
    where nobody has.
    """  # noqa: D205 - one sentence
    known = {row.id: row for row in accounts}
    rows = session.scalars(
        select(OwnerChange)
        .where(
            OwnerChange.account_id.in_(known),
            OwnerChange.first_year <= year,
            OwnerChange.applied_at.is_(None),
        )
        .order_by(OwnerChange.day, OwnerChange.id)
    ).all()
    changed = {}
    for row in rows:
        account = known[row.account_id]
        account.owners, account.changed_at = list(row.after), utcnow()
        row.applied_at = utcnow()
        changed[account.id] = account
    words.keep(session, changed.values())
    return len(changed)


def object_(session: Session, account: TaxAccount, posted_on: date, received_on: date) -> Objection:
    """Note an objection against a notice that was posted on a day; whether it came in time."""
    if received_on < posted_on:
        text = _("It cannot have come before the notice was posted.")
        raise CaseRefused("received_on", text)
    until = announce(posted_on, Regime.LETTER).objection_until
    row = Objection(
        account_id=account.id, posted_on=posted_on, until=until, received_on=received_on
    )
    session.add(row)
    session.flush()
    return row


def decide(row: Objection, state: str, decision: str, day: date) -> None:
    """Note what became of an objection."""
    if row.state != OPEN or state not in DECISIONS:
        raise CaseRefused("state", _("This objection is decided on."))
    if not decision:
        raise CaseRefused("decision", _("Please say what was decided, in a sentence."))
    row.state, row.decision, row.decided_on = state, decision, day


def suspend(
    session: Session, account: TaxAccount, cents: int, first_day: date, last_day: date | None
) -> Suspension:
    """Note that an amount is not collected for some time."""
    if last_day is not None and last_day < first_day:
        raise CaseRefused("last_day", _("The last day lies before the first one."))
    row = Suspension(
        account_id=account.id, amount_cent=cents, first_day=first_day, last_day=last_day
    )
    session.add(row)
    session.flush()
    return row
