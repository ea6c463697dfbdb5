"""What a retention rule of plain rows needs: finding the old ones, and deleting them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, literal, select

from stadtkern.privacy.kinds import Desk, Due, EraseDue, FindDue


def old(
    model: Any, condition: Callable[[datetime], Any], *, mail: Any = None, account_id: Any = None
) -> FindDue:
    """Return what finds a model's old rows in the order of their ids.

    Args:
        condition: what rows fulfil whose time was up before a moment (UTC).
        mail: the column with the address of whom a row is about, where there is one.
        account_id: the column with that person's account, where there is one.

    """
    who = (
        (literal(None) if mail is None else mail).label("mail"),
        (literal(None) if account_id is None else account_id).label("account_id"),
    )

    def due(desk: Desk, before: datetime, after: Any, limit: int) -> list[Due]:
        rows = desk.session.execute(
            select(model.id.label("id"), *who)
            .where(condition(before), model.id > (after or 0))
            .order_by(model.id)
            .limit(limit)
        )
        return [Due(row.id, mail=row.mail, account_id=row.account_id) for row in rows]

    return due


def deleting(model: Any) -> EraseDue:
    """Return what deletes a model's rows by their ids."""

    def erase(desk: Desk, ids: Sequence[Any]) -> None:
        if ids:
            desk.session.execute(
                delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False)
            )

    return erase
