"""Made-up notices of each kind, as the command reads them; no real person's data."""

from typing import Any

_PLACE = {"street": "Eichgasse", "house_number": "7", "postcode": "00000", "town": "Musterstadt"}
_OWNERS = [
    {"role": "owner", "given_name": "Rausi", "surname": "Dorfel", **_PLACE},
    {"role": "owner", "given_name": "Mowen", "surname": "Dorfel", **_PLACE},
]
_BUSINESS = [{"role": "debtor", "kind": "legal", "names": ["Halwen & Kerlin OHG"], **_PLACE}]
_ADVISER = {
    "role": "recipient",
    "kind": "legal",
    "names": ["Steuerberatung Rausim"],
    "street": "Lindenstraße",
    "house_number": "12",
    "postcode": "00000",
    "town": "Musterstadt",
}
_ADMINISTRATOR = _ADVISER | {"names": ["Rechtsanwältin Mowen als Insolvenzverwalterin"]}
_TRADE: dict[str, Any] = {
    "steuernummer13": "2330020016295",
    "parties": [*_BUSINESS, _ADVISER],
    "notice_date": "2026-02-20",
    "announced_at": "2026-03-20",
    "notice": {"kassenzeichen": "5.0200.000001.4", "day": "2026-03-16"},
}

SAMPLES: tuple[dict[str, Any], ...] = (
    {
        "tax_kind": "grundsteuer_b",
        "messbetrag_cent": 15_000,
        "hebesatz": 420,
        "aktenzeichen": "40 0000000001 0001",
        "effective_from": "2026-01-01",
        "notice_date": "2026-02-03",
        "announced_at": "2026-03-20",
        "location": _PLACE,
        "parties": _OWNERS,
        "previous": {"amount": "600.00"},
        "notice": {"kassenzeichen": "5.0100.000001.1", "day": "2026-03-16"},
    },
    _TRADE
    | {
        "tax_kind": "gewerbesteuer",
        "messbetrag_cent": 1_000_000,
        "hebesatz": 400,
        "year": 2022,
        "flags": {"markings": ["11", "24"]},
        "previous": {"amount": "38000.00"},
        "previous_messbetrag_cent": 950_000,
        "prepayments": {"set": "27659.45", "due": "27659.45", "paid": "20000.00"},
    },
    _TRADE
    | {
        "tax_kind": "gewerbesteuer_vorauszahlung",
        "messbetrag_cent": 264_200,
        "hebesatz": 380,
        "year": 2026,
        "previous": {"amount": "9000.00"},
    },
    _TRADE
    | {
        "tax_kind": "gewerbesteuer",
        "messbetrag_cent": 120_000,
        "hebesatz": 400,
        "year": 2024,
        "flags": {"insolvent": True},
        "parties": [*_BUSINESS, _ADMINISTRATOR],
        "notice": _TRADE["notice"]
        | {"insolvency_opened": "2026-01-05", "court_reference": "IN 12/26"},
    },
)
"""Property tax that rose; trade tax with interest; prepayments; a calculation in insolvency."""
