"""How far an import is, and what it needs to know and to end."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account, Membership
from stadtkern.content.models import Node
from stadtkern.tenants.models import TenantRow
from stadtkern.towns.models import (
    DONE,
    IMPORTING,
    RUNNING,
    TownImport,
    TownImportId,
)
from stadtkern.towns.parts import ACCOUNT

BATCH = 200


def running(session: Session, digest: str, slug: str) -> TownImport | None:
    """Return the import of an archive as this town that has begun and not ended."""
    return session.scalars(
        select(TownImport).where(
            TownImport.digest == digest, TownImport.slug == slug, TownImport.state == RUNNING
        )
    ).first()


def running_as(session: Session, slug: str) -> TownImport | None:
    """Return the unfinished import of whatever archive as this town."""
    return session.scalars(
        select(TownImport).where(TownImport.slug == slug, TownImport.state == RUNNING)
    ).first()


def advance(session: Session, import_id: int, at: tuple[str, int], to: tuple[str, int]) -> bool:
    """Move an import on; False if somebody else has, or it was given up."""
    done = session.execute(
        update(TownImport)
        .where(
            TownImport.id == import_id,
            TownImport.state == RUNNING,
            TownImport.step == at[0],
            TownImport.line == at[1],
        )
        .values(step=to[0], line=to[1])
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def given(session: Session) -> dict[str, dict[int, int]]:
    """Return which numbers rows got, by part and old number."""
    found: dict[str, dict[int, int]] = {}
    for part, old, new in session.connection().execute(
        select(TownImportId.part, TownImportId.old, TownImportId.new).where(
            TownImportId.tenant_id == session.info["tenant_id"]
        )
    ):
        found.setdefault(part, {})[old] = new
    return found


def note_account(session: Session, number: int) -> None:
    """Remember that this import made an account."""
    session.connection().execute(
        insert(TownImportId.__table__),  # type: ignore[arg-type]
        [
            {
                "tenant_id": session.info["tenant_id"],
                "part": ACCOUNT,
                "old": number,
                "new": number,
            }
        ],
    )


def forget_numbers(session: Session) -> None:
    """Throw away what the import needed to know."""
    session.connection().execute(
        delete(TownImportId).where(TownImportId.tenant_id == session.info["tenant_id"])
    )


def kinds_of(session: Session, numbers_: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the content types of nodes by id, with the version of their contents."""
    found: dict[int, tuple[str, int]] = {}
    wanted = sorted(set(numbers_))
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        for number, kind, version in session.connection().execute(
            select(Node.id, Node.type, Node.body_version).where(
                Node.id.in_(some), Node.tenant_id == session.info["tenant_id"]
            )
        ):
            found[number] = kind, version
    return found


def set_town(session: Session, tenant_id: int, **values: Any) -> None:
    """Write columns of the tenant's own row."""
    session.connection().execute(
        update(TenantRow.__table__)  # type: ignore[arg-type]
        .where(TenantRow.id == tenant_id)
        .values(values)
    )


def drop_town(session: Session, tenant_id: int) -> None:
    """Delete a town that is still coming in, with all that came."""
    session.connection().execute(
        delete(TenantRow).where(TenantRow.id == tenant_id, TenantRow.status == IMPORTING)
    )


def members(session: Session, numbers_: Sequence[int]) -> set[int]:
    """Return which of these accounts are members of the session's town."""
    found = session.connection().scalars(
        select(Membership.account_id).where(
            Membership.tenant_id == session.info["tenant_id"], Membership.account_id.in_(numbers_)
        )
    )
    return set(found)


def drop_accounts(session: Session, numbers_: Sequence[int]) -> None:
    """Delete accounts that a given-up import had made and that nobody has used."""
    session.connection().execute(
        delete(Account).where(
            Account.id.in_(numbers_), Account.password_hash.is_(None), Account.operator.is_(False)
        )
    )


def end(session: Session, import_id: int, when: Any) -> None:
    """Note that a town is in."""
    session.execute(
        update(TownImport)
        .where(TownImport.id == import_id)
        .values(state=DONE, finished_at=when, step="", line=0)
        .execution_options(synchronize_session=False)
    )
