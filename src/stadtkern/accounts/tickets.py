"""Login tickets: issued at login, found by their hash, revocable at any time."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from pyramid.request import Request
from sqlalchemy import bindparam, delete, select, update

from stadtkern.accounts.models import Account, LocalRole, LoginTicket, Membership
from stadtkern.db import utcnow, work

if TYPE_CHECKING:
    from stadtkern.accounts.policy import Identity

IDLE = timedelta(hours=4)
ABSOLUTE = timedelta(hours=12)
TOUCH = timedelta(minutes=5)
"""A ticket's last use is noted at most this often: reading a page must not mean writing."""

_FIND = (
    select(LoginTicket, Account, Membership)
    .join(Account, Account.id == LoginTicket.account_id)
    .outerjoin(Membership, Membership.account_id == Account.id)
    .where(LoginTicket.token_hash == bindparam("token"))
)
_LOCAL = select(LocalRole.node_id, LocalRole.role).where(
    LocalRole.account_id == bindparam("account")
)


def digest(token: str) -> str:
    """Return what is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(request: Request, account: Account, step: str) -> str:
    """Start a login on this device; return the token for the cookie. Old tokens stay unused."""
    token = secrets.token_urlsafe(32)
    request.db.add(
        LoginTicket(
            token_hash=digest(token),
            account_id=account.id,
            tenant_id=request.tenant.id,
            steps=[step],
        )
    )
    return token


def find_identity(request: Request, token: str) -> "Identity | None":
    """Return the person behind a token: active, of this tenant, within both time limits."""
    from stadtkern.accounts.policy import Identity  # noqa: PLC0415 - the two know each other

    row = request.db.execute(_FIND, {"token": digest(token)}).first()
    if row is None:
        return None
    ticket, account, membership = row
    now = utcnow()
    if (
        not account.active
        or ticket.tenant_id != request.tenant.id
        or now - ticket.seen_at > IDLE
        or now - ticket.created_at > ABSOLUTE
        or (membership is None and not account.operator)
    ):
        return None
    if now - ticket.seen_at > TOUCH:
        _touch(request, ticket.token_hash)
    local: dict[int, frozenset[str]] = {}
    if membership is not None:
        for node_id, role in request.db.execute(_LOCAL, {"account": account.id}):
            local[node_id] = local.get(node_id, frozenset()) | {role}
    return Identity(
        account_id=account.id,
        name=account.name,
        mail=account.mail,
        locale=account.locale,
        operator=account.operator,
        roles=frozenset(membership.roles if membership is not None else ()),
        local=local,
    )


def _touch(request: Request, token_hash: str) -> None:
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        statement = update(LoginTicket).where(LoginTicket.token_hash == token_hash)
        request.db.execute(statement.values(seen_at=utcnow()))
        return

    def note(_request: Request) -> None:
        with work(request.registry["database"]) as session:
            session.execute(
                update(LoginTicket)
                .where(LoginTicket.token_hash == token_hash)
                .values(seen_at=utcnow())
            )

    # After the reading transaction has ended; SQLite has one writer.
    request.add_finished_callback(note)


def revoke(request: Request, token: str) -> None:
    """End the login that this token stands for."""
    request.db.execute(delete(LoginTicket).where(LoginTicket.token_hash == digest(token)))


def revoke_all(session: object, account_id: int, *, tenant_id: int | None = None) -> int:
    """End all logins of an account, on all devices; return how many.

    ``tenant_id``: only those in one tenant (one town must not log anybody out of another).
    """
    statement = delete(LoginTicket).where(LoginTicket.account_id == account_id)
    if tenant_id is not None:
        statement = statement.where(LoginTicket.tenant_id == tenant_id)
    result = session.execute(statement)  # type: ignore[attr-defined]
    return int(result.rowcount)


def revoke_current(request: Request) -> None:
    """End the login that this request came with."""
    policy = request.registry["ticket_policy"]
    token = request.cookies.get(policy.cookie)
    if token:
        revoke(request, token)
