"""The outbox: to whom mails were sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import and_, func, select

from stadtkern.mail.models import MailMessage
from stadtkern.privacy.kinds import Desk, Part, Subject
from stadtkern.privacy.rows import deleting, old
from stadtkern.web.i18n import _

KIND = "mail_message"
_delete = deleting(MailMessage)


def _ids(desk: Desk, subject: Subject) -> list[int]:
    return list(
        desk.session.scalars(
            select(MailMessage.id)
            .where(func.lower(MailMessage.recipient) == subject.mail)
            .order_by(MailMessage.id)
        )
    )


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count mails to the person."""
    ids = _ids(desk, subject)
    return (Part(_("Mails to this address"), len(ids), kind=KIND, ids=tuple(ids)),)


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return mails as far as they are stored: texts are wiped when they have been sent."""
    rows = desk.session.scalars(
        select(MailMessage)
        .where(func.lower(MailMessage.recipient) == subject.mail)
        .order_by(MailMessage.id)
    )
    return [
        {
            "recipient": row.recipient,
            "subject": row.subject,
            "text": row.body,
            "status": row.status,
            "created": row.created_at,
            "sent": row.sent_at,
        }
        for row in rows
    ]


def erase(desk: Desk, subject: Subject) -> None:
    """Delete mails to the person; what waits is not sent."""
    _delete(desk, [one for one in _ids(desk, subject) if str(one) not in desk.held(KIND)])


def _settled(before: datetime) -> Any:
    """Return the condition of mails that were sent, captured or given up before."""
    return and_(MailMessage.created_at < before, MailMessage.status != "waiting")


def configure(config: Configurator) -> None:
    """Declare the outbox and how long it is kept."""
    config.add_personal_data(
        "mails",
        title=_("Mails that were sent"),
        purpose=_("Delivering notices, confirmations and codes, and tracing what went wrong"),
        people=_("Everybody to whom the site has written"),
        data=_("Mail address, subject, times; the text until it has been sent"),
        basis=_("Art. 6 (1) (e) GDPR"),
        recipients=_("The mail server that the operator has named"),
        find=find,
        export=export,
        erase=erase,
        labels={
            "recipient": _("Mail address"),
            "subject": _("Subject"),
            "text": _("Text"),
            "status": _("State"),
            "created": _("Written"),
            "sent": _("Sent"),
        },
        words={
            "status": {
                "waiting": _("waiting"),
                "captured": _("captured"),
                "sent": _("sent"),
                "failed": _("failed"),
            }
        },
        order=80,
    )
    config.add_audit_kind(KIND, title=_("Mail"))
    config.add_retention_rule(
        "mails",
        title=_("Mails that were sent"),
        data="mails",
        days=90,
        basis=_("Needed only as long as somebody may ask whether a mail went out"),
        kind=KIND,
        due=old(MailMessage, _settled, mail=MailMessage.recipient),
        erase=_delete,
    )
