"""What is known of a town as a whole: its words, and when it was indexed."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.search import words
from stadtkern.search.index.storing import Met, Store, chunks
from stadtkern.search.models import SearchState, SearchWord


def vocabulary(session: Session) -> set[str]:
    """Return all words of the session's town, folded."""
    return set(session.scalars(select(SearchWord.word)))


def replace_words(index: Store) -> int:
    """Let the town have just the words that were met since ``index`` was made; return how many."""
    session = index.session
    there: dict[str, int] = {
        row.word: row.entries
        for row in session.execute(select(SearchWord.word, SearchWord.entries))
    }
    met = index.met.words()
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
    index.add_words({word: met[word] for word in met.keys() - there.keys()})
    index.met = Met()
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
