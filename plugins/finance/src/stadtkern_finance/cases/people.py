"""Who stands in for whom, and who may release how much."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import metadata
from stadtkern.exchange import Desk
from stadtkern_finance.cases.limits import EVERYBODY, NONE, OWN, ROLE, Limit
from stadtkern_finance.cases.models import FollowUp
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import shown_cents
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock.booking import in_cents

WHOSE = {
    OWN: _("your own limit"),
    ROLE: _("the limit of your role"),
    EVERYBODY: _("the limit of everybody without one of their own"),
    NONE: _("no limit"),
}
"""Whose limit counts, in words."""


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


def refusal(
    session: Session, person_id: int, cents: int, day: date, proposers: Iterable[int | None]
) -> Any:
    """Return why somebody may not release an amount; None if they may.

    Where it is only by standing in for somebody, the history says for whom.
    """
    limit = Limit(session, person_id, day)
    if limit.own.covers(cents):
        return None
    other = limit.in_the_name_of(cents, proposers)
    if other is not None:
        audit.record(session, "finance.stand_in", "account", other)
        return None
    facts = {
        "amount": shown_cents(cents),
        "limit": shown_cents(limit.own.cents),
        "whose": WHOSE[limit.own.by],
    }
    return _(
        "This comes to ${amount}; you may release up to ${limit} (${whose}). Somebody without a "
        "limit, or with a higher one, must release it.",
        mapping=facts,
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
