"""SQL of the stock; every query is the session's tenant's alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from stadtkern.exchange import Delivery, Record
from stadtkern.exchange.models import OPEN, PROPOSED, RELEASED, STAGED
from stadtkern_finance.models import AccountAlias, Rate, StoredAssessment, TaxAccount
from stadtkern_finance.records.schema import PREPAYMENT, TRADE

TRADE_KINDS = (TRADE, PREPAYMENT)
RENAMES = "finance.gmbax"
"""The format of renames."""


def has_stock(session: Session) -> bool:
    """Tell whether the town has accounts at all."""
    return session.scalar(select(TaxAccount.id).limit(1)) is not None


ACCOUNT = (
    TaxAccount.id,
    TaxAccount.kassenzeichen,
    TaxAccount.tax_kind,
    TaxAccount.number,
    TaxAccount.place,
    TaxAccount.owners,
    TaxAccount.messbetrag_cent,
    TaxAccount.notice_date,
    TaxAccount.year,
    TaxAccount.amount_cent,
)


def look_up(session: Session, numbers: Iterable[str]) -> dict[str, list[Any]]:
    """Return what ``by_number`` does as plain rows to be read: thousands are asked for at once."""
    found: dict[str, list[Any]] = {}
    for row in session.execute(select(*ACCOUNT).where(TaxAccount.number.in_(list(numbers)))):
        found.setdefault(row.number, []).append(row)
    return found


def by_number(session: Session, numbers: Iterable[str]) -> dict[str, list[TaxAccount]]:
    """Return accounts by their present number."""
    found: dict[str, list[TaxAccount]] = {}
    for row in session.scalars(select(TaxAccount).where(TaxAccount.number.in_(list(numbers)))):
        found.setdefault(row.number, []).append(row)
    return found


def by_alias(session: Session, numbers: Iterable[str]) -> dict[str, list[TaxAccount]]:
    """Return accounts by numbers that they had before."""
    found: dict[str, list[TaxAccount]] = {}
    for number, row in session.execute(
        select(AccountAlias.number, TaxAccount)
        .join(TaxAccount, TaxAccount.id == AccountAlias.account_id)
        .where(AccountAlias.number.in_(list(numbers)))
    ):
        found.setdefault(number, []).append(row)
    return found


def by_place(session: Session, places: Iterable[str]) -> dict[str, list[TaxAccount]]:
    """Return accounts by the place where they lie."""
    found: dict[str, list[TaxAccount]] = {}
    for row in session.scalars(select(TaxAccount).where(TaxAccount.place_key.in_(list(places)))):
        found.setdefault(row.place_key, []).append(row)
    return found


def by_id(session: Session, ids: Iterable[int]) -> dict[int, TaxAccount]:
    """Return accounts by their ids."""
    rows = session.scalars(select(TaxAccount).where(TaxAccount.id.in_(list(ids))))
    return {row.id: row for row in rows}


def by_kassenzeichen(session: Session, names: Iterable[str]) -> dict[str, TaxAccount]:
    """Return accounts by their Kassenzeichen."""
    rows = session.scalars(select(TaxAccount).where(TaxAccount.kassenzeichen.in_(list(names))))
    return {row.kassenzeichen: row for row in rows}


def count(session: Session) -> int:
    """Return how many accounts there are."""
    return session.scalar(select(func.count(TaxAccount.id))) or 0


def rates(session: Session) -> Sequence[Rate]:
    """Return all resolutions, the newest first."""
    return session.scalars(
        select(Rate).order_by(Rate.tax, Rate.first_year.desc(), Rate.id.desc())
    ).all()


def aliases(session: Session, account_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Return ``(account, number)`` of what accounts were called before."""
    rows = session.execute(
        select(AccountAlias.account_id, AccountAlias.number).where(
            AccountAlias.account_id.in_(list(account_ids))
        )
    )
    return {(row.account_id, row.number) for row in rows}


def booked(session: Session, references: Iterable[str]) -> set[str]:
    """Return which of these are booked already."""
    rows = session.scalars(
        select(StoredAssessment.reference).where(StoredAssessment.reference.in_(list(references)))
    )
    return set(rows)


def waiting_renames(session: Session) -> set[str]:
    """Return the numbers of renames that came in and are not carried out yet."""
    rows = session.scalars(
        select(Record.payload)
        .join(Delivery, Delivery.id == Record.delivery_id)
        .where(
            Record.format == RENAMES,
            Record.state.in_((OPEN, PROPOSED, RELEASED)),
            Delivery.state == STAGED,
        )
    )
    return {str(one[name]) for one in rows for name in ("old", "new") if one.get(name)}


def typed(session: Session, format_name: str, keys: Iterable[str]) -> Sequence[Any]:
    """Return ``(id, key, state, payload)`` of records of a format that are kept under these keys.

    One statement more only where the town has any of that format.
    """
    of_format = select(Record.id).where(Record.format == format_name).limit(1)
    if session.scalar(of_format) is None:
        return ()
    return session.execute(
        select(Record.id, Record.key, Record.state, Record.payload)
        .join(Delivery, Delivery.id == Record.delivery_id)
        .where(Record.format == format_name, Record.key.in_(list(keys)), Delivery.state == STAGED)
    ).all()


def add(session: Session, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store many rows at once."""
    if rows:
        session.execute(insert(model), list(rows))


def trade_assessments(
    session: Session, rows: Iterable[TaxAccount]
) -> dict[str | int, list[StoredAssessment]]:
    """Return what accounts were assessed at in trade tax, by their number, or id without one.

    In the order of booking; those of another account with the same tax number count, too.
    """
    accounts = list(rows)
    numbers = {row.number for row in accounts} - {""}
    found: dict[str | int, list[StoredAssessment]] = {}
    for one, number in session.execute(
        select(StoredAssessment, TaxAccount.number)
        .join(TaxAccount, TaxAccount.id == StoredAssessment.account_id)
        .where(
            or_(TaxAccount.number.in_(numbers), TaxAccount.id.in_([row.id for row in accounts])),
            StoredAssessment.tax_kind.in_(TRADE_KINDS),
        )
        .order_by(StoredAssessment.id)
    ):
        found.setdefault(number or one.account_id, []).append(one)
    return found
