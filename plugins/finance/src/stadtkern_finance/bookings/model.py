"""A booking line and a batch of them, with totals and hashes that a second reader can count again.

Amounts are euros; positive is a demand, negative a refund or a reversal.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Any

from stadtkern_finance.i18n import _
from stadtkern_finance.law.wording import plain
from stadtkern_finance.records.reading import refused

ZERO = Decimal("0.00")
_LINE_DIGITS = 20


class Kind(StrEnum):
    """What a line does to the account."""

    DEMAND = "Sollstellung"
    CHANGE = "Solländerung"
    REVERSAL = "Sollabgang"
    MASTER_DATA = "Stammdaten"
    DUE_DAY = "Fälligkeitsänderung"


class Tax(StrEnum):
    """What is owed (Steuerart)."""

    PROPERTY_A = "GrSt A"
    PROPERTY_B = "GrSt B"
    PROPERTY_C = "GrSt C"
    TRADE = "GewSt"
    TRADE_PREPAYMENT = "GewSt-VZ"
    INTEREST = "Zins"
    LATE_FILING = "VSZ"
    LATE_PAYMENT = "SZ"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes; ``kind`` is natural or legal."""

    ref: str
    name: str
    kind: str = "natural"
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    town: str = ""


@dataclass(frozen=True)
class BookingLine:
    """One booking; field names in German are those of the accounting systems."""

    kind: Kind
    kassenzeichen: str
    debtor: Debtor
    steuerart: Tax
    veranlagungsjahr: int
    betrag: Decimal
    bescheid_ref: str
    faelligkeit: date | None = None
    zeitraum: str = ""
    buchungstext: str = ""
    aktenzeichen: str = ""
    steuernummer: str = ""
    grundlagenbescheid_ref: str = ""
    personenkonto: str = ""
    produkt: str = ""
    sachkonto: str = ""
    kostenstelle: str = ""
    mahnsperre: bool = False
    sepa_mandat: str = ""
    storno_of: str = ""
    """The line that this one reverses."""
    position: int = 1
    """The line's place within its notice: tells equal instalments apart."""

    @cached_property
    def line_id(self) -> str:
        """Return the line's id, made of its facts: the same booking has the same id again."""
        return sha256(_canonical(asdict(self))).hexdigest()[:_LINE_DIGITS]


@dataclass(frozen=True, slots=True)
class Totals:
    """Control totals: number of lines, sums of demands and of refunds, SHA-256 of the lines."""

    count: int
    sum_debit: Decimal
    sum_credit: Decimal
    hash: str


@dataclass(frozen=True)
class ExportBatch:
    """Lines that go out together, chained to the batch before by its hash."""

    tenant: str
    profile: str
    number: int
    created: datetime
    lines: tuple[BookingLine, ...]
    prev_hash: str = ""

    def __post_init__(self) -> None:
        """Refuse a line that stands there twice: it would be booked twice."""
        seen: set[str] = set()
        for one in self.lines:
            if one.line_id in seen:
                raise refused(one.line_id, _("stands there twice"), _("each line once"))
            seen.add(one.line_id)

    @property
    def id(self) -> str:
        """Return the batch's id: its number and the beginning of its hash."""
        return f"{self.number:06d}-{self.hash[:8]}"

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 over facts, lines and the hash of the batch before."""
        facts = {
            "tenant": self.tenant,
            "profile": self.profile,
            "number": self.number,
            "created": self.created.isoformat(),
            "lines": self.totals.hash,
            "prev": self.prev_hash,
        }
        return sha256(_canonical(facts)).hexdigest()

    @cached_property
    def totals(self) -> Totals:
        """Return the control totals."""
        return totals(self.lines)


def totals(lines: Sequence[BookingLine]) -> Totals:
    """Return the control totals of some lines."""
    return Totals(
        len(lines),
        sum((one.betrag for one in lines if one.betrag > 0), ZERO),
        sum((one.betrag for one in lines if one.betrag < 0), ZERO),
        sha256("\n".join(one.line_id for one in lines).encode()).hexdigest(),
    )


def chain_is_whole(batches: Sequence[ExportBatch]) -> bool:
    """Tell whether each batch names the hash of the one before it."""
    return all(later.prev_hash == earlier.hash for earlier, later in pairwise(batches))


def _canonical(facts: dict[str, Any]) -> bytes:
    text = json.dumps(
        facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain
    )
    return text.encode()
