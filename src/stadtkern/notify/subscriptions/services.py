"""Writes of the subscriptions: asking, confirming, changing, ending."""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import quote

from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy.orm import Session

from stadtkern.accounts.services.passwords import code_hash, new_code
from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.mail import compose
from stadtkern.notify.subscriptions import queries
from stadtkern.notify.subscriptions.models import FREQUENCIES, Subscriber, Subscription
from stadtkern.notify.subscriptions.targets import OFTEN_TITLES, Target
from stadtkern.tenants import origin
from stadtkern.vault import blind_index, open_, seal
from stadtkern.web.i18n import _

UNCONFIRMED = timedelta(hours=48)
"""So long a request waits for its code; then it is deleted."""
MANAGING = timedelta(minutes=30)
"""So long a code lets somebody manage subscriptions."""
MOST_PENDING = 5
"""Requests of one address that wait at the same time: nobody is flooded with codes."""
MOST = 50
"""Subscriptions of one address."""
KEY = 40
"""Hexadecimal digits of a key: 160 bits."""


def mail_hash(session: Session, registry: Registry, tenant_id: int, mail: str) -> str:
    """Return by what an address is found."""
    return blind_index(session, registry, tenant_id, mail.strip().lower(), "subscriber")


def address(session: Session, registry: Registry, person: Subscriber) -> str:
    """Return a subscriber's mail address."""
    sealed = open_(session, registry, person.tenant_id, person.mail, person.context)
    return sealed.decode()


def key_of(
    session: Session, registry: Registry, tenant_id: int, of: type[object], nonce: str
) -> str:
    """Return the key that ends a subscription, or all of a subscriber.

    Made of the row's nonce by the vault's key: mails can name it, and yet only its hash is stored.
    """
    return blind_index(session, registry, tenant_id, f"{of.__name__}:{nonce}", "unsubscribe")[:KEY]


def proof_of(person: Subscriber) -> str:
    """Return what a session keeps of a subscriber who has proved to read their mails.

    Made of the row's random nonce: a number alone is given out again once its row is deleted.
    """
    return digest(f"proof:{person.nonce}")


