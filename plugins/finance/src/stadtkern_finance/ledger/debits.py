"""Direct debits of a batch: what is due, has a live mandate, and still stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.registry import Registry
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy.orm import Session

from stadtkern_finance.bookings.model import ZERO, BookingLine
from stadtkern_finance.bookings.sepa import Creditor, DebitMandate, direct_debits
from stadtkern_finance.ledger import batches, queries
from stadtkern_finance.ledger.facts import line_of
from stadtkern_finance.ledger.models import REJECTED, BookedLine, Mandate, StoredBatch
from stadtkern_finance.stock import mandates

LONGEST_NAME = 70


@dataclass(frozen=True)
class Collected:
    """Lines that can be collected, with the mandates of their accounts."""

    lines: tuple[tuple[BookingLine, int], ...]
    mandates: Mapping[int, Mandate]

    @property
    def total(self) -> Decimal:
        """Return what they come to."""
        return sum((line.betrag for line, _account in self.lines), ZERO)


def creditor_of(settings: Mapping[str, Any]) -> Creditor | None:
    """Return who collects; None as long as the settings lack something."""
    name, iban = settings.get("payee_name"), settings.get("payee_iban")
    number = settings.get("creditor_id")
    if not (name and iban and number):
        return None
    try:
        bic = IBAN(iban).bic
    except SchwiftyException:
        return None
    return None if bic is None else Creditor(name, iban, str(bic.compact), number)


def of_batch(session: Session, row: StoredBatch) -> Collected:
    """Return a batch's demands that are due after the batch's day and have a live mandate.

    Left out is what was reversed since, what the accounting system has rejected, and what was
    booked without a mandate or with one that is none any more.
    """
    day = row.created_at.astimezone(ZoneInfo(row.zone)).date()
    mine = {one.id for one in queries.lines(session, row.id)}
    accounts = queries.accounts_of(session, row.id)
    rows = queries.of_accounts(session, accounts)
    gone = {one.facts["storno_of"] for one in rows if one.facts["storno_of"]}
    live = mandates.live(session, accounts, day)
    lines = tuple(
        (line_of(one.facts, one.line_id), one.account_id)
        for one in rows
        if one.id in mine and _collectable(one, gone, day, live.get(one.account_id))
    )
    return Collected(lines, live)


def _collectable(one: BookedLine, gone: set[str], day: date, mandate: Mandate | None) -> bool:
    facts = one.facts
    return (
        mandate is not None
        and one.amount_cent > 0
        and one.answer != REJECTED
        and one.line_id not in gone
        and facts["sepa_mandat"] == mandate.reference
        and facts["faelligkeit"] is not None
        and date.fromisoformat(facts["faelligkeit"]) > day
    )


def file_of(
    session: Session,
    registry: Registry,
    row: StoredBatch,
    found: Collected,
    creditor: Creditor,
) -> bytes:
    """Return the direct debits as pain.008, valid by its schema; BadInput says what does not fit.

    The same mandates give the same bytes, so that banks find a file that comes twice.
    """
    known: dict[str, DebitMandate] = {}
    for line, account in found.lines:
        mandate = found.mandates[account]
        known[mandate.reference] = DebitMandate(
            mandate.reference,
            mandate.signed,
            (mandate.holder or line.debtor.name)[:LONGEST_NAME],
            mandates.account_number(session, registry, mandate),
            sequence=mandate.sequence,
        )
    created = row.created_at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
    lines = [line for line, _account in found.lines]
    return direct_debits(
        lines, known, creditor, message_id=f"SK-{batches.name_of(row)}", created=created
    )
