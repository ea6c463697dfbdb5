"""What is stored of subscribers, for access, erasure and the register."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from stadtkern.notify.subscriptions import queries
from stadtkern.notify.subscriptions.models import SEARCH, SECTION, TYPE, Subscriber, Subscription
from stadtkern.notify.subscriptions.services import mail_hash
from stadtkern.notify.subscriptions.targets import OFTEN_TITLES
from stadtkern.privacy import Desk, Part, Subject
from stadtkern.web.i18n import _
from stadtkern.web.languages import LANGUAGES

KIND = "subscriber"


def _subscriber(desk: Desk, subject: Subject) -> Subscriber | None:
    if not subject.mail:
        return None
    hashed = mail_hash(desk.session, desk.registry, desk.tenant.id, subject.mail)
    return queries.subscriber(desk.session, hashed)


def _subscriptions(desk: Desk, person: Subscriber) -> Sequence[Subscription]:
    return desk.session.scalars(
        select(Subscription)
        .where(Subscription.subscriber_id == person.id)
        .order_by(Subscription.id)
    ).all()


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Return the address and its subscriptions, those that wait for their code included."""
    person = _subscriber(desk, subject)
    if person is None:
        return ()
    number = len(_subscriptions(desk, person))
    return (Part(_("Subscriptions by mail"), max(number, 1), kind=KIND, ids=(person.id,)),)


def export(desk: Desk, subject: Subject) -> Sequence[Mapping[str, Any]]:
    """Return what the address gets, or has been asked about."""
    person = _subscriber(desk, subject)
    if person is None:
        return ()
    return [
        {
            "about": row.kind,
            "page": row.node_id,
            "type": row.type,
            "words": row.words,
            "language": row.language,
            "frequency": row.frequency,
            "created": row.created_at,
            "confirmed": row.confirmed_at,
            "suspended": person.suspended_at,
        }
        for row in _subscriptions(desk, person)
    ]


def erase(desk: Desk, subject: Subject) -> None:
    """Delete the address with all its subscriptions."""
    person = _subscriber(desk, subject)
    if person is not None and str(person.id) not in desk.held(KIND):
        desk.session.delete(person)
        desk.session.flush()


def configure(config: Configurator) -> None:
    """Declare it."""
    config.add_personal_data(
        "subscriptions",
        title=_("Subscriptions by mail"),
        purpose=_("Mailing news of the site to those who asked for it"),
        people=_("Visitors who have subscribed"),
        data=_(
            "Mail address (sealed), what was subscribed to, how often, language, times, mails "
            "that the mailbox has refused"
        ),
        basis=_("Consent, Art. 6 (1) (a) GDPR; it ends with one click"),
        recipients=_("The mail server that the operator has named"),
        kept=_(
            "Until the last subscription ends, or for 90 days once the mailbox refuses mails; a "
            "request that nobody confirms for 48 hours"
        ),
        notice=(
            _("When you subscribe to news by mail"),
            _(
                "We store your mail address in encrypted form, what you have subscribed to and "
                "when you have confirmed it. It is used for these mails only. Every mail has a "
                "link that ends it at once; with the last subscription your address is deleted. "
                "Requests that are not confirmed are deleted after 48 hours. Legal basis: your "
                "consent, Art. 6 (1) (a) GDPR."
            ),
        ),
        find=find,
        export=export,
        erase=erase,
        labels={
            "about": _("About"),
            "page": _("Page"),
            "type": _("Kind"),
            "words": _("Words"),
            "language": _("Language"),
            "frequency": _("How often"),
            "created": _("Asked for it"),
            "confirmed": _("Confirmed"),
            "suspended": _("No mails since the mailbox refused them"),
        },
        words={
            "about": {
                SECTION: _("Section of the site"),
                TYPE: _("Kind of pages"),
                SEARCH: _("Saved search"),
            },
            "type": lambda registry, name: (
                registry["content_types"][name].title if name in registry["content_types"] else name
            ),
            "language": {code: one.name for code, one in LANGUAGES.items()},
            "frequency": OFTEN_TITLES,
        },
        order=40,
    )
