"""From an assessment to booking lines, and from old and new lines to a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from stadtkern_finance.bookings.model import ZERO, BookingLine, Debtor, Kind, Tax
from stadtkern_finance.calculation import Assessment
from stadtkern_finance.i18n import _
from stadtkern_finance.law.deadlines import month_after
from stadtkern_finance.law.instalments import Instalment
from stadtkern_finance.law.interest import InterestKind
from stadtkern_finance.law.settlement import MONTH_LAW
from stadtkern_finance.records.reading import refused
from stadtkern_finance.records.schema import PREPAYMENT

TAXES: Mapping[str, Tax] = {
    "grundsteuer_a": Tax.PROPERTY_A,
    "grundsteuer_b": Tax.PROPERTY_B,
    "grundsteuer_c": Tax.PROPERTY_C,
    "gewerbesteuer": Tax.TRADE,
    PREPAYMENT: Tax.TRADE_PREPAYMENT,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of tax is booked."""

    produkt: str = ""
    sachkonto: str = ""
    kostenstelle: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that an assessment is booked on; ``chart`` is the town's chart of accounts."""

    kassenzeichen: str
    debtor: Debtor
    bescheid_ref: str
    personenkonto: str = ""
    sepa_mandat: str = ""
    mahnsperre: bool = False
    chart: Mapping[Tax, Place] = field(default_factory=dict)


def lines_of(
    assessment: Assessment,
    account: Account,
    *,
    announced: date | None = None,
    previous: Sequence[BookingLine] = (),
    prepayments_booked: Decimal = ZERO,
) -> tuple[BookingLine, ...]:
    """Return the lines of an assessment; together they are the amount of its year.

    With ``previous`` (the lines of the year that stand until now) what was due by ``announced``
    stays due on its day. Of a trade tax ``prepayments_booked`` is in the books already. Raises
    BadInput where the assessment is of no year, or what was due does not fit the assessment.
    """
    if assessment.year is None:
        raise refused("year", _("is missing"), _("the year that is booked"))
    tax = TAXES[assessment.record.tax_kind]
    if tax is Tax.TRADE:
        parts = _trade(assessment, prepayments_booked)
        expected = assessment.amount - prepayments_booked
    else:
        kept = [
            (one.betrag, one.faelligkeit)
            for one in previous
            if one.faelligkeit is not None and announced is not None
            if one.faelligkeit <= announced and one.steuerart is tax
        ]
        parts = kept + [_part(one) for one in assessment.payments]
        expected = assessment.schedule.total if assessment.schedule else assessment.amount
    if sum((amount for amount, _due in parts), ZERO) != expected:
        raise refused(
            "previous",
            _("does not add up with the assessment"),
            _("the lines of the year that stand until now"),
        )
    made = [_line(assessment, account, tax, *part) for part in parts if part[0]]
    interest = assessment.interest
    if interest is not None and interest.interest:
        arrears = interest.kind is InterestKind.ARREARS
        due = month_after(interest.runs[0].run.effective, MONTH_LAW).day if arrears else None
        amount = interest.interest if arrears else -interest.interest
        made.append(_line(assessment, account, Tax.INTEREST, amount, due))
    return tuple(replace(one, position=place) for place, one in enumerate(made, 1))


def _part(one: Instalment) -> tuple[Decimal, date | None]:
    return one.amount, one.due


def _trade(assessment: Assessment, booked: Decimal) -> list[tuple[Decimal, date | None]]:
    """Return the difference to the prepayments, due with the final payment."""
    days = [one.due for one in assessment.payments if one.due is not None]
    amount = assessment.amount - booked
    return [(amount, max(days, default=None) if amount > 0 else None)]


def _line(
    assessment: Assessment, account: Account, tax: Tax, amount: Decimal, due: date | None
) -> BookingLine:
    fields = assessment.record.fields
    place = account.chart.get(tax, Place())
    year = assessment.year or 0
    return BookingLine(
        kind=Kind.DEMAND,
        kassenzeichen=account.kassenzeichen,
        debtor=account.debtor,
        steuerart=tax,
        veranlagungsjahr=year,
        betrag=amount,
        bescheid_ref=account.bescheid_ref,
        faelligkeit=due,
        zeitraum=str(year),
        buchungstext=f"{tax.value} {year}",
        aktenzeichen=fields.get("aktenzeichen") or "",
        steuernummer=fields.get("steuernummer13") or "",
        grundlagenbescheid_ref=fields.get("vorgangs_id") or "",
        personenkonto=account.personenkonto,
        produkt=place.produkt,
        sachkonto=place.sachkonto,
        kostenstelle=place.kostenstelle,
        mahnsperre=account.mahnsperre,
        sepa_mandat=account.sepa_mandat,
    )


def reversal(line: BookingLine, bescheid_ref: str) -> BookingLine:
    """Return the line that takes another one back, in the name of a later notice."""
    if line.storno_of:
        raise refused(
            "storno_of", _("is set"), _("a line that is no reversal: those are not reversed")
        )
    return replace(
        line,
        kind=Kind.REVERSAL,
        betrag=-line.betrag,
        bescheid_ref=bescheid_ref,
        storno_of=line.line_id,
    )


def corrected(
    previous: Sequence[BookingLine], new: Sequence[BookingLine], bescheid_ref: str
) -> tuple[BookingLine, ...]:
    """Return a correction: the reversal of each line that stood until now, then the new ones.

    Their sum is the difference of both. Lines that were reversed before do not stand any more.
    """
    gone = {one.storno_of for one in previous if one.storno_of}
    standing = [one for one in previous if not one.storno_of and one.line_id not in gone]
    return (*(reversal(one, bescheid_ref) for one in standing), *new)
