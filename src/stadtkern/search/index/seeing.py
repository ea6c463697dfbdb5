"""Whether everybody may see what was indexed."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import Integer, String, exists, literal, literal_column, or_, select, union

from stadtkern.content import Node, queries
from stadtkern.search.index.storing import Store, chunks
from stadtkern.search.models import NODES, SearchEntry


class Seeing(Store):
    """Brings into line what is seen with what is published."""

    def seen_now(self, nodes: Sequence[Node]) -> dict[int, bool]:
        """Tell by id which nodes everybody may see: they and all above are published and known."""
        return self.look(nodes, ())[0]

    def look(
        self, nodes: Sequence[Node], turned: Sequence[Node]
    ) -> tuple[dict[int, bool], set[int]]:
        """Tell which nodes everybody may see, and below which of ``turned`` something stands.

        One question for both, as often as one statement holds what is asked.
        """
        above = {
            node.id: queries.prefixes(node.path)[:-1] if node.parent_id is not None else []
            for node in nodes
            if node.state == "published" and node.deleted_at is None and node.type in self.types
        }
        closed: set[str] = set()
        parents: set[int] = set()
        paths = sorted({path for paths in above.values() for path in paths})
        ids = sorted(node.id for node in turned)
        for some, few in zip_longest(chunks(paths), chunks(ids), fillvalue=()):
            for path, parent in self.session.execute(self._standing(some, few)):
                if path is not None:
                    closed.add(path)
                else:
                    parents.add(parent)
        seen = {node.id: node.id in above and closed.isdisjoint(above[node.id]) for node in nodes}
        return seen, parents

    def _standing(self, paths: Sequence[str], ids: Sequence[int]) -> Any:
        """Return the question which of these paths are closed, and which nodes have children."""
        parts: list[Any] = []
        if paths:
            parts.append(
                select(Node.path, literal(None, Integer).label("parent")).where(
                    Node.path.in_(paths), Node.deleted_at.is_(None), self._closed()
                )
            )
        if ids:
            parts.append(
                select(literal(None, String), Node.parent_id).where(Node.parent_id.in_(ids))
            )
        # Alike rows are one: each parent is told once.
        return union(*parts) if len(parts) > 1 else parts[0].distinct()

    def _closed(self) -> Any:
        return or_(Node.state != "published", Node.type.not_in(list(self.types)))

    def show_below(self, node: Node, *, visible: bool) -> None:
        """Bring into line whether all below a node is seen."""
        within = or_(Node.id == node.id, queries.below(Node.path, node.path))  # type: ignore[arg-type]
        self._show(within, hidden=not visible)

    def show_all(self) -> None:
        """Bring into line what is seen of the whole town, as when a plugin was switched."""
        self._show(None, hidden=False)

    def _show(self, which: Any, *, hidden: bool) -> None:
        told = [SearchEntry.source == NODES]
        if which is not None:
            told.append(SearchEntry.node_id.in_(select(Node.id).where(which)))
        if hidden:
            self._update(told, visible=False)
            return
        public = exists(
            select(literal_column("1"))
            .select_from(Node)
            .where(
                SearchEntry.node_id == Node.id,
                Node.deleted_at.is_(None),
                Node.state == "published",
                Node.type.in_(list(self.types)),
            )
            .correlate(SearchEntry)
        )
        self._update(told, visible=public)
        # Whatever is hidden hides what stands below it.
        closed = select(Node.path).where(Node.deleted_at.is_(None), self._closed())
        if which is not None:
            closed = closed.where(which)
        paths = list(self.session.scalars(closed))
        for some in chunks(paths, 80):
            under = or_(*(queries.below(Node.path, path) for path in some))  # type: ignore[arg-type]
            self._update([SearchEntry.node_id.in_(select(Node.id).where(under))], visible=False)

    def hide_deleted(self, node_id: int) -> None:
        """Let nobody find what went into the trash with a node."""
        gone = select(Node.id).where(Node.deleted_with == node_id)
        self._update([SearchEntry.node_id.in_(gone)], visible=False)

    def hide(self, node_ids: Iterable[int]) -> None:
        """Let nobody find these nodes until they are indexed anew."""
        for some in chunks(node_ids):
            self._update([SearchEntry.node_id.in_(some)], visible=False)
