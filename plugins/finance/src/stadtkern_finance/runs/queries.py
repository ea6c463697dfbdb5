"""SQL of annual runs; every query is the session's tenant's alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import case, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from stadtkern_finance.models import StoredAssessment, TaxAccount
from stadtkern_finance.records.schema import PREPAYMENT, PROPERTY_KINDS, TRADE
from stadtkern_finance.runs.models import (
    OVERTAKEN,
    PREPAYMENTS,
    PROPERTY,
    TO_WRITE,
    WRITTEN,
    Run,
    RunRow,
)

AT_ONCE = 1_000


def _taking_part(kind: str) -> Any:
    """Return which accounts a run is of.

    Of prepayments it is each taxpayer once: where a town keeps an account for prepayments beside
    the one for the tax, under the same tax number, it is that one.
    """
    if kind == PROPERTY:
        return TaxAccount.tax_kind.in_(PROPERTY_KINDS)
    other = aliased(TaxAccount)
    twin = (
        exists()
        .where(
            other.tenant_id == TaxAccount.tenant_id,
            other.number == TaxAccount.number,
            other.number != "",
            other.tax_kind == PREPAYMENT,
        )
        .correlate(TaxAccount)
    )
    return or_(TaxAccount.tax_kind == PREPAYMENT, (TaxAccount.tax_kind == TRADE) & ~twin)


def total(session: Session, kind: str = PROPERTY) -> int:
    """Return how many accounts a run is of."""
    return session.scalar(select(func.count(TaxAccount.id)).where(_taking_part(kind))) or 0


def objects(session: Session, after: int, limit: int, kind: str = PROPERTY) -> Sequence[TaxAccount]:
    """Return the accounts of a run behind an account, in the order of their ids."""
    return session.scalars(
        select(TaxAccount)
        .where(_taking_part(kind), TaxAccount.id > after)
        .order_by(TaxAccount.id)
        .limit(limit)
    ).all()


def assessed(session: Session, accounts: Iterable[int], year: int) -> dict[int, int]:
    """Return what accounts were assessed at for a year, the last one that was stored."""
    rows = session.execute(
        select(StoredAssessment.account_id, StoredAssessment.amount_cent)
        .where(
            StoredAssessment.account_id.in_(list(accounts)),
            StoredAssessment.year == year,
            StoredAssessment.tax_kind.in_(PROPERTY_KINDS),
        )
        .order_by(StoredAssessment.id)
    )
    return {row.account_id: row.amount_cent for row in rows}


def run(session: Session, number: int, *, lock: bool = False) -> Run | None:
    """Return one run."""
    found = select(Run).where(Run.id == number).execution_options(populate_existing=lock)
    return session.scalar(found.with_for_update() if lock else found)


def open_run(session: Session, year: int, kind: str = PROPERTY) -> Run | None:
    """Return the run of a year and kind that has not ended."""
    place = Run.open_prepayments if kind == PREPAYMENTS else Run.open_year
    return session.scalar(select(Run).where(place == year))


def runs_in(session: Session, state: str) -> Sequence[Run]:
    """Return the runs in a state."""
    return session.scalars(select(Run).where(Run.state == state).order_by(Run.id)).all()


def runs(session: Session, limit: int) -> Sequence[Run]:
    """Return the newest runs."""
    return session.scalars(select(Run).order_by(Run.id.desc()).limit(limit)).all()


def advance(session: Session, number: int, believed: Mapping[str, Any], **values: Any) -> bool:
    """Change a run that is as believed; False if somebody else was faster."""
    found = update(Run).where(Run.id == number)
    for name, value in believed.items():
        found = found.where(getattr(Run, name) == value)
    done: Any = session.execute(
        found.values(**values).execution_options(synchronize_session="fetch")
    )
    return bool(done.rowcount)


def add_rows(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store rows of a run."""
    if rows:
        session.execute(insert(RunRow), list(rows))


def facts(session: Session, run_id: int, kind: str) -> Iterator[list[Any]]:
    """Yield what a release is bound to, account by account."""
    columns: tuple[Any, ...] = (
        *(RunRow.account_id, RunRow.tax_kind, RunRow.messbetrag_cent, RunRow.percent),
        *(RunRow.amount_cent, RunRow.before_cent, RunRow.standing_cent, RunRow.outcome),
    )
    if kind == PREPAYMENTS:
        columns += (RunRow.basis, RunRow.basis_year)
    found = select(*columns).where(RunRow.run_id == run_id).order_by(RunRow.account_id)
    for row in session.execute(found.execution_options(yield_per=AT_ONCE)):
        yield list(row)


def to_write(session: Session, run_id: int, after: int, limit: int) -> Sequence[Any]:
    """Return the next rows with their accounts, locked."""
    return session.execute(
        select(RunRow, TaxAccount)
        .join(TaxAccount, TaxAccount.id == RunRow.account_id)
        .where(
            RunRow.run_id == run_id,
            RunRow.account_id > after,
            RunRow.outcome.in_(TO_WRITE),
        )
        .order_by(RunRow.account_id)
        .limit(limit)
        .with_for_update(of=TaxAccount)
    ).all()


def mark(session: Session, written: Sequence[int], overtaken: Sequence[int]) -> None:
    """Note what became of rows."""
    for ids, word in ((written, WRITTEN), (overtaken, OVERTAKEN)):
        if ids:
            session.execute(update(RunRow).where(RunRow.id.in_(ids)).values(writing=word))


def sums(session: Session, run_id: int) -> Sequence[Any]:
    """Return rows, last year's and this year's tax by kind and outcome."""
    both = RunRow.before_cent.is_not(None) & RunRow.amount_cent.is_not(None)
    return session.execute(
        select(
            RunRow.tax_kind,
            RunRow.outcome,
            func.count().label("number"),
            func.coalesce(func.sum(RunRow.before_cent), 0).label("before"),
            func.coalesce(func.sum(RunRow.amount_cent), 0).label("amount"),
            func.coalesce(
                func.sum(case((both, RunRow.amount_cent - RunRow.before_cent), else_=0)), 0
            ).label("change"),
        )
        .where(RunRow.run_id == run_id)
        .group_by(RunRow.tax_kind, RunRow.outcome)
        .order_by(RunRow.tax_kind, RunRow.outcome)
    ).all()


def highest(session: Session, run_id: int) -> int:
    """Return the highest tax of a run in cents."""
    found = select(func.max(RunRow.amount_cent)).where(RunRow.run_id == run_id)
    return int(session.scalar(found) or 0)


def top(session: Session, run_id: int, limit: int) -> Sequence[Any]:
    """Return the rows that change most, with their accounts."""
    change = func.abs(RunRow.amount_cent - RunRow.before_cent)
    return session.execute(
        select(RunRow, TaxAccount)
        .join(TaxAccount, TaxAccount.id == RunRow.account_id)
        .where(RunRow.run_id == run_id, change > 0)
        .order_by(change.desc(), RunRow.account_id)
        .limit(limit)
    ).all()


def every(session: Session, run_id: int) -> Iterator[Any]:
    """Yield all rows of a run with their accounts."""
    found = (
        select(RunRow, TaxAccount)
        .join(TaxAccount, TaxAccount.id == RunRow.account_id)
        .where(RunRow.run_id == run_id)
        .order_by(TaxAccount.kassenzeichen)
    )
    yield from session.execute(found.execution_options(yield_per=AT_ONCE))
