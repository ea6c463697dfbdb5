"""Indexing what stands in the content tree."""

from collections.abc import Mapping, Sequence

from stadtkern.content import ContentType, Node
from stadtkern.db import utcnow
from stadtkern.search import words
from stadtkern.search.documents import Document
from stadtkern.search.index.seeing import Seeing
from stadtkern.search.models import NODES
from stadtkern.search.texts import texts_of

SEPARATOR = " · "
"""Between the texts of two fields or blocks, where a passage reaches across."""


class Nodes(Seeing):
    """Indexes nodes by their live contents."""

    def nodes(self, nodes: Sequence[Node], *, visible: Mapping[int, bool] | None = None) -> int:
        """Index nodes; return how many had changed. ``visible``: by id, where it is known."""
        if visible is None:
            visible = self.seen_now(nodes)
        documents = []
        for node in nodes:
            kind = self.types.get(node.type)
            if kind is not None and kind.searchable and kind.listed:
                documents.append(self.document(node, kind, visible=visible.get(node.id, False)))
        return self.store(NODES, documents)

    def follow(self, changed: Sequence[Node], turned: Sequence[Node]) -> None:
        """Keep up with nodes that have changed, and with what stands below those ``turned``."""
        visible, parents = self.look(changed, turned)
        self.nodes(changed, visible=visible)
        for node in turned:
            if node.id in parents:
                self.show_below(node, visible=visible[node.id])

    def meet(self, nodes: Sequence[Node], visible: Mapping[int, bool]) -> None:
        """Note the words of nodes that everybody may see; nothing is stored."""
        for node in nodes:
            kind = self.types.get(node.type)
            if kind is not None and kind.searchable and kind.listed and visible.get(node.id):
                document = self.document(node, kind, visible=True)
                terms = self._terms_of(document)
                text = f"{document.title} {document.names} {document.summary} {document.text}"
                found = {
                    folded: word for word in words.words(text) if (folded := terms.learnt(word))
                }
                self.met.note(found, terms.language)

    def document(self, node: Node, kind: ContentType, *, visible: bool) -> Document:
        """Return a node as it is found: by its live contents."""
        body = node.body or {}
        texts = texts_of(kind, self.blocks, body, node.body_version, all_blocks=self.all_blocks)
        text = SEPARATOR.join(filter(None, texts.body))
        return Document(
            source=NODES,
            key=str(node.id),
            node_id=node.id,
            kind=node.type,
            language=node.language,
            title=node.title,
            path="",
            summary=node.summary or "",
            names=", ".join(texts.names),
            lead=" ".join(texts.lead),
            text=text,
            at=node.sort_at or node.updated_at or utcnow(),
            dated=node.sort_at is not None,
            visible=visible,
            weight=kind.search_weight,
            plugins=tuple(sorted(texts.plugins)),
        )
