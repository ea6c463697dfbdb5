"""What a media node needs before the public sees it."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import select

from stadtkern.content import ContentRefused, Revision, events
from stadtkern.media.schemas import LACKS


def lacks(kind: str, body: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return (field, what is missing) for a node of this type; nothing for other types."""
    rule = LACKS.get(kind)
    return rule((body or {}).get("fields") or {}) if rule is not None else []


def _refuse(kind: str, body: Mapping[str, Any] | None) -> None:
    for field, message in lacks(kind, body):
        raise ContentRefused(message, field)


def before_publishing(event: events.NodePublishing) -> None:
    """Refuse to publish a picture without words, or anything without credit and licence."""
    node = event.node
    if node.type not in LACKS:
        return
    body: Mapping[str, Any] | None = node.body
    if node.draft_revision is not None:
        body = event.session.scalar(
            select(Revision.body).where(
                Revision.node_id == node.id, Revision.number == node.draft_revision
            )
        )
    _refuse(node.type, body)


def before_saving(event: events.NodeSaving) -> None:
    """Refuse to take away from what is public what it needs."""
    if event.state == "published":
        _refuse(event.node.type, event.values["body"])


def configure(config: Configurator) -> None:
    """Listen."""
    config.add_subscriber(before_publishing, events.NodePublishing)
    config.add_subscriber(before_saving, events.NodeSaving)
