"""SQL of notices; every query is the session's tenant's alone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from stadtkern.exchange import Record
from stadtkern_finance.issuing.models import (
    ELECTRONIC,
    MADE,
    ORDERED,
    POST,
    PROBLEM,
    Letterhead,
    Pile,
    StoredNotice,
)
from stadtkern_finance.models import StoredAssessment, TaxAccount


class Waiting(NamedTuple):
    """An assessment without a notice, or whose notice could not be made."""

    assessment: StoredAssessment
    account: TaxAccount
    payload: dict[str, Any] | None
    """Of its record, as long as that is kept."""
    notice: StoredNotice | None


def _unmade() -> Any:
    return or_(StoredNotice.id.is_(None), StoredNotice.state == PROBLEM)


def waiting(
    session: Session, after: int, limit: int, ids: Iterable[int] | None = None
) -> list[Waiting]:
    """Return assessments that need a notice, by their ids, those after ``after`` first."""
    chosen = (
        select(StoredAssessment, TaxAccount, Record.payload, StoredNotice)
        .join(TaxAccount, TaxAccount.id == StoredAssessment.account_id)
        .outerjoin(Record, Record.id == StoredAssessment.record_id)
        .outerjoin(StoredNotice, StoredNotice.assessment_id == StoredAssessment.id)
        .where(_unmade(), StoredAssessment.id > after)
        .order_by(StoredAssessment.id)
        .limit(limit)
    )
    if ids is not None:
        chosen = chosen.where(StoredAssessment.id.in_(list(ids)))
    return [Waiting(*row) for row in session.execute(chosen)]


def count_waiting(session: Session) -> int:
    """Return how many assessments need a notice, those that have a problem included."""
    return (
        session.scalar(
            select(func.count(StoredAssessment.id))
            .outerjoin(StoredNotice, StoredNotice.assessment_id == StoredAssessment.id)
            .where(_unmade())
        )
        or 0
    )


def assessed_before(session: Session, rows: Sequence[StoredAssessment]) -> set[int]:
    """Return which assessments of trade tax follow another one of the same account and year."""
    wanted = {row.account_id for row in rows}
    found = session.execute(
        select(StoredAssessment.id, StoredAssessment.account_id, StoredAssessment.year).where(
            StoredAssessment.account_id.in_(wanted)
        )
    ).all()
    first: dict[tuple[int, int | None], int] = {}
    for one in found:
        key = (one.account_id, one.year)
        first[key] = min(one.id, first.get(key, one.id))
    return {row.id for row in rows if first[row.account_id, row.year] < row.id}


def by_assessment(session: Session, ids: Iterable[int]) -> dict[int, StoredNotice]:
    """Return notices by the assessments that they are about."""
    rows = session.scalars(select(StoredNotice).where(StoredNotice.assessment_id.in_(list(ids))))
    return {row.assessment_id: row for row in rows}


def one(session: Session, number: int, *, lock: bool = False) -> StoredNotice | None:
    """Return a notice."""
    chosen = select(StoredNotice).where(StoredNotice.id == number)
    return session.scalars(chosen.with_for_update() if lock else chosen).first()


def assessment_of(session: Session, row: StoredNotice) -> tuple[StoredAssessment, TaxAccount]:
    """Return what a notice is about."""
    found = session.execute(
        select(StoredAssessment, TaxAccount)
        .join(TaxAccount, TaxAccount.id == StoredAssessment.account_id)
        .where(StoredAssessment.id == row.assessment_id)
    ).one()
    return found[0], found[1]


def _narrowed(state: str, words: str) -> Iterator[Any]:
    if state:
        yield StoredNotice.state == state
    if words:
        yield StoredNotice.number.contains(words, autoescape=True)


def listed(session: Session, state: str, words: str, limit: int, offset: int) -> Sequence[Any]:
    """Return notices with tax and year, the newest first."""
    chosen = (
        select(StoredNotice, StoredAssessment.tax_kind, StoredAssessment.year)
        .join(StoredAssessment, StoredAssessment.id == StoredNotice.assessment_id)
        .where(*_narrowed(state, words))
        .order_by(StoredNotice.id.desc())
    )
    return session.execute(chosen.limit(limit).offset(offset)).all()


def count(session: Session, state: str, words: str) -> int:
    """Return how many notices a list has."""
    chosen = select(func.count(StoredNotice.id)).where(*_narrowed(state, words))
    return session.scalar(chosen) or 0


def counts(session: Session) -> dict[tuple[str, str], int]:
    """Return how many notices there are by state and way."""
    rows = session.execute(
        select(StoredNotice.state, StoredNotice.way, func.count(StoredNotice.id)).group_by(
            StoredNotice.state, StoredNotice.way
        )
    )
    return {(state, way): number for state, way, number in rows}


def problems(session: Session, limit: int) -> Sequence[StoredNotice]:
    """Return notices that could not be made, the oldest first."""
    rows = session.scalars(
        select(StoredNotice)
        .where(StoredNotice.state == PROBLEM)
        .order_by(StoredNotice.id)
        .limit(limit)
    )
    return rows.all()


def shas(session: Session) -> set[str]:
    """Return the sha256 of all files that notices and piles name."""
    found: set[str] = set()
    for chosen in (
        select(StoredNotice.pdf_sha),
        select(StoredNotice.xml_sha),
        select(Pile.file_sha),
    ):
        found |= {sha for sha in session.scalars(chosen) if sha is not None}
    return found


def letterheads(session: Session) -> Sequence[Letterhead]:
    """Return all versions, the newest first."""
    return session.scalars(select(Letterhead).order_by(Letterhead.valid_from.desc())).all()


def letterhead(session: Session, number: int) -> Letterhead | None:
    """Return a version."""
    return session.scalars(select(Letterhead).where(Letterhead.id == number)).first()


def letterhead_on(session: Session, day: date) -> Letterhead | None:
    """Return the version that holds on a day."""
    return session.scalars(
        select(Letterhead)
        .where(Letterhead.valid_from <= day)
        .order_by(Letterhead.valid_from.desc())
        .limit(1)
    ).first()


def letterhead_from(session: Session, day: date) -> Letterhead | None:
    """Return the version that begins on a day."""
    return session.scalars(select(Letterhead).where(Letterhead.valid_from == day)).first()


def is_used(session: Session, letterhead_id: int) -> bool:
    """Tell whether a notice was made with a version."""
    chosen = select(StoredNotice.id).where(StoredNotice.letterhead_id == letterhead_id).limit(1)
    return session.scalar(chosen) is not None


def last_day(session: Session) -> date | None:
    """Return the latest day that a notice bears."""
    return session.scalar(
        select(func.max(StoredNotice.day)).where(StoredNotice.letterhead_id.is_not(None))
    )


def by_code(session: Session, code_hash: str) -> StoredNotice | None:
    """Return the notice that the hash of a code belongs to."""
    return session.scalars(select(StoredNotice).where(StoredNotice.code_hash == code_hash)).first()


def set_codes(session: Session, hashes: Sequence[tuple[int, str]], until: datetime) -> None:
    """Keep the hashes of notices' codes; earlier codes of theirs open nothing any more."""
    changed = [
        {"id": number, "code_hash": code_hash, "code_until": until, "code_used_at": None}
        for number, code_hash in hashes
    ]
    session.execute(update(StoredNotice), changed)


