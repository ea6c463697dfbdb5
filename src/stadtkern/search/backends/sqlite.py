"""SQLite: FTS5 over our own words, BM25, and a table of trigrams."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Group, Query
from stadtkern.search.words import trigrams

APART = 1
"""Words that may stand between two parts of a compound."""
MUCH = 10
"""An index of which so great a part (one in ten) was written anew is put in order."""
BETWEEN = " 0 0 "
"""Words that nobody asks for, between the parts of two compounds."""
TITLES = "{title names}"

# Columns: title, names, lead, body, title_parts, body_parts, beginnings.
_WEIGHTS = "10, 8, 3, 1, 3, 0.4, 0"
# Columns: title, names, lead, title_parts.
_HEAD_WEIGHTS = "10, 8, 3, 3"
_TITLED = 3
"""Times the rank of what has one of the words in its title or names."""
_ELSEWHERE = 1e-7
"""The rank of what has the words in its text alone: less than any heading's."""

_ROW = "entry.id, entry.node_id, entry.kind, entry.language, {era} as era"
# What came last stands first, and what nobody may find is passed over before ranking ends: a word
# of thousands of old pages still finds today's. Where there are more than are ranked, those whose
# title fits by itself are not missed.
_HEADS = f"""
  titled (id) as materialized (
    select rowid from search_heads where search_heads match :titled order by rowid desc limit :most
  ),
  heads (id, score) as materialized (
    select rowid, -bm25(search_heads, {_HEAD_WEIGHTS})
             * case when rowid in (select id from titled) then {_TITLED} else 1 end
      from search_heads where search_heads match :headed order by rowid desc limit :most
  ),
  ranked as materialized (
    select {_ROW}, coalesce(heads.score, {_ELSEWHERE}) * {{worth}} as score
      from search_fts cross join search_entry entry on entry.id = search_fts.rowid
      left join heads on heads.id = search_fts.rowid
     where search_fts match :wanted and {{may_find}}
     order by search_fts.rowid desc limit :most
  ),
  older as materialized (
    select {_ROW}, heads.score * {{worth}} as score
      from heads cross join search_entry entry on entry.id = heads.id
     where :title_fits and (select count(*) from ranked) = :most
       and heads.id < (select min(id) from ranked) and heads.id in (select id from titled)
       and {{may_find}}
     order by heads.id desc limit :most / 2
  ),
  hits as (select * from ranked union all select * from older)
"""  # noqa: S608 - numbers of ours
# Where some of the words are enough, how rare each is in all texts is what tells pages apart.
_LOOSELY = f"""
  titled (id) as materialized (
    select rowid from search_heads where search_heads match :titled order by rowid desc limit :most
  ),
  ranked as materialized (
    select {_ROW},
           -bm25(search_fts, {_WEIGHTS})
             * case when search_fts.rowid in (select id from titled) then {_TITLED} else 1 end
             * {{worth}} as score
      from search_fts cross join search_entry entry on entry.id = search_fts.rowid
     where search_fts match :wanted and {{may_find}}
     order by search_fts.rowid desc limit :most
  ),
  older as materialized (
    select {_ROW}, -{_TITLED} * bm25(search_heads, {_HEAD_WEIGHTS}) * {{worth}} as score
      from search_heads cross join search_entry entry on entry.id = search_heads.rowid
     where search_heads match :titled and (select count(*) from ranked) = :most
       and search_heads.rowid < (select min(id) from ranked) and {{may_find}}
     order by search_heads.rowid desc limit :most / 2
  ),
  hits as (select * from ranked union all select * from older)
"""  # noqa: S608 - numbers of ours
_BEGUN = """
  found (id, score) as materialized (
    select rowid, 1.0 from search_fts where search_fts match :wanted
     order by rowid desc limit :most
  )
"""
_STORE_HEADS = text(
    "insert or replace into search_heads (rowid, title, names, lead, title_parts)"
    " values (:id, :title, :names, :lead, :title_parts)"
)
_STORE = text(
    "insert or replace into search_fts (rowid, title, names, lead, body, title_parts,"
    " body_parts, beginnings) values (:id, :title, :names, :lead, :body, :title_parts,"
    " :body_parts, :beginnings)"
)
_ENTRIES = text("select count(*) from search_fts_docsize")
_OPTIMIZE = tuple(
    text(f"insert into {table} ({table}) values ('optimize')")  # noqa: S608 - names of ours
    for table in ("search_fts", "search_heads")
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
        self.mark, self.begun = f"{tenant_id}x", f"{tenant_id}y"

    def word(self, stem: str) -> str:
        """Return one word, to be taken literally."""
        return self.quoted(self.mark + stem)

    def quoted(self, word: str) -> str:
        """Return a stored word as it stands in an expression."""
        return '"' + word.replace('"', '""') + '"'

    def beginning(self, word: str) -> str:
        """Return what suggestions look for: a word as it was typed, which is no other's stem.

        Its own mark keeps it apart: a list of columns would cost each word that is looked for.
        """
        return self.begun + word

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
    """``search_fts``, ``search_heads`` and ``search_gram``."""

    hits = _HEADS
    hits_loosely = _LOOSELY
    begun = _BEGUN

    def listed(self, names: Iterable[str]) -> Any:
        """Return a JSON document."""
        return json.dumps(list(names))

    def one_of(self, column: str, parameter: str) -> str:
        """Return a look-up in a list that SQLite makes once a statement."""
        return f"{column} in (select value from json_each(:{parameter}))"  # noqa: S608 - ours

    def by_id(self, table: str, name: str, column: str, key: str, *, left: bool = False) -> str:
        """Return a join in the order in which it stands: SQLite looks a key up by itself."""
        return f"{'left' if left else 'cross'} join {table} {name} on {name}.{column} = {key}"

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return FTS5 expressions; every word in them is quoted."""
        write = Writer(tenant_id)
        loose = query.loose
        word = " OR " if loose else " AND "
        groups = [write.either(group, loose=loose) for group in query.groups]
        titles = [
            f"({' OR '.join(found)})" for group in query.groups if (found := write.plain(group))
        ]
        wanted = f"({word.join(groups)})"
        asked: dict[str, Any] = {
            "wanted": f"{TITLES} : {wanted}" if query.titles_only else wanted,
            "titled": f"{TITLES} : ({' OR '.join(titles or groups)})",
        }
        if not loose:
            asked |= {"headed": " OR ".join(groups), "title_fits": int(len(groups) == 1)}
        return asked

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the FTS5 expression of what somebody is still typing."""
        write = Writer(tenant_id)
        *before, last = query.groups
        parts = [write.either(group, loose=False) for group in before]
        ways = [f"{write.quoted(write.beginning(query.beginning))} *"]
        ways += [f"{TITLES} : {write.all(stems)}" for stems in last.same]
        parts.append(f"({' OR '.join(ways)})")
        return {"wanted": " AND ".join(parts)}

    def insert(
        self,
        session: Session,
        model: Any,
        rows: Sequence[dict[str, Any]],
        *returned: str,
        skip: bool = False,
    ) -> Sequence[Any]:
        """Insert row by row."""
        statement = insert(model)
        if skip:
            statement = statement.on_conflict_do_nothing()
        if not returned:
            session.execute(statement, list(rows))
            return ()
        columns = [getattr(model, name) for name in returned]
        return session.execute(statement.returning(*columns), list(rows)).all()

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Insert into FTS5; what was there before went with its entry, by a trigger."""
        write = Writer(tenant_id)

        def compounds(found: Iterable[Sequence[str]]) -> str:
            return BETWEEN.join([write.text(parts) for parts in found])

        if rows:
            made = [
                {
                    "id": number,
                    "title": write.text(tokens.title),
                    "names": write.text(tokens.names),
                    "lead": write.text(tokens.lead),
                    "body": write.text(tokens.body),
                    "title_parts": compounds(tokens.title_parts),
                    "body_parts": compounds(tokens.body_parts),
                    "beginnings": " ".join(map(write.beginning, tokens.beginnings)),
                }
                for number, tokens in rows
            ]
            session.execute(_STORE, made)
            session.execute(_STORE_HEADS, made)

    def settle(self, session: Session, changed: int) -> None:
        """Join FTS5's parts where much was written: a search looks into each of them."""
        if changed * MUCH > session.scalar(_ENTRIES):
            for statement in _OPTIMIZE:
                session.execute(statement)

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
