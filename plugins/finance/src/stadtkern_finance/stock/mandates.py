"""SEPA mandates of the stock: checked as they come in, kept with a sealed account number."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from pyramid.registry import Registry
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.vault import open_, seal
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger.models import Mandate
from stadtkern_finance.stock import queries

SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")
USUAL = "RCUR"
LONGEST_NAME = 70
_REFERENCE = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")
"""The characters that banks take (EPC217-08)."""


class Unfit(NamedTuple):
    """What is wrong with a mandate; never the account number itself."""

    field: str
    reason: Any


def problem(given: Mapping[str, Any]) -> Unfit | None:
    """Return why a mandate of the list cannot be taken; None: it can."""
    for name in ("reference", "signed", "iban"):
        if not given.get(name):
            return Unfit(f"mandate.{name}", _("is missing: a mandate needs it"))
    names = ", ".join(SEQUENCES)
    checks = (
        (
            "reference",
            _REFERENCE.fullmatch(str(given["reference"])),
            _("is no mandate reference: up to 35 plain characters"),
        ),
        ("iban", _is_iban(str(given["iban"])), _("is no IBAN: its check digits do not fit")),
        (
            "signed",
            date.fromisoformat(given["signed"]) <= utcnow().date(),
            _("lies in the future"),
        ),
        (
            "sequence",
            given.get("sequence", USUAL) in SEQUENCES,
            _("is none of ${names}", mapping={"names": names}),
        ),
        (
            "holder",
            len(str(given.get("holder", ""))) <= LONGEST_NAME,
            _("is longer than ${n} characters", mapping={"n": LONGEST_NAME}),
        ),
    )
    for name, fits, reason in checks:
        if not fits:
            return Unfit(f"mandate.{name}", reason)
    return None


def _is_iban(text: str) -> bool:
    try:
        IBAN(text, validate_bban=True)
    except SchwiftyException:
        return False
    return True


def take(session: Session, registry: Registry, given: Mapping[str, Mapping[str, Any]]) -> int:
    """Store checked mandates by Kassenzeichen; return how many are new or changed.

    A new reference ends the account's other mandates; what is as it was stays untouched.
    """
    accounts = queries.by_kassenzeichen(session, list(given))
    ids = [row.id for row in accounts.values()]
    known: dict[int, list[Mandate]] = {}
    for row in session.scalars(select(Mandate).where(Mandate.account_id.in_(ids))):
        known.setdefault(row.account_id, []).append(row)
    changed = 0
    for name, one in given.items():
        account = accounts.get(name)
        if account is not None:
            changed += _take(session, registry, account.id, one, known.get(account.id, []))
    session.flush()
    return changed


def _take(
    session: Session,
    registry: Registry,
    account_id: int,
    one: Mapping[str, Any],
    known: list[Mandate],
) -> bool:
    iban = str(IBAN(str(one["iban"])).compact)
    reference = str(one["reference"])
    row = next((found for found in known if found.reference == reference), None)
    values: dict[str, Any] = {
        "signed": date.fromisoformat(one["signed"]),
        "holder": str(one.get("holder", "")),
        "sequence": str(one.get("sequence", USUAL)),
        "ended": date.fromisoformat(one["ended"]) if one.get("ended") else None,
    }
    if (
        row is not None
        and all(getattr(row, name) == value for name, value in values.items())
        and account_number(session, registry, row) == iban
    ):
        return False
    if row is None:
        for other in known:
            other.ended = other.ended or utcnow().date()
        row = Mandate(account_id=account_id, reference=reference)
    tenant_id = session.info["tenant_id"]
    values["iban"] = seal(session, registry, tenant_id, iban.encode(), row.context)
    values["iban_end"] = iban[-4:]
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    return True


def account_number(session: Session, registry: Registry, row: Mandate) -> str:
    """Return the account number of a mandate, in clear: for the bank's file only."""
    return open_(session, registry, session.info["tenant_id"], row.iban, row.context).decode()


def live(session: Session, accounts: list[int], day: date) -> dict[int, Mandate]:
    """Return by account the mandate that holds on a day; the newest where there are several."""
    rows = session.scalars(
        select(Mandate)
        .where(
            Mandate.account_id.in_(accounts),
            Mandate.signed <= day,
            or_(Mandate.ended.is_(None), Mandate.ended > day),
        )
        .order_by(Mandate.signed, Mandate.id)
    )
    return {row.account_id: row for row in rows}
