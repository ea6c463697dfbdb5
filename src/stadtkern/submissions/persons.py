"""What is stored of those who send forms: found, handed out and erased by their mail address."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator

from stadtkern.privacy import KEEP, Desk, Handed, Part, Subject
from stadtkern.privacy.holding import Holds
from stadtkern.submissions import files, queries, services
from stadtkern.submissions.fields import Answer, is_number
from stadtkern.submissions.models import STATUSES, Submission, SubmissionFile
from stadtkern.web.i18n import _

KIND = "submission"


def _rows(desk: Desk, subject: Subject) -> Sequence[Submission]:
    """Return the entries in which this mail address was given, whoever has sent them."""
    mark = subject.mark or desk.mark(subject.mail)
    return services.of_person(desk.session, desk.registry, mark)


def _kept(desk: Desk, subject: Subject, rows: Sequence[Submission]) -> set[int]:
    """Return the ids of entries that a hold on another of their persons keeps."""
    mark = subject.mark or desk.mark(subject.mail)
    others = Holds(marks=desk.holds.marks - {mark})
    return services.held(desk.session, desk.registry, others, rows)


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count entries with the person's mail address; apart those that another's hold keeps."""
    rows = _rows(desk, subject)
    kept = _kept(desk, subject, rows)
    free = tuple(row.id for row in rows if row.id not in kept)
    parts = [Part(_("Entries of forms"), len(free), kind=KIND, ids=free)]
    if kept:
        why = _("A legal hold stands on another person of these entries.")
        parts.append(
            Part(
                _("Entries of forms"),
                len(kept),
                fate=KEEP,
                why=why,
                kind=KIND,
                ids=tuple(sorted(kept)),
            )
        )
    return parts


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return the entries with questions, answers and files (a copy: Art. 15 (3) GDPR)."""
    return [
        {
            "reference": row.reference,
            "form": row.form_title,
            "created": row.created_at,
            "status": row.status,
            "answers": [
                {"question": one.label, "answer": _value(one)}
                for one in services.opened(desk.session, desk.registry, row)
            ],
            "files": [_copy(desk, file) for file in queries.files(desk.session, row.id)],
            "note": services.note_of(desk.session, desk.registry, row),
        }
        for row in _rows(desk, subject)
    ]


def _value(answer: Answer) -> str | float:
    return float(answer.text) if is_number(answer) else answer.text


def _copy(desk: Desk, file: SubmissionFile) -> Handed:
    name, _type = files.facts(desk.session, desk.registry, file)
    return Handed(name, lambda: files.opened(desk.session, desk.registry, file).data)


def erase(desk: Desk, subject: Subject) -> None:
    """Delete the person's entries with their files, but those that are held."""
    rows = _rows(desk, subject)
    held = services.held(desk.session, desk.registry, desk.holds, rows)
    for row in rows:
        if row.id not in held:
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
            "files": _("Files"),
            "note": _("Words to the sender"),
        },
        words={"status": STATUSES},
        held=(KIND,),
        order=60,
    )
