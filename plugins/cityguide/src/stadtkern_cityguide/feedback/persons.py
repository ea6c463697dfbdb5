"""Who has written to the guide's editors: found, handed out, forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import and_

from stadtkern.privacy import ANONYMISE, Desk, Part, Subject, deleting, old
from stadtkern_cityguide.feedback import queries
from stadtkern_cityguide.feedback.models import KINDS, OPEN, Feedback
from stadtkern_cityguide.feedback.services import mail_of
from stadtkern_cityguide.i18n import _

KIND = "cityguide_feedback"


def _rows(desk: Desk, subject: Subject) -> list[Feedback]:
    """Return those that this address was given with; only open ones still hold any."""
    if not subject.mail:
        return []
    return [
        row
        for row in queries.addressed(desk.session)
        if mail_of(desk.session, desk.registry, desk.tenant.id, row) == subject.mail
    ]


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count those that wait for an answer; the others name nobody any more."""
    ids = tuple(row.id for row in _rows(desk, subject))
    why = _("The address is deleted. What is wrong at the place stays known to the editors.")
    return (Part(_("Feedback on the city guide"), len(ids), ANONYMISE, why, KIND, ids),)


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return them with what was written."""
    return [
        {
            "reference": row.reference,
            "mail": subject.mail,
            "page": row.page,
            "kind": row.kind,
            "text": row.text,
            "created": row.created_at,
        }
        for row in _rows(desk, subject)
    ]


def erase(desk: Desk, subject: Subject) -> None:
    """Forget who wrote."""
    for row in _rows(desk, subject):
        if str(row.id) not in desk.held(KIND):
            row.sealed = None


def _closed(before: datetime) -> Any:
    return and_(Feedback.status != OPEN, Feedback.closed_at < before)


def configure(config: Configurator) -> None:
    """Declare them, and how long they are kept."""
    config.add_personal_data(
        "cityguide.feedback",
        title=_("Feedback on the city guide"),
        purpose=_("Putting right what is wrong about places and tours, and answering"),
        people=_("Visitors who tell the town what is wrong"),
        data=_("Text, page; mail address (sealed) until somebody has seen to it"),
        basis=_("Art. 6 (1) (e) GDPR"),
        notice=(
            _("When you tell us what is wrong about a place or tour"),
            _(
                "We store your text, the page and, if you give it, your mail address in encrypted "
                "form until somebody has seen to it; then the address is deleted. Without a "
                "network what you write waits on your device until it can be sent, or until you "
                "delete it there. Whoever lets a finished rally be counted sends no more than "
                "that: the number of that day becomes higher by one. Legal basis: Art. 6 (1) (e) "
                "GDPR."
            ),
        ),
        find=find,
        export=export,
        erase=erase,
        labels={
            "reference": _("Reference number"),
            "mail": _("Mail address"),
            "page": _("Page"),
            "kind": _("What is wrong"),
            "text": _("Text"),
            "created": _("Time"),
        },
        words={"kind": KINDS},
    )
    config.add_retention_rule(
        "cityguide.feedback",
        title=_("Feedback on the city guide that was seen to"),
        data="cityguide.feedback",
        days=365,
        basis=_("Questions that come back, and what is wrong each year anew"),
        kind=KIND,
        due=old(Feedback, _closed),
        erase=deleting(Feedback),
    )
