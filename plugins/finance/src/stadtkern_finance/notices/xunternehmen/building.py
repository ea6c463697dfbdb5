"""From a message's facts to XML bytes; the same facts give the same bytes.

Only the outermost element and the municipality key are in a namespace. What the schema orders is
ordered here; ``rules`` says whether the facts may go out at all.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from stadtkern_finance.law.wording import plain
from stadtkern_finance.notices.xunternehmen.characters import latin
from stadtkern_finance.notices.xunternehmen.model import (
    Address,
    Assessed,
    Bank,
    Contact,
    Demand,
    InterestBlock,
    InterestItem,
    InterestRun,
    Kind,
    Message,
    Municipality,
    Party,
    Period,
    PrepaymentBlock,
    SurchargeBlock,
    TaxBlock,
)
from stadtkern_finance.notices.xunternehmen.rules import check

NAMESPACE = "urn:xoev-de:xunternehmen:standard:gewerbesteuer_1.4"
ADDRESSES = "urn:xoev-de:xunternehmen:standard:basismodul:adressen_1.2"
STANDARD = "GewSt"
VERSION = "1.4"
_CENT = Decimal("0.01")


def build(message: Message) -> bytes:
    """Return the message as XML in UTF-8; raise BadInput where ``rules`` finds something."""
    check(message)
    return unchecked(message)


def unchecked(message: Message) -> bytes:
    """Return the message as XML without asking the rules; for those who asked them before."""
    root = etree.Element(
        f"{{{NAMESPACE}}}{message.kind.value}", nsmap={"gewst": NAMESPACE, "adr": ADDRESSES}
    )
    _Writer(insolvency=message.kind is Kind.INSOLVENCY).fill(root, message)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


class _Writer:
    """Writes the elements; in a message of insolvency some have other names."""

    def __init__(self, *, insolvency: bool) -> None:
        self.insolvency = insolvency

    def fill(self, root: Any, message: Message) -> None:
        head = _add(root, "nachrichtenkopf")
        _text(head, "nachrichtenID", message.head.message_id)
        _text(head, "zeitstempel", message.head.created.isoformat(timespec="seconds"))
        _text(head, "nameStandard", STANDARD)
        _text(head, "versionStandard", VERSION)
        _text(head, "fachverfahren", message.head.software)
        self._reference(root, message)
        _municipality(root, message.municipality)
        taxpayer = _party(root, "inhaltsAdressat", message.taxpayer)
        for account in message.taxpayer_accounts:
            _bank(taxpayer, "bankdatenUnternehmen", account)
        _text(taxpayer, "wiNummer", message.business_number)
        for one in message.addressees:
            _party(root, "bekanntgabeAdressat", one)
        name = "berechnungsEmpfaenger" if self.insolvency else "bescheidEmpfaenger"
        recipient = _party(root, name, message.recipient)
        _text(recipient, "mandant", message.recipient_mandant)
        self._payload(root, message)
        name = "berechnungsKennzeichnung" if self.insolvency else "bescheidKennzeichnung"
        for marking in message.markings:
            place = _add(root, name)
            if marking.code is not None:
                _code(place, "kennzeichnungCode", marking.code)
            _text(place, "kennzeichnungText", marking.text)
        _text(root, "rechtsbehelfsBelehrung", message.remedy)
        for remark in message.remarks:
            _text(root, "erlaeuterungsText", remark)

    def _reference(self, root: Any, message: Message) -> None:
        reference = message.reference
        place = _add(root, "briefkopf")
        _day(place, "berechnungsDatum" if self.insolvency else "bescheidDatum", reference.day)
        _day(place, "stichtag", reference.as_of)
        _text(place, "steuernummerBund", reference.tax_number)
        _text(place, "steuernummerFA", reference.office_tax_number)
        _text(place, "buchungsnummer", reference.booking_number)
        _text(place, "behoerdenZeichen", reference.authority_reference)
        _text(place, "aktenzeichenDesGerichts", reference.court_reference)
        _day(place, "insolvenzeroeffnung", reference.insolvency_opened)

    def _payload(self, root: Any, message: Message) -> None:
        for tax in message.taxes:
            self._tax(root, tax)
        for name, surcharges in (
            ("gwstVerspaetungszuschlag", message.late_filing),
            ("gwstSaeumniszuschlag", message.late_payment),
        ):
            for surcharge in surcharges:
                self._surcharge(_add(root, name), surcharge)
        for interest in message.interest:
            self._interest(root, interest)
        for prepayment in message.prepayments:
            self._prepayment(root, prepayment)
        if message.short is not None:
            place = _add(root, "gwstKurzbescheid")
            _code(place, "art", message.short.kind)
            _text(place, "bezugsjahr", f"{message.short.year:04d}")
            _day(place, "bescheidDatum", message.short.notice_date)

    def _tax(self, root: Any, block: TaxBlock) -> None:
        place = _add(root, "gwstBerechnung" if self.insolvency else "gwstVeranlagung")
        self._assessed(place, block.assessed)
        _amount(place, "messbetrag", block.messbetrag)
        _amount(place, "messbetragAlt", block.messbetrag_before)
        _number(place, "hebesatz", block.hebesatz)
        _number(place, "hebesatzAlt", block.hebesatz_before)
        _day(place, "grundlagenbescheidDatum", block.base_notice)

    def _surcharge(self, place: Any, block: SurchargeBlock) -> None:
        self._assessed(place, block.assessed)
        _day(place, "grundlagenbescheidDatum", block.base_notice)

    def _interest(self, root: Any, block: InterestBlock) -> None:
        place = _add(root, "gwstZinsen")
        self._assessed(place, block.assessed)
        _day(place, "grundlagenbescheidDatum", block.base_notice)
        for item in block.items:
            self._item(_add(place, "zinsangaben"), item)
        name = "zinsBerechnungUngerundet" if self.insolvency else "zinsFestsetzungUngerundet"
        _amount(place, name, block.unrounded)

    def _item(self, place: Any, item: InterestItem) -> None:
        _code(place, "zinsart", item.kind)
        if self.insolvency:
            _run(place, item.run)
            _code(place, "berechnungsstatus", item.status)
        else:
            _code(place, "festsetzungsstatus", item.status)
            _run(place, item.run)
        _amount(place, "zinsbetragBerechnet", item.calculated)
        _amount(place, "zinsbetragEffektiv", item.effective)

    def _prepayment(self, root: Any, block: PrepaymentBlock) -> None:
        place = _add(root, "gwstVorauszahlungen")
        self._assessed(place, block.assessed)
        _amount(place, "messbetrag", block.messbetrag)
        _amount(place, "messbetragAlt", block.messbetrag_before)
        _number(place, "hebesatz", block.hebesatz)
        _number(place, "hebesatzAlt", block.hebesatz_before)
        _day(place, "grundlagenbescheidDatum", block.base_notice)
        for due in block.dates:
            _day(_add(place, "vorauszahlungBerechnung"), "zahlungBis", due)

    def _assessed(self, block: Any, facts: Assessed) -> None:
        prefix = "berechnung" if self.insolvency else "festsetzung"
        place = _add(block, f"{prefix}sAngaben")
        _code(place, "abgabeart", facts.duty)
        _code(place, "berechnungsart" if self.insolvency else "festsetzungsart", facts.manner)
        if self.insolvency and facts.basis is not None:
            _code(place, "SOLLoderIST", facts.basis)
        _period(place, facts.period)
        _amount(place, f"{prefix}Aktuell", facts.amount)
        _amount(place, f"{prefix}Bisher", facts.previous)
        if not self.insolvency and facts.basis is not None:
            _demands(place, facts, facts.basis)
        _text(place, "transferticket", facts.transferticket)
        _text(place, "mandant", facts.mandant)


def _demands(place: Any, facts: Assessed, basis: str) -> None:
    inner = _add(place, "zahlungsaufforderungsAngaben")
    _code(inner, "SOLLoderIST", basis)
    for paid in facts.paid:
        part = _add(inner, "geleisteteZahlung")
        _amount(part, "betragBereitsGeleisteteZahlungen", paid.amount)
        _text(part, "beschreibung", paid.description)
    for demand in facts.demands:
        part = _add(inner, "zahlungsaufforderung")
        _amount(part, "betrag", demand.amount)
        _due(part, demand)


def _due(part: Any, demand: Demand) -> None:
    if demand.due is None:
        return
    place = _add(part, "faelligkeit")
    if demand.repeated is None:
        _day(place, "zahlungBis", demand.due)
        return
    regular = _add(place, "regelmaessig")
    _day(regular, "zahlungAb", demand.due)
    _code(regular, "wiederholung", demand.repeated)


def _period(place: Any, period: Period) -> None:
    inner = _add(place, "erhebungszeitraum")
    _text(inner, "bezugsjahr", f"{period.year:04d}")
    _day(inner, "beginn", period.start)
    _day(inner, "ende", period.end)
    _text(inner, "quartal", None if period.quarter is None else str(period.quarter))


def _run(place: Any, run: InterestRun | None) -> None:
    if run is None:
        return
    inner = _add(place, "zinslauf")
    _amount(inner, "basisUngerundet", run.basis_unrounded)
    _amount(inner, "basis", run.basis)
    lasts = _add(inner, "zinslaufDauer")
    _text(lasts, "anzahlMonate", None if run.months is None else str(run.months))
    _text(lasts, "anzahlTage", None if run.days is None else str(run.days))
    _day(inner, "zinslaufBeginn", run.start)
    _day(inner, "zinslaufEnde", run.end)
    _number(inner, "basiszinssatz", run.rate)
    _number(inner, "gesamtzinssatz", run.whole_rate)
    _amount(inner, "zinsbetragUngerundet", run.unrounded)


def _municipality(root: Any, facts: Municipality) -> None:
    place = _add(root, "kommune")
    _text(place, "nameBehoerde", facts.name)
    _addresses(place, facts.addresses)
    key = etree.SubElement(
        place, f"{{{ADDRESSES}}}gemeindeschluessel", listVersionID=facts.key_version
    )
    _text(key, "code", facts.ags)
    _text(place, "abteilung", facts.department)
    _contacts(place, facts.contacts)
    _text(place, "zimmer", facts.room)
    _text(place, "telefonnummer", facts.telephone)
    _text(place, "faxnummer", facts.fax)
    _text(place, "emailAdresse", facts.mail)
    for account in facts.accounts:
        _bank(place, "bankdatenKommune", account)
    if facts.mandate is not None:
        inner = _add(place, "sepa")
        _text(inner, "mandatsreferenz", facts.mandate.reference)
        _text(inner, "glaeubigerID", facts.mandate.creditor_id)


def _party(root: Any, name: str, party: Party) -> Any:
    place = _add(root, name)
    if party.free_text is not None:
        _text(place, "freitext", party.free_text)
        return place
    inner = _add(place, "strukturiert")
    _text(inner, "name", party.name)
    _addresses(inner, party.addresses)
    if party.represents is not None:
        _code(inner, "artVertretung", party.represents)
    _text(inner, "abteilung", party.department)
    _contacts(inner, party.contacts)
    return place


def _addresses(place: Any, addresses: Iterable[Address]) -> None:
    for one in addresses:
        inner = _add(place, "anschrift")
        _text(inner, "strasse", one.street)
        _text(inner, "hausnummer", one.house_number)
        _text(inner, "postfach", one.post_box)
        _text(inner, "postleitzahl", one.postcode)
        _text(inner, "ort", one.town)
        _text(inner, "zusatz", one.addition)


def _contacts(place: Any, contacts: Iterable[Contact]) -> None:
    for one in contacts:
        inner = _add(place, "ansprechperson")
        _text(inner, "titel", one.title)
        _text(inner, "anrede", one.salutation)
        _text(inner, "name", one.name)


def _bank(place: Any, name: str, bank: Bank) -> None:
    inner = _add(place, name)
    _code(inner, "zweck", bank.purpose)
    _text(inner, "bankname", bank.bank_name)
    _text(inner, "iban", bank.iban)
    _text(inner, "bic", bank.bic)
    _text(inner, "kontoinhaber", bank.holder)


def _add(place: Any, name: str) -> Any:
    return etree.SubElement(place, name)


def _text(place: Any, name: str, value: str | None) -> None:
    if value is not None:
        _add(place, name).text = latin(value)


def _code(place: Any, name: str, code: str) -> None:
    _text(_add(place, name), "code", code)


def _day(place: Any, name: str, day: date | None) -> None:
    _text(place, name, None if day is None else day.isoformat())


def _amount(place: Any, name: str, amount: Decimal | None) -> None:
    # Checked before: nothing is rounded here.
    _text(place, name, None if amount is None else plain(amount.quantize(_CENT)))


def _number(place: Any, name: str, number: Decimal | None) -> None:
    if number is None:
        return
    whole = number == number.to_integral_value()
    _text(place, name, str(int(number)) if whole else plain(number.normalize()))
