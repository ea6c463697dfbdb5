"""Making and changing nodes: every save is a revision."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, Required, TypedDict, Unpack
from uuid import uuid4

from sqlalchemy import func, select

from stadtkern.content import events
from stadtkern.content.completeness import Missing, Unfinished, missing_in
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Revision
from stadtkern.content.services.base import ContentBase, check_length, checked_title, join
from stadtkern.content.slugs import slugify
from stadtkern.content.types import ContentType
from stadtkern.content.values import write_fields
from stadtkern.content.workflows import DRAFT, PUBLISHED
from stadtkern.db import utcnow
from stadtkern.web.i18n import _

SNAPSHOT = ("title", "summary", "in_nav", "body_version", "body")
"""What a revision keeps of a node: the names are the same on both."""
MAX_SUMMARY = 500


class Typed(TypedDict, total=False):
    """What a save takes: ``fields`` and ``blocks`` with values as their schemas deserialise them.

    Without ``blocks`` a node keeps those that it has.
    """

    title: Required[str]
    summary: str
    in_nav: bool
    fields: Mapping[str, Any] | None
    blocks: Iterable[Mapping[str, Any]] | None


class Editing(ContentBase):
    """Create, save, keep working copies, bring revisions back."""

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
        self.queue(alone=False)
        # Read anew: it may have been moved, and what is added beside us has its place already.
        parent = self.get(parent.id, lock=True)
        self._accepts(parent, kind)
        wanted = slug if slug is not None else slugify(title)
        slug = self._free_slug(parent, wanted) if slug is None else self._checked(parent, wanted)
        values = self._values(
            kind,
            None,
            title=title,
            summary=summary,
            in_nav=kind.in_nav if in_nav is None else in_nav,
            fields=fields,
            blocks=list(blocks),
        )
        return self._add(parent, kind, slug, values, key=key, translation_group=translation_group)

    def save(
        self, node_id: int, *, version: int, note: str = "", **contents: Unpack[Typed]
    ) -> Node:
        """Store a node's contents; ``Conflict`` if ``version`` is not the stored one.

        What was a working copy is done with. Where the workflow asks for a review, a published
        page is not changed but gets a working copy, as by ``save_draft``.
        """
        return self._save(node_id, version, note, contents, draft=False)

    def save_draft(
        self, node_id: int, *, version: int, note: str = "", **contents: Unpack[Typed]
    ) -> Node:
        """Keep contents as the working copy of a published node; visitors see no change.

        A node that is not published is its own working copy: this is ``save`` then.
        """
        return self._save(node_id, version, note, contents, draft=True)

    def discard_draft(self, node_id: int, *, version: int | None = None) -> Node:
        """Drop a working copy; its revisions stay in the history."""
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        if node.draft_revision is not None:
            node.draft_revision = node.draft_state = None
            self.session.flush()
            self._tell(events.NodeDrafted, node)
        return node

    def working_copy(self, node: Node) -> Revision | Node:
        """Return what editors go on with: the working copy, else the node itself.

        Both have ``title``, ``summary``, ``in_nav``, ``body`` and ``body_version``.
        """
        if node.draft_revision is None:
            return node
        return self.revision(node.id, node.draft_revision)

    def unsaved(self, kind: ContentType, node: Node | None, **contents: Unpack[Typed]) -> Any:
        """Return contents as a save would keep them, and keep nothing: for previews.

        ``node``: what they are typed for, None for a new one. The result has what a revision has
        of a page (``title``, ``summary``, ``in_nav``, ``body``, ``body_version``).
        """
        return SimpleNamespace(**self._values(kind, node, **contents))

    def lacks(self, node: Node, stored: Node | Revision | None = None) -> list[Missing]:
        """Return what keeps a node's working copy (else the node) from being complete.

        ``stored``: the working copy, if the caller has asked for it already.
        """
        kind = self.types.get(node.type)
        return [] if kind is None else self._lacks(kind, stored or self.working_copy(node))

    def _lacks(self, kind: ContentType, stored: Any) -> list[Missing]:
        return missing_in(kind, self.block_types, stored.body or {}, stored.body_version or 1)

    def may_be_unfinished(self, node: Any) -> bool:
        """Tell whether “save” takes half-written contents: not where a time publishes them."""
        return node.publish_at is None or not self.workflow(node).direct

    def _stay_complete(
        self, node: Node, values: Mapping[str, Any], stored: Node | Revision | None
    ) -> None:
        """Refuse gaps in what is public, or will be at its time.

        ``stored``: what is public, or waits for its time. Gaps that it has already (a newer schema
        asks for more) may stay: nobody is kept from mending something else.
        """
        kind = self.kind(node.type)
        found = missing_in(kind, self.block_types, values["body"], values["body_version"])
        if not found:
            return
        kept = [] if stored is None else self._lacks(kind, stored)
        before = {(one.block, one.gap) for one in kept}
        fresh = [one for one in found if (one.block, one.gap) not in before]
        if fresh:
            raise Unfinished(fresh, planned=node.publish_at is not None)

    def revisions(self, node_id: int, *, limit: int = 50, offset: int = 0) -> list[Revision]:
        """Return a node's revisions, newest first."""
        return list(
            self.session.scalars(
                select(Revision)
                .where(Revision.node_id == node_id)
                .order_by(Revision.number.desc())
                .limit(limit)
                .offset(offset)
            )
        )

    def revision(self, node_id: int, number: int) -> Revision:
        """Return one revision; ``ContentRefused`` if there is none."""
        found = self.session.scalars(
            select(Revision).where(Revision.node_id == node_id, Revision.number == number)
        ).first()
        if found is None:
            raise ContentRefused(_("There is no such version of this page."))
        return found

    def restore(self, node_id: int, number: int, *, version: int | None = None) -> Node:
        """Bring an old revision back as a new one, upgraded to the present schemas.

        A published page gets it as its working copy: publishing stays a decision.
        """
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        kind = self.kind(node.type)
        old = self.revision(node_id, number)
        body = dict(old.body or {})
        values = {
            "title": old.title,
            "summary": old.summary,
            "in_nav": old.in_nav,
            "body_version": kind.version,
            "body": {
                **body,
                "fields": write_fields(kind, self.fields_of(kind, old), self.tenant.timezone),
                "blocks": [self._upgraded(block) for block in body.get("blocks", [])],
            },
        }
        self._store(
            node, values, "draft" if node.state == PUBLISHED else "restore", "", restored=number
        )
        return node

    # Within

    def _save(self, node_id: int, version: int, note: str, contents: Typed, *, draft: bool) -> Node:
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        values = self._values(self.kind(node.type), node, **contents)
        self._store(node, values, "draft" if draft and node.state == PUBLISHED else "save", note)
        return node

    def _add(
        self, parent: Node, kind: ContentType, slug: str, values: dict[str, Any], **more: Any
    ) -> Node:
        """Add a node with a snapshot's values as its first revision; ``more``: further columns."""
        group = more.pop("translation_group", None) or str(uuid4())
        node = Node(
            parent_id=parent.id,
            path=join(parent.path, slug),
            slug=slug,
            type=kind.name,
            state=self.workflow_of_type(kind).initial,
            language=parent.language,
            translation_group=group,
            position=self._last_position(parent.id) + 1,
            author_id=self.actor_id,
            revision=1,
            live_revision=1,
            **more,
        )
        if node.state == PUBLISHED:
            self._stay_complete(node, values, None)
        self._put(node, values)
        check_length(node.path)
        self.session.add(node)
        self.session.flush()
        self._keep(node, values, 1, "create")
        self._tell(events.NodeCreated, node)
        return node

    def _upgraded(self, block: Mapping[str, Any]) -> dict[str, Any]:
        kind = self.block_types.get(str(block.get("type")))
        if kind is None:
            return dict(block)
        return {**block, "version": kind.version, "data": kind.data(block)}

    def _values(
        self,
        kind: ContentType,
        node: Node | None,
        *,
        title: str,
        summary: str = "",
        in_nav: bool = False,
        fields: Mapping[str, Any] | None = None,
        blocks: Iterable[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Return what ``SNAPSHOT`` names, as it is stored; ``node``: what is saved anew."""
        kept = [] if node is None else (node.body or {}).get("blocks", [])
        if node is not None and node.draft_revision is not None:
            draft = (self.working_copy(node).body or {}).get("blocks", [])
            stored = draft if blocks is None else self._blocks(blocks, [*kept, *draft])
        else:
            stored = kept if blocks is None else self._blocks(blocks, kept)
        return {
            "title": checked_title(title),
            "summary": summary[:MAX_SUMMARY],
            "in_nav": in_nav,
            "body_version": kind.version,
            # A fresh object each time: changes within JSON are not noticed.
            "body": {
                "fields": write_fields(kind, fields or {}, self.tenant.timezone),
                "blocks": stored,
            },
        }

    def _store(
        self,
        node: Node,
        values: dict[str, Any],
        deed: str,
        note: str,
        *,
        restored: int | None = None,
    ) -> None:
        """Write values to the node, or to its working copy, and keep the revision."""
        direct = self.workflow(node).direct
        public = node.state == PUBLISHED and deed != "draft"
        if direct and (public or node.publish_at is not None):
            self._stay_complete(node, values, node if public else self.working_copy(node))
        self._tell(events.NodeSaving, node, values=values, state=node.state)
        number = node.revision + 1
        node.revision = number
        published = node.state == PUBLISHED
        if not self.workflow(node).direct:
            # What a reviewer has scheduled is what they have read: another text waits for them.
            node.publish_at = None
        if published and (deed == "draft" or not self.workflow(node).direct):
            node.draft_revision, node.draft_state = number, DRAFT
            self.session.flush()
            self._keep(node, values, number, "draft", note, restored)
            self._tell(events.NodeDrafted, node)
            return
        self._put(node, values)
        node.live_revision, node.draft_revision, node.draft_state = number, None, None
        node.updated_at = utcnow()
        self.session.flush()
        self._keep(node, values, number, deed, note, restored)
        self._tell(events.NodeChanged, node)
        if published:
            # Drafts nobody sees leave page caches as they are.
            self._changed()

    def _put(self, node: Node, values: Mapping[str, Any]) -> None:
        """Write a snapshot's values to the node, with what lists sort by."""
        for name in SNAPSHOT:
            setattr(node, name, values[name])
        kind = self.kind(node.type)
        if kind.sort_at or kind.until_at:
            typed = self.fields_of(kind, node)
            node.sort_at = kind.sort_at(typed) if kind.sort_at else None
            node.until_at = kind.until_at(typed) if kind.until_at else None

    def _keep(
        self,
        node: Node,
        values: Mapping[str, Any],
        number: int,
        kind: str,
        note: str = "",
        restored: int | None = None,
    ) -> None:
        self.session.add(
            Revision(
                tenant_id=self.tenant.id,
                node_id=node.id,
                number=number,
                kind=kind,
                note=note[:200],
                restored=restored,
                account_id=self.actor_id,
                **{name: values[name] for name in SNAPSHOT},
            )
        )
        self.session.flush()

    def _last_position(self, parent_id: int) -> int:
        found = self.session.scalar(
            select(func.max(Node.position)).where(
                Node.parent_id == parent_id, Node.deleted_at.is_(None)
            )
        )
        return -1 if found is None else int(found)
