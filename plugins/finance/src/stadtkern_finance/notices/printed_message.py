"""The letter of a trade tax message: every amount is printed from the message itself.

So PDF and XML cannot say different things: both come from the same facts.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.notices.facts import address_lines
from stadtkern_finance.notices.letters.model import Attached, Letter, Row, Section, Table
from stadtkern_finance.notices.letters.texts import plain_sections, text
from stadtkern_finance.notices.payments import Payable, payment_table, payment_text, todo
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.notices.xunternehmen.markings import joined
from stadtkern_finance.notices.xunternehmen.model import (
    Assessed,
    InterestBlock,
    InterestRun,
    Kind,
    Message,
    Period,
    PrepaymentBlock,
    SurchargeBlock,
    TaxBlock,
)

TITLES = {
    Kind.TAX: "Bescheid über Gewerbesteuer",
    Kind.INTEREST: "Bescheid über Zinsen zur Gewerbesteuer",
    Kind.PREPAYMENT: "Bescheid über Vorauszahlungen zur Gewerbesteuer",
    Kind.GENERIC: "Bescheid über Gewerbesteuer und Nebenleistungen",
    Kind.INSOLVENCY: "Berechnung der Gewerbesteuer",
}
DUTIES = {
    "GB": "Gewerbesteuer",
    "GV": "Gewerbesteuer",
    "JB": "Vorauszahlungen im Jahr",
    "JV": "Vorauszahlungen im Jahr",
    "SZ": "Säumniszuschlag",
    "VN": "Nachträgliche Vorauszahlung",
    "VS": "Verspätungszuschlag",
    "VZ": "Vorauszahlung",
    "ZS": "Zinsen",
}
INTEREST = {
    "NZ": "Nachzahlungszinsen",
    "EZ": "Erstattungszinsen",
    "MN": "Minderung von Nachzahlungszinsen",
    "ME": "Minderung von Erstattungszinsen",
    "HZ": "Hinterziehungszinsen",
    "PZ": "Prozesszinsen",
    "SZ": "Stundungszinsen",
}
STATUS = {
    "OFFEN": "offen",
    "GETILGT": "getilgt",
    "INFO": "zur Information",
    "UNBEKANNT": "nicht bekannt",
}
SHORT = {
    "AH": "Der Bescheid vom {day} für {year} wird aufgehoben.",
    "EG": "Der Bescheid vom {day} für {year} ist endgültig.",
}


def message_letter(
    message: Message, town: Town, *, steps: Sequence[str] = (), attached: Attached | None = None
) -> Letter:
    """Return a message as a letter of a town; ``steps`` say how its amounts came about."""
    reference = message.reference
    insolvency = message.kind is Kind.INSOLVENCY
    number = reference.booking_number
    mandate = message.municipality.mandate
    mandate_id = None if mandate is None else mandate.reference
    payables = _payables(message)
    head = town.letterhead(reference.day)
    years = sorted({block.assessed.period.year for block in message.blocks})
    span = ", ".join(map(str, years))
    references = [("Kassenzeichen", number), ("Steuernummer", reference.tax_number)]
    references.append(("Datum", _day(reference.day)))
    if reference.as_of != reference.day:
        references.append(("Stand", _day(reference.as_of)))
    if reference.court_reference is not None:
        references.append(("Gericht", reference.court_reference))
    pay = payment_text(payables, number, mandate_id, town.bank)
    sections = [] if insolvency else [Section("So zahlen Sie", (pay,))]
    sections += _said(message)
    title = TITLES[message.kind]
    return Letter(
        letterhead=head,
        day=reference.day,
        title=f"{title} {span}" if years else title,
        subject=f"{title}, Kassenzeichen {number}",
        recipient=address_lines(message.recipient),
        references=(*references, *head.contact),
        opening=(
            "Sehr geehrte Damen und Herren,",
            text("opening.calculation" if insolvency else "opening.trade"),
            *_concerns(message),
        ),
        tables=(*_tables(message), *payment_table(payables)),
        sections=tuple(sections),
        steps=tuple(steps),
        plain=()
        if insolvency
        else plain_sections(
            "trade", town=town.municipality.name, todo=todo(payables, number, mandate_id)
        ),
        attached=attached,
    )


def _concerns(message: Message) -> list[str]:
    said = []
    lines = address_lines(message.taxpayer)
    if lines != address_lines(message.recipient):
        said.append(f"Dieses Schreiben betrifft: {', '.join(lines)}")
    opened = message.reference.insolvency_opened
    if opened is not None:
        said.append(f"Das Insolvenzverfahren wurde am {_day(opened)} eröffnet.")
    return said


def _said(message: Message) -> list[Section]:
    found = []
    marks = joined(message.markings, insolvency=message.kind is Kind.INSOLVENCY)
    hints = [marks] if marks else []
    if message.short is not None:
        day = _day(message.short.notice_date)
        hints.append(SHORT[message.short.kind].format(day=day, year=message.short.year))
    if hints:
        found.append(Section("Hinweise", tuple(hints)))
    if message.remarks:
        found.append(Section("Erläuterungen", message.remarks))
    if message.remedy is not None:
        found.append(Section("Rechtsbehelfsbelehrung", (message.remedy,)))
    return found


def _payables(message: Message) -> list[Payable]:
    made = []
    for block in message.blocks:
        facts = block.assessed
        name = f"{DUTIES[facts.duty]} {_period(facts.period)}"
        made += [Payable(name, one.amount, one.due, one.repeated) for one in facts.demands]
    return made


def _tables(message: Message) -> list[Table]:
    made = [_tax(block) for block in message.taxes]
    surcharges = (*message.late_filing, *message.late_payment)
    if surcharges:
        made.append(_surcharges(surcharges))
    made += [_interest(block) for block in message.interest]
    if message.prepayments:
        made.append(_prepayments(message.prepayments))
    return made


def _words(facts: Assessed) -> tuple[str, str]:
    """Return what the first column is called, and the amount before."""
    if facts.duty in {"GB", "JB"}:
        return "Berechnung", "Bisher berechnet"
    return "Festsetzung", "Bisher festgesetzt"


def _tax(block: TaxBlock) -> Table:
    facts = block.assessed
    heading, before = _words(facts)
    rows = [
        Row(
            (
                f"{DUTIES[facts.duty]} {_period(facts.period)}",
                _money(block.messbetrag),
                _percent(block.hebesatz),
                _money(facts.amount),
            ),
            strong=True,
        )
    ]
    if not (facts.previous is None and block.messbetrag_before is block.hebesatz_before is None):
        rows.append(
            Row(
                (
                    before,
                    _money(block.messbetrag_before),
                    _percent(block.hebesatz_before),
                    _money(facts.previous),
                )
            )
        )
    rows += [_paid(one.description, one.amount) for one in facts.paid]
    columns = (heading, "Messbetrag", "Hebesatz", "Betrag")
    notes: tuple[str, ...] = ()
    if block.base_notice is not None:
        notes = (f"Grundlagenbescheid des Finanzamts vom {_day(block.base_notice)}",)
    return Table("Gewerbesteuer", columns, tuple(rows), notes)


def _paid(description: str | None, amount: Decimal) -> Row:
    return Row((description or "Bereits gezahlt", "", "", _money(amount)))


def _surcharges(blocks: Sequence[SurchargeBlock]) -> Table:
    rows = []
    for block in blocks:
        facts = block.assessed
        name = f"{DUTIES[facts.duty]} {_period(facts.period)}"
        rows.append(Row((name, _money(facts.amount)), strong=True))
        rows += _before(facts, 0)
        rows += [
            Row((one.description or "Bereits gezahlt", _money(one.amount))) for one in facts.paid
        ]
    return Table("Zuschläge", ("Festsetzung", "Betrag"), tuple(rows))


def _interest(block: InterestBlock) -> Table:
    facts = block.assessed
    rows = []
    notes = []
    for item in block.items:
        name = f"{INTEREST[item.kind]} ({STATUS[item.status]})"
        rows.append(Row((name, _money(item.calculated), _money(item.effective))))
        if item.run is not None:
            notes.append(_run(item.run))
    rows.append(Row(("Summe, nicht gerundet", "", _money(block.unrounded))))
    rows.append(
        Row(
            (f"{DUTIES[facts.duty]} {_period(facts.period)}", "", _money(facts.amount)), strong=True
        )
    )
    rows += _before(facts, 1)
    rows += [
        Row((one.description or "Bereits gezahlt", "", _money(one.amount))) for one in facts.paid
    ]
    columns = ("Zinsen", "Berechnet", "Wirksam")
    return Table(f"Zinsen {_period(facts.period)}", columns, tuple(rows), tuple(notes))


def _run(run: InterestRun) -> str:
    lasts = f"{run.days} Zinstage" if run.months is None else f"{run.months} volle Monate"
    exact = ""
    if run.basis_unrounded is not None:
        exact = f" (abgerundet aus {_money(run.basis_unrounded)})"
    whole = "" if run.whole_rate is None else f", zusammen {_percent(run.whole_rate)}"
    span = f"vom {_day(run.start)} bis {_day(run.end)}"
    return (
        f"Zinslauf {span}: {lasts} auf {_money(run.basis)}{exact} "
        f"mit {_percent(run.rate)} im Monat{whole}, nicht gerundet {_money(run.unrounded)}"
    )


def _prepayments(blocks: Sequence[PrepaymentBlock]) -> Table:
    rows = []
    for block in blocks:
        facts = block.assessed
        yearly = facts.duty in {"JV", "JB"}
        name = f"{DUTIES[facts.duty]} {_period(facts.period)}"
        shown = (_money(block.messbetrag), _percent(block.hebesatz), _money(facts.amount))
        rows.append(Row((name, *shown), strong=yearly))
        before = (block.messbetrag_before, block.hebesatz_before, facts.previous)
        if any(one is not None for one in before):
            shown = (_money(before[0]), _percent(before[1]), _money(before[2]))
            rows.append(Row(("Bisher festgesetzt", *shown)))
        rows += [_paid(one.description, one.amount) for one in facts.paid]
    columns = ("Vorauszahlung", "Messbetrag", "Hebesatz", "Betrag")
    return Table("Vorauszahlungen", columns, tuple(rows))


def _before(facts: Assessed, empty: int) -> list[Row]:
    if facts.previous is None:
        return []
    return [Row(("Bisher festgesetzt", *[""] * empty, _money(facts.previous)))]


def _period(period: Period) -> str:
    quarter = "" if period.quarter is None else f", {period.quarter}. Quartal"
    span = ""
    if period.start is not None and period.end is not None:
        span = f" ({_day(period.start)} bis {_day(period.end)})"
    return f"{period.year}{quarter}{span}"


def _day(day: date) -> str:
    return str(printed(Fact.DATE, day, "de"))


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else str(printed(Fact.MONEY, amount, "de"))


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else str(printed(Fact.PERCENT, rate, "de"))
