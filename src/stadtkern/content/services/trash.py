"""The trash: what was deleted waits there, whole, until it is restored or its time is over."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, literal, select, update

from stadtkern.content import events, queries
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node
from stadtkern.content.services.base import ContentBase, check_length, join
from stadtkern.content.workflows import PUBLISHED
from stadtkern.db import utcnow
from stadtkern.privacy import held_ids
from stadtkern.web.i18n import _

HELD_AGAIN = 24 * 3600
"""Seconds after which a held node's end in the trash is asked for again."""


class Trash(ContentBase):
    """Delete, look through the trash, restore, purge."""

    def delete(self, node_id: int, *, version: int | None = None) -> int:
        """Put a node and all below it into the trash; return how many.

        They leave the site at once and come back together by ``restore_trashed``.
        """
        self.queue(alone=True)
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        if node.parent_id is None:
            raise ContentRefused(_("A front page cannot be deleted."))
        self._tell(events.NodeDeleting, node)
        now = utcnow()
        result = self.session.execute(
            update(Node)
            .where(
                (Node.id == node.id) | queries.below(Node.path, node.path),  # type: ignore[arg-type]
                Node.deleted_at.is_(None),
            )
            .values(deleted_at=now, deleted_with=node.id, deleted_by=self.actor_id)
            .execution_options(synchronize_session=False)
        )
        self._tell(events.NodeDeleted, node)
        self._changed()
        self.session.expire_all()
        return int(result.rowcount)  # type: ignore[attr-defined]

    @property
    def trash_days(self) -> int:
        """Return for how many days the trash keeps what was deleted."""
        return int(self.settings.get("trash_days") or 30)

    def trashed_node(self, node_id: int, *, lock: bool = False) -> Node:
        """Return what was deleted by itself (not along with a page above it)."""
        statement = select(Node).where(
            Node.id == node_id, Node.deleted_at.is_not(None), Node.deleted_with == node_id
        )
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        node = self.session.scalars(statement).first()
        if node is None:
            raise ContentRefused(
                _("This no longer lies in the trash: it was restored, or its time was over.")
            )
        return node

    def with_it(self, node_id: int) -> int:
        """Return how many nodes a deletion has taken along, the node itself included."""
        found = self.session.scalar(
            select(func.count()).select_from(Node).where(self._went_with(node_id))
        )
        return int(found or 0)

    def has_below(self, node: Node) -> bool:
        """Tell whether deleting a node would take others along."""
        found = self.session.scalar(
            select(Node.id)
            .where(queries.below(Node.path, node.path), Node.deleted_at.is_(None))  # type: ignore[arg-type]
            .limit(1)
        )
        return found is not None

    def comes_back_public(self, node_id: int) -> bool:
        """Tell whether anything published comes back with what lies in the trash."""
        found = self.session.scalar(
            select(Node.id).where(self._went_with(node_id), Node.state == PUBLISHED).limit(1)
        )
        return found is not None

    def restore_trashed(
        self, node_id: int, *, parent_id: int | None = None, slug: str | None = None
    ) -> Node:
        """Bring a node back with all that went with it, at its old address if that is free.

        ``parent_id``: another place; ``slug``: another last part of the address. Raises
        ``ContentRefused`` (field ``parent`` or ``slug``) where the old place is gone or taken.
        """
        self.queue(alone=True)
        node = self.trashed_node(node_id, lock=True)
        parent = self.session.scalars(
            select(Node).where(Node.id == (parent_id or node.parent_id), Node.deleted_at.is_(None))
        ).first()
        if parent is None:
            raise ContentRefused(
                _("The page above it is gone, too. Restore that first, or choose another place."),
                "parent",
            )
        if parent.language != node.language:
            raise ContentRefused(_("A page stays within its language."), "parent")
        if parent_id is not None:
            self._accepts(parent, self.types.get(node.type))
        wanted = self._checked(parent, slug or node.slug)
        self._bring_back(node, parent, wanted)
        self._tell(events.NodeUndeleted, node)
        self._changed()
        return node

    def _bring_back(self, node: Node, parent: Node, slug: str) -> None:
        old, new = node.path, join(parent.path, slug)
        longest = self.session.scalar(
            select(func.max(func.length(Node.path))).where(self._went_with(node.id))
        )
        check_length(new, (longest or len(old)) - len(old))
        keys = select(Node.key).where(Node.deleted_at.is_(None), Node.key.is_not(None))
        # An import has made it anew meanwhile: that one keeps the name.
        self.session.execute(
            update(Node)
            .where(self._went_with(node.id), Node.key.in_(keys))
            .values(key=None)
            .execution_options(synchronize_session=False)
        )
        self.session.execute(
            update(Node)
            .where(self._went_with(node.id))
            .values(
                path=literal(new) + func.substr(Node.path, len(old) + 1),
                deleted_at=None,
                deleted_by=None,
                deleted_with=None,
            )
            .execution_options(synchronize_session=False)
        )
        self.session.expire(node)
        if (node.slug, node.parent_id) != (slug, parent.id):
            node.slug, node.parent_id = slug, parent.id
        node.updated_at = utcnow()
        self.session.flush()

    def purge(self, node_id: int) -> int:
        """Delete what lies in the trash for good, with its history; return how many nodes."""
        node = self.trashed_node(node_id, lock=True)
        if self._held(node_id):
            raise ContentRefused(
                _("A legal hold stands on this: it is not deleted before the hold is lifted.")
            )
        self._tell(events.NodePurged, node)
        ids = select(Node.id).where(self._went_with(node_id))
        self.session.execute(
            update(Node)
            .where(Node.source_id.in_(ids))
            .values(source_id=None, source_revision=None)
            .execution_options(synchronize_session=False)
        )
        count = self.with_it(node_id)
        self.session.execute(
            delete(Node)
            .where(self._went_with(node_id))
            .execution_options(synchronize_session=False)
        )
        self.session.expire_all()
        return count

    def purge_due(self, node_id: int) -> int | None:
        """Purge a node whose time in the trash is over.

        Returns the seconds that are left if it is not (the setting was raised), else None.
        """
        node = self.session.scalars(
            select(Node).where(Node.id == node_id, Node.deleted_with == node_id)
        ).first()
        if node is None or node.deleted_at is None:
            return None
        left = node.deleted_at + timedelta(days=self.trash_days) - utcnow()
        if left.total_seconds() > 0:
            return int(left.total_seconds()) + 1
        if self._held(node_id):
            return HELD_AGAIN
        self.purge(node_id)
        return None

    def _held(self, node_id: int) -> bool:
        """Tell whether a legal hold stands on anything that a deletion has taken along."""
        held = [int(one) for one in held_ids(self.session, self.tenant, "node")]
        if not held:
            return False
        found = select(Node.id).where(self._went_with(node_id), Node.id.in_(held)).limit(1)
        return self.session.scalar(found) is not None

    def _went_with(self, node_id: int) -> ColumnElement[bool]:
        return (Node.deleted_with == node_id) & Node.deleted_at.is_not(None)
