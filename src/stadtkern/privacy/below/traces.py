"""The audit: numbers of accounts that have done something."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Membership
from stadtkern.audit import title_of
from stadtkern.audit.models import AuditEntry
from stadtkern.privacy.kinds import KEEP, Desk, Part, Subject
from stadtkern.web.i18n import _

MEMBER_KINDS = ("account", "membership", "local_role")


def _about(account_id: int) -> Any:
    return or_(
        AuditEntry.actor_id == account_id,
        and_(AuditEntry.kind.in_(MEMBER_KINDS), AuditEntry.subject == str(account_id)),
    )


def known_here(session: Session, account_id: int) -> bool:
    """Tell whether an account is a member of the session's town, or has left traces there."""
    member = select(Membership.account_id).where(Membership.account_id == account_id)
    if session.scalar(member) is not None:
        return True
    return session.scalar(select(AuditEntry.id).where(_about(account_id)).limit(1)) is not None


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count entries; they stay."""
    if subject.account_id is None:
        return ()
    number = desk.session.scalar(
        select(func.count()).select_from(AuditEntry).where(_about(subject.account_id))
    )
    why = _(
        "The audit holds numbers and hashes only and is chained, so that nobody can change it "
        "afterwards. Once the account is erased its number leads to nobody any more."
    )
    return (Part(_("Entries of the audit"), int(number or 0), KEEP, why),)


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return what the person has done, and what was done to their membership."""
    if subject.account_id is None:
        return []
    rows = desk.session.scalars(
        select(AuditEntry).where(_about(subject.account_id)).order_by(AuditEntry.id)
    )
    return [
        {
            "at": row.at,
            "deed": row.deed,
            "kind": row.kind,
            "subject": row.subject,
            "origin": row.origin,
        }
        for row in rows
    ]


def configure(config: Configurator) -> None:
    """Declare the audit."""
    config.add_personal_data(
        "audit",
        title=_("Audit"),
        purpose=_("Proving who has changed what, and finding misuse"),
        people=_("Employees who log in"),
        data=_("Number of the account, time, kind and number of the object, kind of the deed"),
        basis=_("Art. 6 (1) (c) and (e), Art. 32 GDPR (security of processing)"),
        kept=_("As long as the municipality uses this installation"),
        find=find,
        export=export,
        erase=lambda _desk, _subject: None,
        labels={
            "at": _("Time"),
            "deed": _("Deed"),
            "kind": _("Kind"),
            "subject": _("Number of the object"),
            "origin": _("Origin"),
        },
        words={
            "deed": lambda registry, deed: title_of(registry, deed, deed.rpartition(".")[0])[0],
            "kind": lambda registry, kind: title_of(registry, "", kind)[1],
            "origin": {"web": _("Web"), "job": _("Job"), "command": _("Command")},
        },
        order=90,
    )
