"""Questions to the subscriptions' tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Integer,
    and_,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern.db import UTCDateTime, insert_into
from stadtkern.notify.subscriptions.models import Subscriber, Subscription, SubscriptionNotice

MOST_NEWS = 500
"""Pages that one run looks at, the newest; nobody reads a mail about more."""

_SUSPENDED = select(Subscriber.id).where(Subscriber.suspended_at.is_not(None))


def note(session: Session, tenant_id: int, node_id: int, now: datetime) -> bool:
    """Note that a page has gone public, if anybody is subscribed to anything. One statement.

    A page that is noted already is not noted again.
    """
    subscribed = exists(
        select(literal_column("1"))
        .select_from(Subscription.__table__)
        .where(
            Subscription.__table__.c.tenant_id == tenant_id,
            Subscription.__table__.c.confirmed_at.is_not(None),
        )
    )
    row = select(
        literal(tenant_id, Integer), literal(node_id, Integer), literal(now, UTCDateTime())
    ).where(subscribed)
    statement = (
        # By the table, not the model: the rows come from a SELECT, which names the town itself.
        insert_into(session, SubscriptionNotice.__table__)
        .from_select(["tenant_id", "node_id", "made_at"], row)
        .on_conflict_do_nothing(index_elements=["tenant_id", "node_id"])
        # How many rows an INSERT has made is not told alike by both databases.
        .returning(SubscriptionNotice.__table__.c.id)
    )
    return session.execute(statement).first() is not None


def settle(session: Session, types: Collection[str], *, now: datetime, since: datetime) -> bool:
    """Say of what is noted since when it can be seen; return whether there is something new.

    What cannot be seen (a draft again, below a hidden page, of a plugin that is switched off)
    waits for the day on which it can. Whoever settles at the same time waits for the other.
    """
    rows = session.execute(
        select(SubscriptionNotice.id, SubscriptionNotice.node_id, SubscriptionNotice.at)
        .where(or_(SubscriptionNotice.at.is_(None), SubscriptionNotice.at > since))
        .order_by(SubscriptionNotice.id)
        .with_for_update()
    ).all()
    seen = set(
        session.scalars(
            select(Node.id).where(Node.id.in_([row.node_id for row in rows]), *_shown(types, now))
        )
    )
    for value, ids in (
        (None, [row.id for row in rows if row.at is not None and row.node_id not in seen]),
        (now, [row.id for row in rows if row.at is None and row.node_id in seen]),
    ):
        if ids:
            session.execute(
                update(SubscriptionNotice)
                .where(SubscriptionNotice.id.in_(ids))
                .values(at=value)
                .execution_options(synchronize_session=False)
            )
    return any(row.at is None and row.node_id in seen for row in rows)


def _shown(types: Collection[str], now: datetime) -> tuple[Any, ...]:
    return (
        VISIBLE,
        Node.type.in_(types),
        or_(Node.expire_at.is_(None), Node.expire_at > now),
    )


def last_notice(session: Session) -> datetime | None:
    """Return since when the newest page can be seen."""
    return session.scalar(select(func.max(SubscriptionNotice.at)))


def waits(session: Session, frequency: str) -> bool:
    """Tell whether somebody has not heard yet of something that may concern them."""
    newest = select(func.max(SubscriptionNotice.at)).scalar_subquery()
    fresh = select(SubscriptionNotice.id).where(SubscriptionNotice.at.is_(None)).limit(1)
    found = session.scalar(
        select(Subscription.id)
        .where(
            Subscription.frequency == frequency,
            Subscription.confirmed_at.is_not(None),
            Subscription.subscriber_id.not_in(_SUSPENDED),
            or_(Subscription.told_until < newest, fresh.exists()),
        )
        .limit(1)
    )
    return found is not None


def due(session: Session, frequency: str, until: datetime, *, after: int, limit: int) -> list[int]:
    """Return the next subscribers, by id, who have not been told all until a time."""
    return list(
        session.scalars(
            select(Subscription.subscriber_id)
            .where(
                Subscription.frequency == frequency,
                Subscription.confirmed_at.is_not(None),
                Subscription.subscriber_id.not_in(_SUSPENDED),
                Subscription.told_until < until,
                Subscription.subscriber_id > after,
            )
            .distinct()
            .order_by(Subscription.subscriber_id)
            .limit(limit)
        )
    )


def of_subscribers(
    session: Session, ids: Collection[int], frequency: str, until: datetime
) -> tuple[dict[int, Subscriber], list[Subscription]]:
    """Return subscribers by id, and their subscriptions that are due, locked."""
    people = session.scalars(select(Subscriber).where(Subscriber.id.in_(ids))).all()
    rows = session.scalars(
        select(Subscription)
        .where(
            Subscription.subscriber_id.in_(ids),
            Subscription.frequency == frequency,
            Subscription.confirmed_at.is_not(None),
            Subscription.told_until < until,
        )
        .order_by(Subscription.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return {one.id: one for one in people}, list(rows)


def news(
    session: Session, types: Collection[str], *, since: datetime, until: datetime, now: datetime
) -> Sequence[Any]:
    """Return what everybody can see since then, the newest first, each with ``at``."""
    return session.execute(
        select(*LIGHT, SubscriptionNotice.at.label("at"))
        .join(SubscriptionNotice, SubscriptionNotice.node_id == Node.id)
        .where(SubscriptionNotice.at > since, SubscriptionNotice.at <= until, *_shown(types, now))
        .order_by(SubscriptionNotice.at.desc(), SubscriptionNotice.id.desc())
        .limit(MOST_NEWS)
    ).all()


def subscriber(session: Session, mail_hash: str) -> Subscriber | None:
    """Return the subscriber with an address."""
    return session.scalars(select(Subscriber).where(Subscriber.mail_hash == mail_hash)).first()


def one_subscriber(session: Session, number: int) -> Subscriber | None:
    """Return a subscriber of the session's town."""
    return session.scalars(select(Subscriber).where(Subscriber.id == number)).first()


