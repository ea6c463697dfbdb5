"""What an account is assessed at for a tax and year, before something new is booked."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from stadtkern_finance.stock import queries

Known = dict[tuple[int, str, int | None], int]
"""By account, kind of tax and year: cents."""


def trade(session: Session, accounts: Iterable[Any]) -> Known:
    """Return what accounts were assessed at in trade tax, for each kind and year the last.

    An account itself knows its last assessment only, be it of a tax or of prepayments.
    """
    rows = list(accounts)
    if not rows:
        return {}
    found = queries.trade_assessments(session, rows)
    return {
        (one.account_id, one.tax_kind, one.year): one.amount_cent
        for assessments in found.values()
        for one in assessments
    }


def standing(account: Any, kind: str, year: int | None, known: Known) -> int | None:
    """Return what stands for a kind of tax and a year in cents; None for nothing.

    ``known`` is of ``trade``; what the stock tells counts where nothing was booked.
    """
    if kind not in queries.TRADE_KINDS:
        return account.amount_cent if account.year == year else None
    found = known.get((account.id, kind, year))
    if found is not None:
        return found
    return account.amount_cent if (account.tax_kind, account.year) == (kind, year) else None
