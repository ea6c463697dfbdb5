"""Questions to the accounts room's tables."""

from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.accounts.models import (
    Account,
    LocalRole,
    Membership,
)


def account_by_mail(session: Session, mail: str) -> Account | None:
    """Return the account with this mail address, whatever its case."""
    return session.scalars(select(Account).where(Account.mail == mail.strip().lower())).first()


def members(session: Session) -> list[tuple[Account, Membership]]:
    """Return the tenant's members by name."""
    rows = session.execute(
        select(Account, Membership)
        .join(Membership, Membership.account_id == Account.id)
        .order_by(Account.name, Account.id)
    )
    return [(account, member) for account, member in rows]


def members_who_may(
    session: Session,
    registry: Registry,
    permission: str,
    node_ids: tuple[int, ...] = (),
    *,
    plugins: frozenset[str] = frozenset(),
) -> list[Account]:
    """Return the active members who may do something, in the tenant or on a node.

    ``node_ids``: the node's and its ancestors'. ``plugins``: what the tenant has switched on;
    roles and grants of others do not count.
    """
    able = {
        name
        for name, role in registry["roles"].items()
        if (role.owner is None or role.owner in plugins)
        and (
            permission in role.permissions
            or any(
                owner is None or owner in plugins for owner in role.granted_by.get(permission, ())
            )
        )
    }
    local = set(
        session.scalars(
            select(LocalRole.account_id).where(
                LocalRole.node_id.in_(node_ids), LocalRole.role.in_(able)
            )
        )
        if node_ids and able
        else ()
    )
    return [
        account
        for account, member in members(session)
        if account.active and (able & set(member.roles) or account.id in local)
    ]


def local_roles(session: Session, account_id: int) -> list[LocalRole]:
    """Return a member's local roles."""
    return list(session.scalars(select(LocalRole).where(LocalRole.account_id == account_id)))