def confirmed(session: Session, subscriber_id: int) -> list[Subscription]:
    """Return somebody's subscriptions that count, the oldest first."""
    return list(
        session.scalars(
            select(Subscription)
            .where(
                Subscription.subscriber_id == subscriber_id, Subscription.confirmed_at.is_not(None)
            )
            .order_by(Subscription.id)
        )
    )


def pending(session: Session, subscriber_id: int) -> int:
    """Return how many requests of somebody wait to be confirmed."""
    return int(
        session.scalar(
            select(func.count(Subscription.id)).where(
                Subscription.subscriber_id == subscriber_id, Subscription.confirmed_at.is_(None)
            )
        )
        or 0
    )


def one(session: Session, number: int, subscriber_id: int) -> Subscription | None:
    """Return one subscription of somebody."""
    return session.scalars(
        select(Subscription).where(
            Subscription.id == number,
            Subscription.subscriber_id == subscriber_id,
            Subscription.confirmed_at.is_not(None),
        )
    ).first()


def by_code(session: Session, code_hash: str) -> Subscription | None:
    """Return the request that a code confirms."""
    return session.scalars(select(Subscription).where(Subscription.code_hash == code_hash)).first()


def subscriber_by_code(session: Session, code_hash: str) -> Subscriber | None:
    """Return the subscriber whom a code lets manage."""
    return session.scalars(select(Subscriber).where(Subscriber.code_hash == code_hash)).first()


def by_key(session: Session, key_hash: str) -> tuple[Subscriber | None, Subscription | None]:
    """Return whose key it is: of a subscriber, or of one subscription."""
    own = session.scalars(select(Subscriber).where(Subscriber.key_hash == key_hash)).first()
    single = (
        None
        if own is not None
        else session.scalars(
            select(Subscription).where(
                Subscription.key_hash == key_hash, Subscription.confirmed_at.is_not(None)
            )
        ).first()
    )
    return own, single


def suspended(session: Session) -> int:
    """Return how many addresses get no mails since their mailbox refuses them."""
    return int(
        session.scalar(
            select(func.count(Subscriber.id)).where(Subscriber.suspended_at.is_not(None))
        )
        or 0
    )


def purge(
    session: Session,
    *,
    unconfirmed: datetime,
    noticed: datetime,
    suspended: datetime,
    now: datetime,
) -> None:
    """Delete requests that nobody confirmed, old notices, used codes, empty subscribers.

    Those, too, whose mailboxes have refused mails since a time.
    """
    statements: tuple[Any, ...] = (
        delete(SubscriptionNotice).where(SubscriptionNotice.made_at < noticed),
        delete(Subscription).where(
            Subscription.confirmed_at.is_(None), Subscription.created_at < unconfirmed
        ),
        delete(Subscriber).where(
            or_(
                Subscriber.id.not_in(select(Subscription.subscriber_id)),
                Subscriber.suspended_at < suspended,
            )
        ),
        update(Subscriber)
        .where(and_(Subscriber.code_until.is_not(None), Subscriber.code_until < now))
        .values(code_hash=None, code_until=None),
    )
    for statement in statements:
        session.execute(statement.execution_options(synchronize_session=False))


def numbers(session: Session) -> Sequence[Any]:
    """Return how many confirmed subscriptions there are, by what they are about and how often."""
    return session.execute(
        select(
            Subscription.kind,
            Subscription.node_id,
            Subscription.type,
            Subscription.language,
            Subscription.frequency,
            func.count().label("number"),
        )
        .where(Subscription.confirmed_at.is_not(None))
        .group_by(
            Subscription.kind,
            Subscription.node_id,
            Subscription.type,
            Subscription.language,
            Subscription.frequency,
        )
    ).all()


def people(session: Session) -> int:
    """Return how many addresses have at least one confirmed subscription."""
    return int(
        session.scalar(
            select(func.count(func.distinct(Subscription.subscriber_id))).where(
                Subscription.confirmed_at.is_not(None)
            )
        )
        or 0
    )
