"""Who stands in for whom, and who may release how much."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import metadata
from stadtkern.exchange import Desk
from stadtkern_finance.cases.models import Deputy, FollowUp, ReleaseLimit
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import shown_cents
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock.booking import in_cents


def people(session: Session, tenant_id: int) -> dict[int, str]:
    """Return the names of those who work for the town, by their accounts."""
    account, membership = _table("account"), _table("membership")
    name = func.coalesce(func.nullif(account.c.name, ""), account.c.mail).label("name")
    rows = session.execute(
        select(account.c.id, name)
        .join(membership, membership.c.account_id == account.c.id)
        .where(membership.c.tenant_id == tenant_id, account.c.active)
        .order_by(name)
    )
    return {row.id: row.name for row in rows}


def _table(name: str) -> Table:
    return metadata.tables[name]


def stands_for(session: Session, deputy_id: int, day: date) -> set[int]:
    """Return for whom somebody stands in on a day."""
    rows = session.scalars(
        select(Deputy.person_id).where(
            Deputy.deputy_id == deputy_id, Deputy.first_day <= day, Deputy.last_day >= day
        )
    )
    return set(rows)


class Limit:
    """Up to which amount somebody may release today, and in whose name."""

    def __init__(self, session: Session, person_id: int, day: date) -> None:
        """Ask for it: two statements."""
        others = stands_for(session, person_id, day)
        rows = session.scalars(
            select(ReleaseLimit).where(
                ReleaseLimit.person_id.in_({person_id, *others}) | ReleaseLimit.person_id.is_(None)
            )
        )
        limits = {row.person_id: row.cents for row in rows}
        self._default = limits.get(None)
        self._limits = limits
        self.own = self._of(person_id)
        self._others = {other: self._of(other) for other in sorted(others)}

    def _of(self, person_id: int) -> int | None:
        return self._limits.get(person_id, self._default)

    def covers(self, cents: int) -> bool:
        """Tell whether an amount may be released in one's own name."""
        return self.own is None or cents <= self.own

    def in_the_name_of(self, cents: int, not_of: Iterable[int | None]) -> int | None:
        """Return for whom one may release an amount beyond one's own limit; None if for nobody.

        ``not_of``: who has proposed it. Nobody releases in the name of who did.
        """
        barred = set(not_of)
        for other, limit in self._others.items():
            if other not in barred and (limit is None or cents <= limit):
                return other
        return None


def refusal(
    session: Session, person_id: int, cents: int, day: date, proposers: Iterable[int | None]
) -> Any:
    """Return why somebody may not release an amount; None if they may.

    Where it is only by standing in for somebody, the history says for whom.
    """
    limit = Limit(session, person_id, day)
    if limit.covers(cents):
        return None
    other = limit.in_the_name_of(cents, proposers)
    if other is not None:
        audit.record(session, "finance.stand_in", "account", other)
        return None
    return _(
        "This comes to ${amount}; you may release up to ${limit}. Somebody without a limit, or "
        "with a higher one, must release it.",
        mapping={"amount": shown_cents(cents), "limit": shown_cents(limit.own)},
    )


def may_release(
    desk: Desk,
    person_id: int,
    proposals: Iterable[Mapping[str, Any]],
    proposers: Iterable[int | None],
) -> Any:
    """Tell the exchange room why somebody may not release records; None if they may.

    What counts is the highest tax of a year among them.
    """
    amounts = (in_cents(one["amount"]) for one in proposals if one.get("amount"))
    most = max((abs(cents) for cents in amounts), default=0)
    day = desk.tenant.today()
    return refusal(desk.session, person_id, most, day, proposers)


def due(session: Session, persons: Iterable[int], day: date, limit: int) -> Sequence[Any]:
    """Return open follow-ups of persons, and those of everybody, that are due; the oldest first."""
    return session.execute(
        select(FollowUp, TaxAccount)
        .join(TaxAccount, TaxAccount.id == FollowUp.account_id)
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.day <= day,
            FollowUp.person_id.in_(list(persons)) | FollowUp.person_id.is_(None),
        )
        .order_by(FollowUp.day, FollowUp.id)
        .limit(limit)
    ).all()
