"""Persons in the site: who reported a barrier; what happens to those who only read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import and_, func, select

from stadtkern.privacy import ANONYMISE, Desk, Part, Subject, deleting, old
from stadtkern.site.models import BarrierReport
from stadtkern.web.i18n import _

KIND = "barrier_report"


def _reports(desk: Desk, subject: Subject) -> list[BarrierReport]:
    return list(
        desk.session.scalars(
            select(BarrierReport)
            .where(func.lower(BarrierReport.mail) == subject.mail)
            .order_by(BarrierReport.id)
        )
    )


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count reports that wait for an answer; answered ones name nobody any more."""
    ids = tuple(row.id for row in _reports(desk, subject))
    why = _(
        "The address is deleted. The report itself stays: the municipality has to look into it "
        "(§ 14 HessBGG, HVBIT) and to prove that."
    )
    return (Part(_("Reports on barriers"), len(ids), ANONYMISE, why, KIND, ids),)


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return reports with what was written."""
    return [
        {
            "reference": row.reference,
            "mail": row.mail,
            "page": row.page,
            "text": row.description,
            "created": row.created_at,
        }
        for row in _reports(desk, subject)
    ]


def erase(desk: Desk, subject: Subject) -> None:
    """Forget who reported."""
    for row in _reports(desk, subject):
        if str(row.id) not in desk.held(KIND):
            row.mail = None


def _answered(before: datetime) -> Any:
    return and_(BarrierReport.status == "answered", BarrierReport.answered_at < before)


def configure(config: Configurator) -> None:
    """Declare both, and how long reports are kept."""
    config.add_personal_data(
        "reading",
        title=_("Reading the site"),
        purpose=_("Delivering pages, and keeping the site from being overloaded"),
        people=_("Everybody who opens a page"),
        data=_("Network address, while the answer is under way; nothing of it is stored"),
        basis=_("Art. 6 (1) (e) GDPR"),
        kept=_("Does not apply: nothing is stored"),
        notice=(
            _("When you only read"),
            _(
                "Your browser sends your network address so that we can answer. We do not store "
                "it. Log lines hold the time, the kind of page and whether it worked, nothing "
                "about you. We count how often pages are read, without cookies and without "
                "knowing by whom. Legal basis: Art. 6 (1) (e) GDPR."
            ),
        ),
        order=-20,
    )
    config.add_personal_data(
        "barriers",
        title=_("Reports on barriers"),
        purpose=_("Looking into barriers and answering within six weeks"),
        people=_("Visitors who report a barrier"),
        data=_("Text of the report, page; mail address until it is answered"),
        basis=_("Art. 6 (1) (c) GDPR with § 14 HessBGG and the HVBIT"),
        notice=(
            _("When you report a barrier"),
            _(
                "We store your text, the page and, if you give it, your mail address until the "
                "report is answered; then the address is deleted. Legal basis: Art. 6 (1) (c) "
                "GDPR."
            ),
        ),
        find=find,
        export=export,
        erase=erase,
        labels={
            "reference": _("Number"),
            "mail": _("Mail address"),
            "page": _("Page"),
            "text": _("Text"),
            "created": _("Time"),
        },
    )
    config.add_audit_kind(KIND, title=_("Report on a barrier"))
    config.add_retention_rule(
        "barriers",
        title=_("Answered reports on barriers"),
        data="barriers",
        days=1_125,
        basis=_("Proof towards the enforcement body, until claims are time-barred"),
        kind=KIND,
        due=old(BarrierReport, _answered, mail=BarrierReport.mail),
        erase=deleting(BarrierReport),
    )
