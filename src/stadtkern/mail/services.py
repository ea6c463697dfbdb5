"""Writing mails into the outbox and sending them after the commit."""

import smtplib
import ssl
import threading
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import structlog
from pyramid.settings import asbool
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.db import Database, utcnow, work
from stadtkern.mail.models import MailMessage

log = structlog.get_logger("stadtkern.mail")
TIMEOUT = 20
"""Seconds that the mail server may take to answer."""


class MailOutbox:
    """Sends what the outbox holds; one per application."""

    def __init__(self, database: Database, *, capture: bool, settings: Mapping[str, Any]) -> None:
        self.database = database
        self.capture = capture
        self.sender = settings.get("mail.sender", "noreply@localhost")
        self.host = settings.get("mail.host", "localhost")
        self.port = int(settings.get("mail.port", 25))
        self.starttls = asbool(settings.get("mail.starttls", False))
        self.user = settings.get("mail.user")
        self.password_file = settings.get("mail.password_file")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], database: Database) -> "MailOutbox":
        """Read ``mail.*``; without ``mail.host`` mails are captured, never lost silently."""
        capture = asbool(settings.get("mail.capture", not settings.get("mail.host")))
        return cls(database, capture=capture, settings=settings)

    def deliver(self, tenant_id: int, message_id: int) -> None:
        """Send one mail now and record what became of it; failures are listed, never raised."""
        with work(self.database, tenant_id, write=False) as session:
            message = session.get(MailMessage, message_id)
            if (
                message is None
                or message.body is None
                or message.status
                not in {
                    "waiting",
                    "failed",
                }
            ):
                return
            letter = self._letter(message)
        # No network call within a write transaction.
        problem = self._send(letter)
        with work(self.database, tenant_id) as session:
            message = session.get(MailMessage, message_id)
            if message is None:
                return
            message.attempts += 1
            message.problem = problem
            if problem is None:
                message.status, message.sent_at, message.body = "sent", utcnow(), None
            else:
                message.status = "failed"

    def _letter(self, message: MailMessage) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self.sender
        letter["To"] = message.recipient
        letter["Subject"] = message.subject
        letter["Date"] = formatdate()
        letter["Message-ID"] = make_msgid(domain=self.sender.partition("@")[2] or "localhost")
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.body or "")
        return letter

    def _send(self, letter: EmailMessage) -> str | None:
        try:
            with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.password_file:
                    with open(self.password_file, encoding="utf-8") as file:  # noqa: PTH123
                        server.login(self.user, file.read().strip())
                server.send_message(letter)
        except (OSError, smtplib.SMTPException) as error:
            # The class says enough; server messages repeat addresses.
            log.warning("mail failed", kind=type(error).__name__)
            return type(error).__name__
        return None


def compose(
    session: Session, outbox: MailOutbox, *, recipient: str, subject: str, body: str
) -> None:
    """Put a mail into the outbox of the session's tenant; it leaves after the commit.

    A transaction that fails sends nothing. ``subject`` must hold no line breaks (they are
    dropped) and no personal data.
    """
    message = MailMessage(
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        body=body,
        status="captured" if outbox.capture else "waiting",
    )
    session.add(message)
    session.flush()
    if outbox.capture:
        return
    tenant_id, message_id = message.tenant_id, message.id
    manager = session.info["manager"]

    def send(committed: bool) -> None:  # noqa: FBT001 - transaction's signature
        if committed:
            threading.Thread(target=outbox.deliver, args=(tenant_id, message_id)).start()

    manager.get().addAfterCommitHook(send)


def outbox_rows(session: Session, *, maximum: int = 100) -> list[MailMessage]:
    """Return the tenant's latest mails, newest first."""
    return list(session.scalars(select(MailMessage).order_by(MailMessage.id.desc()).limit(maximum)))


def resend_waiting(outbox: MailOutbox, tenant_id: int) -> int:
    """Try once more what waits or failed; return how many were tried."""
    with work(outbox.database, tenant_id, write=False) as session:
        ids = list(
            session.scalars(
                select(MailMessage.id).where(MailMessage.status.in_(("waiting", "failed")))
            )
        )
    for message_id in ids:
        outbox.deliver(tenant_id, message_id)
    return len(ids)
