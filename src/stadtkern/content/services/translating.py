"""Languages: linked translations, made from the structure of their source and kept up with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, case, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value

from stadtkern.content import queries
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Revision
from stadtkern.content.services.editing import SNAPSHOT, Editing
from stadtkern.content.slugs import slugify
from stadtkern.content.workflows import PUBLISHED
from stadtkern.web.i18n import _

SIGNED = "gsg"
"""German Sign Language: a page in it is a film first of all."""


@dataclass(frozen=True)
class Translation:
    """One language of a page: ``node`` is None where there is none yet.

    ``state``: ``missing``, ``outdated`` (its source was published anew since), else the state of
    its workflow. ``source``: whether the others are translated from this one.
    """

    language: str
    node: Any
    state: str
    source: bool = False


def outdated(node: Any, source: Any) -> bool:
    """Tell whether the source has gone on since the translation was brought up to it."""
    return (
        source is not None
        and node.source_id == source.id
        and (node.source_revision or 0) < source.live_revision
    )


class Translating(Editing):
    """Link, make and follow translations."""

    def group(self, node: Node) -> dict[str, Node]:
        """Return a node and its translations by language."""
        if node.translation_group is None:
            return {node.language: node}
        rows = self.session.scalars(
            select(Node)
            .where(Node.translation_group == node.translation_group, Node.deleted_at.is_(None))
            .order_by(Node.id)
        )
        found: dict[str, Node] = {}
        for row in rows:
            found.setdefault(row.language, row)
        return found

    def translations(self, node: Node) -> list[Translation]:
        """Return all languages of the town as they stand for a node, in the town's order."""
        group = self.group(node)
        by_id = {row.id: row for row in group.values()}
        sources = {row.source_id for row in group.values()}
        made = []
        for language in self.tenant.locales:
            row = group.get(language)
            if row is None:
                made.append(Translation(language, None, "missing"))
                continue
            late = row.source_id is not None and outdated(row, by_id.get(row.source_id))
            made.append(
                Translation(language, row, "outdated" if late else row.state, row.id in sources)
            )
        return made

    def place_for(self, node: Node, language: str) -> tuple[Node, bool]:
        """Return below which page a translation goes, and whether that is the exact place.

        It is the translation of the parent, else of the nearest page above that has one: at the
        latest the language's front page. ``ContentRefused`` where the language has none.
        """
        above = list(
            self.session.scalars(
                select(Node).where(
                    Node.path.in_(queries.prefixes(node.path)[:-1]),
                    Node.deleted_at.is_(None),
                )
            )
        )
        above.sort(key=lambda row: len(row.path) if row.path != "/" else 0, reverse=True)
        groups = [row.translation_group for row in above if row.translation_group]
        rows = {
            row.translation_group: row
            for row in self.session.scalars(
                select(Node).where(
                    Node.translation_group.in_(groups),
                    Node.language == language,
                    Node.deleted_at.is_(None),
                )
            )
        }
        kind = self.kind(node.type)
        for row in above:
            place = rows.get(row.translation_group)
            parent_kind = None if place is None else self.types.get(place.type)
            if place is not None and parent_kind is not None and parent_kind.accepts(kind):
                return place, row.id == node.parent_id
        root = self.session.scalars(
            select(Node).where(
                Node.language == language, Node.parent_id.is_(None), Node.deleted_at.is_(None)
            )
        ).first()
        if root is None:
            raise ContentRefused(_("This language has no front page yet."))
        return root, False

    def translate(self, node_id: int, language: str, *, title: str) -> Node:
        """Make a linked translation: a draft with the source's fields and blocks, to be rewritten.

        Blocks keep their ids, so that both pages can be shown side by side for good.
        """
        self.queue(alone=False)
        source = self.get(node_id, lock=True)
        self._may_be_linked(source)
        if language not in self.tenant.locales or language == source.language:
            raise ContentRefused(_("Please choose another language of this town."), "language")
        if language in self.group(source):
            raise ContentRefused(_("There is a page in this language already."), "language")
        kind = self.kind(source.type)
        place, _exact = self.place_for(source, language)
        parent = self.get(place.id, lock=True)
        self._accepts(parent, kind)
        slug = self._free_slug(parent, slugify(title))
        values: dict[str, Any] = {name: getattr(source, name) for name in SNAPSHOT}
        values["title"] = title
        return self._add(
            parent,
            kind,
            slug,
            values,
            translation_group=self._group_of(source),
            source_id=source.id,
            source_revision=source.live_revision,
        )

    def link(self, node_id: int, other_id: int) -> Node:
        """Say that ``other`` is a node's translation, up to date as of now.

        Two front pages belong together already; this says which one is the source.
        """
        # In one order whoever asks: two who link the same pair must not wait for each other.
        rows = {key: self.get(key, lock=True) for key in sorted({node_id, other_id})}
        node, other = rows[node_id], rows[other_id]
        present = self.group(node).get(other.language)
        if present is None:
            self._may_be_linked(node)
            self._may_be_linked(other)
            if len(self.group(other)) > 1:
                raise ContentRefused(
                    _(
                        "“${title}” is a translation of another page: unlink it there first.",
                        mapping={"title": other.title},
                    )
                )
        elif present.id != other.id:
            raise ContentRefused(_("There is a page in this language already: unlink it first."))
        if other.type != node.type:
            raise ContentRefused(_("A translation is of the same kind as its page."))
        if node.source_id == other.id:
            raise ContentRefused(_("This page is itself translated from that one."))
        group = self._group_of(node)
        self._beside(
            other,
            translation_group=group,
            source_id=node.id,
            source_revision=node.live_revision,
        )
        self._changed()
        return other

    def unlink(self, node_id: int) -> Node:
        """Let a page be no translation any more; both pages stay."""
        node = self.get(node_id, lock=True)
        self._may_be_linked(node)
        for row in self.group(node).values():
            if row.source_id == node.id:
                self._beside(row, source_id=None, source_revision=None)
        self._beside(node, translation_group=str(uuid4()), source_id=None, source_revision=None)
        self._changed()
        return node

    def source(self, node: Node) -> Node | None:
        """Return the page that a node is translated from, if it is still there."""
        if node.source_id is None:
            return None
        return self.session.scalars(
            select(Node).where(Node.id == node.source_id, Node.deleted_at.is_(None))
        ).first()

    def caught_up(self, node_id: int, revision: int) -> Node:
        """Note that a translation says what its source said as of ``revision``.

        The number is that of the source as the translator saw it: what was published meanwhile
        stays to be done.
        """
        node = self.get(node_id, lock=True)
        source = self.source(node)
        if source is None:
            raise ContentRefused(_("This page is no translation."))
        if not 0 < revision <= source.live_revision:
            raise ContentRefused(_("There is no such version of this page."))
        if (node.source_revision or 0) < revision:
            self._beside(node, source_revision=revision)
        return node

    def seen_source(self, node: Node) -> Revision | None:
        """Return the source as it was when the translation was last brought up to it."""
        if node.source_id is None or node.source_revision is None:
            return None
        return self.session.scalars(
            select(Revision).where(
                Revision.node_id == node.source_id, Revision.number == node.source_revision
            )
        ).first()

    # Within

    def _may_be_linked(self, node: Node) -> None:
        if node.parent_id is None:
            raise ContentRefused(_("Front pages belong together by themselves."))
        self.kind(node.type)

    def _group_of(self, node: Node) -> str:
        if node.translation_group is None:
            self._beside(node, translation_group=str(uuid4()))
        return str(node.translation_group)

    def _beside(self, node: Node, **values: Any) -> None:
        """Write what belongs to no version: no open form becomes stale by a link."""
        self.session.execute(
            update(Node)
            .where(Node.id == node.id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        for name, value in values.items():
            set_committed_value(node, name, value)


_SOURCE, _OTHER = aliased(Node), aliased(Node)


def gaps(
    session: Session,
    *,
    source: str,
    languages: Sequence[str],
    types: Collection[str],
    state: str = "",
    limit: int,
    offset: int = 0,
) -> Sequence[Any]:
    """Return pages of the language ``source`` that lack a translation or have an outdated one.

    One row a page and language: ``id``, ``title``, ``path``, ``language``, ``state`` (missing or
    outdated), ``other_id`` and the number of all as ``total``; one query.
    """
    parts = []
    for language in languages:
        late = _OTHER.source_revision < _SOURCE.live_revision
        condition = {
            "missing": _OTHER.id.is_(None),
            "outdated": and_(_OTHER.id.is_not(None), late),
        }.get(state, or_(_OTHER.id.is_(None), late))
        parts.append(
            select(
                _SOURCE.id,
                _SOURCE.title,
                _SOURCE.path,
                literal(language).label("language"),
                case((_OTHER.id.is_(None), "missing"), else_="outdated").label("state"),
                _OTHER.id.label("other_id"),
            )
            .outerjoin(
                _OTHER,
                and_(
                    _OTHER.tenant_id == _SOURCE.tenant_id,
                    _OTHER.translation_group == _SOURCE.translation_group,
                    _OTHER.language == language,
                    _OTHER.deleted_at.is_(None),
                ),
            )
            .where(
                _SOURCE.language == source,
                _SOURCE.deleted_at.is_(None),
                _SOURCE.state == PUBLISHED,
                _SOURCE.parent_id.is_not(None),
                _SOURCE.type.in_(list(types)),
                condition,
            )
        )
    if not parts:
        return []
    found = union_all(*parts).subquery()
    return session.execute(
        select(found, func.count().over().label("total"))
        .order_by(found.c.path, found.c.language)
        .limit(limit)
        .offset(offset)
    ).all()
