"""A message as its facts: what a notice of trade tax says, in the words of the standard.

Amounts are euros; positive is a demand, negative a refund. Codes are those of the standard's lists.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from stadtkern_finance.notices.xunternehmen.markings import Marking


class Kind(StrEnum):
    """The five messages; the value is the name of the outermost element."""

    TAX = "bescheide.gewerbesteuer.0001"
    INTEREST = "bescheide.zinsen.0002"
    PREPAYMENT = "bescheide.vorauszahlung.0003"
    GENERIC = "bescheide.gewerbesteuer.generisch.0010"
    INSOLVENCY = "berechnung.gewerbesteuer.0021"
    """A calculation for insolvency proceedings; no notice, and it demands nothing."""

    @property
    def number(self) -> str:
        """Return the four digits of the message."""
        return self.value[-4:]


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; every part may be missing."""

    street: str | None = None
    house_number: str | None = None
    post_box: str | None = None
    postcode: str | None = None
    town: str | None = None
    addition: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to talk to."""

    name: str
    title: str | None = None
    salutation: str | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """An account: ``purpose`` E for refunds, F for demands, U for both."""

    purpose: str
    iban: str
    bic: str
    bank_name: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Mandate:
    """A SEPA mandate: its reference and who collects."""

    reference: str
    creditor_id: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """Who sends; ``key_version`` is the version of the list of municipality keys."""

    name: str
    addresses: tuple[Address, ...]
    ags: str
    key_version: str = "2025-01-31"
    department: str | None = None
    contacts: tuple[Contact, ...] = ()
    room: str | None = None
    telephone: str | None = None
    fax: str | None = None
    mail: str | None = None
    accounts: tuple[Bank, ...] = ()
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a message concerns: a name with addresses, or else a free text."""

    name: str | None = None
    addresses: tuple[Address, ...] = ()
    free_text: str | None = None
    department: str | None = None
    """Of the taxpayer only."""
    contacts: tuple[Contact, ...] = ()
    """Of the taxpayer only."""
    represents: str | None = None
    """How somebody stands for the taxpayer (01 to 21); of an addressee only."""


@dataclass(frozen=True, slots=True)
class Period:
    """An Erhebungszeitraum."""

    year: int
    start: date | None = None
    end: date | None = None
    quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand for payment, or a refund: once until ``due``, or from it in each ``repeated``.

    ``repeated`` is VJ (quarter), HJ (half-year) or GJ (year).
    """

    amount: Decimal
    due: date | None = None
    repeated: str | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid already; negative in the taxpayer's favour."""

    amount: Decimal
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """What is assessed or calculated: which duty, how, for when, how much.

    ``duty`` is a code of Abgabeart, ``manner`` of Festsetzungsart, ``basis`` SOLL or IST.
    """

    duty: str
    manner: str
    period: Period
    amount: Decimal
    previous: Decimal | None = None
    basis: str | None = None
    paid: tuple[Paid, ...] = ()
    demands: tuple[Demand, ...] = ()
    transferticket: str | None = None
    mandant: str | None = None


@dataclass(frozen=True, slots=True)
class TaxBlock:
    """A trade tax of one period (gwstVeranlagung, gwstBerechnung); rates in percent."""

    assessed: Assessed
    messbetrag: Decimal
    hebesatz: Decimal
    messbetrag_before: Decimal | None = None
    hebesatz_before: Decimal | None = None
    base_notice: date | None = None


@dataclass(frozen=True, slots=True)
class SurchargeBlock:
    """A surcharge for late filing or late payment; ``base_notice`` with insolvency only."""

    assessed: Assessed
    base_notice: date | None = None


@dataclass(frozen=True, slots=True)
class InterestRun:
    """How interest came about; either ``months`` or ``days``. ``rate`` is percent a month."""

    basis: Decimal
    start: date
    end: date
    rate: Decimal
    unrounded: Decimal
    months: int | None = None
    days: int | None = None
    basis_unrounded: Decimal | None = None
    whole_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class InterestItem:
    """Interest of one kind (Zinsart) with its state (Festsetzungsstatus)."""

    kind: str
    status: str
    calculated: Decimal
    effective: Decimal
    run: InterestRun | None = None


@dataclass(frozen=True, slots=True)
class InterestBlock:
    """The interest of one period; ``unrounded`` is the sum of what is effective."""

    assessed: Assessed
    items: tuple[InterestItem, ...]
    unrounded: Decimal
    base_notice: date | None = None


@dataclass(frozen=True, slots=True)
class PrepaymentBlock:
    """One prepayment, or with JV or JB what a year's prepayments are set at.

    The last four are of insolvency only; ``dates`` inform there and demand nothing.
    """

    assessed: Assessed
    messbetrag: Decimal | None = None
    hebesatz: Decimal | None = None
    messbetrag_before: Decimal | None = None
    hebesatz_before: Decimal | None = None
    base_notice: date | None = None
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """A repeal (AH) or a declaration that a notice is final (EG), and of which notice."""

    kind: str
    year: int
    notice_date: date


Block = TaxBlock | SurchargeBlock | InterestBlock | PrepaymentBlock


@dataclass(frozen=True, slots=True)
class Head:
    """The technical head; ``message_id`` is a UUID, ``software`` the name of the programme."""

    message_id: str
    created: datetime
    software: str = "Stadtkern"


@dataclass(frozen=True, slots=True)
class Reference:
    """The letter's head: days and numbers. The last two are of insolvency only."""

    day: date
    as_of: date
    tax_number: str
    booking_number: str
    office_tax_number: str | None = None
    authority_reference: str | None = None
    court_reference: str | None = None
    insolvency_opened: date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message."""

    kind: Kind
    head: Head
    reference: Reference
    municipality: Municipality
    taxpayer: Party
    recipient: Party
    remedy: str | None
    """The instruction on remedies; None with insolvency only."""
    taxpayer_accounts: tuple[Bank, ...] = ()
    business_number: str | None = None
    addressees: tuple[Party, ...] = ()
    recipient_mandant: str | None = None
    taxes: tuple[TaxBlock, ...] = ()
    late_filing: tuple[SurchargeBlock, ...] = ()
    late_payment: tuple[SurchargeBlock, ...] = ()
    interest: tuple[InterestBlock, ...] = ()
    prepayments: tuple[PrepaymentBlock, ...] = ()
    short: ShortNotice | None = None
    markings: tuple[Marking, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return all that is assessed, in the order of the message."""
        return (
            *self.taxes,
            *self.late_filing,
            *self.late_payment,
            *self.interest,
            *self.prepayments,
        )
