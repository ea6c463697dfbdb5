"""“Your notice explained”: what its amounts mean, how they came about, what one may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.issuing import drafting
from stadtkern_finance.issuing.models import ELECTRONIC, StoredNotice
from stadtkern_finance.law.announcement import announce
from stadtkern_finance.law.explanation import translated
from stadtkern_finance.law.instalments import Kind
from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.records.schema import PREPAYMENT

KINDS = {
    Kind.INSTALMENT: _("Instalment"),
    Kind.BACK_PAYMENT: _("For days that have passed"),
    Kind.OVERDUE_PREPAYMENT: _("Prepayments that were due"),
    Kind.FINAL_PAYMENT: _("The rest of the year's tax"),
    Kind.REFUND: _("You get back"),
}


HEADINGS = {
    "amount": _("How the amount comes about"),
    "steps": _("Step by step, with the paragraphs"),
    "paying": _("What you have to pay, and when"),
    "what": _("What for"),
    "due": _("Due by"),
    "how_much": _("Amount"),
    "deadlines": _("Days that count"),
    "objecting": _("You do not agree?"),
    "remedy": _("The legal text of your notice"),
    "counts": _("This page explains. What counts is the notice itself."),
    "number": _("Kassenzeichen"),
    "pdf": _("Download the notice (PDF)"),
    "xml": _("Download its data (XML)"),
    "used": _("From now on your code holds for 24 hours. Please keep the file if you need it."),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A notice in plain words; all texts in one language."""

    language: str
    title: str
    about: str
    facts: tuple[tuple[str, str, str], ...]
    """What it is called, its value, what it means."""
    steps: tuple[str, ...]
    payments: tuple[tuple[str, str, str], ...]
    """What, by when, how much."""
    paying: str
    deadlines: tuple[str, ...]
    objecting: tuple[tuple[str, str], ...]
    remedy: str
    """The legal text of the notice, in German."""
    headings: Mapping[str, str]
    """What stands over its parts and on its buttons, by their names."""


def explained(row: StoredNotice, town: Town, language: str) -> Explained:
    """Return the explanation of a notice in ``de`` or ``en``, from what it was printed from."""

    def say(message: Any, **facts: str) -> str:
        return translated(_(message, mapping=facts) if facts else message, language)

    def money(amount: Decimal) -> str:
        return str(printed(Fact.MONEY, amount, language))

    assessment = drafting.assessed(row.facts)
    record = assessment.record
    tax = translated(TAXES[record.tax_kind], language)
    property_tax = record.is_property_tax
    year = str(assessment.year or "")
    office = town.municipality.name
    if property_tax:
        about = _(
            "Property tax is paid by whoever owns land or buildings, once a year, to ${town}. It "
            "pays for streets, schools and parks."
        )
    elif record.tax_kind == PREPAYMENT:
        about = _(
            "Businesses pay trade tax on their profit to ${town}. Prepayments are parts of it "
            "that are paid during the year; later they are set off."
        )
    else:
        about = _("Businesses pay trade tax on their profit to ${town}.")
    facts = (
        (
            say(_("Base amount (Messbetrag)")),
            money(record.messbetrag),
            say(
                _(
                    "The tax office has fixed it. The municipality must use it as it is and "
                    "cannot change it."
                )
            ),
        ),
        (
            say(_("Rate (Hebesatz)")),
            str(printed(Fact.PERCENT, assessment.hebesatz, language)),
            say(_("The municipality's elected council has resolved it. It is the same for all.")),
        ),
        (
            say(_("Tax of the year")),
            money(assessment.amount),
            say(_("Base amount times rate.")),
        ),
    )
    total = Decimal(row.amount_cent) / 100
    if total > 0:
        paying = say(
            _("Please pay in time and name the Kassenzeichen ${number}."), number=row.number
        )
    elif total < 0:
        paying = say(_("You need not do anything: the amount is set off or paid back to you."))
    else:
        paying = say(_("There is nothing to pay because of this notice."))
    address = town.municipality.addresses[0]
    where = f"{address.street} {address.house_number}, {address.postcode} {address.town}"
    return Explained(
        language,
        say(_("${tax} for ${year}, explained"), tax=tax, year=year),
        say(about, town=office),
        facts,
        tuple(step.text(language) for step in assessment.steps),
        tuple(
            (
                translated(KINDS[one.kind], language),
                str(printed(Fact.DATE, one.due, language))
                if one.due is not None
                else say(_("at once") if one.amount > 0 else _("set off or paid back")),
                money(one.amount),
            )
            for one in assessment.payments
        ),
        paying,
        _deadlines(row, language),
        (
            (
                say(_("The base amount, its share, or who is the owner is wrong")),
                say(
                    _(
                        "Only the tax office can change that: lodge an objection (Einspruch) "
                        "there, against its base notice. If it is changed, you get a new notice "
                        "from us by itself."
                    )
                ),
            ),
            (
                say(_("Something else is wrong: the rate, the calculation, the days, the name")),
                say(
                    _(
                        "Lodge an objection (Widerspruch) with ${authority}, ${where}, in writing "
                        "or for the record there."
                    ),
                    authority=town.authority,
                    where=where,
                ),
            ),
            (
                say(_("Do I have to pay meanwhile?")),
                say(
                    _(
                        "Yes. An objection does not put off the payment. You can apply for a "
                        "suspension (Aussetzung der Vollziehung)."
                    )
                ),
            ),
        ),
        town.remedy(row.day),
        {name: translated(text, language) for name, text in HEADINGS.items()},
    )


def _deadlines(row: StoredNotice, language: str) -> tuple[str, ...]:
    """Return the days that count, as sentences with their paragraphs."""
    if row.sent_on is not None:
        found = announce(row.sent_on, drafting.regime_of(row.way, row.sent_on))
        return tuple(step.text(language) for step in found.steps)
    if row.way == ELECTRONIC:
        first = _("The notice counts as announced on the fourth day after it was provided.")
    else:
        first = _("A letter counts as announced on the fourth day after posting.")
    return (
        translated(first, language),
        translated(_("From then on you can object for one month."), language),
    )
