"""Somebody's rights outside of a request: in jobs that do what a person has asked for."""

from types import SimpleNamespace
from typing import Any, cast

from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account, LocalRole, Membership
from stadtkern.accounts.policy import Identity, permissions_of


class Acting:
    """Stands where views have a request: knows the person, the roles and the plugins.

    Rights are read when it is made, so that a job which runs late does not use rights that were
    taken away meanwhile.
    """

    def __init__(
        self, session: Session, registry: Registry, identity: Identity, plugins: frozenset[str]
    ) -> None:
        self.db = session
        self.registry = registry
        self.identity = identity
        self.plugins = SimpleNamespace(enabled=plugins)

    def plugin_enabled(self, name: str) -> bool:
        """Tell whether the tenant has a plugin switched on."""
        return name in self.plugins.enabled

    def has_permission(self, permission: str, context: Any) -> bool:
        """Decide on a node as the security policy does for a request."""
        verdict = context.permits(self, self.identity, permission)
        if verdict is not None:
            return bool(verdict)
        return self.role_allows(permission, context)

    def role_allows(self, permission: str, context: Any) -> bool:
        """Tell whether a role allows it on a node, not only that the node is one's own."""
        # It asks no more of a request than what is here.
        return permission in permissions_of(
            cast("Request", self), self.identity, context.lineage_ids
        )


def acting(
    session: Session, registry: Registry, account_id: int | None, plugins: frozenset[str]
) -> Acting | None:
    """Return somebody with the rights they have now; None for who has left or is locked."""
    account = None if account_id is None else session.get(Account, account_id)
    if account is None or not account.active:
        return None
    member = session.scalars(select(Membership).where(Membership.account_id == account.id)).first()
    if member is None and not account.operator:
        return None
    local: dict[int, frozenset[str]] = {}
    for row in session.scalars(select(LocalRole).where(LocalRole.account_id == account.id)):
        local[row.node_id] = local.get(row.node_id, frozenset()) | {row.role}
    identity = Identity(
        account_id=account.id,
        name=account.name,
        mail=account.mail,
        locale=account.locale,
        operator=account.operator,
        roles=frozenset(member.roles if member is not None else ()),
        local=local,
    )
    return Acting(session, registry, identity, plugins)
