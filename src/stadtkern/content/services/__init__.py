"""Writes to the tree. Everything goes through here: forms, commands, imports."""

from sqlalchemy import select

from stadtkern.content import queries
from stadtkern.content.models import Node
from stadtkern.content.services.base import check_length, checked_title, join
from stadtkern.content.services.joining import Joining
from stadtkern.content.services.placing import Placing
from stadtkern.content.services.stating import Stating, editing_state
from stadtkern.content.services.translating import Translating
from stadtkern.content.services.trash import Trash

__all__ = ["Content", "check_length", "checked_title", "editing_state", "join"]


class Content(Stating, Placing, Joining, Translating, Trash):
    """The tree of one tenant, for one unit of work.

    Permissions are the caller's to check: commands and jobs have nobody to ask.
    """

    def by_path(self, path: str) -> Node | None:
        """Return the node at an address."""
        return self.session.scalars(
            select(Node).where(Node.path == path, Node.deleted_at.is_(None))
        ).first()

    def by_key(self, key: str) -> Node | None:
        """Return the node that an import has made under this stable name."""
        return self.session.scalars(
            select(Node).where(Node.key == key, Node.deleted_at.is_(None))
        ).first()

    def is_public_below(self, path: str) -> bool:
        """Tell whether the node at an address, or anything below it, is published."""
        found = self.session.scalar(
            select(Node.id)
            .where(
                (Node.path == path) | queries.below(Node.path, path),  # type: ignore[arg-type]
                Node.state == "published",
                Node.deleted_at.is_(None),
            )
            .limit(1)
        )
        return found is not None
