"""Writing mails into the outbox and sending them after the commit."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

import structlog
from pyramid.registry import Registry
from pyramid.settings import asbool
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.db import Database, utcnow, work
from stadtkern.jobs import Job, enqueue
from stadtkern.mail.events import MailJudged
from stadtkern.mail.models import MailMessage

log = structlog.get_logger("stadtkern.mail")
TIMEOUT = 20
"""Seconds that the mail server may take to answer."""


JOB = "mail.send"
RETRIES = 8
"""After 10 s, 40 s, 3, 11 and 43 minutes, then hourly: a mail server may be away for a while."""


REFUSED = "refused"
"""The problem of a mail whose recipient the server will never take: it is not tried again."""
_UNKNOWN = frozenset({550, 551, 553})
"""Permanent answers to RCPT that speak of the mailbox (RFC 5321, 4.2.3)."""
_ENHANCED = re.compile(r"\s*(\d)\.(\d{1,3})\.\d{1,3}\b")


def is_refused(error: Exception) -> bool:
    """Tell whether a server refuses a recipient for good, for the mailbox's own sake.

    Where it explains itself (RFC 3463), only “no such address” (5.1.x) and “mailbox closed or
    full” (5.2.x) count: a server that lets nobody of ours relay (5.7.x) says nothing of mailboxes.
    """
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(_closed(code, text) for code, text in error.recipients.values())


def _closed(code: int, text: bytes | str) -> bool:
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    enhanced = _ENHANCED.match(said)
    if enhanced is None:
        return code in _UNKNOWN
    return 500 <= code < 600 and (enhanced[1], enhanced[2]) in {("5", "1"), ("5", "2")}  # noqa: PLR2004


class MailNotSent(Exception):  # noqa: N818
    """The mail server did not take a mail; ``code`` is the kind of problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailOutbox:
    """Sends what the outbox holds; one per application."""

    def __init__(self, registry: Registry, *, capture: bool, settings: Mapping[str, Any]) -> None:
        self.registry = registry
        self.database: Database = registry["database"]
        self.capture = capture
        self.sender = settings.get("mail.sender", "noreply@localhost")
        self.host = settings.get("mail.host", "localhost")
        self.port = int(settings.get("mail.port", 25))
        self.starttls = asbool(settings.get("mail.starttls", False))
        self.user = settings.get("mail.user")
        self.password_file = settings.get("mail.password_file")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], registry: Registry) -> "MailOutbox":
        """Read ``mail.*``; without ``mail.host`` mails are captured, never lost silently."""
        capture = asbool(settings.get("mail.capture", not settings.get("mail.host")))
        return cls(registry, capture=capture, settings=settings)

    def deliver(self, tenant_id: int, message_id: int) -> str | None:
        """Send one mail now, record what became of it and return the kind of problem, if any."""
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
                return None
            letter = self._letter(message)
        # No network call within a write transaction.
        problem = self._send(letter)
        with work(self.database, tenant_id) as session:
            message = session.get(MailMessage, message_id)
            if message is None:
                return problem
            message.attempts += 1
            message.problem = problem
            if problem in {None, REFUSED}:
                self._tell(session, message, refused=problem is not None)
            if problem is None:
                message.status, message.sent_at = "sent", utcnow()
                message.body = message.headers = None
            else:
                message.status = "failed"
            if problem in {None, REFUSED} and not message.keep:
                session.delete(message)
        return problem

    def _tell(self, session: Session, message: MailMessage, *, refused: bool) -> None:
        event = MailJudged(
            session,
            self.registry,
            message.tenant_id,
            message.recipient,
            message.headers or {},
            refused,
        )
        self.registry.notify(event)

    def _letter(self, message: MailMessage) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self.sender
        letter["To"] = message.recipient
        letter["Subject"] = message.subject
        letter["Date"] = formatdate()
        # The same at every attempt, so that a mail server can tell a repetition.
        domain = self.sender.partition("@")[2] or "localhost"
        letter["Message-ID"] = f"<{message.created_at:%Y%m%d%H%M%S%f}.{message.id}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        for name, value in (message.headers or {}).items():
            letter[name] = value
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
            kind = REFUSED if is_refused(error) else type(error).__name__
            log.warning("mail failed", kind=kind)
            return kind
        return None


def compose(
    session: Session,
    outbox: MailOutbox,
    *,
    recipient: str,
    subject: str,
    body: str,
    headers: Mapping[str, str] | None = None,
    keep: bool = True,
) -> None:
    """Put a mail into the outbox of the session's tenant; it leaves after the commit.

    A transaction that fails sends nothing. ``subject`` must hold no line breaks (they are
    dropped) and no personal data.

    Args:
        headers: further ones by name, such as ``List-Unsubscribe``.
        keep: False where nobody needs to see later that this address was written to: the row
            goes with the mail.

    """
    message = MailMessage(
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        body=body,
        headers=None if headers is None else dict(headers),
        keep=keep,
        status="captured" if outbox.capture else "waiting",
    )
    session.add(message)
    session.flush()
    if not outbox.capture:
        enqueue(session, outbox.registry, JOB, tenant_id=message.tenant_id, message=message.id)


def send(job: Job, message: int) -> None:
    """Send one mail; the job's retries are the mail's. A mail sent already is left alone.

    Nor is a mail tried again whose recipient was refused for good.

    Killed between the mail server's answer and our note of it, the same mail leaves twice, under
    the same Message-ID: mail knows no better.
    """
    assert job.tenant is not None  # noqa: S101 - mails belong to a town
    problem = job.registry["outbox"].deliver(job.tenant.id, message)
    if problem not in {None, REFUSED}:
        raise MailNotSent(str(problem))


def forget(session: Session, before: datetime) -> None:
    """Delete what was not to be kept and could not be sent either, written before a time."""
    session.execute(
        delete(MailMessage)
        .where(MailMessage.keep.is_(False), MailMessage.created_at < before)
        .execution_options(synchronize_session=False)
    )


def outbox_rows(session: Session, *, maximum: int = 100) -> list[MailMessage]:
    """Return the tenant's latest mails, newest first."""
    return list(session.scalars(select(MailMessage).order_by(MailMessage.id.desc()).limit(maximum)))


def resend_waiting(outbox: MailOutbox, tenant_id: int) -> int:
    """Send at once what waits or failed; return how many were tried."""
    with work(outbox.database, tenant_id, write=False) as session:
        ids = list(
            session.scalars(
                select(MailMessage.id).where(MailMessage.status.in_(("waiting", "failed")))
            )
        )
    for message_id in ids:
        outbox.deliver(tenant_id, message_id)
    return len(ids)
