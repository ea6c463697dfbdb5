"""Rows of a planted town about notices: a letterhead, a pile with a letter, one held up."""

from datetime import date, timedelta
from typing import Any

from security_side import Side

from stadtkern.db import TenantSession, utcnow
from stadtkern_finance.issuing import codes
from stadtkern_finance.issuing import keeping as notice_files
from stadtkern_finance.issuing.models import Letterhead, Pile, StoredNotice
from stadtkern_finance.models import StoredAssessment, TaxAccount


def plant_notices(side: Side, session: TenantSession, account: TaxAccount) -> None:
    """Add a letterhead, a pile with a letter, and a notice that cannot be made yet."""
    place = {"street": side.word("headstreet"), "house_number": "1"}
    place |= {"postcode": "00000", "town": "Musterstadt"}
    bank = {"bank_holder": "Kasse", "bank_iban": "DE02120300000000202051"}
    letterhead = Letterhead(
        valid_from=date(2026, 1, 1),
        facts=place
        | bank
        | {"bank_bic": "BYLADEM1001", "name": side.word("headname"), "lines": side.word("headname")}
        | {"authority": side.word("authority")},
    )
    pile = Pile(number=1, state="ready", letters=1, amount_cent=7, hash=side.word("pilehash")[:64])
    session.add_all([letterhead, pile])
    session.flush()
    store = notice_files.store_of(side.town.registry, side.town.tenant_id)
    pile.file_sha = notice_files.put(store, side.word("pilefile").encode())
    for name, state in (("piled", "piled"), ("held", "problem"), ("made", "made")):
        assessment = StoredAssessment(
            account_id=account.id,
            reference=side.word(f"{name}assessment"),
            tax_kind="grundsteuer_b",
            year=2026,
            messbetrag_cent=1,
            hebesatz="700",
            amount_cent=7,
        )
        session.add(assessment)
        session.flush()
        row = StoredNotice(
            assessment_id=assessment.id,
            pile_id=pile.id if state == "piled" else None,
            number=side.word(f"{name}number"),
            state=state,
            day=date(2026, 3, 16),
            message_id=f"{name}-message",
            stem=side.word(f"{name}stem"),
            problems=[{"domain": "stadtkern_finance", "text": side.word(f"{name}problem")}],
        )
        if state == "piled":
            row.pdf_sha = notice_files.put(store, side.word("noticepdf").encode())
            row.facts = KEPT | {"notice": {"kassenzeichen": row.number, "day": "2026-03-16"}}
            side.paths["finance_code"] = code = codes.new_code()
            side.paths["finance_number"] = row.number
            row.code_hash, row.code_until = codes.digest(code), utcnow() + timedelta(days=1)
        session.add(row)
        session.flush()
        side.ids[f"finance_{name}"] = row.id
    side.ids["finance_letterhead"] = letterhead.id


KEPT: dict[str, Any] = {
    "fields": {
        "tax_kind": "grundsteuer_b",
        "messbetrag_cent": 100,
        "parties": [{"role": "owner", "surname": "Dorfel", "street": "Weg", "town": "Ort"}],
    },
    "beside": {"hebesatz": "700", "year": 2026},
}
"""What is kept of a notice."""
