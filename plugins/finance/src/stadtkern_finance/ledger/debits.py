"""Direct debits of a batch: what is due, has a live mandate, and still stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.registry import Registry
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern_finance.bookings.model import ZERO, BookingLine
from stadtkern_finance.bookings.sepa import Creditor, DebitMandate, direct_debits
from stadtkern_finance.ledger import batches, queries
from stadtkern_finance.ledger.facts import line_of
from stadtkern_finance.ledger.models import (
    REJECTED,
    BookedLine,
    Collection,
    Mandate,
    StoredBatch,
)
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
    zone = ZoneInfo(row.zone)
    day, today = (moment.astimezone(zone).date() for moment in (row.created_at, utcnow()))
    mine = {one.id for one in queries.lines(session, row.id)}
    accounts = queries.accounts_of(session, row.id)
    rows = queries.of_accounts(session, accounts)
    gone = {one.facts["storno_of"] for one in rows if one.facts["storno_of"]}
    live = mandates.live(session, accounts, day, today, batch_id=row.id)
    lines = [
        (line_of(one.facts, one.line_id), one.account_id)
        for one in rows
        if one.id in mine and _collectable(one, gone, day, live.get(one.account_id))
    ]
    return Collected(tuple(_once(lines, live)), live)


def _once(
    lines: Sequence[tuple[BookingLine, int]], live: Mapping[int, Mandate]
) -> Iterator[tuple[BookingLine, int]]:
    """Leave of each mandate for one collection its earliest line only."""
    first: dict[int, BookingLine] = {}
    for line, account in lines:
        if live[account].sequence == mandates.ONCE:
            first[account] = min(first.get(account, line), line, key=_due)
    for line, account in lines:
        if first.get(account, line) is line:
            yield line, account


def _due(line: BookingLine) -> date:
    return line.faelligkeit or date.max


def _sequences(found: Collected) -> dict[str, str]:
    """Return the sequence of each line: a first collection is a recurrent one.

    Since version 9.2 of the SEPA core rulebook (20 November 2016) a creditor need not tell the
    first collection of a series from the later ones: FRST may be RCUR. So nothing has to change
    with a first file, and a file that never went to the bank leaves nothing wrong behind. Of a
    mandate that is used for the last time its last line is FNAL.
    """
    last: dict[int, BookingLine] = {}
    for line, account in found.lines:
        last[account] = max(last.get(account, line), line, key=_due)
    made = {}
    for line, account in found.lines:
        kind = found.mandates[account].sequence
        final = kind == mandates.LAST and last[account] is line
        made[line.line_id] = kind if kind == mandates.ONCE or final else mandates.USUAL
    return made


def note_use(session: Session, row: StoredBatch, found: Collected) -> None:
    """Note by which mandates a batch is collected; the same file once more changes nothing."""
    days: dict[int, date] = {}
    for line, account in found.lines:
        number = found.mandates[account].id
        days[number] = max(days.get(number, date.min), _due(line))
    known = {one.mandate_id for one in queries.collections(session, row.id)}
    session.add_all(
        Collection(batch_id=row.id, mandate_id=number, last_day=day)
        for number, day in days.items()
        if number not in known
    )
    session.flush()


def is_noted(session: Session, row: StoredBatch) -> bool:
    """Tell whether the file of a batch was written and counts as used."""
    return bool(queries.collections(session, row.id, limit=1))


def take_back(session: Session, row: StoredBatch) -> int:
    """Give mandates back that a file used which never went to the bank; return how many."""
    rows = queries.collections(session, row.id)
    for one in rows:
        session.delete(one)
    if rows:
        audit.record(session, "finance.debits.back", "finance_batch", row.id)
    session.flush()
    return len(rows)


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
        )
    created = row.created_at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
    lines = [line for line, _account in found.lines]
    return direct_debits(
        lines,
        known,
        creditor,
        message_id=f"SK-{batches.name_of(row)}",
        created=created,
        sequences=_sequences(found),
    )
