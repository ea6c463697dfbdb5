"""Telling receivers that something has happened."""

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.notify.webhooks.kinds import kinds
from stadtkern.notify.webhooks.queries import is_new, listening
from stadtkern.notify.webhooks.services import hand_over


def emit(
    session: Session,
    registry: Registry,
    tenant_id: int,
    name: str,
    /,
    **data: int | str | bool | None,
) -> int:
    """Tell an event to all who receive it, by the session's commit; return to how many.

    ``data``: as in the example that the event was declared with; ``ValueError`` for other keys
    and for long texts, ``LookupError`` for an event that nobody has declared. Nothing is told of
    a plugin that the town has switched off. One query where nobody listens, once a transaction.
    What was told already in this transaction, word for word, is not told again.
    """
    kind = kinds(registry).get(name)
    if kind is None:
        raise LookupError(f"There is no event “{name}”: declare it by add_webhook_event.")
    kind.check(data)
    receivers = listening(session, name)
    if not receivers:
        return 0
    if kind.owner is not None:
        state = registry["plugin_states"].seen(tenant_id, session)
        if not state.has(kind.owner):
            return 0
    if not is_new(session, name, data):
        return 0
    now = utcnow()
    for endpoint_id in receivers:
        hand_over(session, registry, endpoint_id, name, dict(data), now)
    return len(receivers)
