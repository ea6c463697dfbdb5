"""PostgreSQL: ``tsvector`` over our own words, and ``pg_trgm`` where it is installed."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Float, Integer, column, text
from sqlalchemy.orm import Session

from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query

MOST = 3_000
"""Entries that are ranked; whoever finds more has asked for nothing in particular."""
NEAR = 20
LAST_POSITION = 16_000
"""PostgreSQL counts positions up to 16,383; parts of compounds stand behind all texts."""
GAP = 10
"""Positions between two texts, so that no phrase reaches across."""
LOOK_SECONDS = 60.0

_CALL = (
    "stadtkern_search(cast(:wanted as tsquery), cast(:titled as tsquery),"
    " cast(cast(:parts as text[]) as tsquery[]), cast(:shares as real[]),"
    f" cast(:titles as tsquery), cast(:title_share as real), {MOST})"
)
_FOUND = f"select entry_id as id, score from {_CALL}"  # noqa: S608 - a function's name
_STORE = text(
    "insert into search_tokens (entry_id, tenant_id, tokens)"
    " values (:id, :tenant_id, cast(:tokens as tsvector))"
)
_SIMILAR = text(
    "select typed, word, shown, stem, entries"
    " from stadtkern_search_similar(cast(:asked as text[]), :most)"
)
_HAS_TRIGRAMS = text("select 1 from pg_extension where extname = 'pg_trgm'")


def quoted(word: str) -> str:
    """Return a word as ``tsvector`` and ``tsquery`` take it literally."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def scope(tenant_id: int) -> str:
    """Return the word that stands with every entry of a tenant."""
    return quoted(f"#{tenant_id}")


def vector(tenant_id: int, tokens: Tokens) -> str:
    """Return a document's words as the text of a ``tsvector``, with positions and weights."""
    places: dict[str, list[str]] = {}
    position = 1
    for stems, weight in (
        (tokens.title, "A"),
        (tokens.names, "B"),
        (tokens.lead, "C"),
        (tokens.body, "D"),
    ):
        for stem in stems:
            if position < LAST_POSITION:
                places.setdefault(stem, []).append(f"{position}{weight}")
            position += 1
        position += GAP
    for stems, place in ((tokens.title_parts, "16381C"), (tokens.body_parts, "16383D")):
        for stem in stems:
            places.setdefault(stem, []).append(place)
    words = [f"{quoted(stem)}:{','.join(found[:255])}" for stem, found in places.items()]
    words += [quoted(f"^{word}") for word in tokens.beginnings]
    words.append(scope(tenant_id))
    return " ".join(words)


def _all(stems: Iterable[str], where: str = "") -> str:
    return "(" + " & ".join(quoted(stem) + where for stem in stems) + ")"


def _phrase(stems: Iterable[str], where: str = "") -> str:
    return "(" + " <-> ".join(quoted(stem) + where for stem in stems) + ")"


def _alternatives(group: Group, *, loose: bool, where: str = "") -> list[str]:
    found = [quoted(stem) + where for stem in group.exact]
    if group.phrase:
        found.append(_phrase(group.phrase, where))
    found += [_all(stems, where) for stems in group.same]
    if group.parts:
        found.append(_all(group.parts, where))
        if loose:
            found += [quoted(part) + where for part in group.parts]
        else:
            # What the thing is: with "Müllabfuhr" also a page that is called "Abfuhr".
            found.append(f"{quoted(group.parts[-1])}:AB")
    found += [quoted(stem) + where for stem in group.near]
    if loose and group.start:
        found.append(f"{quoted(group.start)}:*")
    return list(dict.fromkeys(found))


def _titled(group: Group) -> list[str]:
    found = [f"{quoted(stem)}:AB" for stem in (*group.exact, *group.near)]
    if group.phrase:
        found.append(_phrase(group.phrase, ":AB"))
    return found + [_all(stems, ":AB") for stems in group.same]


class PostgreSQL:
    """``search_tokens`` and the two functions of the migration."""

    found = text(_FOUND).columns(column("id", Integer), column("score", Float))
    begun = found

    def __init__(self) -> None:
        self._trigrams: dict[str, tuple[float, bool]] = {}

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries as PostgreSQL writes them; every word in them is quoted."""
        where = ":AB" if query.titles_only else ""
        groups = [_alternatives(group, loose=query.loose, where=where) for group in query.groups]
        titles = [one for group in query.groups for one in _titled(group)] or groups[0]
        word = " | " if query.loose else " & "
        either = [f"({' | '.join(found)})" for found in groups]
        return {
            "wanted": f"{scope(tenant_id)} & ({word.join(either)})",
            "titled": f"{scope(tenant_id)} & ({' | '.join(titles)})",
            "parts": either,
            # The rank of alternatives is divided by their number.
            "shares": [
                group.share * len(found) for group, found in zip(query.groups, groups, strict=True)
            ],
            "titles": f"({' | '.join(titles)})",
            "title_share": 2.0 * len(titles),
        }

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries of what somebody is still typing."""
        *before, last = query.groups
        start = f"{quoted('^' + query.beginning)}:*"
        ways = [start, *(_all(stems, ":AB") for stems in last.same)]
        either = [f"({' | '.join(_alternatives(group, loose=False))})" for group in before]
        either.append(f"({' | '.join(ways)})")
        wanted = f"{scope(tenant_id)} & {' & '.join(either)}"
        return {
            "wanted": wanted,
            "titled": wanted,
            "parts": either,
            "shares": [1.0] * len(either),
            "titles": start,
            "title_share": 1.0,
        }

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Insert vectors; what was there before went with its entry, by the foreign key."""
        if rows:
            session.execute(
                _STORE,
                [
                    {"id": number, "tenant_id": tenant_id, "tokens": vector(tenant_id, tokens)}
                    for number, tokens in rows
                ],
            )

    def learn(self, session: Session, tenant_id: int, found: Collection[str]) -> None:
        """Do nothing: the index of ``pg_trgm`` follows the table of words by itself."""

    def similar(
        self,
        session: Session,
        tenant_id: int,  # noqa: ARG002 - the function asks the database's own setting
        asked: Iterable[str],
    ) -> Mapping[str, Sequence[Any]]:
        """Compare by the similarity of ``pg_trgm``; one question for all, none without it."""
        wanted = list(asked)
        if not wanted or not self.has_trigrams(session):
            return {}
        found: dict[str, list[Any]] = {}
        for row in session.execute(_SIMILAR, {"asked": wanted, "most": NEAR}):
            found.setdefault(row.typed, []).append(row)
        return found

    def has_trigrams(self, session: Session) -> bool:
        """Tell whether ``pg_trgm`` is installed; looked up once a minute and database."""
        url = str(session.get_bind().engine.url)
        known = self._trigrams.get(url)
        if known is None or time.monotonic() - known[0] > LOOK_SECONDS:
            known = (time.monotonic(), session.scalar(_HAS_TRIGRAMS) is not None)
            self._trigrams[url] = known
        return known[1]
