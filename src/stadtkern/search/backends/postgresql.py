"""PostgreSQL: ``tsvector`` over our own words, and ``pg_trgm`` where it is installed."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from stadtkern.db import has_written
from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query

NEAR = 20
LAST_POSITION = 12_000
APART = 2
"""How far apart two parts of a compound may stand."""
LAST_PART = 16_380
"""PostgreSQL counts positions up to 16,383; parts of compounds stand behind all texts."""
NAMED = "="
"""Stands before the words of titles and names, which are stored a second time as such."""
GAP = 10
"""Positions between two texts, so that no phrase reaches across."""

_CALL = (
    "stadtkern_search(cast(:wanted as tsquery), cast(:titled as tsquery),"
    " cast(cast(:parts as text[]) as tsquery[]), cast(:shares as real[]),"
    " cast(:titles as tsquery), cast(:title_share as real), :most)"
)
# One look-up of its key for each entry, see ``by_id``.
_HITS = f"""
  hits as materialized (
    select entry.id, entry.node_id, entry.kind, entry.language, {{era}} as era,
           ranked.score * {{worth}} as score
      from {_CALL} as ranked
      join lateral (select * from search_entry where search_entry.id = ranked.entry_id offset 0)
        as entry on true
     where {{may_find}}
  )
"""  # noqa: S608 - constants of ours
_BEGUN = (
    "found (id, score) as materialized (select entry_id, 1.0"
    " from stadtkern_search_begun(cast(:wanted as tsquery), :most))"
)
# One statement for all rows: one for each would be a round trip of its own.
_STORE = text(
    "insert into search_tokens (entry_id, tenant_id, tokens)"
    " select id, :tenant_id, cast(tokens as tsvector)"
    " from unnest(cast(:ids as integer[]), cast(:tokens as text[])) as made (id, tokens)"
)
_SIMILAR = text(
    "select typed, word, shown, stem, entries"
    " from stadtkern_search_similar(cast(:asked as text[]), :most)"
)
_SETTLE = text("select stadtkern_search_settle()")
_HAS_TRIGRAMS = text("select 1 from pg_extension where extname = 'pg_trgm'")


@lru_cache(maxsize=60_000)
def _literal(word: str) -> str:
    """Return a word in quotation marks; a town's words come again and again."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


class Writer:
    """Writes the texts of ``tsvector`` and ``tsquery`` of one town.

    Each of its words begins with the town's number; every word is quoted, so that nothing of it
    is an operator.
    """

    def __init__(self, tenant_id: int) -> None:
        self.mark = f"{tenant_id}x"

    def word(self, stem: str, where: str = "") -> str:
        """Return one word, to be taken literally; ``where``: only with these weights."""
        return _literal(self.mark + stem) + where

    def beginning(self, word: str) -> str:
        """Return what suggestions look for: a word as it was typed, not its stem."""
        return self.word(f"^{word}")

    def all(self, stems: Iterable[str], where: str = "") -> str:
        """Return words that must all occur."""
        return f"({' & '.join(self.word(stem, where) for stem in stems)})"

    def phrase(self, stems: Iterable[str], where: str = "") -> str:
        """Return words that follow each other."""
        return f"({' <-> '.join(self.word(stem, where) for stem in stems)})"

    def near(self, one: str, other: str) -> str:
        """Return that two parts stand side by side: in a text, or as parts of one compound."""
        first, second = self.word(one), self.word(other)
        ways = [f"{first} <{apart}> {second}" for apart in range(1, APART + 1)]
        return f"({' | '.join([*ways, f'{second} <-> {first}'])})"

    def named(self, group: Group) -> list[str]:
        """Return what finds a word, or what means the same, in titles and names by the index alone.

        The index knows no weights: with these it would read all rows that hold the word anywhere.
        """
        found = [self.word(NAMED + stem) for stem in (*group.exact, *group.near)]
        more = [self.all(NAMED + stem for stem in stems) for stems in group.same]
        if group.phrase:
            more.append(self.phrase(NAMED + stem for stem in group.phrase))
        return found + more

    def plain(self, group: Group, where: str = "") -> list[str]:
        """Return the word itself and what means the same."""
        found = [self.word(stem, where) for stem in (*group.exact, *group.near)]
        if group.phrase:
            found.append(self.phrase(group.phrase, where))
        return found + [self.all(stems, where) for stems in group.same]

    def full(self, group: Group, *, loose: bool, where: str = "") -> list[str]:
        """Return everything that may stand for a group with its whole rank."""
        found = self.plain(group, where)
        if group.pair:
            found.append(self.near(group.pair[0], group.pair[1]))
        if loose and group.start:
            found.append(f"{self.word(group.start)}:*")
        return list(dict.fromkeys(found))

    def weaker(self, group: Group, *, loose: bool) -> list[str]:
        """Return what is found, too, but ranks last: parts of compounds."""
        if loose:
            return [self.word(part) for part in group.parts]
        # What the thing is: with "Müllabfuhr" also a page that is called "Abfuhr".
        return [self.word(NAMED + group.pair[1])] if group.pair else []

    def either(self, group: Group, *, loose: bool, where: str = "") -> str:
        """Return everything that may stand for a group."""
        found = self.full(group, loose=loose, where=where) + self.weaker(group, loose=loose)
        return f"({' | '.join(found)})"

    def vector(self, tokens: Tokens) -> str:
        """Return a document's words as a ``tsvector`` with positions and weights."""
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
                    if weight in "AB":
                        places.setdefault(NAMED + stem, []).append(str(position))
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
        words = [f"{self.word(stem)}:{','.join(found[:255])}" for stem, found in places.items()]
        words += [self.beginning(word) for word in tokens.beginnings]
        return " ".join(words)


