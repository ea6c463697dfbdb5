"""Writes of the submissions room."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPTooManyRequests
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from stadtkern.content import ContentRefused
from stadtkern.db import reference_number, utcnow
from stadtkern.jobs import enqueue
from stadtkern.mail import compose
from stadtkern.privacy.holding import Holds, holds_of, mark_of
from stadtkern.submissions import files, queries, tokens
from stadtkern.submissions.fields import Answer
from stadtkern.submissions.models import STATUSES, Submission, SubmissionMail
from stadtkern.tenants import Tenant, origin
from stadtkern.vault import open_, seal
from stadtkern.web.i18n import _, speaker

KEEP_DAYS = 180
MAX_NOTE = 2_000
MAILS_AN_HOUR = 5
"""Confirmations to one address: strangers can have them mailed to anybody."""
SWEEP = "submissions.sweep"


class SentBefore(Exception):  # noqa: N818 - what happened, in words
    """Other answers came from this page before; ``reference`` is their number."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def context_of(row: Any) -> str:
    """Return what an entry's sealed values are bound to."""
    return f"submission:{row.reference}"


def take(
    request: Request,
    node: Any,
    fields: Mapping[str, Any],
    answers: list[Answer],
    sent: Mapping[str, files.Attached],
    nonce: str,
) -> tuple[Submission, str, bool]:
    """Store an entry with its files and confirm it by mail.

    Returns it, the code of its status, and whether a mail leaves by this.

    ``sent``: files by the fields' names. The same sent again from the same page is stored once;
    raises ``SentBefore`` where the answers are others.
    """
    session: Session = request.db
    tenant_id = request.tenant.id
    code = tokens.code(request.registry, tenant_id, nonce)
    known = queries.by_token(session, nonce)
    if known is not None:
        return _again(request, known, answers), code, False
    now = utcnow()
    row = Submission(
        tenant_id=tenant_id,
        node_id=node.id,
        form_title=node.title[:300],
        form_version=node.version,
        reference=reference_number("F", 8),
        secret_hash=tokens.digest(code),
        token=nonce,
        locale=request.locale_name,
        status="received",
        created_at=now,
        purge_at=now + timedelta(days=int(fields.get("keep_days") or KEEP_DAYS)),
    )
    text = json.dumps([asdict(one) for one in answers], ensure_ascii=False)
    row.sealed = seal(session, request.registry, tenant_id, text.encode(), context_of(row))
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # The same page, sent twice at once: the other one was faster.
        known = queries.by_token(session, nonce)
        if known is None:
            raise
        return _again(request, known, answers), code, False
    _mark(session, request.registry, row, answers)
    for name, file in sent.items():
        files.keep(session, request.registry, row, name, file)
    recipient = mail_of(answers)
    return row, code, recipient is not None and _confirm(request, row, recipient)


def _again(request: Request, known: Submission, answers: list[Answer]) -> Submission:
    if opened(request.db, request.registry, known) != answers:
        raise SentBefore(known.reference)
    return known


def mails_of(answers: list[Answer]) -> list[str]:
    """Return all mail addresses that were given, in the order of the questions."""
    return [one.text for one in answers if one.kind == "mail" and one.text]


def mail_of(answers: list[Answer]) -> str | None:
    """Return the mail address that is written to: the first one, if any was asked for."""
    return next(iter(mails_of(answers)), None)


def _made(session: Session, registry: Registry, row: Submission, answers: list[Answer]) -> set[str]:
    return {mark_of(session, registry, row.tenant_id, mail) for mail in mails_of(answers)}


def _mark(session: Session, registry: Registry, row: Submission, answers: list[Answer]) -> None:
    """Note every mail address of an entry, so that each of these persons finds it."""
    missing = _made(session, registry, row, answers) - queries.marks(session, [row.id]).get(
        row.id, set()
    )
    session.add_all(SubmissionMail(submission_id=row.id, mark=mark) for mark in sorted(missing))
    row.marked = True
    session.flush()


def complete(session: Session, registry: Registry) -> None:
    """Note the mail addresses of entries that came from elsewhere or from an older version."""
    for row in queries.unmarked(session):
        _mark(session, registry, row, opened(session, registry, row))


def of_person(session: Session, registry: Registry, mark: str) -> list[Submission]:
    """Return all entries in which somebody's mail address was given, by its keyed hash."""
    found = {row.id: row for row in queries.by_mark(session, mark)}
    for row in queries.unmarked(session):
        if mark in _made(session, registry, row, opened(session, registry, row)):
            found[row.id] = row
    return [found[number] for number in sorted(found)]


def _status_page(request: Request, row: Submission) -> str:
    """Return the address at which an entry's status is asked for, in its sender's language."""
    query = {} if row.locale == request.tenant.default_locale else {"lang": row.locale}
    query["number"] = row.reference
    return str(request.route_url("submission.status", _app_url=origin(request), _query=query))


