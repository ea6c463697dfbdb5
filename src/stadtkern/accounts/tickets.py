"""Login tickets: issued at login, found by their hash, revocable at any time."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pyramid.request import Request
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from stadtkern.accounts.devices import device
from stadtkern.accounts.models import (
    Account,
    AccountFactor,
    LocalRole,
    LoginTicket,
    Membership,
)
from stadtkern.db import utcnow, work

if TYPE_CHECKING:
    from stadtkern.accounts.policy import Identity

IDLE = timedelta(hours=4)
ABSOLUTE = timedelta(hours=12)
TOUCH = timedelta(minutes=5)
"""A ticket's last use is noted at most this often: reading a page must not mean writing."""

HALF = timedelta(minutes=10)
"""How long after the password the second step may take."""
SECOND = frozenset({"totp", "recovery"})
"""Steps that stand for a second factor."""

_FIND = (
    select(LoginTicket, Account, Membership, AccountFactor.confirmed_at)
    .join(Account, Account.id == LoginTicket.account_id)
    .outerjoin(AccountFactor, AccountFactor.account_id == Account.id)
    .outerjoin(Membership, Membership.account_id == Account.id)
    .where(LoginTicket.token_hash == bindparam("token"))
)
# With a row for each role on a part of the site: who asks is asked for once.
_FIND_WHOLE = _FIND.add_columns(LocalRole.node_id, LocalRole.role).outerjoin(
    LocalRole, LocalRole.account_id == Membership.account_id
)


def digest(token: str) -> str:
    """Return what is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(request: Request, account: Account, *steps: str) -> str:
    """Start a login on this device; return the token for the cookie. Old tokens stay unused."""
    token = secrets.token_urlsafe(32)
    request.db.add(
        LoginTicket(
            token_hash=digest(token),
            account_id=account.id,
            tenant_id=request.tenant.id,
            steps=list(steps),
            device=device(request.user_agent),
        )
    )
    return token


def _alive(request: Request, ticket: LoginTicket, account: Account, member: object) -> bool:
    """Tell whether a ticket counts here and now."""
    now = utcnow()
    return (
        account.active
        and ticket.tenant_id == request.tenant.id
        and now - ticket.seen_at <= IDLE
        and now - ticket.created_at <= ABSOLUTE
        and (member is not None or account.operator)
    )


def _row(request: Request) -> Any:
    token = request.cookies.get(request.registry["ticket_policy"].cookie)
    row = request.db.execute(_FIND, {"token": digest(token)}).first() if token else None
    return row if row is not None and _alive(request, row[0], row[1], row[2]) else None


def current(request: Request) -> LoginTicket | None:
    """Return the ticket that this request came with, as far as it counts."""
    row = _row(request)
    return None if row is None else row[0]


def half(request: Request) -> tuple[LoginTicket, Account] | None:
    """Return the ticket and account of a login that still lacks its second step."""
    row = _row(request)
    if row is None or row[3] is None or SECOND & set(row[0].steps):
        return None
    if utcnow() - row[0].created_at > HALF:
        return None
    return row[0], row[1]


def local_of(rows: Iterable[Any]) -> dict[int, frozenset[str]]:
    """Return roles by node from pairs of node and role; those of an outer join may be empty."""
    found: dict[int, frozenset[str]] = {}
    for node_id, role in rows:
        if node_id is not None:
            found[node_id] = found.get(node_id, frozenset()) | {role}
    return found


def find_identity(request: Request, token: str) -> "Identity | None":
    """Return the person behind a token: active, of this tenant, within both time limits."""
    from stadtkern.accounts.policy import Identity  # noqa: PLC0415 - the two know each other

    rows = request.db.execute(_FIND_WHOLE, {"token": digest(token)}).all()
    if not rows:
        return None
    ticket, account, membership, factor = rows[0][:4]
    if not _alive(request, ticket, account, membership):
        return None
    if factor is not None and not SECOND & set(ticket.steps):
        # Half a login is none.
        return None
    now = utcnow()
    if now - ticket.seen_at > TOUCH:
        _touch(request, ticket.token_hash)
    local = local_of(row[4:] for row in rows)
    roles = frozenset(membership.roles if membership is not None else ())
    return Identity(
        account_id=account.id,
        name=account.name,
        mail=account.mail,
        locale=account.locale,
        operator=account.operator,
        roles=roles,
        local=local,
        proved_at=ticket.proved_at,
        has_factor=factor is not None,
        must_enrol=factor is None
        and must_have_factor(request, roles.union(*local.values()), operator=account.operator),
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


def must_have_factor(request: Request, roles: frozenset[str], *, operator: bool) -> bool:
    """Tell whether one of somebody's roles asks for a second factor in this municipality."""
    wanted = request.settings_of("security").get("factor_roles") or ()
    return bool(roles & set(wanted)) or (operator and "operator" in wanted)


def prove(request: Request) -> None:
    """Note that the person has just proved again who they are."""
    ticket = current(request)
    if ticket is not None:
        ticket.proved_at, ticket.tries = utcnow(), 0


def logins(session: Session, account_id: int) -> list[LoginTicket]:
    """Return an account's logins that still count, in all municipalities, the latest first."""
    now = utcnow()
    statement = select(LoginTicket).where(
        LoginTicket.account_id == account_id,
        LoginTicket.seen_at > now - IDLE,
        LoginTicket.created_at > now - ABSOLUTE,
    )
    return list(session.scalars(statement.order_by(LoginTicket.seen_at.desc())))


def revoke_other(request: Request, account_id: int, reference: str | None) -> int:
    """End one login of an account by its ``reference``, or all but this one; return how many."""
    own = current(request)
    statement = delete(LoginTicket).where(LoginTicket.account_id == account_id)
    if reference is not None:
        statement = statement.where(LoginTicket.token_hash.startswith(reference, autoescape=True))
    if own is not None:
        statement = statement.where(LoginTicket.token_hash != own.token_hash)
    result = request.db.execute(statement)
    return int(result.rowcount)


def revoke_current(request: Request) -> None:
    """End the login that this request came with."""
    policy = request.registry["ticket_policy"]
    token = request.cookies.get(policy.cookie)
    if token:
        revoke(request, token)
