"""The place of an announcement: it stays in the archive, on the site and in sight."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from stadtkern.content import ContentRefused, Node, events, queries
from stadtkern.municipal.announcements.files import keep_file
from stadtkern.municipal.announcements.official import PUBLISHED, TYPE, hidden_at
from stadtkern.web.i18n import _


def _official_within(session: Session, node: Node) -> str | None:
    """Return the title of a published announcement that is, or stands below, a node."""
    found: str | None = session.scalar(
        select(Node.title)
        .where(
            or_(Node.id == node.id, queries.below(Node.path, node.path)),  # type: ignore[arg-type]
            Node.deleted_at.is_(None),
            Node.type == TYPE,
            Node.state == PUBLISHED,
        )
        .order_by(Node.path)
        .limit(1)
    )
    return found


def keep_entries(event: events.NodeDeleting) -> None:
    """Refuse to delete a published announcement, or a page with one below it."""
    if _official_within(event.session, event.node) is not None:
        raise ContentRefused(
            _(
                "Published announcements stay in the archive and cannot be deleted. Withdraw them "
                "with a reason instead, or move them elsewhere first."
            )
        )


def keep_on_the_site(event: events.NodeUnpublishing) -> None:
    """Refuse to take off the site what an announcement, or one of its files, stands below."""
    title = _official_within(event.session, event.node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced officially below this page and would disappear with it. "
                "Published announcements stay to be read: move them elsewhere first.",
                mapping={"title": title},
            )
        )
    keep_file(event.session, event.node)


def keep_in_sight(event: events.NodeMoving) -> None:
    """Refuse to move an announcement, or one of its files, to where visitors do not see it."""
    session = event.session
    if event.parent.id == event.node.parent_id:
        return
    hidden = hidden_at(session, *queries.prefixes(event.parent.path))
    if hidden is None:
        return
    title = _official_within(session, event.node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced officially and would disappear there: “${hidden}” is not "
                "published. Publish that page first, or choose another place.",
                mapping={"title": title, "hidden": hidden},
            ),
            "parent",
        )
    keep_file(session, event.node)