def digest(key: str) -> str:
    """Return how a key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def _subscriber(request: Request, mail: str) -> Subscriber:
    """Return the subscriber with an address, made if there is none."""
    session, registry, tenant_id = request.db, request.registry, request.tenant.id
    hashed = mail_hash(session, registry, tenant_id, mail)
    person = queries.subscriber(session, hashed)
    if person is None:
        nonce = secrets.token_hex(16)
        person = Subscriber(
            mail_hash=hashed,
            locale=request.locale_name,
            nonce=nonce,
            key_hash=digest(key_of(session, registry, tenant_id, Subscriber, nonce)),
        )
        person.mail = seal(session, registry, tenant_id, mail.encode(), person.context)
        session.add(person)
        session.flush()
    return person


def ask(request: Request, mail: str, target: Target, frequency: str) -> None:
    """Mail a code to an address, by which the subscription begins.

    Nothing tells whoever asks whether the address is known. An address that lets too many
    requests wait gets no further mail until they have lapsed.
    """
    session, registry, tenant_id = request.db, request.registry, request.tenant.id
    person = _subscriber(request, mail)
    if queries.pending(session, person.id) >= MOST_PENDING:
        return
    code, nonce = new_code(), secrets.token_hex(16)
    session.add(
        Subscription(
            subscriber_id=person.id,
            kind=target.kind,
            node_id=target.node_id,
            type=target.type,
            words=target.words,
            language=target.language,
            frequency=frequency,
            nonce=nonce,
            key_hash=digest(key_of(session, registry, tenant_id, Subscription, nonce)),
            code_hash=code_hash(code),
        )
    )
    session.flush()
    say = request.translate
    compose(
        session,
        registry["outbox"],
        recipient=mail,
        subject=say(_("Please confirm: mails from ${town}"), town=request.tenant.name),
        body=say(
            _(
                "Somebody, probably you, wants to get mails from ${town}.\n\n"
                "What: ${what}\nHow often: ${often}\n\n"
                "If it was you, please confirm it within 48 hours:\n${address}\n\n"
                "Your code: ${code}\n\n"
                "If it was not you, there is nothing to do: without the code you get no mails, "
                "and your address is deleted after 48 hours.\n"
            ),
            town=request.tenant.name,
            what=say(target.unconfirmed),
            often=say(OFTEN_TITLES[frequency]),
            address=code_address(request, code),
            code=code,
        ),
        keep=False,
    )


def code_address(request: Request, code: str) -> str:
    """Return where a code is entered.

    The code stands behind the number sign, which browsers keep to themselves: no log has it.
    """
    query = None
    if request.locale_name != request.tenant.default_locale:
        query = {"lang": request.locale_name}
    place = request.route_url("subscribe.code", _app_url=origin(request), _query=query)
    return f"{place}#{quote(code)}"


def mail_code(request: Request, mail: str) -> None:
    """Mail a code for managing to an address that has subscriptions; say nothing either way."""
    session = request.db
    hashed = mail_hash(session, request.registry, request.tenant.id, mail)
    person = queries.subscriber(session, hashed)
    if person is None or not queries.confirmed(session, person.id):
        return
    code = new_code()
    person.code_hash, person.code_until = code_hash(code), utcnow() + MANAGING
    session.flush()
    compose(
        session,
        request.registry["outbox"],
        recipient=mail,
        subject=request.translate(_("Your code for managing your subscriptions")),
        body=request.translate(
            _(
                "Somebody, probably you, wants to see or change which mails you get from "
                "${town}.\n\nPlease go on here within 30 minutes:\n${address}\n\n"
                "Your code: ${code}\n\nIf it was not you, there is nothing to do.\n"
            ),
            town=request.tenant.name,
            address=code_address(request, code),
            code=code,
        ),
        keep=False,
    )


def redeem(request: Request, code: str) -> tuple[Subscriber, Subscription | None] | None:
    """Return who has proved to read an address's mails, and the subscription that now begins.

    None for a code that does not fit or is used up. A subscription to the same thing gives way to
    the new one.
    """
    session, hashed, now = request.db, code_hash(code), utcnow()
    fresh = queries.by_code(session, hashed)
    if fresh is not None:
        if fresh.confirmed_at is not None or now - fresh.created_at > UNCONFIRMED:
            return None
        person = queries.one_subscriber(session, fresh.subscriber_id)
        assert person is not None  # noqa: S101 - a foreign key
        others = queries.confirmed(session, person.id)
        for old in others:
            if old.about == fresh.about:
                session.delete(old)
        fresh.code_hash = None
        fresh.confirmed_at = fresh.told_until = now
        person.locale = request.locale_name
        session.flush()
        _resume(session, person)
        for oldest in queries.confirmed(session, person.id)[:-MOST]:
            session.delete(oldest)
        record(session, "subscription.confirm", "subscription", fresh.id)
        return person, fresh
    person = queries.subscriber_by_code(session, hashed)
    if person is None or person.code_until is None or person.code_until < now:
        return None
    person.code_hash = person.code_until = None
    session.flush()
    _resume(session, person)
    return person, None


def _resume(session: Session, person: Subscriber) -> None:
    """Write again to somebody who has just read a mail; what was new meanwhile is not mailed."""
    if person.suspended_at is not None:
        for row in queries.confirmed(session, person.id):
            row.told_until = utcnow()
    person.refusals, person.refused_since, person.suspended_at = 0, None, None
    session.flush()


def change(session: Session, row: Subscription, frequency: str) -> None:
    """Let mails of a subscription come more or less often; ``ValueError`` for no such rhythm."""
    if frequency not in FREQUENCIES:
        raise ValueError(frequency)
    row.frequency = frequency
    session.flush()


def end(session: Session, row: Subscription) -> None:
    """End a subscription; an address without any is deleted with it."""
    person = queries.one_subscriber(session, row.subscriber_id)
    record(session, "subscription.end", "subscription", row.id)
    session.delete(row)
    session.flush()
    if person is not None and not queries.confirmed(session, person.id):
        _forget(session, person)


def end_all(session: Session, person: Subscriber) -> None:
    """End all subscriptions of an address and delete it."""
    for row in queries.confirmed(session, person.id):
        record(session, "subscription.end", "subscription", row.id)
    _forget(session, person)


def _forget(session: Session, person: Subscriber) -> None:
    if queries.pending(session, person.id):
        # Somebody asks for something new with this address right now: that stays to be confirmed.
        for row in queries.confirmed(session, person.id):
            session.delete(row)
        session.flush()
        return
    session.delete(person)
    session.flush()


def key_ends(session: Session, key: str) -> bool:
    """Tell whether there still is something that a key of a mail ends."""
    return any(one is not None for one in queries.by_key(session, digest(key)))


def end_by_key(session: Session, key: str) -> None:
    """End what a key of a mail ends; nothing for a key that ends nothing any more."""
    person, single = queries.by_key(session, digest(key))
    if person is not None:
        end_all(session, person)
    elif single is not None:
        end(session, single)
