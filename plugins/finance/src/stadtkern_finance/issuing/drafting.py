"""From a stored assessment to a notice that may be sent, or to what keeps it from being one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from stadtkern_finance.calculation import Assessment, calculate
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.fields import FIELDS
from stadtkern_finance.issuing.models import ELECTRONIC, POST
from stadtkern_finance.issuing.queries import Waiting
from stadtkern_finance.issuing.settling import Earlier, Figures
from stadtkern_finance.law.announcement import Regime, announce, electronic_regime
from stadtkern_finance.law.instalments import ZERO
from stadtkern_finance.law.wording import plain
from stadtkern_finance.notices.facts import facts_of
from stadtkern_finance.notices.making import Draft, Press
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import BadInput, refused
from stadtkern_finance.records.schema import TRADE
from stadtkern_finance.stock.booking import NEW_ACCOUNT

SETTLED = ("set", "due", "paid")
"""What a clerk says of earlier payments, each with ``prepayments_`` before it."""
RECIPIENT = ("street", "house_number", "postcode", "town")


@dataclass(frozen=True, slots=True)
class Made:
    """A notice before it is printed, with what is kept of it."""

    draft: Draft
    facts: dict[str, Any]
    message_id: str
    amount_cent: int
    way: str


def message_id(reference: str, day: date) -> str:
    """Return the id of an assessment's notice: the same notice again has the same."""
    return str(uuid5(NAMESPACE_URL, f"stadtkern:notice:{reference}:{day.isoformat()}"))


def regime_of(way: str, day: date) -> Regime:
    """Return by which rule a notice that goes out on a day counts as announced."""
    return electronic_regime(day) if way == ELECTRONIC else Regime.LETTER


def make(
    one: Waiting,
    day: date,
    press: Press,
    *,
    earlier: bool,
    electronic: bool,
    known: Earlier | None = None,
) -> Made:
    """Return the notice of an assessment; BadInput for what keeps it from being made.

    Its days of payment count from when a letter that is posted on its day is announced.
    ``earlier``: something was assessed for the same account and year before; ``known``: what of
    it the house's books tell, which counts as long as a clerk has entered nothing. ``electronic``:
    the town can provide notices by ELSTER-Transfer; whether the taxpayer wants it, the record says.
    """
    given = one.notice.given if one.notice is not None else {}
    fields = _fields(one, given)
    if str(one.account.kassenzeichen).startswith(NEW_ACCOUNT):
        raise refused("kassenzeichen", _("is missing"), _("the number that the treasury gives"))
    wish = ELECTRONIC if electronic and fields.get("delivery_wish") == ELECTRONIC else POST
    beside = _beside(one, day, given, wish, known, earlier=earlier)
    notice: dict[str, Any] = {
        "kassenzeichen": one.account.kassenzeichen,
        "day": day.isoformat(),
        "message_id": message_id(one.assessment.reference, day),
    }
    for name in ("insolvency_opened", "court_reference"):
        if given.get(name):
            notice[name] = given[name]
    kept = {"fields": fields, "beside": beside, "notice": notice}
    assessment = assessed(kept)
    if int(assessment.amount * 100) != one.assessment.amount_cent:
        raise refused(
            "amount",
            _("comes to another amount than was released"),
            _("the same amount: please have the base notice checked and released once more"),
        )
    draft = drafted(kept, press, assessment)
    asked = sum((payment.amount for payment in assessment.payments), ZERO)
    return Made(draft, kept, notice["message_id"], int(asked * 100), wish)


def assessed(kept: Mapping[str, Any]) -> Assessment:
    """Return the assessment of a notice from what is kept of it."""
    return calculate(AssessmentRecord(kept["fields"]), kept["beside"])


def drafted(kept: Mapping[str, Any], press: Press, assessment: Assessment | None = None) -> Draft:
    """Return a notice from what is kept of it: the same facts give the same bytes."""
    found = assessment or assessed(kept)
    facts = facts_of(found, kept["notice"])
    _addressed(facts.recipient)
    return press.draft(found, facts)


