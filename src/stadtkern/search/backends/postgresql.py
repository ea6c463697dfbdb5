"""PostgreSQL: ``tsvector`` over our own words, and ``pg_trgm`` where it is installed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Float, Integer, column, text
from sqlalchemy.orm import Session

from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query

MOST = 3_000
"""Entries that are ranked; whoever finds more has asked for nothing in particular."""
NEAR = 20
LAST_POSITION = 12_000
APART = 4
"""How far apart two parts of a compound may stand."""
LAST_PART = 16_380
"""PostgreSQL counts positions up to 16,383; parts of compounds stand behind all texts."""
GAP = 10
"""Positions between two texts, so that no phrase reaches across."""

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
    position = LAST_POSITION + GAP
    for compounds, weight in ((tokens.title_parts, "C"), (tokens.body_parts, "D")):
        for parts in compounds:
            for stem in parts:
                # Further ones lie on one place: found, but not side by side.
                place = min(position, LAST_PART)
                places.setdefault(stem, []).append(f"{place}{weight}")
                position += 1
            position += APART + 1
    words = [f"{quoted(stem)}:{','.join(found[:255])}" for stem, found in places.items()]
    words += [quoted(f"^{word}") for word in tokens.beginnings]
    words.append(scope(tenant_id))
    return " ".join(words)


def _all(stems: Iterable[str], where: str = "") -> str:
    return "(" + " & ".join(quoted(stem) + where for stem in stems) + ")"


def _phrase(stems: Iterable[str], where: str = "") -> str:
    return "(" + " <-> ".join(quoted(stem) + where for stem in stems) + ")"


def _near(one: str, other: str) -> str:
    """Return that two parts stand side by side: in a text, or as parts of one compound."""
    first, second = quoted(one), quoted(other)
    ways = [f"{first} <{apart}> {second}" for apart in range(1, APART + 1)]
    return f"({' | '.join([*ways, f'{second} <-> {first}'])})"


def _alternatives(group: Group, *, loose: bool, where: str = "") -> list[str]:
    found = [quoted(stem) + where for stem in group.exact]
    if group.phrase:
        found.append(_phrase(group.phrase, where))
    found += [_all(stems, where) for stems in group.same]
    if group.pair:
        found.append(_near(*group.pair))
    found += [quoted(stem) + where for stem in group.near]
    if loose and group.start:
        found.append(f"{quoted(group.start)}:*")
    return list(dict.fromkeys(found))


def _weaker(group: Group, *, loose: bool) -> list[str]:
    """Return what is found, too, but ranks last: parts of compounds."""
    if loose:
        return [quoted(part) for part in group.parts]
    # What the thing is: with "Müllabfuhr" also a page that is called "Abfuhr".
    return [f"{quoted(group.pair[1])}:AB"] if group.pair else []


def _titled(group: Group) -> list[str]:
    found = [f"{quoted(stem)}:AB" for stem in (*group.exact, *group.near)]
    if group.phrase:
        found.append(_phrase(group.phrase, ":AB"))
    return found + [_all(stems, ":AB") for stems in group.same]


class PostgreSQL:
    """``search_tokens`` and the two functions of the migration."""

    found = text(_FOUND).columns(column("id", Integer), column("score", Float))
    begun = found

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries as PostgreSQL writes them; every word in them is quoted."""
        where = ":AB" if query.titles_only else ""
        loose = query.loose
        groups = [_alternatives(group, loose=loose, where=where) for group in query.groups]
        titles = [one for group in query.groups for one in _titled(group)] or groups[0]
        wanted = [
            f"({' | '.join([*found, *_weaker(group, loose=loose)])})"
            for group, found in zip(query.groups, groups, strict=True)
        ]
        # The rank of alternatives is divided by their number.
        ranked = [
            (f"({' | '.join(found)})", group.share * len(found))
            for group, found in zip(query.groups, groups, strict=True)
        ]
        if loose:
            ranked += [
                (part, group.share / 2)
                for group in query.groups
                for part in _weaker(group, loose=True)
            ]
        word = " | " if loose else " & "
        return {
            "wanted": f"{scope(tenant_id)} & ({word.join(wanted)})",
            "titled": f"{scope(tenant_id)} & ({' | '.join(titles)})",
            "parts": [part for part, _share in ranked],
            "shares": [share for _part, share in ranked],
            "titles": f"({' | '.join(titles)})",
            "title_share": 2.0 * len(titles),
        }

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries of what somebody is still typing."""
        *before, last = query.groups
        start = f"{quoted('^' + query.beginning)}:*"
        ways = [start, *(_all(stems, ":AB") for stems in last.same)]
        either = [
            f"({' | '.join(_alternatives(group, loose=False) + _weaker(group, loose=False))})"
            for group in before
        ]
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
        if not wanted:
            return {}
        found: dict[str, list[Any]] = {}
        for row in session.execute(_SIMILAR, {"asked": wanted, "most": NEAR}):
            found.setdefault(row.typed, []).append(row)
        return found

    def has_trigrams(self, session: Session) -> bool:
        """Tell whether ``pg_trgm`` is installed."""
        return session.scalar(_HAS_TRIGRAMS) is not None
