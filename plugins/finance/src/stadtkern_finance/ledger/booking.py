"""What was assessed becomes lines: new ones, and the reversal of those that stood until now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from stadtkern.exchange import Outgoing
from stadtkern_finance.bookings.building import TAXES, Account, corrected, lines_of
from stadtkern_finance.bookings.model import ZERO, BookingLine, Debtor, Kind, Tax
from stadtkern_finance.calculation import Assessment
from stadtkern_finance.cases.suspending import suspended
from stadtkern_finance.intake.proposing import assessed, proposal
from stadtkern_finance.law.trade_tax import prepayments
from stadtkern_finance.ledger import queries
from stadtkern_finance.ledger.facts import facts_of, line_of
from stadtkern_finance.ledger.models import BookedLine
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.stock import mandates

LONGEST_NAME = 200


def as_released(one: Outgoing) -> Assessment | None:
    """Return the assessment that a release is bound to; None where it would be another one now."""
    beside = one.proposal["beside"]
    try:
        made = proposal(one.payload, beside)
        found = assessed(one.payload, beside)
    except BadInput:
        return None
    same = all(made[name] == one.proposal.get(name) for name in ("year", "amount", "instalments"))
    return found if same and found.year is not None else None


class Books:
    """The lines of some accounts, and what is booked on them in one transaction.

    ``today``: the day on the town's clock, by which suspensions and mandates hold.
    """

    def __init__(self, session: Session, accounts: Iterable[int], today: date) -> None:
        self._session = session
        self._mandates: dict[int, str] = {}
        self._lines: dict[int, list[BookingLine]] = defaultdict(list)
        numbers = list(accounts)
        self._suspended = suspended(session, numbers, today)
        for row in queries.of_accounts(session, numbers) if numbers else ():
            self._lines[row.account_id].append(line_of(row.facts, row.line_id))
        if numbers:
            live = mandates.live(session, numbers, today, today)
            self._mandates = {account: row.reference for account, row in live.items()}

    def book(self, account: TaxAccount, one: Outgoing, assessment: Assessment) -> None:
        """Book an assessment: what stood for the same tax and year is reversed first."""
        year = assessment.year or 0
        tax = TAXES[assessment.record.tax_kind]
        known = self._lines[account.id]
        of_year = [line for line in known if line.veranlagungsjahr == year]
        before = [line for line in of_year if line.steuerart in {tax, Tax.INTEREST}]
        opening = _opening(account, one, tax, year) if not of_year else ()
        prepaid = ZERO
        if tax is Tax.TRADE:
            parts = (one.betrag for one in of_year if one.steuerart is Tax.TRADE_PREPAYMENT)
            prepaid = sum(parts, ZERO)
        place = Account(
            account.kassenzeichen,
            debtor_of(account),
            one.reference,
            sepa_mandat=self._mandates.get(account.id, ""),
            mahnsperre=account.id in self._suspended,
        )
        new = lines_of(assessment, place, prepayments_booked=prepaid)
        made = (*opening, *corrected(before, new, one.reference))
        known.extend(made)
        self._session.add_all(
            BookedLine(
                account_id=account.id,
                line_id=line.line_id,
                reference=one.reference,
                year=year,
                amount_cent=int(line.betrag * 100),
                facts=facts_of(line),
            )
            for line in made
        )


def _opening(account: TaxAccount, one: Outgoing, tax: Tax, year: int) -> Sequence[BookingLine]:
    """Take back what the accounting system has from before our books, as the stock told it."""
    before = one.proposal["beside"].get("previous")
    amount = ZERO if before is None else Decimal(before["amount"])
    if tax is Tax.TRADE_PREPAYMENT:
        # What was set: quarters in full euros.
        amount = prepayments(amount, year).total
    if not amount:
        return ()
    return (
        BookingLine(
            kind=Kind.REVERSAL,
            kassenzeichen=account.kassenzeichen,
            debtor=debtor_of(account),
            steuerart=tax,
            veranlagungsjahr=year,
            betrag=-amount,
            bescheid_ref=one.reference,
            zeitraum=str(year),
            buchungstext=f"{tax.value} {year}",
            aktenzeichen=one.payload.get("aktenzeichen") or "",
            steuernummer=one.payload.get("steuernummer13") or "",
            position=0,
        ),
    )


def debtor_of(account: TaxAccount) -> Debtor:
    """Return who owes: the address of the first owner, the names of all."""
    owners: list[Mapping[str, Any]] = list(account.owners)
    if not owners:
        return Debtor(account.kassenzeichen, "")
    first = owners[0]
    names = "; ".join(filter(None, map(_name, owners)))
    return Debtor(
        account.kassenzeichen,
        names[:LONGEST_NAME],
        first.get("kind") or "natural",
        first.get("street") or "",
        first.get("house_number") or "",
        first.get("postcode") or "",
        first.get("town") or "",
    )


def _name(owner: Mapping[str, Any]) -> str:
    names = owner.get("names") or ()
    if names:
        return " ".join(names)
    return " ".join(filter(None, (owner.get("given_name"), owner.get("surname"))))
