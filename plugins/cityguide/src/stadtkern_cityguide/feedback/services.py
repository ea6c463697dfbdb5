"""Writes of feedback: it comes in, somebody sees to it, its address goes."""

from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy.orm import Session

from stadtkern.db import reference_number, utcnow
from stadtkern.mail import compose
from stadtkern.tenants import origin
from stadtkern.vault import NotOurs, open_, seal
from stadtkern.web.i18n import speaker
from stadtkern_cityguide.feedback.models import OPEN, STATUSES, Feedback
from stadtkern_cityguide.i18n import _

LONGEST_PAGE = 1000


def take(
    request: Request, *, node_id: int | None, page: str, kind: str, text: str, mail: str | None
) -> Feedback:
    """Store what a visitor says, under a reference number.

    ``node_id``: the place or tour; None: the guide as a whole, or what is gone meanwhile.
    ``page``: the address that it was written on.
    """
    now = utcnow()
    row = Feedback(
        reference=reference_number("G", 6),
        node_id=node_id,
        page=page[:LONGEST_PAGE],
        kind=kind,
        text=text,
        created_at=now,
    )
    if mail:
        row.sealed = seal(
            request.db, request.registry, request.tenant.id, mail.encode(), row.context
        )
    request.db.add(row)
    request.db.flush()
    _tell(request, row)
    return row


def _tell(request: Request, row: Feedback) -> None:
    """Tell the town by mail, in its first language, where it has named an address for that."""
    to = request.settings_of("cityguide").get("feedback_mail")
    if not to:
        return
    say = speaker(request.registry, request.tenant.default_locale)
    about = row.about or say(_("the guide as a whole"))
    compose(
        request.db,
        request.registry["outbox"],
        recipient=to,
        subject=say(_("Feedback ${ref}: ${page}"), ref=row.reference, page=about),
        body=say(
            _(
                "A visitor tells you something about this page: ${page}\n\n"
                "It stands in the back office under ${ref}: ${address}\n"
            ),
            page=about,
            ref=row.reference,
            address=request.route_url("cityguide.feedback.office", _app_url=origin(request)),
        ),
    )


def mail_of(session: Session, registry: Registry, tenant_id: int, row: Feedback) -> str:
    """Return the address that an answer goes to; empty where there is none, or none to be read.

    One that the vault cannot open must keep nobody from reading all the others.
    """
    if row.sealed is None:
        return ""
    try:
        return open_(session, registry, tenant_id, row.sealed, row.context).decode()
    except NotOurs:
        return ""


def change(request: Request, number: int, status: str) -> Feedback | None:
    """Put one into another state; answered and done ones lose their address.

    None if there is no such one, no such state, or it is in that state already.
    """
    row = request.db.get(Feedback, number)
    if row is None or status not in STATUSES or row.status == status:
        return None
    row.status = status
    if status == OPEN:
        row.closed_at = None
    else:
        row.closed_at, row.sealed = utcnow(), None
    return row
