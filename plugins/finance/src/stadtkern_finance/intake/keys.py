"""What makes two records the same fact, and how one is called in lists."""

from collections.abc import Mapping
from typing import Any

from stadtkern.exchange.values import hash_of
from stadtkern_finance.i18n import _

TAXES = {
    "grundsteuer_a": _("Property tax A"),
    "grundsteuer_b": _("Property tax B"),
    "grundsteuer_c": _("Property tax C"),
    "gewerbesteuer": _("Trade tax"),
    "gewerbesteuer_vorauszahlung": _("Trade tax, prepayment"),
}
SHORT = {
    "grundsteuer_a": "GrSt A",
    "grundsteuer_b": "GrSt B",
    "grundsteuer_c": "GrSt C",
    "gewerbesteuer": "GewSt",
    "gewerbesteuer_vorauszahlung": "GewSt-VZ",
}


def number_of(fields: Mapping[str, Any]) -> str:
    """Return what the tax office calls the case: normalised file number, or tax number."""
    return str(fields.get("aktenzeichen_norm") or fields.get("steuernummer13") or "")


def key_of(fields: Mapping[str, Any]) -> str:
    """Return the key of a notice: its Vorgangs-ID, else number, tax, period and day."""
    kind = fields.get("datenart") or "?"
    if fields.get("vorgangs_id"):
        return f"{kind}:{fields['vorgangs_id']}"
    number = number_of(fields)
    if not number:
        return f"{kind}:{hash_of(dict(fields))}"
    period = (fields.get(name) for name in ("tax_kind", "year", "quarter", "notice_date"))
    return ":".join([str(kind), number, *("" if part is None else str(part) for part in period)])


def subject_of(fields: Mapping[str, Any]) -> str:
    """Return the number under which a clerk looks for a record."""
    names = ("aktenzeichen", "steuernummer13", "vorgangs_id")
    return next((str(fields[name]) for name in names if fields.get(name)), "?")


def shown_cents(cents: Any) -> str:
    """Return whole cents as euros in German notation."""
    if not isinstance(cents, int):
        return "?"
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"{whole},{cents % 100:02d} €"


def party_name(party: Mapping[str, Any]) -> str:
    """Return the name of a person or company in one line."""
    lines = [str(one) for one in party.get("names") or () if one]
    person = " ".join(str(party[one]) for one in ("given_name", "surname") if party.get(one))
    return " ".join([*lines, person]).strip()


def place_of(fields: Mapping[str, Any]) -> str:
    """Return where the plot lies in one line."""
    place = fields.get("location") or {}
    street = " ".join(str(place[one]) for one in ("street", "house_number") if place.get(one))
    return ", ".join(one for one in (street, str(place.get("town") or "")) if one)


def summary_of(fields: Mapping[str, Any]) -> str:
    """Return the line of the work list."""
    names = [party_name(one) for one in fields.get("parties") or ()]
    parts = [
        SHORT.get(str(fields.get("tax_kind")), "?"),
        shown_cents(fields.get("messbetrag_cent")),
        place_of(fields),
        ", ".join(name for name in names[:2] if name),
    ]
    return " · ".join(part for part in parts if part)
