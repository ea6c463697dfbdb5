"""Mail: transport only. Written in the transaction, sent after its commit."""

from pyramid.config import Configurator

from stadtkern.mail.events import MailJudged
from stadtkern.mail.services import (
    JOB,
    RETRIES,
    MailOutbox,
    compose,
    forget,
    outbox_rows,
    resend_waiting,
    send,
)
from stadtkern.web.i18n import _

__all__ = [
    "MailJudged",
    "MailOutbox",
    "compose",
    "forget",
    "includeme",
    "outbox_rows",
    "resend_waiting",
]


def includeme(config: Configurator) -> None:
    """Choose the transport: captured (development, tests) or SMTP."""
    config.registry["outbox"] = MailOutbox.from_settings(config.get_settings(), config.registry)
    config.add_job(JOB, send, title=_("Send a mail"), retries=RETRIES)