class PostgreSQL:
    """``search_tokens`` and the two functions of the migration."""

    hits = _HITS
    hits_loosely = _HITS
    begun = _BEGUN

    def listed(self, names: Iterable[str]) -> Any:
        """Return an array."""
        return list(names)

    def one_of(self, column: str, parameter: str) -> str:
        """Return a comparison with an array's values."""
        return f"{column} = any(cast(:{parameter} as text[]))"

    def by_id(self, table: str, name: str, column: str, key: str, *, left: bool = False) -> str:
        """Return a join that is one look-up for each row: ``offset 0`` keeps it one.

        Left to itself PostgreSQL reads all rows of the town to find ten of them: row-level
        security names the town, and its index seems to be the way.
        """
        how = "left" if left else "inner"
        row = f"select * from {table} where {table}.{column} = {key} offset 0"  # noqa: S608
        return f"{how} join lateral ({row}) as {name} on true"

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries as PostgreSQL writes them; every word in them is quoted."""
        write, loose = Writer(tenant_id), query.loose
        where = ":AB" if query.titles_only else ""
        groups = [write.full(group, loose=loose, where=where) for group in query.groups]
        titles = [one for group in query.groups for one in write.plain(group, ":AB")] or groups[0]
        named = [one for group in query.groups for one in write.named(group)] or groups[0]
        # The rank of alternatives is divided by their number.
        ranked = [
            (f"({' | '.join(found)})", group.share * len(found))
            for group, found in zip(query.groups, groups, strict=True)
        ]
        if loose:
            ranked += [
                (part, group.share / 2)
                for group in query.groups
                for part in write.weaker(group, loose=True)
            ]
        either = (write.either(group, loose=loose, where=where) for group in query.groups)
        return {
            "wanted": (" | " if loose else " & ").join(either),
            "titled": " | ".join(named),
            "parts": [part for part, _share in ranked],
            "shares": [share for _part, share in ranked],
            "titles": " | ".join(titles),
            "title_share": 2.0 * len(titles),
        }

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the queries of what somebody is still typing."""
        write = Writer(tenant_id)
        *before, last = query.groups
        ways = [f"{write.beginning(query.beginning)}:*"]
        ways += [write.all(NAMED + stem for stem in stems) for stems in last.same]
        either = [write.either(group, loose=False) for group in before]
        return {"wanted": " & ".join([*either, f"({' | '.join(ways)})"])}

    def insert(
        self,
        session: Session,
        model: Any,
        rows: Sequence[dict[str, Any]],
        *returned: str,
        skip: bool = False,
    ) -> Sequence[Any]:
        """Insert all rows as one document: thousands of parameters cost more than the rows."""
        table, columns = model.__tablename__, ", ".join(rows[0])
        statement = (
            f"insert into {table} ({columns}) select {columns}"  # noqa: S608 - names of ours
            f" from json_populate_recordset(cast(null as {table}), cast(:rows as json))"
            f"{' on conflict do nothing' if skip else ''}"
        )
        if returned:
            statement += f" returning {', '.join(returned)}"
        has_written(session)
        document = json.dumps(rows, default=str, ensure_ascii=False)
        done = session.connection().execute(text(statement), {"rows": document})
        return done.all() if returned else ()

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Insert vectors; what was there before went with its entry, by the foreign key."""
        write = Writer(tenant_id)
        if rows:
            session.execute(
                _STORE,
                {
                    "tenant_id": tenant_id,
                    "ids": [number for number, _tokens in rows],
                    "tokens": [write.vector(tokens) for _number, tokens in rows],
                },
            )

    def settle(self, session: Session, changed: int) -> None:
        """Sort what stands beside the index of words until then."""
        if changed:
            session.execute(_SETTLE)

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
