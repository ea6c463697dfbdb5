"""What is stored of those who send forms: found, handed out and erased by their mail address."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator

from stadtkern.privacy import Desk, Part, Subject
from stadtkern.submissions import queries, services
from stadtkern.submissions.models import STATUSES, Submission
from stadtkern.web.i18n import _

KIND = "submission"


def _rows(desk: Desk, subject: Subject) -> Sequence[Submission]:
    """Return the entries in which somebody has given this mail address."""
    return queries.by_mark(desk.session, subject.mark or desk.mark(subject.mail))


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count entries with the person's mail address."""
    ids = tuple(row.id for row in _rows(desk, subject))
    return (Part(_("Entries of forms"), len(ids), kind=KIND, ids=ids),)


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return the entries with questions and answers; of files their names."""
    return [
        {
            "reference": row.reference,
            "form": row.form_title,
            "created": row.created_at,
            "status": STATUSES[row.status],
            "answers": [
                f"{one.label}: {one.text}"
                for one in services.opened(desk.session, desk.registry, row)
            ],
            "note": services.note_of(desk.session, desk.registry, row),
        }
        for row in _rows(desk, subject)
    ]


def erase(desk: Desk, subject: Subject) -> None:
    """Delete the person's entries with their files, but those that are held."""
    held = desk.held(KIND)
    for row in _rows(desk, subject):
        if str(row.id) not in held:
            services.delete(desk.session, desk.registry, row)


def configure(config: Configurator) -> None:
    """Declare the entries of forms."""
    config.add_personal_data(
        "submissions",
        title=_("Entries of forms"),
        purpose=_("Answering what people ask for by forms"),
        people=_("Everybody who sends a form"),
        data=_("What the form asks for, files, mail address where it is asked for"),
        basis=_("Art. 6 (1) (e) GDPR"),
        kept=_("As long as each form says, then deleted by themselves"),
        notice=(
            _("When you send a form"),
            _(
                "What you write and the files that you attach are stored encrypted, read by those "
                "who answer, and deleted after the time that the form names."
            ),
        ),
        find=find,
        export=export,
        erase=erase,
        labels={
            "reference": _("Number"),
            "form": _("Form"),
            "created": _("Received"),
            "status": _("Status"),
            "answers": _("Answers"),
            "note": _("Words to the sender"),
        },
        order=60,
    )
