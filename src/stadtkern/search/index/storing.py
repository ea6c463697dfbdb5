"""Storing entries, their words, and the words that the town's texts are made of."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from stadtkern.content import enabled_blocks, enabled_types
from stadtkern.search import words
from stadtkern.search.backends import backend_of
from stadtkern.search.documents import Document, Tokens, possible_parts, rows_of, tokens_of
from stadtkern.search.models import SearchEntry, SearchText, SearchWord

CHUNK = 500
"""Values that stand in one statement."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """Yield values in lists of a size that databases take."""
    held = list(values)
    for start in range(0, len(held), size):
        yield held[start : start + size]


class Met:
    """Words that were met in what everybody may see: how they are written, and how often."""

    def __init__(self) -> None:
        self._written: dict[str, dict[str, str]] = {}
        self._number: Counter[str] = Counter()

    def note(self, found: Mapping[str, str], language: str) -> None:
        """Note the words of one text, folded, each as it is written there."""
        self._number.update(found.keys())
        self._written.setdefault(language, {}).update(found)

    def words(self) -> dict[str, tuple[str, str, int]]:
        """Return by word: as it is written, its language, how many texts have it."""
        return {
            word: (written, language, self._number[word])
            for language, some in self._written.items()
            for word, written in some.items()
        }


class Store:
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
            plugins = registry["plugin_states"].seen(tenant_id, session).enabled
        self.plugins = plugins
        self.types = enabled_types(registry, plugins)
        self.blocks = enabled_blocks(registry, plugins)
        self.all_blocks = registry["block_types"]
        self.known = known
        self.met = Met()
        self._terms: dict[str, words.Terms] = {} if terms is None else terms
        self._asked: set[str] = set()
        self._backend = backend_of(session)

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
        insert = self._backend.insert
        made = {row.key: row.id for row in insert(self.session, SearchEntry, rows, "id", "key")}
        numbers = [made[row["key"]] for row in rows]
        shown = [text | {"entry_id": number} for number, text in zip(numbers, texts, strict=True)]
        insert(self.session, SearchText, shown)
        numbered = list(zip(numbers, all_tokens, strict=True))
        self._backend.store(self.session, self.tenant_id, numbered)

    def _tokens(self, documents: Sequence[Document]) -> Iterator[tuple[Document, Tokens]]:
        if self.known is None:
            self._ask_known(documents)
        for document in documents:
            terms = self._terms_of(document)
            tokens = tokens_of(document, terms)
            if document.visible:
                self.met.note(tokens.seen, terms.language)
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
        met, self.met = self.met, Met()
        self.add_words(met.words())

    def add_words(self, met: Mapping[str, tuple[str, str, int]]) -> None:
        """Store new words; those that are there already stay as they are."""
        backend = self._backend
        for some in chunks(sorted(met)):
            rows = [self._word(word, *met[word]) for word in some]
            new = backend.insert(self.session, SearchWord, rows, "word", skip=True)
            if new:
                backend.learn(self.session, self.tenant_id, [row.word for row in new])

    def _word(self, word: str, shown: str, language: str, count: int) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "word": word,
            "shown": shown[:40],
            "stem": words.stem(shown, language)[:40],
            "language": language,
            "entries": count,
        }

    def _terms_of(self, document: Document) -> words.Terms:
        language = words.base_language(document.language)
        if language not in self._terms:
            known = self._asked if self.known is None else self.known
            self._terms[language] = words.Terms(language, known)
        return self._terms[language]

    def _update(self, where: Sequence[Any], **values: Any) -> None:
        self.session.execute(
            update(SearchEntry)
            .where(*where)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
