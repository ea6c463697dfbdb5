"""Writes to the tree. Everything goes through here: forms, commands, imports."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from pyramid.registry import Registry
from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.orm import Session

from stadtkern.content import events, queries
from stadtkern.content.blocks import MAX_BLOCKS
from stadtkern.content.errors import Conflict, ContentRefused
from stadtkern.content.models import Node, Redirect
from stadtkern.content.slugs import RESERVED, VALID, slugify
from stadtkern.content.types import ContentType, enabled_blocks, enabled_types
from stadtkern.content.values import read_fields, to_json, write_fields
from stadtkern.db import utcnow
from stadtkern.tenants import Tenant, bump_generation
from stadtkern.web.i18n import _


class Content:
    """The tree of one tenant, for one unit of work."""

    def __init__(
        self,
        registry: Registry,
        session: Session,
        tenant: Tenant,
        *,
        plugins: frozenset[str],
        actor_id: int | None = None,
    ) -> None:
        self.registry = registry
        self.session = session
        self.tenant = tenant
        self.actor_id = actor_id
        self.types = enabled_types(registry, plugins)
        self.block_types = enabled_blocks(registry, plugins)

    # Finding

    def get(self, node_id: int, *, lock: bool = False) -> Node:
        """Return a node by id; ``ContentRefused`` if the tenant has none. ``lock`` for writing."""
        statement = select(Node).where(Node.id == node_id, Node.deleted_at.is_(None))
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        node = self.session.scalars(statement).first()
        if node is None:
            raise ContentRefused(_("This page no longer exists."))
        return node

    def by_path(self, path: str) -> Node | None:
        """Return the node at an address."""
        return self.session.scalars(
            select(Node).where(Node.path == path, Node.deleted_at.is_(None))
        ).first()

    def by_key(self, key: str) -> Node | None:
        """Return the node that an import has made under this stable name."""
        return self.session.scalars(select(Node).where(Node.key == key)).first()

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

    def kind(self, name: str) -> ContentType:
        """Return an enabled content type; ``ContentRefused`` for others."""
        found = self.types.get(name)
        if found is None:
            raise ContentRefused(
                _("The content type “${name}” is missing.", mapping={"name": name})
            )
        return found

    def fields(self, node: Any) -> dict[str, Any]:
        """Return a node's fields as its schema's types, upgraded to the current version."""
        kind = self.kind(node.type)
        stored = kind.fields(node.body_version, (node.body or {}).get("fields", {}))
        return read_fields(kind, stored, self.tenant.timezone)

    # Writing

    def create(
        self,
        parent: Node,
        type_name: str,
        *,
        title: str,
        slug: str | None = None,
        summary: str = "",
        in_nav: bool | None = None,
        fields: Mapping[str, Any] | None = None,
        blocks: Iterable[Mapping[str, Any]] = (),
        key: str | None = None,
        translation_group: str | None = None,
    ) -> Node:
        """Add a draft below ``parent``.

        ``fields``: values as the type's schema deserialises them. Without ``slug`` the title
        makes one and a number is added where it is taken.
        """
        kind = self.kind(type_name)
        parent_kind = self.types.get(parent.type)
        if parent_kind is None or not parent_kind.accepts(kind):
            raise ContentRefused(
                _("“${parent}” cannot contain this.", mapping={"parent": parent.title})
            )
        wanted = slug if slug is not None else slugify(title)
        slug = self._free_slug(parent, wanted) if slug is None else self._checked(parent, wanted)
        position = self.session.scalar(
            select(func.coalesce(func.max(Node.position), -1)).where(Node.parent_id == parent.id)
        )
        node = Node(
            parent_id=parent.id,
            path=join(parent.path, slug),
            slug=slug,
            type=type_name,
            state="draft",
            language=parent.language,
            translation_group=translation_group or str(uuid4()),
            position=(position if position is not None else -1) + 1,
            title=checked_title(title),
            summary=summary[:500],
            in_nav=kind.in_nav if in_nav is None else in_nav,
            body_version=kind.version,
            body={
                "fields": write_fields(kind, fields or {}, self.tenant.timezone),
                "blocks": self._blocks(blocks),
            },
            sort_at=kind.sort_at(fields or {}) if kind.sort_at else None,
            until_at=kind.until_at(fields or {}) if kind.until_at else None,
            key=key,
            author_id=self.actor_id,
        )
        check_length(node.path)
        self.session.add(node)
        self.session.flush()
        self._tell(events.NodeCreated, node)
        return node

    def save(
        self,
        node_id: int,
        *,
        version: int,
        title: str,
        summary: str = "",
        in_nav: bool = False,
        fields: Mapping[str, Any] | None = None,
        blocks: Iterable[Mapping[str, Any]] | None = None,
    ) -> Node:
        """Store a node's contents; ``Conflict`` if ``version`` is not the stored one."""
        node = self.get(node_id, lock=True)
        if node.version != version:
            raise Conflict(node)
        kind = self.kind(node.type)
        node.title = checked_title(title)
        node.summary = summary[:500]
        node.in_nav = in_nav
        node.body_version = kind.version
        stored = node.body or {}
        # A fresh object each time: changes within JSON are not noticed.
        node.body = {
            "fields": write_fields(kind, fields or {}, self.tenant.timezone),
            "blocks": self._blocks(blocks, stored.get("blocks", []))
            if blocks is not None
            else stored.get("blocks", []),
        }
        node.sort_at = kind.sort_at(fields or {}) if kind.sort_at else None
        node.until_at = kind.until_at(fields or {}) if kind.until_at else None
        node.updated_at = utcnow()
        self.session.flush()
        self._tell(events.NodeChanged, node)
        self._public(node)
        return node

    def publish(self, node_id: int) -> Node:
        """Make a node public (as far as all above it is)."""
        node = self.get(node_id, lock=True)
        self.kind(node.type)
        if node.state != "published":
            node.state = "published"
            self.session.flush()
            self._tell(events.NodePublished, node)
            self._changed()
        return node

    def unpublish(self, node_id: int) -> Node:
        """Make a node a draft again; what stands below it is hidden with it."""
        node = self.get(node_id, lock=True)
        if node.parent_id is None:
            raise ContentRefused(_("A front page stays published."))
        if node.state == "published":
            node.state = "draft"
            self.session.flush()
            self._tell(events.NodeUnpublished, node)
            self._changed()
        return node

    def rename(self, node_id: int, slug: str, *, version: int | None = None) -> Node:
        """Give a node another address; the old one and all below it redirect.

        One prefix UPDATE whatever the number of descendants.
        """
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        if node.parent_id is None:
            raise ContentRefused(_("A front page keeps its address."))
        parent = self.get(node.parent_id)
        if slug == node.slug:
            return node
        return self._readdress(node, parent, self._checked(parent, slug))

    def move(self, node_id: int, parent_id: int, *, version: int | None = None) -> Node:
        """Put a node below another one of the same language; the old address redirects."""
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        parent = self.get(parent_id, lock=True)
        if node.parent_id is None:
            raise ContentRefused(_("A front page cannot be moved."))
        if parent.id == node.id or parent.path.startswith(node.path + "/"):
            raise ContentRefused(_("A page cannot be moved below itself."), "parent")
        if parent.language != node.language:
            raise ContentRefused(_("A page stays within its language."), "parent")
        kind, parent_kind = self.types.get(node.type), self.types.get(parent.type)
        if kind is None or parent_kind is None or not parent_kind.accepts(kind):
            raise ContentRefused(
                _("“${parent}” cannot contain this.", mapping={"parent": parent.title}), "parent"
            )
        if parent.id == node.parent_id:
            return node
        node.position = (
            self.session.scalar(
                select(func.coalesce(func.max(Node.position), -1)).where(
                    Node.parent_id == parent.id
                )
            )
            or 0
        ) + 1
        return self._readdress(node, parent, self._free_slug(parent, node.slug))

    def reorder(self, node_id: int, step: int) -> Node:
        """Move a node among its siblings: ``step`` -1 up, +1 down."""
        node = self.get(node_id, lock=True)
        siblings = list(
            self.session.scalars(
                select(Node)
                .where(Node.parent_id == node.parent_id, Node.deleted_at.is_(None))
                .order_by(Node.position, Node.id)
            )
        )
        index = siblings.index(node)
        other = index + step
        if 0 <= other < len(siblings):
            siblings[index], siblings[other] = siblings[other], siblings[index]
            places = {sibling.id: position for position, sibling in enumerate(siblings)}
            # Not through the objects: an open form of a sibling must not become stale by this.
            self.session.execute(
                update(Node)
                .where(Node.parent_id == node.parent_id, Node.id.in_(places))
                .values(position=case(places, value=Node.id))
                .execution_options(synchronize_session=False)
            )
            self._public(node)
        return node

    def delete(self, node_id: int, *, version: int | None = None) -> int:
        """Take a node and all below it off the site; return how many. The rows stay."""
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        if node.parent_id is None:
            raise ContentRefused(_("A front page cannot be deleted."))
        now = utcnow()
        result = self.session.execute(
            update(Node)
            .where(
                (Node.id == node.id) | queries.below(Node.path, node.path),  # type: ignore[arg-type]
                Node.deleted_at.is_(None),
            )
            .values(deleted_at=now, key=None)
            .execution_options(synchronize_session=False)
        )
        self._tell(events.NodeDeleted, node)
        self._changed()
        self.session.expire_all()
        return int(result.rowcount)  # type: ignore[attr-defined]

    # Within

    def _readdress(self, node: Node, parent: Node, slug: str) -> Node:
        old, new = node.path, join(parent.path, slug)
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
        self.registry.notify(
            events.NodeMoved(self.session, self.registry, self.tenant.id, node, old)
        )
        self._changed()
        return node

    def _checked(self, parent: Node, slug: str) -> str:
        if not VALID.fullmatch(slug) or len(slug) > 80:  # noqa: PLR2004
            raise ContentRefused(
                _(
                    "Please use only lower-case letters a–z, digits and single hyphens, at most "
                    "80 characters."
                ),
                "slug",
            )
        if self._taken(parent, slug):
            raise ContentRefused(
                _("The address “${slug}” is taken here.", mapping={"slug": slug}), "slug"
            )
        return slug

    def _free_slug(self, parent: Node, wanted: str) -> str:
        slug, number = wanted, 2
        while self._taken(parent, slug):
            slug, number = f"{wanted}-{number}", number + 1
        return slug

    def _taken(self, parent: Node, slug: str) -> bool:
        if parent.path == "/" and (slug in RESERVED or slug in self.tenant.locales):
            return True
        found = self.session.scalar(
            select(Node.id).where(Node.path == join(parent.path, slug), Node.deleted_at.is_(None))
        )
        return found is not None

    def _same_version(self, node: Node, version: int | None) -> None:
        if version is not None and node.version != version:
            raise Conflict(node)

    def _blocks(
        self, blocks: Iterable[Mapping[str, Any]] | None, kept: Iterable[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Return blocks as they are stored; those of unknown kinds byte for byte as before."""
        before = {block.get("id"): block for block in kept}
        stored = []
        for block in blocks or ():
            kind = self.block_types.get(str(block["type"]))
            if kind is None:
                old = before.get(block.get("id"))
                stored.append(dict(old if old is not None else block))
                continue
            stored.append(
                {
                    "id": str(block.get("id") or secrets.token_hex(4)),
                    "type": kind.name,
                    "version": kind.version,
                    "data": to_json(kind.schema(), block["data"], self.tenant.timezone),
                }
            )
        if len(stored) > MAX_BLOCKS:
            raise ContentRefused(_("A page holds at most ${n} blocks.", mapping={"n": MAX_BLOCKS}))
        return stored

    def _tell(self, event: type[events.NodeEvent], node: Node) -> None:
        self.registry.notify(event(self.session, self.registry, self.tenant.id, node))

    def _public(self, node: Node) -> None:
        """Count up what page caches compare, but for drafts nobody sees."""
        if node.state == "published":
            self._changed()

    def _changed(self) -> None:
        bump_generation(self.session, self.registry["tenants"], self.tenant.id, "content")


def join(parent_path: str, slug: str) -> str:
    """Return the address of a child."""
    return f"{parent_path.rstrip('/')}/{slug}"


def checked_title(title: str) -> str:
    """Return a title that fits; ``ContentRefused`` otherwise."""
    text = " ".join(title.split())
    if not text or len(text) > 200:  # noqa: PLR2004
        raise ContentRefused(_("A title has 1 to 200 characters."), "title")
    return text


def check_length(path: str, below: int = 0) -> None:
    """Refuse addresses that would be longer than browsers and the database take."""
    if len(path) + below > 900:  # noqa: PLR2004
        raise ContentRefused(_("The address would be too long: choose a shorter one."), "slug")
