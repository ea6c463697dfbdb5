"""From something that can be found to the row and the words that are stored for it. Pure."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stadtkern.search import words
from stadtkern.search.texts import MAX_TEXT

MAX_WORDS = 6_000
"""Words of one text that are indexed."""
SHORTEST_LEARNT = 3


@dataclass(frozen=True)
class Document:
    """One thing that can be found, before its words are counted."""

    source: str
    key: str
    kind: str
    language: str
    title: str
    path: str
    summary: str
    names: str
    lead: str
    text: str
    at: datetime
    node_id: int | None = None
    visible: bool = True
    dated: bool = False
    weight: float = 1.0
    plugins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """The words of a document by where they stand; what the databases' indexes are made of."""

    title: list[str]
    names: list[str]
    lead: list[str]
    body: list[str]
    title_parts: list[tuple[str, ...]]
    """Parts of compounds, those of one together."""
    body_parts: list[tuple[str, ...]]
    beginnings: list[str]
    seen: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Words of the texts, folded, each as it was written."""


def tokens_of(document: Document, terms: words.Terms) -> Tokens:
    """Return the words of a document; ``terms`` is of its language."""
    title, names = words.words(document.title), words.words(document.names)
    summary, lead = words.words(document.summary), words.words(document.lead)
    body = words.words(document.text[:MAX_TEXT])[:MAX_WORDS]
    headline = [*title, *names]
    together = words.joined(f"{document.title} {document.names}")
    title_parts = [terms.parts(word) for word in headline]
    title_parts += [(stem,) for stem in terms.stems(together)]
    rest = set(body).union(summary, lead)
    body_parts = {terms.parts(word) for word in rest}
    beginnings = {words.fold(word) for word in (*headline, *together)}
    for word in headline:
        beginnings.update(
            part
            for part in words.split(word, terms.language, terms.known)
            if len(part) > words.SHORTEST_PART
        )
    stops = words.STOP_WORDS.get(terms.language, frozenset())
    seen: dict[str, str] = {}
    for word in (*headline, *rest):
        if len(word) >= SHORTEST_LEARNT and word.isalpha() and word not in stops:
            seen.setdefault(words.fold(word)[: words.LONGEST], word)
    return Tokens(
        title=list(terms.stems(title, all_words=True)),
        names=list(terms.stems(names, all_words=True)),
        lead=list(terms.stems([*summary, *lead])),
        body=list(terms.stems(body)),
        title_parts=list(dict.fromkeys(filter(None, title_parts))),
        body_parts=sorted(filter(None, body_parts)),
        beginnings=sorted(beginnings),
        seen=seen,
    )


def row_of(document: Document, tokens: Tokens, tenant_id: int) -> dict[str, Any]:
    """Return the columns of a document's ``SearchEntry``."""
    row: dict[str, Any] = {
        "tenant_id": tenant_id,
        "source": document.source,
        "key": document.key,
        "node_id": document.node_id,
        "kind": document.kind,
        "language": document.language,
        "visible": document.visible,
        "plugins": list(document.plugins),
        "weight": document.weight,
        "dated": document.dated,
        "at": document.at,
        "title": document.title[:200],
        "path": document.path,
        "summary": document.summary[:500],
        "text": document.text[:MAX_TEXT],
    }
    # Whether it is seen changes by itself, and the day of what is not dated says nothing.
    telling = {
        name: row[name] for name in row if name != "visible" and (name != "at" or row["dated"])
    }
    telling["at"] = document.at.timestamp() if document.dated else 0
    told = repr((sorted(telling.items()), tokens, words.VERSION))
    # Control characters never reach the database: PostgreSQL refuses NUL.
    row["digest"] = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()
    for name in ("title", "summary", "text"):
        row[name] = words.clean(row[name])
    return row


def possible_parts(found: Collection[str]) -> set[str]:
    """Return every beginning and end of words that could be a part of a compound, folded."""
    parts: set[str] = set()
    for word in found:
        if len(word) < words.SHORTEST_COMPOUND + 1:
            continue
        for cut in range(words.SHORTEST_KNOWN, len(word) - words.SHORTEST_PART + 1):
            parts.add(word[:cut])
            if len(word) - cut >= words.SHORTEST_KNOWN:
                parts.add(word[cut:])
    return parts
