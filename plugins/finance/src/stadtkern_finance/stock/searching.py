"""Accounts as clerks look for them: by number, name or place, a part at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from stadtkern_finance.models import AccountAlias, StoredAssessment, TaxAccount
from stadtkern_finance.stock.words import AccountWord, asked, between

LATEST = 50
"""Assessments of one account that its page shows."""
AT_ONCE = 1_000


def _narrowed(wanted: str, tax: str) -> Any:
    """Return the statement of accounts that have all words; three indexes, one statement."""
    found = select(TaxAccount)
    for word in asked(wanted):
        ids = union(
            select(AccountWord.account_id).where(between(AccountWord.word, word)),
            select(TaxAccount.id).where(between(TaxAccount.number, word)),
            select(AccountAlias.account_id).where(between(AccountAlias.number, word)),
        ).subquery()
        found = found.where(TaxAccount.id.in_(select(ids.c[0])))
    return found.where(TaxAccount.tax_kind == tax) if tax else found


def page(
    session: Session, wanted: str, tax: str, *, limit: int, offset: int
) -> tuple[Sequence[TaxAccount], int]:
    """Return accounts by Kassenzeichen, and how many there are: two statements."""
    found = _narrowed(wanted, tax)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session.scalars(found.order_by(TaxAccount.kassenzeichen).limit(limit).offset(offset))
    return rows.all(), total


def every(session: Session, wanted: str, tax: str) -> Iterator[TaxAccount]:
    """Yield all accounts of a list, some at a time."""
    found = _narrowed(wanted, tax).order_by(TaxAccount.kassenzeichen)
    yield from session.scalars(found.execution_options(yield_per=AT_ONCE))


def account(session: Session, number: int, *, lock: bool = False) -> TaxAccount | None:
    """Return one account; None if the town has none with this id."""
    found = select(TaxAccount).where(TaxAccount.id == number)
    return session.scalar(found.with_for_update() if lock else found)


def assessments(session: Session, account_id: int) -> Sequence[StoredAssessment]:
    """Return what an account was assessed at, the newest first."""
    return session.scalars(
        select(StoredAssessment)
        .where(StoredAssessment.account_id == account_id)
        .order_by(StoredAssessment.year.desc(), StoredAssessment.id.desc())
        .limit(LATEST)
    ).all()


def aliases(session: Session, account_id: int) -> Sequence[AccountAlias]:
    """Return the earlier numbers of an account, the newest first."""
    return session.scalars(
        select(AccountAlias)
        .where(AccountAlias.account_id == account_id)
        .order_by(AccountAlias.until.desc(), AccountAlias.id.desc())
    ).all()
