"""The letter of a property tax notice, from its assessment."""

from decimal import Decimal

from stadtkern_finance.calculation import Assessment
from stadtkern_finance.i18n import _
from stadtkern_finance.law.instalments import Instalment, Kind
from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.notices.facts import NoticeFacts, address_lines
from stadtkern_finance.notices.letters.model import Letter, Row, Section, Table
from stadtkern_finance.notices.letters.texts import plain_sections, text
from stadtkern_finance.notices.payments import Payable, payment_table, payment_text, todo
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.notices.xunternehmen.markings import joined, marking
from stadtkern_finance.records.reading import refused

NAMES = {
    "grundsteuer_a": "Grundsteuer A",
    "grundsteuer_b": "Grundsteuer B",
    "grundsteuer_c": "Grundsteuer C",
}
KINDS = {
    Kind.INSTALMENT: "Rate",
    Kind.BACK_PAYMENT: "Nachzahlung",
    Kind.OVERDUE_PREPAYMENT: "Rückständige Vorauszahlung",
    Kind.FINAL_PAYMENT: "Abschlusszahlung",
    Kind.REFUND: "Erstattung",
}


def property_letter(assessment: Assessment, facts: NoticeFacts, town: Town) -> Letter:
    """Return the letter; raise BadInput where the assessment is of no year."""
    record = assessment.record
    if assessment.year is None:
        raise refused("year", _("is missing"), _("the year that the notice is for"))
    tax = NAMES[record.tax_kind]
    year = str(assessment.year)
    payables = [_payable(one) for one in assessment.payments]
    messbetrag = _money(record.messbetrag)
    hebesatz = printed(Fact.PERCENT, assessment.hebesatz, "de")
    amount = _money(assessment.amount)
    marks = [marking(code, facts.marking_day) for code in _marks(assessment)]
    sections = []
    if said := joined(marks):
        sections.append(Section("Hinweise zum Bescheid", (said,)))
    sections.append(Section("Rechtsbehelfsbelehrung", (town.remedy(facts.day),)))
    head = town.letterhead(facts.day)
    file_number = record.fields.get("aktenzeichen")
    references = [("Kassenzeichen", facts.booking_number)]
    references += [("Aktenzeichen", file_number)] if file_number else []
    references.append(("Datum", printed(Fact.DATE, facts.day, "de")))
    table = payment_table(payables)
    notes = [payment_text(payables, facts.booking_number, facts.mandate, town.bank)]
    if assessment.amount:
        notes.append(text("following_years"))
    return Letter(
        letterhead=head,
        day=facts.day,
        title=f"Bescheid über {tax} für {year}",
        subject=f"{tax} {year}, Kassenzeichen {facts.booking_number}",
        recipient=address_lines(facts.recipient),
        references=(*references, *head.contact),
        opening=(
            "Sehr geehrte Damen und Herren,",
            text(
                "opening.property",
                place=_place(assessment),
                tax=tax,
                year=year,
                notice=_notice(assessment),
            ),
        ),
        tables=(_amounts(assessment, tax, (messbetrag, hebesatz, amount)), *table),
        sections=(Section("So zahlen Sie", tuple(notes)), *sections),
        steps=tuple(step.text("de") for step in assessment.steps),
        plain=plain_sections(
            "property",
            town=town.municipality.name,
            messbetrag=messbetrag,
            hebesatz=hebesatz,
            amount=amount,
            todo=todo(payables, facts.booking_number, facts.mandate),
        ),
    )


def _marks(assessment: Assessment) -> list[str]:
    flags = assessment.record.fields.get("flags") or {}
    return list(flags.get("markings", ()))


def _payable(one: Instalment) -> Payable:
    return Payable(KINDS[one.kind], one.amount, one.due)


def _amounts(assessment: Assessment, tax: str, shown: tuple[str, str, str]) -> Table:
    rows = [Row((f"{tax} {assessment.year}", *shown), strong=True)]
    if assessment.change is not None:
        rows.append(Row(("Bisher festgesetzt", "", "", _money(-assessment.change.reversal))))
        rows.append(Row(("Unterschied", "", "", _money(assessment.change.difference))))
    columns = ("Festsetzung", "Messbetrag", "Hebesatz", "Betrag im Jahr")
    return Table("Festsetzung", columns, tuple(rows))


def _place(assessment: Assessment) -> str:
    location = assessment.record.fields.get("location") or {}
    street = " ".join(
        part for part in (location.get("street"), location.get("house_number")) if part
    )
    place = ", ".join(part for part in (street, location.get("town")) if part)
    return f"das Grundstück {place}" if place else "Ihr Grundstück"


def _notice(assessment: Assessment) -> str:
    day = assessment.record.fields.get("notice_date")
    if day is None:
        return ""
    year, month, number = day.split("-")
    return f" vom {int(number)}.{int(month)}.{year}"


def _money(amount: Decimal) -> str:
    return str(printed(Fact.MONEY, amount, "de"))
