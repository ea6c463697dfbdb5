"""What this room itself keeps: certificates, holds, reports."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator

from stadtkern.privacy import queries
from stadtkern.privacy.holds import opened
from stadtkern.privacy.kinds import KEEP, Desk, Part, Subject
from stadtkern.privacy.models import PERSON, LegalHold, PrivacyCertificate, RetentionRun
from stadtkern.privacy.rows import deleting, old
from stadtkern.web.i18n import _


def _ended(desk: Desk, subject: Subject) -> list[LegalHold]:
    day = desk.tenant.today()
    return [
        hold
        for hold in queries.holds_on(desk.session, PERSON, subject.mark)
        if hold.lifted_at is not None or (hold.until is not None and hold.until < day)
    ]


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count ended holds on the person, and certificates of earlier erasures."""
    why = _("A certificate holds a keyed hash of the address, numbers and a date, nothing else.")
    return (
        Part(_("Legal holds that have ended"), len(_ended(desk, subject))),
        Part(
            _("Certificates of earlier erasures"),
            queries.certificates_of(desk.session, subject.mark),
            KEEP,
            why,
        ),
    )


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return holds with their reasons."""
    found = []
    for hold in queries.holds_on(desk.session, PERSON, subject.mark):
        shown = opened(desk.session, desk.registry, hold)
        found.append(
            {
                "mail": shown.mail,
                "reason": shown.reason,
                "created": hold.created_at,
                "until": hold.until,
                "lifted": hold.lifted_at,
            }
        )
    return found


def erase(desk: Desk, subject: Subject) -> None:
    """Delete ended holds on the person."""
    for hold in _ended(desk, subject):
        desk.session.delete(hold)


def configure(config: Configurator) -> None:
    """Declare what is kept to prove that data protection is done."""
    config.add_personal_data(
        "privacy",
        title=_("Proofs of data protection"),
        purpose=_("Proving erasures and keeping what must not be erased yet"),
        people=_("People who have asked for erasure, or on whose data a legal hold stands"),
        data=_(
            "Keyed hash of the mail address, numbers of records, date; for a hold the address and "
            "the reason, sealed"
        ),
        basis=_("Art. 5 (2), Art. 6 (1) (c), Art. 17 (3) (e) GDPR"),
        find=find,
        export=export,
        erase=erase,
        labels={
            "mail": _("Mail address"),
            "reason": _("Reason"),
            "created": _("Made"),
            "until": _("Until"),
            "lifted": _("Lifted"),
        },
        order=95,
    )
    proof = _("Accountability (Art. 5 (2) GDPR) until claims are time-barred")
    for name, title, kind, days, model, moment in (
        (
            "privacy.certificates",
            _("Certificates of erasure"),
            "privacy_certificate",
            1_125,
            PrivacyCertificate,
            PrivacyCertificate.created_at,
        ),
        (
            "privacy.holds",
            _("Legal holds that were lifted"),
            "legal_hold",
            1_125,
            LegalHold,
            LegalHold.lifted_at,
        ),
        (
            "privacy.runs",
            _("Reports of deletion"),
            "retention_run",
            1_125,
            RetentionRun,
            RetentionRun.finished_at,
        ),
    ):
        config.add_retention_rule(
            name,
            title=title,
            data="privacy",
            days=days,
            basis=proof,
            kind=kind,
            due=old(model, moment.__lt__),
            erase=deleting(model),
        )
