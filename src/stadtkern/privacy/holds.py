"""Placing and lifting holds; their words are sealed."""

import secrets
from dataclasses import dataclass
from datetime import date

from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.privacy import queries
from stadtkern.privacy.models import LegalHold
from stadtkern.tenants import Tenant
from stadtkern.vault import open_, seal
from stadtkern.web.i18n import _

MAX_REASON = 2_000
MAX_HOLDS = 500


class PrivacyRefused(Exception):  # noqa: N818 - the word that users read
    """It cannot be done; the message is translatable, ``field`` names the form's field."""

    def __init__(self, message: TranslationString | str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Shown:
    """A hold with its words opened."""

    row: LegalHold
    mail: str
    reason: str


def place(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    *,
    kind: str,
    subject: str,
    reason: str,
    mail: str | None = None,
    account_id: int | None = None,
    until: date | None = None,
    by: int | None = None,
) -> LegalHold:
    """Hold a person (``kind`` "person", ``subject`` the keyed hash, ``mail``) or an object.

    ``until``: the last day. ``PrivacyRefused`` for a day that is over, without a reason, and
    where a hold stands already.
    """
    day = tenant.today()
    if not reason.strip():
        raise PrivacyRefused(_("Please say why: others must be able to judge it later."), "reason")
    if until is not None and until < day:
        raise PrivacyRefused(_("This day is over already."), "until")
    if queries.any_held(session, kind, [subject], day):
        raise PrivacyRefused(_("A hold stands on this already. Lift that one first."), "subject")
    if len(queries.active_holds(session, day)) >= MAX_HOLDS:
        raise PrivacyRefused(
            _("There are ${n} holds already. Please lift some first.", mapping={"n": MAX_HOLDS})
        )
    hold = LegalHold(
        token=secrets.token_hex(16),
        kind=kind,
        subject=subject,
        subject_account=account_id,
        until=until,
        account_id=by,
    )
    hold.sealed_reason = seal(
        session, registry, tenant.id, reason.strip()[:MAX_REASON].encode(), hold.context
    )
    if mail is not None:
        hold.sealed_mail = seal(session, registry, tenant.id, mail.encode(), hold.context)
    session.add(hold)
    session.flush()
    record(session, "hold.place", "legal_hold", hold.id)
    return hold


def lift(session: Session, hold: LegalHold, *, by: int | None = None) -> None:
    """End a hold; rules and erasure reach its data again."""
    if hold.lifted_at is not None:
        raise PrivacyRefused(_("This hold was lifted already."))
    hold.lifted_at, hold.lifted_by = utcnow(), by
    session.flush()
    record(session, "hold.lift", "legal_hold", hold.id)


def opened(session: Session, registry: Registry, hold: LegalHold) -> Shown:
    """Return a hold with its words; empty where they were erased."""

    def words(sealed: str | None) -> str:
        if sealed is None:
            return ""
        return open_(session, registry, hold.tenant_id, sealed, hold.context).decode()

    return Shown(hold, words(hold.sealed_mail), words(hold.sealed_reason))


def held_ids(session: Session, tenant: Tenant, kind: str) -> frozenset[str]:
    """Return the ids of held objects of a kind, as texts; asked before deleting for good."""
    return frozenset(queries.held_subjects(session, kind, tenant.today()))
