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
    look = terms.__getitem__
    title = list(map(look, words.words(document.title)))
    title_and_names = title + (names := list(map(look, words.words(document.names))))
    together = words.joined(f"{document.title} {document.names}")
    lead = list(map(look, words.words(f"{document.summary} {document.lead}")))
    body = list(map(look, words.words(document.text[:MAX_TEXT])[:MAX_WORDS]))
    title_parts = [word.parts for word in title_and_names if word.parts]
    title_parts += [(stem,) for stem in terms.stems(together)]
    rest = {*body, *lead}
    beginnings = {word.folded for word in title_and_names}
    beginnings.update(words.fold(word) for word in together)
    for word in title_and_names:
        beginnings.update(piece for piece in word.pieces if len(piece) > words.SHORTEST_PART)
    return Tokens(
        title=[word.stem for word in title],
        names=[word.stem for word in names],
        lead=[word.stem for word in lead if not word.is_stop_word],
        body=[word.stem for word in body if not word.is_stop_word],
        title_parts=list(dict.fromkeys(title_parts)),
        body_parts=sorted({word.parts for word in rest if word.parts}),
        beginnings=sorted(beginnings),
        seen={word.folded: word.word for word in (*title_and_names, *rest) if word.is_learnt},
    )


def rows_of(
    document: Document, tokens: Tokens, tenant_id: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns of a document's ``SearchEntry``, and those of its ``SearchText``."""
    entry: dict[str, Any] = {
        "tenant_id": tenant_id,
        "source": document.source,
        "key": document.key,
        "node_id": document.node_id,
        "kind": document.kind,
        "language": document.language,
        "plugins": list(document.plugins),
        "weight": document.weight,
        "title_words": len(tokens.title),
        "dated": document.dated,
    }
    # Control characters never reach the database: PostgreSQL refuses NUL.
    shown: dict[str, Any] = {
        "tenant_id": tenant_id,
        "title": words.clean(document.title[:200]),
        "path": document.path,
        "summary": words.clean(document.summary[:500]),
        "text": words.clean(document.text[:MAX_TEXT]),
    }
    # The day of what is not dated says nothing; whether it is seen changes by itself.
    day = document.at.timestamp() if document.dated else 0
    told = repr((entry, shown, day, tokens, words.VERSION))
    digest = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return entry | {"visible": document.visible, "at": document.at, "digest": digest}, shown


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
