"""One record with all that its page shows: three statements, however much there is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Integer, ScalarSelect, String, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts.models import Account
from stadtkern.exchange.models import STAGED, Delivery, Dispatch, Record, Release
from stadtkern.exchange.queries.listing import narrowed

_NO_NUMBER, _NO_TEXT = cast(null(), Integer), cast(null(), String)


class Shown(NamedTuple):
    """A record, its delivery, and the records before and after it in a list."""

    record: Record
    delivery: Delivery
    before: int | None
    after: int | None


class Course(NamedTuple):
    """Who has proposed and decided what of a record, newest first, and where it was sent."""

    releases: list[Any]
    dispatches: list[Any]


def _beside(
    area: str, filters: Mapping[str, Any], number: int
) -> tuple[ScalarSelect[Any], ScalarSelect[Any]]:
    conditions = narrowed(area, filters)
    return (
        select(func.max(Record.id)).where(*conditions, Record.id < number).scalar_subquery(),
        select(func.min(Record.id)).where(*conditions, Record.id > number).scalar_subquery(),
    )


def shown(session: Session, area: str, number: int, filters: Mapping[str, Any]) -> Shown | None:
    """Return a record of a delivery that was read to its end, with its neighbours by number."""
    one = aliased(Record)
    before, after = _beside(area, filters, number)
    found = session.execute(
        select(one, Delivery, before, after)
        .join(Delivery, Delivery.id == one.delivery_id)
        .where(one.id == number, one.area == area, Delivery.state == STAGED)
    ).one_or_none()
    return None if found is None else Shown(*found)


def following(session: Session, area: str, number: int, filters: Mapping[str, Any]) -> int | None:
    """Return the record after one in the order of their numbers, as filtered."""
    return session.execute(select(_beside(area, filters, number)[1])).scalar_one()


def course(session: Session, record_id: int) -> Course:
    """Return a record's releases with the names of both persons, and its dispatches."""
    proposer, releaser = aliased(Account), aliased(Account)
    at = Release.proposed_at.type
    no_moment = cast(null(), at)
    releases = (
        select(
            literal(0).label("sent"),
            Release.id.label("id"),
            Release.state.label("state"),
            Release.note.label("note"),
            Release.proposed_at.label("proposed_at"),
            Release.decided_at.label("decided_at"),
            Release.batch_id.label("batch_id"),
            Release.proposer_id.label("proposer_id"),
            func.coalesce(func.nullif(proposer.name, ""), proposer.mail).label("proposer"),
            func.coalesce(func.nullif(releaser.name, ""), releaser.mail).label("releaser"),
            _NO_TEXT.label("target"),
            _NO_TEXT.label("receipt"),
            _NO_TEXT.label("reference"),
        )
        .outerjoin(proposer, proposer.id == Release.proposer_id)
        .outerjoin(releaser, releaser.id == Release.releaser_id)
        .where(Release.record_id == record_id)
    )
    dispatches = select(
        literal(1),
        Dispatch.id,
        Dispatch.state,
        Dispatch.note,
        Dispatch.created_at,
        no_moment,
        _NO_NUMBER,
        _NO_NUMBER,
        _NO_TEXT,
        _NO_TEXT,
        Dispatch.target,
        Dispatch.receipt,
        Dispatch.reference,
    ).where(Dispatch.record_id == record_id)
    rows: Sequence[Any] = session.execute(union_all(releases, dispatches)).all()
    return Course(
        sorted((row for row in rows if not row.sent), key=lambda row: -row.id),
        sorted((row for row in rows if row.sent), key=lambda row: row.id),
    )
