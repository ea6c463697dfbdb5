"""Places: addresses, order, moving and copying."""

from sqlalchemy import and_, case, delete, exists, func, literal, select, update
from sqlalchemy.orm import aliased

from stadtkern.audit import record
from stadtkern.content import events, queries
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Redirect
from stadtkern.content.services.base import check_length, join
from stadtkern.content.services.editing import SNAPSHOT, Editing
from stadtkern.db import utcnow
from stadtkern.web.i18n import _

MAX_COPIES = 500
"""Pages that one copy takes along."""


class Placing(Editing):
    """Rename, move, order and copy nodes."""

    def rename(self, node_id: int, slug: str, *, version: int | None = None) -> Node:
        """Give a node another address; the old one and all below it redirect.

        One prefix UPDATE whatever the number of descendants.
        """
        self.queue(alone=True)
        node, parent, taken, longest = self._to_rename(node_id, slug)
        self._same_version(node, version)
        if parent is None:
            raise ContentRefused(_("A front page keeps its address."))
        if slug == node.slug:
            return node
        slug = self._checked(parent, slug, taken=taken)
        self._tell(events.NodeMoving, node, parent=parent)
        return self._readdress(node, parent, slug, longest)

    def _to_rename(self, node_id: int, slug: str) -> tuple[Node, Node | None, bool, int]:
        """Return a locked node, what it stands below, and what decides about a ``slug``.

        That is: whether it is taken there already, and the longest address below the node.
        """
        above, beside, deep = aliased(Node), aliased(Node), aliased(Node)
        taken = exists().where(
            beside.parent_id == Node.parent_id, beside.slug == slug, beside.deleted_at.is_(None)
        )
        longest = (
            select(func.max(func.length(deep.path)))
            .where(
                # As ``queries.below``, for a path that the database knows.
                deep.path > Node.path + "/",
                deep.path < Node.path + "0",
                deep.deleted_at.is_(None),
            )
            .correlate(Node)
            .scalar_subquery()
        )
        row = self.session.execute(
            select(Node, above, taken, longest)
            .outerjoin(above, and_(above.id == Node.parent_id, above.deleted_at.is_(None)))
            .where(Node.id == node_id, Node.deleted_at.is_(None))
            .with_for_update(of=Node)
            .execution_options(populate_existing=True)
        ).first()
        if row is None:
            raise ContentRefused(_("This page no longer exists."))
        return row[0], row[1], bool(row[2]), row[3] or 0

    def move(
        self,
        node_id: int,
        parent_id: int,
        *,
        version: int | None = None,
        before: int | None = None,
    ) -> Node:
        """Put a node below another one of the same language; the old address redirects.

        ``before``: id of the child that it shall stand in front of; without, it comes last. With
        its present parent only the order changes.
        """
        self.queue(alone=True)
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        parent = self.get(parent_id, lock=True)
        if node.parent_id is None:
            raise ContentRefused(_("A front page cannot be moved."))
        if parent.id == node.id or parent.path.startswith(node.path + "/"):
            raise ContentRefused(_("A page cannot be moved below itself."), "parent")
        if parent.language != node.language:
            raise ContentRefused(_("A page stays within its language."), "parent")
        self._accepts(parent, self.types.get(node.type))
        if parent.id != node.parent_id:
            self._tell(events.NodeMoving, node, parent=parent)
            node.position = self._last_position(parent.id) + 1
            self._readdress(node, parent, self._free_slug(parent, node.slug))
        if before is not None:
            self._place(node, before)
        return node

    def reorder(self, node_id: int, step: int) -> Node:
        """Move a node among its siblings: ``step`` -1 up, +1 down."""
        self.queue(alone=True)
        node = self.get(node_id, lock=True)
        siblings = self._children(node.parent_id)
        index = siblings.index(node)
        other = index + step
        if 0 <= other < len(siblings):
            siblings[index], siblings[other] = siblings[other], siblings[index]
            self._number(node, siblings)
        return node

    def copy(
        self, node_id: int, parent_id: int, *, deep: bool = False, title: str | None = None
    ) -> Node:
        """Make a draft with the same contents below ``parent``; return it.

        ``deep``: with all below it, at most ``MAX_COPIES``. Pictures and files are referred to,
        not copied. A working copy, if there is one, is what is copied.
        """
        self.queue(alone=False)
        node = self.get(node_id)
        parent = self.get(parent_id, lock=True)
        if node.parent_id is None:
            raise ContentRefused(_("A front page cannot be copied."))
        if parent.path == node.path or parent.path.startswith(node.path + "/"):
            raise ContentRefused(_("A page cannot be copied below itself."), "parent")
        self._accepts(parent, self.types.get(node.type))
        rows = [node, *self._below(node, MAX_COPIES)] if deep else [node]
        made: dict[int, Node] = {}
        for row in rows:
            above = parent if row is node else made[row.parent_id or 0]
            made[row.id] = self._copied(row, above, title if row is node else None)
        return made[node.id]

    # Within

    def _copied(self, row: Node, parent: Node, title: str | None) -> Node:
        kind = self.kind(row.type)
        source = self.working_copy(row)
        values = {name: getattr(source, name) for name in SNAPSHOT}
        if title:
            values["title"] = title
        slug = self._free_slug(parent, row.slug)
        return self._add(parent, kind, slug, values)

    def _below(self, node: Node, maximum: int) -> list[Node]:
        rows = list(
            self.session.scalars(
                select(Node)
                .where(queries.below(Node.path, node.path), Node.deleted_at.is_(None))  # type: ignore[arg-type]
                .order_by(func.length(Node.path), Node.position, Node.id)
                .limit(maximum + 1)
            )
        )
        if len(rows) > maximum:
            raise ContentRefused(
                _(
                    "There are more than ${n} pages below this one: copy smaller parts.",
                    mapping={"n": maximum},
                )
            )
        return rows

    def _children(self, parent_id: int | None) -> list[Node]:
        return list(
            self.session.scalars(
                select(Node)
                .where(Node.parent_id == parent_id, Node.deleted_at.is_(None))
                .order_by(Node.position, Node.id)
            )
        )

    def _place(self, node: Node, before: int) -> None:
        siblings = [row for row in self._children(node.parent_id) if row.id != node.id]
        index = next((i for i, row in enumerate(siblings) if row.id == before), len(siblings))
        siblings.insert(index, node)
        self._number(node, siblings)

    def _number(self, node: Node, siblings: list[Node]) -> None:
        """Store an order. Not through the objects: an open form must not become stale by this."""
        places = {sibling.id: position for position, sibling in enumerate(siblings)}
        self.session.execute(
            update(Node)
            .where(Node.parent_id == node.parent_id, Node.id.in_(places))
            .values(position=case(places, value=Node.id))
            .execution_options(synchronize_session=False)
        )
        record(self.session, "node.order", "node", node.id)
        if node.state == "published":
            self._changed()

    def _readdress(self, node: Node, parent: Node, slug: str, longest: int | None = None) -> Node:
        """Give a node another place.

        ``longest``: characters of the longest address below it, where that was asked already.
        """
        old, new = node.path, join(parent.path, slug)
        if longest is None and len(new) > len(old):
            # An address that does not grow needs no look at what stands below it.
            longest = self.session.scalar(
                select(func.max(func.length(Node.path))).where(
                    queries.below(Node.path, old),  # type: ignore[arg-type]
                    Node.deleted_at.is_(None),
                )
            )
        check_length(new, (longest or len(old)) - len(old))
        node.slug, node.path, node.parent_id = slug, new, parent.id
        node.updated_at = utcnow()
        self.session.flush()
        self.session.execute(
            update(Node)
            .where(queries.below(Node.path, old), Node.deleted_at.is_(None))  # type: ignore[arg-type]
            .values(path=literal(new) + func.substr(Node.path, len(old) + 1))
            .execution_options(synchronize_session=False)
        )
        self.session.execute(
            delete(Redirect)
            .where(Redirect.path == old)
            .execution_options(synchronize_session=False)
        )
        self.session.add(Redirect(tenant_id=self.tenant.id, path=old, node_id=node.id))
        self.session.flush()
        self._tell(events.NodeMoved, node, old_path=old)
        self._changed()
        return node
