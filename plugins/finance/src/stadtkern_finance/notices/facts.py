"""What stands beside an assessment in a notice: to whom, from which day, under which number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from stadtkern_finance.calculation import Assessment
from stadtkern_finance.i18n import _
from stadtkern_finance.notices.xunternehmen.model import Address, Party
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import refused

AUTHORISED = "02"
"""Art der Vertretung: authorised to receive (Empfangsbevollmächtigter)."""
ADMINISTRATOR = "11"
"""Art der Vertretung: insolvency administrator (Insolvenzverwalter)."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """The facts of one notice beside its assessment."""

    booking_number: str
    """Kassenzeichen."""
    day: date
    taxpayer: Party
    recipient: Party
    message_id: str
    as_of: date
    addressee: Party | None = None
    """Who is authorised to receive, where that is not the taxpayer."""
    mandate: str | None = None
    insolvency_opened: date | None = None
    court_reference: str | None = None
    marking_day: date | None = None


def facts_of(assessment: Assessment, given: Mapping[str, Any]) -> NoticeFacts:
    """Return the facts of a notice from its checked JSON (``NOTICE``) and the record's parties.

    Without an id of the message one is made of what is assessed and sent: the same notice again has
    the same id. Raises BadInput where the record names nobody.
    """
    record = assessment.record
    taxpayer = _party(record, "owner", "debtor")
    if taxpayer is None:
        raise refused("parties", _("is missing"), _("an owner or debtor with name and address"))
    if (record.fields.get("flags") or {}).get("deceased"):
        # A notice to the dead is void; the heirs owe, and are to be named.
        raise refused("flags.deceased", _("is set"), _("the heirs as owners, and no such flag"))
    authorised = _party(record, "recipient")
    if authorised is not None and given.get("insolvency_opened") is not None:
        authorised = replace(authorised, represents=ADMINISTRATOR)
    day = date.fromisoformat(given["day"])
    number = given["kassenzeichen"]
    seed = "|".join((record.content_hash(), str(assessment.amount), number, day.isoformat()))
    return NoticeFacts(
        number,
        day,
        taxpayer,
        authorised or taxpayer,
        given.get("message_id") or str(uuid5(NAMESPACE_URL, f"stadtkern:notice:{seed}")),
        _day(given.get("as_of")) or day,
        authorised,
        given.get("mandate"),
        _day(given.get("insolvency_opened")),
        given.get("court_reference"),
        _day(given.get("marking_day")),
    )


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _party(record: AssessmentRecord, *roles: str) -> Party | None:
    """Return those of a role as one party: several owners of one address share a letter."""
    rows = [row for row in record.fields.get("parties", ()) if row["role"] in roles]
    if not rows:
        return None
    first = rows[0]
    names = [name for name in map(_name, rows) if name]
    if not names:
        raise refused("parties", _("has nobody with a name"), _("a surname or names"))
    address = Address(
        street=first.get("street"),
        house_number=first.get("house_number"),
        postcode=first.get("postcode"),
        town=first.get("town"),
        addition=first.get("addition"),
    )
    represents = AUTHORISED if roles == ("recipient",) else None
    return Party("; ".join(dict.fromkeys(names)), (address,), represents=represents)


def _name(row: Mapping[str, Any]) -> str:
    if row.get("names"):
        return " ".join(row["names"])
    parts = (row.get("title"), row.get("given_name"), row.get("surname"))
    return " ".join(part for part in parts if part)


def address_lines(party: Party) -> tuple[str, ...]:
    """Return the lines of a letter's address."""
    if party.free_text is not None:
        return tuple(party.free_text.splitlines())
    lines = (party.name or "").split("; ")
    if party.addresses:
        one = party.addresses[0]
        street = " ".join(part for part in (one.street, one.house_number) if part)
        box = f"Postfach {one.post_box}" if one.post_box else ""
        place = " ".join(part for part in (one.postcode, one.town) if part)
        lines += [line for line in (one.addition, street, box, place) if line]
    return tuple(lines)
