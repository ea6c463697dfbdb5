"""What was sent to the back office."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    select,
)
from sqlalchemy.orm import Session

from stadtkern.towns.models import (
    RUNNING,
    WAITING,
    TownArrival,
    TownPageFile,
)


def arrivals(session: Session, account_id: int) -> list[TownArrival]:
    """Return the latest archives that an operator has sent, newest first."""
    return list(
        session.scalars(
            select(TownArrival)
            .where(TownArrival.account_id == account_id)
            .order_by(TownArrival.id.desc())
            .limit(20)
        )
    )


def arrival_of(session: Session, account_id: int, number: int) -> TownArrival | None:
    """Return one that this operator has sent."""
    return session.scalars(
        select(TownArrival).where(TownArrival.id == number, TownArrival.account_id == account_id)
    ).first()


def arriving_as(session: Session, slug: str, host: str) -> set[str]:
    """Return which of both (“slug”, “host”) an archive that comes in right now will have."""
    found = session.scalars(select(TownArrival).where(TownArrival.state == RUNNING)).all()
    return {"slug" for row in found if row.slug == slug} | {
        "host" for row in found if row.host == host
    }


def arrivals_before(session: Session, when: Any) -> list[TownArrival]:
    """Return those that were sent before a moment."""
    return list(session.scalars(select(TownArrival).where(TownArrival.created_at < when)))


def awaited(session: Session) -> set[str]:
    """Return the hashes of the archives that are still to be read."""
    return set(
        session.scalars(select(TownArrival.sha).where(TownArrival.state.in_((WAITING, RUNNING))))
    )


def page_files(session: Session) -> list[TownPageFile]:
    """Return the files with pages that the session's town was sent, newest first."""
    newest = select(TownPageFile).order_by(TownPageFile.created_at.desc(), TownPageFile.id.desc())
    return list(session.scalars(newest.limit(20)))


def page_files_before(session: Session, moment: datetime) -> list[TownPageFile]:
    """Return those that were sent before a moment."""
    return list(session.scalars(select(TownPageFile).where(TownPageFile.created_at < moment)))


def page_files_needed(session: Session) -> set[str]:
    """Return the hashes of the files that still lie here for a reason."""
    needed = TownPageFile.state.in_((WAITING, RUNNING))
    return set(session.scalars(select(TownPageFile.sha).where(needed)))
