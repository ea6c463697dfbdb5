"""Up to which amount somebody may release: by their own limit, their roles' or everybody's."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from pyramid.registry import Registry
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from stadtkern.db import metadata
from stadtkern_finance.cases.models import Deputy, ReleaseLimit
from stadtkern_finance.permissions import FinancePermission

OWN, ROLE, EVERYBODY, NONE = "own", "role", "everybody", "none"
"""Whose limit it is that counts."""


class Entry(NamedTuple):
    """One limit that was set; without person and role it holds for everybody else."""

    person_id: int | None
    role: str | None
    cents: int | None
    """None: without a limit."""


class Holds(NamedTuple):
    """What counts for somebody, and by which entry."""

    cents: int | None
    by: str
    role: str | None = None

    def covers(self, cents: int) -> bool:
        """Tell whether an amount may be released."""
        return self.cents is None or cents <= self.cents


def holds(entries: Iterable[Entry], person_id: int, roles: Collection[str]) -> Holds:
    """Return what counts for a person with some roles.

    A limit of their own counts alone, be it higher or lower. Without one the highest of their
    roles' limits counts, as the rights of several roles add up; a role that none was set for adds
    nothing. Without either it is the limit of everybody, and without that there is none.
    """
    found = {(one.person_id, one.role): one.cents for one in entries}
    if (person_id, None) in found:
        return Holds(found[person_id, None], OWN)
    of_roles = [(found[None, role], role) for role in sorted(roles) if (None, role) in found]
    if of_roles:
        cents, role = max(of_roles, key=lambda one: (one[0] is None, one[0] or 0))
        return Holds(cents, ROLE, role)
    if (None, None) in found:
        return Holds(found[None, None], EVERYBODY)
    return Holds(None, NONE)


def is_looser(new: Holds, old: Holds) -> bool:
    """Tell whether one limit lets more through than another one."""
    return old.cents is not None and (new.cents is None or new.cents > old.cents)


def releasing_roles(registry: Registry) -> dict[str, Any]:
    """Return the titles of the roles that may release, by their names."""
    need = FinancePermission.RELEASE
    return {
        name: role.title
        for name, role in registry["roles"].items()
        if need in role.permissions or need in role.granted_by
    }


def _membership() -> Table:
    return metadata.tables["membership"]


def roles_of(session: Session, persons: Iterable[int]) -> Mapping[int, set[str]]:
    """Return the roles that persons have in the town."""
    of = _membership().c
    rows = session.execute(
        select(of.account_id, of.roles).where(
            of.tenant_id == session.info["tenant_id"], of.account_id.in_(list(persons))
        )
    )
    return {row.account_id: set(row.roles) for row in rows}


def entries(session: Session) -> list[Entry]:
    """Return all limits."""
    of = ReleaseLimit
    return [Entry(*row) for row in session.execute(select(of.person_id, of.role, of.cents))]


def stands_for(session: Session, deputy_id: int, day: date) -> set[int]:
    """Return for whom somebody stands in on a day."""
    rows = session.scalars(
        select(Deputy.person_id).where(
            Deputy.deputy_id == deputy_id, Deputy.first_day <= day, Deputy.last_day >= day
        )
    )
    return set(rows)


def served_by(session: Session, person_id: int, day: date) -> set[int]:
    """Return whose work somebody does on a day: their own and of those they stand in for."""
    return {person_id, *stands_for(session, person_id, day)}


class Limit:
    """Up to which amount somebody may release today, and in whose name."""

    def __init__(self, session: Session, person_id: int, day: date) -> None:
        """Ask for it: two statements, three where roles have limits."""
        others = stands_for(session, person_id, day)
        known = entries(session)
        persons = {person_id, *others}
        by_role = any(one.role is not None for one in known)
        roles = roles_of(session, persons) if by_role else {}
        self.own = holds(known, person_id, roles.get(person_id, ()))
        self._others = {
            other: holds(known, other, roles.get(other, ())) for other in sorted(others)
        }

    def in_the_name_of(self, cents: int, not_of: Iterable[int | None]) -> int | None:
        """Return for whom one may release an amount beyond one's own limit; None if for nobody.

        ``not_of``: who has proposed it. Nobody releases in the name of who did.
        """
        barred = set(not_of)
        for other, limit in self._others.items():
            if other not in barred and limit.covers(cents):
                return other
        return None
