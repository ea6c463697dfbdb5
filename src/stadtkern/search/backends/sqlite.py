"""SQLite: FTS5 over our own words, BM25, and a table of trigrams."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Float, Integer, column, text
from sqlalchemy.orm import Session

from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query
from stadtkern.search.words import trigrams

MOST = 3_000
"""Entries that are ranked; whoever finds more has asked for nothing in particular."""
APART = 4
"""Words that may stand between two parts of a compound."""
BETWEEN = f" {' '.join(['0' * 9] * (APART + 1))} "
"""Words that nobody asks for, between the parts of two compounds."""
TITLES = "{title names}"
SEARCHED = "{title names lead body title_parts body_parts}"

# Columns: scope, title, names, lead, body, title_parts, body_parts, beginnings.
_WEIGHTS = "0, 10, 8, 3, 1, 3, 0.4, 0"
_TITLE_WEIGHTS = "0, 10, 9, 0, 0, 0, 0, 0"

_FOUND = f"""
select id, sum(score) as score from (
  select * from (
    select rowid as id, -bm25(search_fts, {_WEIGHTS}) as score
      from search_fts where search_fts match :wanted limit {MOST})
  union all
  select * from (
    select rowid as id, -2 * bm25(search_fts, {_TITLE_WEIGHTS}) as score
      from search_fts where search_fts match :titled limit {MOST // 4})
) group by id
"""  # noqa: S608 - numbers of ours
_BEGUN = f"""
select rowid as id, -bm25(search_fts, {_WEIGHTS.rpartition(",")[0]}, 5) as score
  from search_fts where search_fts match :wanted limit 500
"""  # noqa: S608 - numbers of ours
_STORE = text(
    "insert or replace into search_fts (rowid, scope, title, names, lead, body, title_parts,"
    " body_parts, beginnings) values (:id, :scope, :title, :names, :lead, :body, :title_parts,"
    " :body_parts, :beginnings)"
)
_LEARN = text("insert or ignore into search_gram (tenant_id, gram, word) values (:t, :gram, :word)")
_SIMILAR = text(
    "select typed, near.word as word, shown, stem, entries from ("
    " select typed, word, own, count(*) as shared,"
    " row_number() over (partition by typed order by count(*) desc, length(word)) as place"
    " from (select json_extract(value, '$[0]') as typed, json_extract(value, '$[1]') as gram,"
    " json_extract(value, '$[2]') as own from json_each(:grams)) as asked"
    " join search_gram on search_gram.tenant_id = :t and search_gram.gram = asked.gram"
    " group by typed, word having shared * 3 > own"
    ") as near join search_word on search_word.tenant_id = :t and search_word.word = near.word"
    " where place <= 40 order by typed, place"
)


def scope(tenant_id: int) -> str:
    """Return the word that stands with every entry of a tenant."""
    return f"t{tenant_id}"


def quoted(word: str) -> str:
    """Return a word as FTS5 takes it literally; words have no quotation marks, but be sure."""
    return '"' + word.replace('"', '""') + '"'


def _compounds(found: Iterable[Sequence[str]]) -> str:
    return BETWEEN.join(" ".join(parts) for parts in found)


def _all(stems: Iterable[str]) -> str:
    inner = " AND ".join(quoted(stem) for stem in stems)
    return f"({inner})"


def _alternatives(group: Group, *, loose: bool) -> list[str]:
    found = [quoted(stem) for stem in group.exact]
    if group.phrase:
        found.append(quoted(" ".join(group.phrase)))
    found += [_all(stems) for stems in group.same]
    if group.pair:
        found.append(f"NEAR({' '.join(map(quoted, group.pair))}, {APART})")
        if loose:
            found += [quoted(part) for part in group.parts]
        else:
            # What the thing is: with "Müllabfuhr" also a page that is called "Abfuhr".
            found.append(f"{TITLES} : {quoted(group.pair[1])}")
    found += [quoted(stem) for stem in group.near]
    if loose and group.start:
        found.append(f"{quoted(group.start)} *")
    return list(dict.fromkeys(found))


def _titled(group: Group) -> list[str]:
    found = [quoted(stem) for stem in group.exact]
    if group.phrase:
        found.append(quoted(" ".join(group.phrase)))
    return found + [_all(stems) for stems in group.same] + [quoted(stem) for stem in group.near]


class SQLite:
    """``search_fts`` and ``search_gram``."""

    found = text(_FOUND).columns(column("id", Integer), column("score", Float))
    begun = text(_BEGUN).columns(column("id", Integer), column("score", Float))

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return FTS5 expressions; every word in them is quoted."""
        here = f"{{scope}} : {quoted(scope(tenant_id))}"
        word = " OR " if query.loose else " AND "
        groups = [
            f"({' OR '.join(_alternatives(group, loose=query.loose))})" for group in query.groups
        ]
        titles = [f"({' OR '.join(found)})" for group in query.groups if (found := _titled(group))]
        where = TITLES if query.titles_only else SEARCHED
        wanted = f"{here} AND {where} : ({word.join(groups)})"
        titled = f"{here} AND {TITLES} : ({' OR '.join(titles or groups)})"
        return {"wanted": wanted, "titled": titled}

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the FTS5 expression of what somebody is still typing."""
        here = f"{{scope}} : {quoted(scope(tenant_id))}"
        *before, last = query.groups
        parts = [f"({' OR '.join(_alternatives(group, loose=False))})" for group in before]
        ways = [f"{{beginnings}} : {quoted(query.beginning)} *"]
        ways += [f"{TITLES} : {_all(stems)}" for stems in last.same]
        parts.append(f"({' OR '.join(ways)})")
        return {"wanted": f"{here} AND {' AND '.join(parts)}"}

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Insert into FTS5; what was there before went with its entry, by a trigger."""
        if rows:
            session.execute(
                _STORE,
                [
                    {
                        "id": number,
                        "scope": scope(tenant_id),
                        "title": " ".join(tokens.title),
                        "names": " ".join(tokens.names),
                        "lead": " ".join(tokens.lead),
                        "body": " ".join(tokens.body),
                        "title_parts": _compounds(tokens.title_parts),
                        "body_parts": _compounds(tokens.body_parts),
                        "beginnings": " ".join(tokens.beginnings),
                    }
                    for number, tokens in rows
                ],
            )

    def learn(self, session: Session, tenant_id: int, found: Collection[str]) -> None:
        """Store the trigrams of new words."""
        rows = [
            {"t": tenant_id, "gram": gram, "word": word}
            for word in sorted(found)
            for gram in trigrams(word)
        ]
        if rows:
            session.execute(_LEARN, rows)

    def similar(
        self, session: Session, tenant_id: int, asked: Iterable[str]
    ) -> Mapping[str, Sequence[Any]]:
        """Compare by the number of trigrams that words share; one question for all."""
        grams = [
            (word, gram, len(own)) for word in asked for own in [trigrams(word)] for gram in own
        ]
        found: dict[str, list[Any]] = {}
        if grams:
            for row in session.execute(_SIMILAR, {"t": tenant_id, "grams": json.dumps(grams)}):
                found.setdefault(row.typed, []).append(row)
        return found
