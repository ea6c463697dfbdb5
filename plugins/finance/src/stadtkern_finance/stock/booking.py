"""A released notice changes the stock: the assessment is stored, the account knows its last."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from stadtkern.db import utcnow
from stadtkern.exchange import Desk, Outgoing, Receipt
from stadtkern_finance.intake.keys import number_of
from stadtkern_finance.ledger.booking import Books, as_released
from stadtkern_finance.models import AccountAlias, StoredAssessment, TaxAccount
from stadtkern_finance.stock import queries, words
from stadtkern_finance.stock.matching import NEW, place_key
from stadtkern_finance.stock.standing import Known, trade
from stadtkern_finance.stock.standing import standing as standing_of

NEW_ACCOUNT = "NEU"
"""Begins a Kassenzeichen that the treasury has not given yet."""


def in_cents(text: str) -> int:
    """Return a decimal string in euros as whole cents."""
    return int(Decimal(text) * 100)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def book(desk: Desk, outgoing: Sequence[Outgoing]) -> list[Receipt]:
    """Store the assessments of released notices; one that is stored already is not stored again.

    Runs within the transaction that notes the receipts.
    """
    session = desk.session
    done = queries.booked(session, [one.reference for one in outgoing])
    wanted = {account_of(one) for one in outgoing}
    accounts = queries.by_id(session, {number for number in wanted if number is not None})
    of_trade = any(one.payload.get("tax_kind") in queries.TRADE_KINDS for one in outgoing)
    standing = trade(session, accounts.values()) if of_trade else {}
    known = queries.aliases(session, accounts)
    books = Books(session, accounts, desk.tenant.today())
    unplaced = {number_of(one.payload) for one in outgoing if _unplaced(one)} - {""}
    taken = set(queries.by_number(session, unplaced)) if unplaced else set()
    receipts = []
    changed = []
    for one in outgoing:
        if "confirms" in one.proposal:
            # What was typed from paper is booked already.
            receipts.append(Receipt(reference=f"= {one.proposal['confirms']}"))
            continue
        account = accounts.get(account_of(one) or 0)
        if one.reference in done:
            receipts.append(Receipt(reference=one.reference))
            continue
        number = number_of(one.payload)
        if overtaken(account, one, standing) or (_unplaced(one) and number in taken):
            receipts.append(Receipt("rejected", note="the account was changed in the meantime"))
            continue
        assessment = as_released(one)
        if assessment is None:
            receipts.append(Receipt("rejected", note="it would come to something else now"))
            continue
        if account is None:
            account = TaxAccount(
                kassenzeichen=f"{NEW_ACCOUNT}-{one.record_id}",
                tax_kind=one.payload["tax_kind"],
                number=number,
            )
            session.add(account)
            session.flush()
            taken.add(number)
        _store(session, account, one)
        key = (account.id, str(one.payload["tax_kind"]), one.proposal.get("year"))
        standing[key] = in_cents(one.proposal["amount"])
        _take_over(session, account, one, known)
        books.book(account, one, assessment)
        changed.append(account)
        receipts.append(Receipt(reference=account.kassenzeichen))
    words.keep(session, dict.fromkeys(changed))
    return receipts


def _unplaced(one: Outgoing) -> bool:
    """Tell whether nobody knew an account for a notice, nor said that it is a new one."""
    return account_of(one) is None and one.decisions.get("account") != NEW


def overtaken(account: TaxAccount | None, one: Outgoing, known: Known) -> bool:
    """Tell whether an account is gone, or no longer stands where the release believed it."""
    if account is None:
        return account_of(one) is not None
    before = one.proposal["beside"].get("previous")
    believed = None if before is None else in_cents(before["amount"])
    kind = str(one.payload["tax_kind"])
    return believed != standing_of(account, kind, one.proposal.get("year"), known)


def account_of(one: Outgoing) -> int | None:
    """Return the account that a release was bound to; None for a new one."""
    found = one.proposal.get("account")
    return None if found is None else int(found)


def _store(session: Any, account: TaxAccount, one: Outgoing) -> None:
    before = one.proposal["beside"].get("previous")
    session.add(
        StoredAssessment(
            account_id=account.id,
            reference=one.reference,
            record_id=one.record_id,
            tax_kind=one.payload["tax_kind"],
            year=one.proposal.get("year"),
            messbetrag_cent=one.payload["messbetrag_cent"],
            hebesatz=str(one.proposal["beside"]["hebesatz"]),
            amount_cent=in_cents(one.proposal["amount"]),
            before_cent=None if before is None else in_cents(before["amount"]),
            instalments=list(one.proposal["instalments"]),
            notice_date=_day(one.payload.get("notice_date")),
        )
    )


def _take_over(
    session: Any, account: TaxAccount, one: Outgoing, known: set[tuple[int, str]]
) -> None:
    fields, number = one.payload, number_of(one.payload)
    if number and number != account.number:
        if account.number and (account.id, account.number) not in known:
            known.add((account.id, account.number))
            session.add(
                AccountAlias(
                    account_id=account.id,
                    number=account.number,
                    until=_day(fields.get("notice_date")),
                )
            )
        account.number = number
    account.tax_kind = fields["tax_kind"]
    account.messbetrag_cent = fields["messbetrag_cent"]
    account.notice_date = _day(fields.get("notice_date")) or account.notice_date
    account.year, account.amount_cent = one.proposal.get("year"), in_cents(one.proposal["amount"])
    if fields.get("location"):
        account.place, account.place_key = fields["location"], place_key(fields["location"])
    owners = [party for party in fields.get("parties") or () if party.get("role") != "recipient"]
    account.owners = owners or account.owners
    account.changed_at = utcnow()