def _fields(one: Waiting, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record, with the account's owners and who receives for them."""
    payload = dict(one.payload or {})
    payload.pop("unmapped", None)
    account = one.account
    if not payload:
        payload = {"location": account.place or None}
        if account.tax_kind.startswith("grundsteuer"):
            payload["aktenzeichen"] = account.number or None
        else:
            payload["steuernummer13"] = account.number or None
    payload |= {
        "tax_kind": one.assessment.tax_kind,
        "messbetrag_cent": one.assessment.messbetrag_cent,
    }
    parties = list(account.owners or ())
    parties += [row for row in payload.get("parties") or () if row.get("role") == "recipient"]
    if given.get("recipient_name"):
        parties = [row for row in parties if row.get("role") != "recipient"]
        said: dict[str, Any] = {"role": "recipient", "names": [given["recipient_name"]]}
        parties.append(said | {name: given[f"recipient_{name}"] for name in RECIPIENT})
    payload["parties"] = parties
    return {name: value for name, value in payload.items() if value is not None}


def _beside(
    one: Waiting,
    day: date,
    given: Mapping[str, Any],
    way: str,
    known: Earlier | None,
    *,
    earlier: bool,
) -> dict[str, Any]:
    row = one.assessment
    announced = announce(day, regime_of(way, day)).announced_at
    beside: dict[str, Any] = {"hebesatz": row.hebesatz, "announced_at": announced.isoformat()}
    if row.year is not None:
        beside["year"] = row.year
    if row.before_cent is not None:
        beside["previous"] = {"amount": plain(Decimal(row.before_cent) / 100)}
    if row.tax_kind == TRADE:
        prepayments = _settled(given, _sure(known, announced))
        if prepayments:
            beside["prepayments"] = prepayments
        elif earlier or row.before_cent is not None:
            raise refused(
                "prepayments",
                _("are not known, and something was assessed for this year before"),
                _("what was due and what was paid until now"),
            )
    return beside


def _sure(known: Earlier | None, day: date) -> Figures | None:
    return known.until(day) if known is not None and known.is_sure(day) else None


def _settled(given: Mapping[str, Any], figures: Figures | None) -> dict[str, Any]:
    """Return what was due and paid, with where each figure came from; empty where not known."""
    said = {name: given.get(f"prepayments_{name}") for name in SETTLED}
    origin = [] if figures is None else list(figures.origin)
    made = {} if said["set"] is None else {"set": said["set"]}
    for name in ("due", "paid"):
        value = said[name]
        if value is not None:
            origin = [one for one in origin if (one[0] == "known_paid") is not (name == "paid")]
            origin.append((f"said_{name}", (), value))
        elif figures is not None:
            value = plain(getattr(figures, name))
        else:
            return {}
        made[name] = value
    return made | {"from": [[name, list(values), result] for name, values, result in origin]}


def _addressed(party: Any) -> None:
    address = party.addresses[0] if party.addresses else None
    street = address is not None and (address.street or address.post_box)
    if address is None or not (street and address.postcode and address.town):
        raise refused(
            "parties.address", _("is not whole"), _("street, postcode and town of who receives it")
        )


OTHER_FIELDS: Mapping[str, Any] = {
    "amount": _("Tax of the year"),
    "kassenzeichen": _("Kassenzeichen"),
    "letterheads": _("Letterhead"),
    "parties": _("Owners and recipients"),
    "parties.address": _("Address of the recipient"),
    "prepayments": _("Earlier payments"),
    "insolvency_opened": _("Day when insolvency proceedings were opened"),
    "flags.deceased": _("The recipient has died"),
    "hebesatz": _("Rate (Hebesatz)"),
}


def sentences(error: BadInput) -> list[Any]:
    """Return what keeps a notice from being made, as messages that clerks understand."""
    return [
        _(
            "${what}: ${reason}. Needed: ${expected}.",
            mapping={
                "what": _called(problem.field),
                "reason": problem.reason,
                "expected": problem.expected,
            },
        )
        for problem in error.problems
    ]


def _called(field: str) -> Any:
    if field in OTHER_FIELDS:
        return OTHER_FIELDS[field]
    known = FIELDS.get(field)
    return field if known is None else known.title
