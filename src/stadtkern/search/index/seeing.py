"""Whether everybody may see what was indexed."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, exists, literal_column, or_, select

from stadtkern.content import Node, queries
from stadtkern.search.index.storing import Store, chunks
from stadtkern.search.models import NODES, SearchEntry


class Seeing(Store):
    """Brings into line what is seen with what is published."""

    def is_visible(self, node: Node) -> bool:
        """Tell whether everybody may see a node: it and all above it are published and known."""
        if node.state != "published" or node.deleted_at is not None or node.type not in self.types:
            return False
        above = queries.prefixes(node.path)[:-1]
        if node.parent_id is None:
            return True
        return not self._hidden_among(above)

    def _hidden_among(self, paths: Sequence[str]) -> bool:
        found = self.session.scalar(
            select(literal_column("1"))
            .select_from(Node)
            .where(Node.path.in_(paths), Node.deleted_at.is_(None), self._closed())
            .limit(1)
        )
        return found is not None

    def _closed(self) -> Any:
        return or_(Node.state != "published", Node.type.not_in(list(self.types)))

    def show(self, node: Node) -> None:
        """Bring into line whether a node and all below it are seen; a few statements."""
        self._show(
            or_(Node.id == node.id, queries.below(Node.path, node.path)),  # type: ignore[arg-type]
            hidden=node.parent_id is not None
            and self._hidden_among(queries.prefixes(node.path)[:-1]),
        )

    def show_all(self) -> None:
        """Bring into line what is seen of the whole town, as when a plugin was switched."""
        self._show(None, hidden=False)

    def _show(self, which: Any, *, hidden: bool) -> None:
        mine = SearchEntry.node_id == Node.id
        if which is not None:
            mine = and_(mine, which)
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
