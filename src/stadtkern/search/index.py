"""Keeping what can be found in step with what is published. Within the writing transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import and_, delete, exists, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from stadtkern.content import ContentType, Node, enabled_blocks, enabled_types, queries
from stadtkern.db import utcnow
from stadtkern.search import words
from stadtkern.search.backends import backend_of
from stadtkern.search.documents import (
    Document,
    Tokens,
    possible_parts,
    rows_of,
    tokens_of,
)
from stadtkern.search.models import NODES, SearchEntry, SearchState, SearchText, SearchWord
from stadtkern.search.sources import Entry, enabled_sources
from stadtkern.search.texts import texts_of
from stadtkern.tenants import Tenant

NOW = 300
"""Nodes that a switched plugin has indexed anew at once; a job does the rest."""
SEPARATOR = " · "
"""Between the texts of two fields or blocks, where a passage reaches across."""
CHUNK = 500
"""Values that stand in one statement."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """Yield values in lists of a size that databases take."""
    held = list(values)
    for start in range(0, len(held), size):
        yield held[start : start + size]


class Index:
    """What can be found in one tenant, for one unit of work.

    ``known``: the town's own words (see ``words.split``), where all are at hand; else they are
    asked for as texts come. ``terms``: what was made of words with the same ``known`` before.
    """

    def __init__(
        self,
        session: Session,
        registry: Registry,
        tenant_id: int,
        *,
        plugins: frozenset[str] | None = None,
        known: Collection[str] | None = None,
        terms: dict[str, words.Terms] | None = None,
    ) -> None:
        self.session = session
        self.registry = registry
        self.tenant_id = tenant_id
        if plugins is None:
            plugins = registry["plugin_states"].of_id(tenant_id, session).enabled
        self.plugins = plugins
        self.types = enabled_types(registry, plugins)
        self.blocks = enabled_blocks(registry, plugins)
        self.all_blocks = registry["block_types"]
        self.known = known
        self.seen: dict[str, tuple[str, str, int]] = {}
        """Words that were met in what everybody may see: as written, language, how often."""
        self._terms: dict[str, words.Terms] = {} if terms is None else terms
        self._asked: set[str] = set()
        self._backend = backend_of(session)

    # Nodes

    def nodes(self, nodes: Sequence[Node], *, visible: Mapping[int, bool] | None = None) -> int:
        """Index nodes; return how many had changed. ``visible``: by id, where it is known."""
        if visible is None:
            visible = {node.id: self.is_visible(node) for node in nodes}
        documents = []
        for node in nodes:
            kind = self.types.get(node.type)
            if kind is not None and kind.searchable and kind.listed:
                documents.append(self.document(node, kind, visible=visible.get(node.id, False)))
        return self.store(NODES, documents)

    def meet(self, nodes: Sequence[Node], visible: Mapping[int, bool]) -> None:
        """Note the words of nodes that everybody may see; nothing is stored."""
        for node in nodes:
            kind = self.types.get(node.type)
            if kind is not None and kind.searchable and kind.listed and visible.get(node.id):
                document = self.document(node, kind, visible=True)
                terms = self._terms_of(document)
                text = f"{document.title} {document.names} {document.summary} {document.text}"
                for word in set(words.words(text)):
                    term = terms.look(word)
                    if term.is_learnt:
                        self.seen.setdefault(term.folded, (word, terms.language, 1))

    def _terms_of(self, document: Document) -> words.Terms:
        language = words.base_language(document.language)
        if language not in self._terms:
            known = self._asked if self.known is None else self.known
            self._terms[language] = words.Terms(language, known)
        return self._terms[language]

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

    def _update(self, where: Sequence[Any], **values: Any) -> None:
        self.session.execute(
            update(SearchEntry)
            .where(*where)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def hide_deleted(self, node_id: int) -> None:
        """Let nobody find what went into the trash with a node."""
        gone = select(Node.id).where(Node.deleted_with == node_id)
        self._update([SearchEntry.node_id.in_(gone)], visible=False)

    def hide(self, node_ids: Iterable[int]) -> None:
        """Let nobody find these nodes until they are indexed anew."""
        for some in chunks(node_ids):
            self._update([SearchEntry.node_id.in_(some)], visible=False)

    # Sources

    def source(self, name: str, tenant: Tenant) -> int:
        """Index all entries of a source, and nothing that it no longer has."""
        source = enabled_sources(self.registry, self.plugins).get(name)
        if source is None:
            return 0
        found = list(source.entries(self.session, self.registry, tenant))
        keys = {f"{entry.language}:{entry.key}" for entry in found}
        stored = self.session.scalars(select(SearchEntry.key).where(SearchEntry.source == name))
        self.remove(name, [key for key in stored if key not in keys], exact=True)
        self.put(name, found)
        return len(found)

    def put(self, name: str, entries: Iterable[Entry]) -> int:
        """Index entries of a source; return how many had changed."""
        now = utcnow()
        return self.store(
            name,
            [
                Document(
                    source=name,
                    key=f"{entry.language}:{entry.key}"[:120],
                    kind=name,
                    language=entry.language,
                    title=entry.title,
                    path=entry.path,
                    summary=entry.summary,
                    names=entry.names,
                    lead="",
                    text=" ".join(entry.text.split()),
                    at=entry.at or now.replace(hour=0, minute=0, second=0, microsecond=0),
                    dated=entry.at is not None,
                    weight=min(max(entry.weight, 0.1), 10.0),
                )
                for entry in entries
            ],
        )

    def remove(self, name: str, keys: Iterable[str], *, exact: bool = False) -> None:
        """Drop entries of a source in every language; ``exact``: keys as they are stored."""
        for some in chunks(keys):
            condition = (
                SearchEntry.key.in_(some)
                if exact
                else func.substr(SearchEntry.key, func.length(SearchEntry.language) + 2).in_(some)
            )
            self.session.execute(
                delete(SearchEntry)
                .where(SearchEntry.source == name, condition)
                .execution_options(synchronize_session=False)
            )

    # Storing

    def store(self, source: str, documents: Sequence[Document]) -> int:
        """Store documents of one source whose words or columns have changed; return how many."""
        changed = 0
        for some in chunks(documents):
            changed += self._store(source, some)
        return changed

    def _store(self, source: str, documents: Sequence[Document]) -> int:
        before = {
            row.key: row
            for row in self.session.execute(
                select(
                    SearchEntry.id, SearchEntry.key, SearchEntry.digest, SearchEntry.visible
                ).where(
                    SearchEntry.source == source,
                    SearchEntry.key.in_([document.key for document in documents]),
                )
            )
        }
        rows: list[dict[str, Any]] = []
        texts: list[dict[str, Any]] = []
        all_tokens: list[Tokens] = []
        gone: list[int] = []
        turned: dict[bool, list[int]] = {True: [], False: []}
        for document, tokens in self._tokens(documents):
            row, text = rows_of(document, tokens, self.tenant_id)
            old = before.get(document.key)
            if old is not None and old.digest == row["digest"]:
                if old.visible != document.visible:
                    turned[document.visible].append(old.id)
                continue
            if old is not None:
                gone.append(old.id)
            rows.append(row)
            texts.append(text)
            all_tokens.append(tokens)
        for visible, ids in turned.items():
            if ids:
                self._update([SearchEntry.id.in_(ids)], visible=visible)
        if gone:
            self.session.execute(
                delete(SearchEntry)
                .where(SearchEntry.id.in_(gone))
                .execution_options(synchronize_session=False)
            )
        if rows:
            self._insert(rows, texts, all_tokens)
        if self.known is None:
            self.learn()
        return len(rows)

    def _insert(
        self,
        rows: Sequence[dict[str, Any]],
        texts: Sequence[dict[str, Any]],
        all_tokens: Sequence[Tokens],
    ) -> None:
        made = self.session.scalars(
            insert(SearchEntry).returning(SearchEntry.id, sort_by_parameter_order=True), list(rows)
        ).all()
        shown = [text | {"entry_id": number} for number, text in zip(made, texts, strict=True)]
        self.session.execute(insert(SearchText), shown)
        numbered = list(zip(made, all_tokens, strict=True))
        self._backend.store(self.session, self.tenant_id, numbered)

    def _tokens(self, documents: Sequence[Document]) -> Iterator[tuple[Document, Tokens]]:
        if self.known is None:
            self._ask_known(documents)
        for document in documents:
            terms = self._terms_of(document)
            tokens = tokens_of(document, terms)
            if document.visible:
                for word, shown in tokens.seen.items():
                    met = self.seen.get(word)
                    self.seen[word] = (shown, terms.language, 1 if met is None else met[2] + 1)
            yield document, tokens

    def _ask_known(self, documents: Sequence[Document]) -> None:
        """Ask which possible parts of these texts' words the town has; one question."""
        self._terms = {}
        found: set[str] = set()
        for document in documents:
            if words.base_language(document.language) != "de":
                continue
            for text in (document.title, document.names, document.summary, document.lead):
                found.update(words.words(text))
            found.update(words.words(document.text[:4_000]))
        unsplit = {
            words.fold(word)
            for word in found
            if len(word) > words.SHORTEST_COMPOUND
            and word.isalpha()
            and not words.split(word, "de")
        }
        parts = possible_parts(unsplit)
        for some in chunks(sorted(parts), 5_000):
            self._asked.update(
                self.session.scalars(select(SearchWord.word).where(SearchWord.word.in_(some)))
            )

    def learn(self) -> None:
        """Keep the words that were met and that the town did not have yet."""
        met, self.seen = self.seen, {}
        for some in chunks(sorted(met)):
            there = set(
                self.session.scalars(select(SearchWord.word).where(SearchWord.word.in_(some)))
            )
            self.add_words({word: met[word] for word in some if word not in there})

    def add_words(self, met: Mapping[str, tuple[str, str, int]]) -> None:
        """Store new words; those that another transaction stores at the same time stay."""
        if not met:
            return
        on_postgresql = self.session.get_bind().dialect.name == "postgresql"
        make: Any = postgresql_insert if on_postgresql else sqlite_insert
        self.session.execute(
            make(SearchWord).on_conflict_do_nothing(),
            [
                {
                    "tenant_id": self.tenant_id,
                    "word": word,
                    "shown": shown[:40],
                    "stem": words.stem(shown, language)[:40],
                    "language": language,
                    "entries": count,
                }
                for word, (shown, language, count) in sorted(met.items())
            ],
        )
        self._backend.learn(self.session, self.tenant_id, met)


