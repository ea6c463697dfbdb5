"""People and their roles in a municipality."""

from collections.abc import Iterable
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.accounts.errors import AccountRefused
from stadtkern.accounts.models import (
    Account,
    AccountFactor,
    LocalRole,
    LoginFailure,
    Membership,
    PasswordReset,
    RecoveryCode,
)
from stadtkern.accounts.queries import account_by_mail
from stadtkern.accounts.services.passwords import change_password
from stadtkern.accounts.tickets import digest, revoke_all
from stadtkern.accounts.tokens import forget_tokens
from stadtkern.audit import record
from stadtkern.db import bind_tenant, work
from stadtkern.tenants import Tenant
from stadtkern.tenants.models import TenantRow
from stadtkern.web.i18n import _


def ensure_account(session: Session, mail: str, name: str = "") -> Account:
    """Return the account with this address; make one without password if there is none."""
    account = account_by_mail(session, mail)
    if account is None:
        address = mail.strip().lower()
        if "@" not in address or len(address) > 254:  # noqa: PLR2004
            raise AccountRefused(_("This is no mail address."))
        account = Account(mail=address, name=name.strip() or address.partition("@")[0])
        session.add(account)
        session.flush()
    return account


def set_roles(
    session: Session, registry: Registry, account: Account, roles: Iterable[str]
) -> Membership:
    """Make the account a member of the session's tenant with exactly these roles."""
    wanted = sorted(set(roles))
    unknown = [role for role in wanted if role not in registry["roles"]]
    if unknown:
        known = ", ".join(sorted(registry["roles"]))
        raise AccountRefused(
            _(
                "There is no role “${role}”. Roles: ${known}.",
                mapping={"role": unknown[0], "known": known},
            )
        )
    tenant_id = session.info["tenant_id"]
    member = session.get(Membership, (tenant_id, account.id))
    if member is None:
        member = Membership(tenant_id=tenant_id, account_id=account.id, roles=wanted)
        session.add(member)
    else:
        _keep_an_administrator(session, member, wanted)
        member.roles = wanted
    session.flush()
    return member


def remove_member(session: Session, account_id: int) -> None:
    """End a membership with its local roles and the person's logins; the account stays."""
    member = session.get(Membership, (session.info["tenant_id"], account_id))
    if member is None:
        raise AccountRefused(_("This person is not a member here."))
    _keep_an_administrator(session, member, [])
    session.execute(delete(LocalRole).where(LocalRole.account_id == account_id))
    record(session, "local_role.delete", "local_role", account_id)
    forget_tokens(session, account_id)
    session.delete(member)
    revoke_all(session, account_id, tenant_id=session.info["tenant_id"])


LAST_ADMINISTRATOR = _("This is the last administrator. Make somebody else administrator first.")


def is_last_administrator(session: Session, member: Membership) -> bool:
    """Tell whether nobody would administer the session's tenant without this member."""
    return "administrator" in member.roles and not any(
        row.account_id != member.account_id and "administrator" in row.roles
        for row in session.scalars(select(Membership))
    )


def _keep_an_administrator(session: Session, member: Membership, wanted: list[str]) -> None:
    if "administrator" not in wanted and is_last_administrator(session, member):
        raise AccountRefused(LAST_ADMINISTRATOR)


def works_elsewhere(session: Session, account_id: int) -> bool:
    """Tell whether an account is a member of another municipality of this installation."""
    here, found = session.info.get("tenant_id"), False
    try:
        for tenant_id in session.scalars(select(TenantRow.id).order_by(TenantRow.id)).all():
            if tenant_id == here:
                continue
            bind_tenant(session, tenant_id)
            mine = select(Membership.account_id).where(Membership.account_id == account_id)
            if session.scalar(mine) is not None:
                found = True
                break
    finally:
        bind_tenant(session, here)
    return found


def forget_account(session: Session, account: Account) -> None:
    """Take from an account all that says whose it was, and let nobody log in by it.

    Its number stays taken: the audit names people by it, and nobody else must inherit that.
    """
    revoke_all(session, account.id)
    for model in (AccountFactor, RecoveryCode, PasswordReset):
        session.execute(delete(model).where(model.account_id == account.id))
    hashes = [digest(account.mail), digest(f"second step of {account.mail}")]
    session.execute(delete(LoginFailure).where(LoginFailure.mail_hash.in_(hashes)))
    account.mail, account.name = f"erased-{account.id}@erased.invalid", f"#{account.id}"
    account.password_hash = account.locale = None
    account.active = account.operator = False
    session.flush()


def add_local_role(session: Session, account_id: int, node_id: int, role: str) -> None:
    """Let a role count on a node and below it; twice is once."""
    held = session.scalars(
        select(LocalRole).where(
            LocalRole.account_id == account_id,
            LocalRole.node_id == node_id,
            LocalRole.role == role,
        )
    ).first()
    if held is None:
        session.add(
            LocalRole(
                tenant_id=session.info["tenant_id"],
                account_id=account_id,
                node_id=node_id,
                role=role,
            )
        )
        session.flush()


def remove_local_role(session: Session, account_id: int, role_id: int) -> None:
    """Take a local role away from the member who has it."""
    row = session.get(LocalRole, role_id)
    if row is None or row.account_id != account_id:
        raise AccountRefused(_("This role has been taken away already."))
    session.delete(row)


def add_member(
    registry: Registry,
    tenant: Tenant,
    *,
    mail: str,
    roles: Iterable[str],
    name: str = "",
    password: str | None = None,
    operator: bool = False,
) -> Account:
    """Make a login from the command line, in a transaction of its own.

    Args:
        password: checked like any other; None leaves the account without one.

    """
    with work(registry["database"], tenant.id) as session:
        account = ensure_account(session, mail, name)
        member = session.get(Membership, (tenant.id, account.id))
        set_roles(session, registry, account, {*(member.roles if member else ()), *roles})
        if operator:
            account.operator = True
        if password is not None:
            change_password(
                session,
                account,
                password,
                tenant=tenant,
                breached_file=registry.settings.get("accounts.breached_passwords"),
            )
        session.flush()
        session.expunge(account)
    return account


def describe(account: Account, member: Membership) -> dict[str, Any]:
    """Return a member as plain values."""
    return {"mail": account.mail, "name": account.name, "roles": list(member.roles)}