def to_post(session: Session, after: int, limit: int) -> Sequence[StoredNotice]:
    """Return notices that wait for the post, by their ids."""
    rows = session.scalars(
        select(StoredNotice)
        .where(StoredNotice.state == MADE, StoredNotice.way == POST, StoredNotice.id > after)
        .order_by(StoredNotice.id)
        .limit(limit)
    )
    return rows.all()


def piles(session: Session, limit: int) -> Sequence[Pile]:
    """Return the latest piles."""
    return session.scalars(select(Pile).order_by(Pile.number.desc()).limit(limit)).all()


def pile(session: Session, number: int) -> Pile | None:
    """Return a pile by its number."""
    return session.scalars(select(Pile).where(Pile.number == number)).first()


def piles_in(session: Session, state: str) -> Sequence[Pile]:
    """Return the piles in a state."""
    return session.scalars(select(Pile).where(Pile.state == state).order_by(Pile.id)).all()


def last_pile(session: Session) -> int:
    """Return the number of the last pile; 0 without one."""
    return session.scalar(select(func.max(Pile.number))) or 0


def in_pile(session: Session, pile_id: int) -> Sequence[StoredNotice]:
    """Return a pile's letters in their order."""
    rows = session.scalars(
        select(StoredNotice).where(StoredNotice.pile_id == pile_id).order_by(StoredNotice.id)
    )
    return rows.all()


def first_in_pile(session: Session, pile_id: int) -> StoredNotice | None:
    """Return a pile's first letter: all of them were posted on one day."""
    return session.scalars(
        select(StoredNotice)
        .where(StoredNotice.pile_id == pile_id)
        .order_by(StoredNotice.id)
        .limit(1)
    ).first()


def first_day(session: Session, pile_id: int) -> date | None:
    """Return the earliest day that a pile's letters bear."""
    return session.scalar(select(func.min(StoredNotice.day)).where(StoredNotice.pile_id == pile_id))


def into_pile(session: Session, pile_id: int, ids: Sequence[int], state: str) -> None:
    """Put notices into a pile."""
    for start in range(0, len(ids), 500):
        session.execute(
            update(StoredNotice)
            .where(StoredNotice.id.in_(ids[start : start + 500]))
            .values(pile_id=pile_id, state=state)
        )


def set_in_pile(session: Session, pile_id: int, **values: Any) -> None:
    """Change all letters of a pile."""
    session.execute(update(StoredNotice).where(StoredNotice.pile_id == pile_id).values(**values))


def to_provide(session: Session, after: int, limit: int) -> Sequence[StoredNotice]:
    """Return notices whose taxpayers want them electronically, by their ids."""
    rows = session.scalars(
        select(StoredNotice)
        .where(StoredNotice.state == MADE, StoredNotice.way == ELECTRONIC, StoredNotice.id > after)
        .order_by(StoredNotice.id)
        .limit(limit)
    )
    return rows.all()


def ordered(session: Session, after: int, limit: int) -> Sequence[StoredNotice]:
    """Return notices that ELSTER-Transfer has and has not provided yet."""
    rows = session.scalars(
        select(StoredNotice)
        .where(StoredNotice.state == ORDERED, StoredNotice.id > after)
        .order_by(StoredNotice.id)
        .limit(limit)
    )
    return rows.all()


def overdue(session: Session, before: datetime) -> int:
    """Return how many notices ELSTER-Transfer has had since before ``before``."""
    return (
        session.scalar(
            select(func.count(StoredNotice.id)).where(
                StoredNotice.state == ORDERED, StoredNotice.ordered_at < before
            )
        )
        or 0
    )