def vocabulary(session: Session) -> set[str]:
    """Return all words of the session's town, folded."""
    return set(session.scalars(select(SearchWord.word)))


def replace_words(index: Index) -> int:
    """Let the town have just the words that were met since ``index`` was made; return how many."""
    session = index.session
    there: dict[str, int] = {
        row.word: row.entries
        for row in session.execute(select(SearchWord.word, SearchWord.entries))
    }
    met = index.seen
    for some in chunks(sorted(there.keys() - met.keys())):
        session.execute(
            delete(SearchWord)
            .where(SearchWord.word.in_(some))
            .execution_options(synchronize_session=False)
        )
    changed: dict[int, list[str]] = {}
    for word, (_shown, _language, count) in met.items():
        if word in there and there[word] != count:
            changed.setdefault(count, []).append(word)
    for count, found in changed.items():
        for some in chunks(sorted(found)):
            session.execute(
                update(SearchWord)
                .where(SearchWord.word.in_(some))
                .values(entries=count)
                .execution_options(synchronize_session=False)
            )
    for some in chunks(sorted(met.keys() - there.keys()), 2_000):
        index.add_words({word: met[word] for word in some})
    index.seen = {}
    return len(met)


def note_state(session: Session, tenant_id: int, count: int) -> None:
    """Note that the whole town was indexed by the present rules."""
    known = session.scalar(select(func.count()).select_from(SearchWord)) or 0
    state = session.get(SearchState, tenant_id)
    if state is None:
        state = SearchState(tenant_id=tenant_id)
    state.version, state.indexed_at = words.VERSION, utcnow()
    state.entries, state.words = count, known
    session.add(state)
    session.flush()


__all__ = ["Index", "note_state", "replace_words", "vocabulary"]
