"""Direct debits as SEPA pain.008 for lines that are due and have a mandate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from lxml import etree
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sepaxml import SepaDD

from stadtkern_finance.bookings.model import BookingLine
from stadtkern_finance.i18n import _
from stadtkern_finance.records.reading import refused

SCHEMA = "pain.008.001.08"
_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": "+"}
)


@dataclass(frozen=True, slots=True)
class Creditor:
    """Who collects."""

    name: str
    iban: str
    bic: str
    creditor_id: str


@dataclass(frozen=True, slots=True)
class DebitMandate:
    """A mandate: when it was signed, from which account; ``sequence`` is FRST, RCUR, OOFF, FNAL."""

    reference: str
    signed: date
    name: str
    iban: str
    bic: str | None = None
    sequence: str = "RCUR"


def direct_debits(
    lines: Sequence[BookingLine],
    mandates: Mapping[str, DebitMandate],
    creditor: Creditor,
    *,
    message_id: str,
    created: datetime,
    sequences: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return the direct debits for some lines, one collection a day and sequence.

    Each line must be a demand with its day and a mandate that is known; raises BadInput with the
    line otherwise. The same facts give the same bytes: ids come from the lines, not from chance.
    ``sequences``: by line id, where it is not that of the mandate.
    """
    if not lines:
        raise refused("lines", _("is empty"), _("at least one line with a mandate"))
    debit = SepaDD(
        {
            "name": _plain(creditor.name),
            "IBAN": _iban(creditor.iban, "creditor.iban"),
            "BIC": creditor.bic,
            "batch": True,
            "creditor_id": creditor.creditor_id,
            "currency": "EUR",
        },
        schema=SCHEMA,
        clean=True,
    )
    for line in lines:
        payment = _payment(line, mandates)
        debit.add_payment(payment | {"type": sequences.get(line.line_id, payment["type"])})
    xml = _settled(debit.export(validate=False), message_id, created)
    _check(xml)
    return xml


def _payment(line: BookingLine, mandates: Mapping[str, DebitMandate]) -> dict[str, Any]:
    mandate = mandates.get(line.sepa_mandat)
    if mandate is None:
        reason = _("has the value “${value}”", mapping={"value": line.sepa_mandat})
        raise refused(f"{line.line_id}.sepa_mandat", reason, _("a mandate that is known"))
    if line.betrag <= 0:
        reason = _("has the value “${value}”", mapping={"value": str(line.betrag)})
        raise refused(f"{line.line_id}.betrag", reason, _("a demand: refunds are not collected"))
    if line.faelligkeit is None:
        raise refused(f"{line.line_id}.faelligkeit", _("is missing"), _("a day"))
    payment: dict[str, Any] = {
        "name": _plain(mandate.name),
        "IBAN": _iban(mandate.iban, f"{line.line_id}.iban"),
        "amount": int(line.betrag * Decimal(100)),
        "type": mandate.sequence,
        "collection_date": line.faelligkeit,
        "mandate_id": mandate.reference,
        "mandate_date": mandate.signed,
        "description": _plain(f"{line.kassenzeichen} {line.buchungstext}"),
        "endtoend_id": line.line_id,
    }
    return payment if mandate.bic is None else payment | {"BIC": mandate.bic}


def _plain(text: str) -> str:
    """Return a text as German banks write it; the library takes accents off the rest."""
    return text.translate(_GERMAN)


def _iban(text: str, field: str) -> str:
    try:
        return str(IBAN(text, validate_bban=True).compact)
    except SchwiftyException:
        # The number itself stays out of messages: they may be logged.
        raise refused(field, _("is no IBAN"), _("an IBAN with right check digits")) from None


def _settled(xml: bytes, message_id: str, created: datetime) -> bytes:
    """Put our own ids and time where the library has taken chance and the clock."""
    tree = etree.fromstring(xml)
    space = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
    for element in tree.iterfind(".//p:MsgId", space):
        element.text = message_id
    for element in tree.iterfind(".//p:CreDtTm", space):
        element.text = created.strftime("%Y-%m-%dT%H:%M:%S")
    for number, element in enumerate(tree.iterfind(".//p:PmtInfId", space), 1):
        element.text = f"{message_id}-{number}"
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


@lru_cache(maxsize=1)
def _schema() -> Any:
    return etree.XMLSchema(
        etree.fromstring((files("sepaxml") / "schemas" / f"{SCHEMA}.xsd").read_bytes())
    )


def _check(xml: bytes) -> None:
    schema = _schema()
    if not schema.validate(etree.fromstring(xml)):
        told = _("breaks the schema at line ${line}", mapping={"line": schema.error_log[0].line})
        raise refused("sepa", told, _("a valid ${name}", mapping={"name": SCHEMA}))
