"""A town with a letterhead and released assessments, as notices need them."""

from datetime import date
from typing import Any

from sqlalchemy import select

from stadtkern.testing.town import Town
from stadtkern_finance.issuing.models import Letterhead, Pile, StoredNotice
from stadtkern_finance.models import StoredAssessment, TaxAccount

NOTICES = "/admin/finance/notices"
DAY = date(2026, 3, 16)
FACTS: dict[str, Any] = {
    "name": "Stadt Musterstadt",
    "lines": "Stadt Musterstadt\nDer Magistrat",
    "street": "Hauptstraße",
    "house_number": "1",
    "postcode": "00000",
    "town": "Musterstadt",
    "bank_holder": "Stadtkasse Musterstadt",
    "bank_iban": "DE02120300000000202051",
    "bank_bic": "BYLADEM1001",
    "authority": "Magistrat der Stadt Musterstadt",
}
PLACE = {"street": "Eichgasse", "house_number": "7", "postcode": "00000", "town": "Musterstadt"}
OWNER = {"role": "owner", "given_name": "Rausi", "surname": "Dorfel", **PLACE}


def ready(town: Town, since: date = date(2026, 1, 1)) -> Town:
    """Switch the plugin on and give the town a letterhead."""
    town.enable("finance")
    with town.session() as session:
        session.add(Letterhead(valid_from=since, facts=FACTS))
    return town


def assess(town: Town, number: int = 1, **columns: Any) -> int:
    """Store an account with a released assessment and return the assessment's id."""
    owners = columns.pop("owners", [OWNER])
    values: dict[str, Any] = {
        "tax_kind": "grundsteuer_b",
        "year": 2026,
        "messbetrag_cent": 15_000,
        "hebesatz": "420",
        "amount_cent": 63_000,
    } | columns
    with town.session() as session:
        name = columns.pop("kassenzeichen", f"5.0100.{number:06d}.1")
        values.pop("kassenzeichen", None)
        account = session.scalars(
            select(TaxAccount).where(TaxAccount.kassenzeichen == name)
        ).first()
        if account is None:
            account = TaxAccount(
                kassenzeichen=name,
                tax_kind=values["tax_kind"],
                number="2330020016295",
                place=PLACE,
                owners=owners,
            )
            session.add(account)
            session.flush()
        row = StoredAssessment(
            account_id=account.id,
            reference=f"ref-{number}-{values['year']}-{values['messbetrag_cent']}",
            notice_date=date(2026, 2, 3),
            **values,
        )
        session.add(row)
        session.flush()
        return row.id


def trade(town: Town, number: int = 50, **columns: Any) -> int:
    """Store a released assessment of trade tax."""
    values: dict[str, Any] = {
        "tax_kind": "gewerbesteuer",
        "year": 2022,
        "messbetrag_cent": 1_000_000,
        "hebesatz": "400",
        "amount_cent": 4_000_000,
        "owners": [{"role": "debtor", "names": ["Halwen & Kerlin OHG"], **PLACE}],
    }
    return assess(town, number, **values | columns)


def make(town: Town, day: date = DAY) -> None:
    """Have a clerk make all notices."""
    town.login("finance_clerk", mail="clerk@people.example")
    town.post(NOTICES, {"day": day.isoformat()}, status=302)
    town.run_jobs()


def notices(town: Town) -> list[StoredNotice]:
    """Return all notices."""
    return _all(town, StoredNotice)


def piles(town: Town) -> list[Pile]:
    """Return all piles."""
    return _all(town, Pile)


def _all(town: Town, model: Any) -> list[Any]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(model).order_by(model.id)))
        session.expunge_all()
    return rows