def _confirm(request: Request, row: Submission, recipient: str) -> bool:
    """Mail the number to the address that was given, which may be anybody's.

    Beyond ``MAILS_AN_HOUR`` to an address nothing is mailed: the page has shown the number.
    Returns whether a mail leaves.
    """
    mark = mark_of(request.db, request.registry, row.tenant_id, recipient)
    try:
        request.limit("submission.mail", f"{MAILS_AN_HOUR}/hour", str(row.tenant_id), mark)
    except HTTPTooManyRequests:
        return False
    compose(
        request.db,
        request.registry["outbox"],
        recipient=recipient,
        subject=request.translate(_("Received: ${ref}"), ref=row.reference),
        body=request.translate(
            _(
                "${town} has received what you sent by the form “${form}”. Its number is ${ref}.\n"
                "With this number and the code that was shown after sending you can ask how far "
                "it is: ${address}\n\nIf you have sent nothing, you need not do anything.\n"
            ),
            town=request.tenant.name,
            form=row.form_title,
            ref=row.reference,
            address=_status_page(request, row),
        ),
    )
    return True


def opened(session: Session, registry: Registry, row: Submission) -> list[Answer]:
    """Return an entry's answers with the questions as they were asked."""
    data = open_(session, registry, row.tenant_id, row.sealed, context_of(row))
    return [Answer(**one) for one in json.loads(data)]


def note_of(session: Session, registry: Registry, row: Submission) -> str:
    """Return the words to the sender."""
    if not row.note:
        return ""
    return open_(session, registry, row.tenant_id, row.note, context_of(row)).decode()


def asked(session: Session, reference: str, code: str) -> Submission | None:
    """Return the entry whose number and code somebody has typed; None if either is wrong."""
    typed = reference.strip().upper()[:20]
    # The year has a nought that people take for a letter; no letter of ours looks like a digit.
    row = queries.by_reference(session, typed) or queries.by_reference(
        session, typed.translate(str.maketrans("OI", "01"))
    )
    wanted = row.secret_hash if row is not None else "-" * 64
    same = hmac.compare_digest(wanted, tokens.digest(code[:100]))
    return row if same else None


def answer(request: Request, row: Submission, status: str, note: str) -> None:
    """Set an entry's status and the words to its sender, who is told by mail that there is news.

    Raises ``ContentRefused`` for a status that there is not, and for too many words.
    """
    if status not in STATUSES:
        raise ContentRefused(_("There is no such status."), "status")
    if len(note) > MAX_NOTE:
        raise ContentRefused(_("Please use at most 2,000 characters."), "note")
    session: Session = request.db
    before = (row.status, note_of(session, request.registry, row))
    if before == (status, note):
        return
    row.status = status
    row.note = (
        seal(session, request.registry, row.tenant_id, note.encode(), context_of(row))
        if note
        else None
    )
    session.flush()
    recipient = mail_of(opened(session, request.registry, row))
    if recipient is not None:
        # In the sender's language, not in the clerk's.
        say = speaker(request.registry, row.locale)
        compose(
            session,
            request.registry["outbox"],
            recipient=recipient,
            subject=say(_("News on ${ref}"), ref=row.reference),
            body=say(
                _(
                    "There is news on what you sent to ${town} under the number ${ref}.\n"
                    "Read it with your number and your code: ${address}\n"
                ),
                town=request.tenant.name,
                ref=row.reference,
                address=_status_page(request, row),
            ),
        )


def held(
    session: Session, registry: Registry, holds: Holds, rows: Sequence[Submission]
) -> set[int]:
    """Return the ids of those entries on which, or on a person of which, a legal hold stands."""
    single = holds.objects.get("submission", frozenset())
    found = {row.id for row in rows if str(row.id) in single}
    if not holds.marks or not rows:
        return found
    noted = queries.marks(session, [row.id for row in rows])
    for row in rows:
        marks = noted.get(row.id, set())
        if not row.marked:
            marks = marks | _made(session, registry, row, opened(session, registry, row))
        if marks & holds.marks:
            found.add(row.id)
    return found


def throw_away(request: Request, row: Submission) -> None:
    """Delete an entry for good as somebody asks; ``ContentRefused`` while a legal hold stands."""
    holds = holds_of(request.db, request.tenant, utcnow())
    if held(request.db, request.registry, holds, [row]):
        raise ContentRefused(
            _("A legal hold stands on this entry. It can be deleted when the hold is lifted.")
        )
    delete(request.db, request.registry, row)


def delete(session: Session, registry: Registry, row: Submission) -> None:
    """Delete an entry for good; its files' keys go with it, their bytes by a job."""
    if queries.files(session, row.id):
        enqueue(session, registry, SWEEP, tenant_id=row.tenant_id, unique="sweep")
    session.delete(row)
    session.flush()


def purge(session: Session, registry: Registry, tenant: Tenant, now: datetime) -> int:
    """Delete the entries whose time is over, but those that are held; return how many."""
    over = queries.over(session, now)
    kept = held(session, registry, holds_of(session, tenant, now), over)
    rows = [row for row in over if row.id not in kept]
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)
