"""A released run becomes assessments and bookings, each account once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.exchange import Outgoing
from stadtkern_finance.cases.services import apply_owners
from stadtkern_finance.intake.proposing import assessed, proposal
from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.ledger.booking import Books
from stadtkern_finance.models import StoredAssessment, TaxAccount
from stadtkern_finance.runs import prepaying, queries
from stadtkern_finance.runs.models import DONE, PREPAYMENTS, WRITING, Run, RunRow
from stadtkern_finance.stock.booking import in_cents

BATCH = 200
"""Accounts of one transaction."""
FORMAT = "finance.run"
TAX_NUMBER_DIGITS = 13
Unit = Callable[..., AbstractContextManager[Session]]


def write(
    unit: Unit,
    number: int,
    today: date,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Write what a run's release was bound to, in bounded transactions, from where it stands.

    ``today``: the day on the town's clock.
    An account that was changed after the run was worked out is left as it is and counted.
    """
    while True:
        with unit(write=True) as session:
            run = queries.run(session, number, lock=True)
            if run is None or run.state != WRITING:
                return
            found = queries.to_write(session, run.id, run.written_after, BATCH)
            if not found:
                run.end(DONE)
                audit.record(session, "finance.run.written", "finance_run", run.id)
                return
            apply_owners(session, [account for _row, account in found], run.year)
            books = Books(session, [account.id for _row, account in found], today)
            now: dict[int, prepaying.Facts] = {}
            if run.kind == PREPAYMENTS:
                now = prepaying.of(session, [account for _row, account in found], run.year)
            written, overtaken = [], []
            for row, account in found:
                fact = now.get(account.id)
                if _stands(run, row, account, fact):
                    _one(session, books, run, row, account, fact)
                    written.append(row.id)
                else:
                    overtaken.append(row.id)
            queries.mark(session, written, overtaken)
            run.written += len(written)
            run.overtaken += len(overtaken)
            run.written_after = found[-1][1].id
            progress(run.written + run.overtaken, run.total)


def _stands(run: Run, row: RunRow, account: TaxAccount, fact: prepaying.Facts | None) -> bool:
    """Tell whether an account is still what the run was worked out from."""
    if fact is not None:
        present = (fact.messbetrag, fact.basis, fact.basis_year, fact.standing)
        return present == (row.messbetrag_cent, row.basis, row.basis_year, row.standing_cent)
    standing = account.amount_cent if account.year == run.year else None
    now = (account.tax_kind, account.messbetrag_cent, standing)
    return now == (row.tax_kind, row.messbetrag_cent, row.standing_cent)


def _one(
    session: Session,
    books: Books,
    run: Run,
    row: RunRow,
    account: TaxAccount,
    fact: prepaying.Facts | None,
) -> None:
    fields: dict[str, Any] = {"tax_kind": row.tax_kind, "messbetrag_cent": row.messbetrag_cent}
    if fact is not None and len(account.number) == TAX_NUMBER_DIGITS:
        fields["steuernummer13"] = account.number
    beside: dict[str, Any] = {"hebesatz": str(row.percent), "year": run.year}
    # Of prepayments what is stored is what they are quarters of, as with the tax office's notices.
    standing = row.standing_cent if fact is None else fact.standing_basis
    if standing is not None:
        beside["previous"] = {"amount": str(from_cents(standing))}
    made = proposal(fields, beside)
    reference = f"run-{run.id}-{account.id}"
    session.add(
        StoredAssessment(
            account_id=account.id,
            reference=reference,
            tax_kind=row.tax_kind,
            year=run.year,
            messbetrag_cent=row.messbetrag_cent,
            hebesatz=str(row.percent),
            amount_cent=in_cents(made["amount"]),
            before_cent=standing,
            instalments=made["instalments"],
            notice_date=None,
        )
    )
    outgoing = Outgoing(0, reference, FORMAT, fields | {"aktenzeichen": account.number}, {}, made)
    books.book(account, outgoing, assessed(fields, beside))
    if fact is not None:
        # The account tells what the tax office's last notice came to.
        return
    if account.year is None or account.year <= run.year:
        account.year, account.amount_cent = run.year, row.amount_cent
        account.changed_at = utcnow()
