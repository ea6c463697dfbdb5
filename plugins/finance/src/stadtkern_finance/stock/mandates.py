"""SEPA mandates of the stock: checked as they come in, kept with a sealed account number."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from pyramid.registry import Registry
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.vault import open_, seal
from stadtkern_finance.i18n import _
from stadtkern_finance.law.periods import months_after
from stadtkern_finance.ledger.models import Collection, Mandate, StoredBatch
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock import queries

SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")
USUAL = "RCUR"
ONCE, LAST = "OOFF", "FNAL"
USED_UP_BY_ONE = (ONCE, LAST)
"""Kinds of mandates by which one file of direct debits is collected, and no further one."""
MONTHS = 36
"""After its last collection a mandate ends when it was not used for so long (EPC016-06, 4.1)."""
LONGEST_NAME = 70
_REFERENCE = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")
"""The characters that banks take (EPC217-08)."""


class Unfit(NamedTuple):
    """What is wrong with a mandate; never the account number itself."""

    field: str
    reason: Any


def problem(given: Mapping[str, Any], today: date) -> Unfit | None:
    """Return why a mandate of the list cannot be taken; None: it can.

    ``today``: the day on the town's clock.
    """
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
            date.fromisoformat(given["signed"]) <= today,
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


def take(
    session: Session, registry: Registry, given: Mapping[str, Mapping[str, Any]], today: date
) -> int:
    """Store checked mandates by Kassenzeichen; return how many are new or changed.

    A new reference ends the account's other mandates ``today``, on the town's clock; what is
    as it was stays untouched.
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
            changed += _take(session, registry, account.id, one, known.get(account.id, []), today)
    session.flush()
    return changed


def _take(
    session: Session,
    registry: Registry,
    account_id: int,
    one: Mapping[str, Any],
    known: list[Mandate],
    today: date,
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
            other.ended = other.ended or today
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


def live(
    session: Session, accounts: list[int], day: date, today: date, *, batch_id: int | None = None
) -> dict[int, Mandate]:
    """Return by account the mandate that holds on a day; the newest where there are several.

    Left out is what has ended by that day or by ``today`` (on the town's clock), a mandate for
    one collection that another batch than ``batch_id`` has used, and one that was not used for 36
    months after its last use.
    """
    ended_by = max(day, today)
    mine = Collection.mandate_id == Mandate.id
    other = mine if batch_id is None else and_(mine, Collection.batch_id != batch_id)
    in_time = and_(mine, Collection.last_day >= months_after(day, -MONTHS))
    rows = session.scalars(
        select(Mandate)
        .where(
            Mandate.account_id.in_(accounts),
            Mandate.signed <= day,
            or_(Mandate.ended.is_(None), Mandate.ended > ended_by),
            or_(Mandate.sequence.not_in(USED_UP_BY_ONE), ~exists().where(other)),
            or_(~exists().where(mine), exists().where(in_time)),
        )
        .order_by(Mandate.signed, Mandate.id)
    )
    return {row.account_id: row for row in rows}


class Known(NamedTuple):
    """A mandate of an account with its last use."""

    row: Mandate
    last_day: date | None
    """The last day on which something was collected by it, as far as our files tell."""
    batch: int | None
    """The number of the batch that it was last used for."""

    def state(self, today: date) -> str:
        """Return where it stands: ``live``, ``ended``, ``used``, ``lapsed`` or ``future``."""
        if self.row.ended is not None and self.row.ended <= today:
            return "ended"
        if self.last_day is not None and self.row.sequence in USED_UP_BY_ONE:
            return "used"
        if self.last_day is not None and self.last_day < months_after(today, -MONTHS):
            return "lapsed"
        return "future" if self.row.signed > today else "live"


def of_account(session: Session, account_id: int) -> list[Known]:
    """Return the mandates of an account, the newest first: one statement."""
    rows = session.execute(
        select(Mandate, func.max(Collection.last_day), func.max(StoredBatch.number))
        .outerjoin(Collection, Collection.mandate_id == Mandate.id)
        .outerjoin(StoredBatch, StoredBatch.id == Collection.batch_id)
        .where(Mandate.account_id == account_id)
        .group_by(Mandate.id)
        .order_by(Mandate.signed.desc(), Mandate.id.desc())
    )
    return [Known(*row) for row in rows]


def one(session: Session, account_id: int, number: int) -> Mandate | None:
    """Return a mandate of an account, locked."""
    return session.scalar(
        select(Mandate)
        .where(Mandate.id == number, Mandate.account_id == account_id)
        .with_for_update()
    )


class MandateRefused(Exception):  # noqa: N818 - the word that people read
    """A mandate cannot be entered or ended; ``field`` is where, ``message`` why."""

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def enter(
    session: Session,
    registry: Registry,
    account: TaxAccount,
    given: Mapping[str, Any],
    today: date,
) -> Mandate:
    """Store a mandate that a clerk enters with a reason; it ends the account's others.

    ``given``: as in the list of the stock, with ``reason``. MandateRefused for what does not fit
    and for a reference that the account has had: a mandate that has ended is never revived.
    """
    wrong = problem(given, today)
    if wrong is not None:
        name = wrong.field.partition(".")[2]
        text = _("This ${reason}.", mapping={"reason": wrong.reason})
        raise MandateRefused(name, text)
    known = [one.row for one in of_account(session, account.id)]
    if any(row.reference == given["reference"] for row in known):
        text = _(
            "This account has, or had, a mandate of this reference. A new mandate has a new one."
        )
        raise MandateRefused("reference", text)
    _take(session, registry, account.id, given, known, today)
    session.flush()
    row = session.scalars(
        select(Mandate).where(
            Mandate.account_id == account.id, Mandate.reference == given["reference"]
        )
    ).one()
    row.reason = given["reason"]
    session.flush()
    audit.record(session, "finance.mandate", "finance_mandate", row.id)
    return row


def revoke(session: Session, row: Mandate, day: date, reason: str) -> None:
    """Note that a mandate ends on a day, and why: from then on nothing is collected by it."""
    if row.ended is not None:
        raise MandateRefused("day", _("This mandate has ended already."))
    if day < row.signed:
        raise MandateRefused("day", _("It cannot end before it was signed."))
    row.ended, row.end_reason = day, reason
    session.flush()
    audit.record(session, "finance.mandate.end", "finance_mandate", row.id)
