"""SQLite: FTS5 over our own words, BM25, and a table of trigrams."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Float, Integer, column, text
from sqlalchemy.orm import Session

from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query
from stadtkern.search.words import trigrams

MOST = 200
"""Entries that are ranked; whoever finds more has asked for nothing in particular."""
APART = 1
"""Words that may stand between two parts of a compound."""
BETWEEN = " 0 0 "
"""Words that nobody asks for, between the parts of two compounds."""
TITLES = "{title names}"
SEARCHED = "{title names lead body title_parts body_parts}"

# Columns: title, names, lead, body, title_parts, body_parts, beginnings.
_WEIGHTS = "10, 8, 3, 1, 3, 0.4, 0"
_TITLE_WEIGHTS = "10, 9, 0, 0, 0, 0, 0"

# The bonus for titles adds results of its own only where all of them fit the query by themselves.
_FOUND = f"""
select id, sum(score) as score from (
  select * from (
    select rowid as id, -bm25(search_fts, {_WEIGHTS}) as score, 1 as fits
      from search_fts where search_fts match :wanted limit {MOST})
  union all
  select * from (
    select rowid as id, -2 * bm25(search_fts, {_TITLE_WEIGHTS}) as score, :title_fits as fits
      from search_fts where search_fts match :titled limit {MOST // 2})
) group by id having max(fits) = 1
"""  # noqa: S608 - numbers of ours
_BEGUN = f"""
select rowid as id, 1.0 as score from search_fts where search_fts match :wanted limit {MOST // 2}
"""  # noqa: S608 - numbers of ours
_STORE = text(
    "insert or replace into search_fts (rowid, title, names, lead, body, title_parts,"
    " body_parts, beginnings) values (:id, :title, :names, :lead, :body, :title_parts,"
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
    " where place <= 15 order by typed, place"
)


class Writer:
    """Writes FTS5 expressions of one town: each of its words begins with the town's number.

    Every word is quoted, so that nothing of it is an operator.
    """

    def __init__(self, tenant_id: int) -> None:
        self.mark = f"{tenant_id}x"

    def word(self, stem: str) -> str:
        """Return one word, to be taken literally."""
        return '"' + (self.mark + stem).replace('"', '""') + '"'

    def phrase(self, stems: Iterable[str]) -> str:
        """Return words that follow each other."""
        return " + ".join(self.word(stem) for stem in stems)

    def all(self, stems: Iterable[str]) -> str:
        """Return words that must all occur."""
        every = [self.word(stem) for stem in stems]
        return every[0] if len(every) == 1 else f"({' AND '.join(every)})"

    def text(self, stems: Iterable[str]) -> str:
        """Return words as they are stored."""
        return " ".join([self.mark + stem for stem in stems])

    def plain(self, group: Group) -> list[str]:
        """Return the word itself and what means the same."""
        found = [self.word(stem) for stem in group.exact]
        if group.phrase:
            found.append(self.phrase(group.phrase))
        found += [self.all(stems) for stems in group.same]
        found += [self.word(stem) for stem in group.near]
        # Each counts all its places for the rank: what stands here twice would cost twice.
        return list(dict.fromkeys(found))

    def either(self, group: Group, *, loose: bool) -> str:
        """Return everything that may stand for a group."""
        found = self.plain(group)
        if group.pair:
            found.append(f"NEAR({' '.join(map(self.word, group.pair))}, {APART})")
            if loose:
                found += [self.word(part) for part in group.parts]
            else:
                # What the thing is: with "Müllabfuhr" also a page that is called "Abfuhr".
                found.append(f"{TITLES} : {self.word(group.pair[1])}")
        if loose and group.start:
            found.append(f"{self.word(group.start)} *")
        return f"({' OR '.join(dict.fromkeys(found))})"


class SQLite:
    """``search_fts`` and ``search_gram``."""

    found = text(_FOUND).columns(column("id", Integer), column("score", Float))
    begun = text(_BEGUN).columns(column("id", Integer), column("score", Float))

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return FTS5 expressions; every word in them is quoted."""
        write = Writer(tenant_id)
        loose = query.loose
        word = " OR " if loose else " AND "
        groups = [write.either(group, loose=loose) for group in query.groups]
        titles = [
            f"({' OR '.join(found)})" for group in query.groups if (found := write.plain(group))
        ]
        where = TITLES if query.titles_only else SEARCHED
        wanted = f"{where} : ({word.join(groups)})"
        return {
            "wanted": wanted,
            "titled": f"{TITLES} : ({' OR '.join(titles or groups)})",
            "title_fits": int(loose or len(groups) == 1),
        }

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the FTS5 expression of what somebody is still typing."""
        write = Writer(tenant_id)
        *before, last = query.groups
        parts = [write.either(group, loose=False) for group in before]
        ways = [f"{{beginnings}} : {write.word(query.beginning)} *"]
        ways += [f"{TITLES} : {write.all(stems)}" for stems in last.same]
        parts.append(f"({' OR '.join(ways)})")
        return {"wanted": " AND ".join(parts)}

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Insert into FTS5; what was there before went with its entry, by a trigger."""
        write = Writer(tenant_id)

        def compounds(found: Iterable[Sequence[str]]) -> str:
            return BETWEEN.join([write.text(parts) for parts in found])

        if rows:
            session.execute(
                _STORE,
                [
                    {
                        "id": number,
                        "title": write.text(tokens.title),
                        "names": write.text(tokens.names),
                        "lead": write.text(tokens.lead),
                        "body": write.text(tokens.body),
                        "title_parts": compounds(tokens.title_parts),
                        "body_parts": compounds(tokens.body_parts),
                        "beginnings": write.text(tokens.beginnings),
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
