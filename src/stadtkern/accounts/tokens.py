"""API tokens: random secrets for programs, with scopes and an end, found by their hash."""

import hashlib
import re
import secrets
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session
from zope.sqlalchemy import mark_changed

from stadtkern.accounts.models import Account, AccountFactor, ApiToken, LocalRole, Membership
from stadtkern.accounts.tickets import local_of, must_have_factor
from stadtkern.audit import record
from stadtkern.db import bind_tenant, utcnow
from stadtkern.plugins import owner_of
from stadtkern.tenants.models import TenantRow
from stadtkern.web.i18n import _

if TYPE_CHECKING:
    from stadtkern.accounts.policy import Identity

PREFIX = "stadtkern_"
"""By this, scanners of source code recognise a secret that does not belong there."""
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM, CHECK = 43, 6
"""Characters: 43 of 62 are 256 bits; a check sum tells a scanner that it is no chance hit."""
TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM + CHECK}}}")
HINT = len(PREFIX) + 6
MAX_TOKENS = 200
"""Tokens that a municipality has at a time, revoked and expired ones not counted."""
KEPT = timedelta(days=90)
"""So long revoked and expired tokens are still listed."""
DEFAULT_DAYS = 90


class TokenRefused(Exception):  # noqa: N818 - the word that people read
    """A token cannot be made; ``args[0]`` is a translatable sentence, ``field`` a form's."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Scope:
    """What a token may be limited to, e.g. ``nodes:read``."""

    name: str
    title: str
    owner: str | None


@dataclass(frozen=True)
class Held:
    """What a request needs to know of the token that it came with."""

    id: int
    scopes: frozenset[str]
    service: bool


# One statement and no objects: every request of a program begins with it.
_FIND = (
    select(
        ApiToken.id.label("token_id"),
        ApiToken.name.label("token_name"),
        ApiToken.account_id.label("owner_id"),
        ApiToken.scopes,
        ApiToken.roles,
        ApiToken.node_id,
        ApiToken.created_at,
        ApiToken.expires_at,
        ApiToken.revoked_at,
        Account.id.label("account_id"),
        Account.name,
        Account.mail,
        Account.locale,
        Account.active,
        Account.operator,
        Membership.account_id.label("member_id"),
        Membership.roles.label("member_roles"),
        AccountFactor.confirmed_at.label("factor"),
        LocalRole.node_id.label("local_node"),
        LocalRole.role.label("local_role"),
    )
    # Whom it acts for; of a service, who answers for it.
    .outerjoin(Account, Account.id == func.coalesce(ApiToken.account_id, ApiToken.created_by))
    .outerjoin(AccountFactor, AccountFactor.account_id == Account.id)
    .outerjoin(Membership, Membership.account_id == Account.id)
    # A row for each role on a part of the site.
    .outerjoin(LocalRole, LocalRole.account_id == Membership.account_id)
    .where(ApiToken.token_hash == bindparam("token"))
)


def digest(token: str) -> str:
    """Return what is stored of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _in_letters(number: int, length: int) -> str:
    found = ""
    for _place in range(length):
        number, rest = divmod(number, len(ALPHABET))
        found = ALPHABET[rest] + found
    return found


def new_secret() -> str:
    """Return a new token: prefix, 256 random bits, check sum (CRC-32 of what stands before)."""
    body = PREFIX + _in_letters(secrets.randbits(256), RANDOM)
    return body + _in_letters(zlib.crc32(body.encode()), CHECK)


def is_well_formed(token: str) -> bool:
    """Tell whether a text can be a token at all; others are not worth a query."""
    if not TOKEN.fullmatch(token):
        return False
    return _in_letters(zlib.crc32(token[:-CHECK].encode()), CHECK) == token[-CHECK:]


def bearer(request: Request) -> str | None:
    """Return the token of ``Authorization: Bearer …`` (RFC 6750, 2.1); never one of the URL."""
    kind, _blank, token = str(request.environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and is_well_formed(token) else None


def find_identity(request: Request, token: str) -> "Identity | None":
    """Return who a token acts for: not expired, not revoked, its owner a member of this town.

    A service's token works as long as whoever answers for it belongs to the town.
    """
    from stadtkern.accounts.policy import Identity  # noqa: PLC0415 - the two know each other

    rows = request.db.execute(_FIND, {"token": digest(token)}).all()
    if not rows:
        return None
    row, now = rows[0], utcnow()
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    held = Held(row.token_id, frozenset(row.scopes), service=row.owner_id is None)
    if not held.service and not _still_allowed(request, row.created_at, now):
        return None
    there = row.member_id is not None or (held.service and row.operator)
    if row.account_id is None or not row.active or not there:
        return None
    request.registry["counts"].count("token", request.tenant.id, str(row.token_id))
    if held.service:
        roles = frozenset(row.roles)
        return Identity(
            account_id=0,
            name=row.token_name,
            mail="",
            locale=None,
            operator=False,
            roles=roles if row.node_id is None else frozenset(),
            local={} if row.node_id is None else {row.node_id: roles},
            token=held,
        )
    local = local_of((one.local_node, one.local_role) for one in rows)
    roles = frozenset(row.member_roles)
    return Identity(
        account_id=row.account_id,
        name=row.name,
        mail=row.mail,
        locale=row.locale,
        # What only operators may is done by hand.
        operator=False,
        roles=roles,
        local=local,
        has_factor=row.factor is not None,
        must_enrol=row.factor is None
        and must_have_factor(request, roles.union(*local.values()), operator=row.operator),
        token=held,
    )


def _still_allowed(request: Request, made: datetime, now: datetime) -> bool:
    """Tell whether the town's rules of today leave a personal token its force."""
    rules = request.settings_of("security")
    if rules.get("personal_tokens") is False:
        return False
    days = rules.get("token_days")
    return not days or made + timedelta(days=days) > now


# Making, listing, revoking


def make_token(
    session: Session,
    *,
    name: str,
    scopes: Iterable[str],
    days: int,
    made_by: int | None,
    account_id: int | None = None,
    roles: Collection[str] = (),
    node_id: int | None = None,
) -> tuple[ApiToken, str]:
    """Store a new token; return it with its secret, which nobody can read again.

    ``account_id``: whom it acts for; None for a service, which gets ``roles``, on ``node_id`` and
    below if one is given. ``made_by`` answers for it: a service's token without them is stopped.
    ``days``: until it expires. ``TokenRefused`` beyond ``MAX_TOKENS``.
    """
    wanted = sorted(set(scopes))
    if not wanted:
        raise TokenRefused(_("Please choose what the token may do."), "scopes")
    if account_id is None and not roles:
        raise TokenRefused(_("Please choose a role."), "roles")
    if len(living(session)) >= MAX_TOKENS:
        raise TokenRefused(
            _("There are ${n} tokens already. Please revoke some.", mapping={"n": MAX_TOKENS})
        )
    secret = new_secret()
    token = ApiToken(
        name=name,
        hint=secret[:HINT],
        token_hash=digest(secret),
        account_id=account_id,
        roles=sorted(set(roles)),
        node_id=node_id,
        scopes=wanted,
        created_by=made_by,
        expires_at=utcnow() + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    record(session, "token.create", "api_token", token.id)
    return token, secret


def living(session: Session, account_id: int | None = None) -> list[ApiToken]:
    """Return the tokens that count now; ``account_id``: only those of one person."""
    statement = select(ApiToken).where(
        ApiToken.revoked_at.is_(None), ApiToken.expires_at > utcnow()
    )
    if account_id is not None:
        statement = statement.where(ApiToken.account_id == account_id)
    return list(session.scalars(statement.order_by(ApiToken.id.desc()).limit(2 * MAX_TOKENS)))


def listed(session: Session, account_id: int | None = None) -> list[ApiToken]:
    """Return tokens, newest first, those lately ended too; ``account_id`` as in ``living``."""
    since = utcnow() - KEPT
    statement = select(ApiToken).where(
        ApiToken.expires_at > since,
        ApiToken.revoked_at.is_(None) | (ApiToken.revoked_at > since),
    )
    if account_id is not None:
        statement = statement.where(ApiToken.account_id == account_id)
    return list(session.scalars(statement.order_by(ApiToken.id.desc()).limit(2 * MAX_TOKENS)))


def revoke(session: Session, token_id: int, *, account_id: int | None = None) -> bool:
    """End a token at once; ``account_id``: only if it is that person's. False for none such."""
    statement = select(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if account_id is not None:
        statement = statement.where(ApiToken.account_id == account_id)
    token = session.scalars(statement).first()
    if token is None:
        return False
    token.revoked_at = utcnow()
    session.flush()
    record(session, "token.revoke", "api_token", token.id)
    return True


def forget_tokens(session: Session, account_id: int) -> None:
    """Delete the tokens of somebody who leaves, and stop those of services that they made.

    Coming back must not wake any of them.
    """
    ids = session.scalars(select(ApiToken.id).where(ApiToken.account_id == account_id)).all()
    if ids:
        session.execute(delete(ApiToken).where(ApiToken.id.in_(ids)))
    for token_id in ids:
        record(session, "token.delete", "api_token", token_id)
    for token in answered_for(session, account_id):
        token.created_by = None
        record(session, "token.stop", "api_token", token.id)
    session.flush()


def answered_for(session: Session, account_id: int) -> list[ApiToken]:
    """Return the tokens of services that somebody answers for and that still work."""
    statement = select(ApiToken).where(
        ApiToken.account_id.is_(None),
        ApiToken.created_by == account_id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > utcnow(),
    )
    return list(session.scalars(statement.order_by(ApiToken.id)))


def answering(session: Session, found: Iterable[ApiToken]) -> set[int]:
    """Return who answers for these services' tokens and belongs to the town: their accounts."""
    asked = {token.created_by for token in found if token.account_id is None} - {None}
    if not asked:
        return set()
    statement = (
        select(Account.id)
        .outerjoin(Membership, Membership.account_id == Account.id)
        .where(
            Account.id.in_(asked),
            Account.active,
            or_(Membership.account_id.is_not(None), Account.operator),
        )
    )
    return set(session.scalars(statement))


def take_over(session: Session, token_id: int, account_id: int) -> bool:
    """Let somebody answer for a service's token from now on; False where there is none such."""
    token = session.scalars(
        select(ApiToken).where(
            ApiToken.id == token_id,
            ApiToken.account_id.is_(None),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > utcnow(),
        )
    ).first()
    if token is None:
        return False
    token.created_by = account_id
    session.flush()
    record(session, "token.take_over", "api_token", token.id)
    return True


def end_personal_tokens(session: Session, account_id: int) -> int:
    """Revoke what acts for a person, in every municipality of theirs; return how many."""
    here, ended = session.info.get("tenant_id"), 0
    try:
        for tenant_id in session.scalars(select(TenantRow.id).order_by(TenantRow.id)).all():
            bind_tenant(session, tenant_id)
            for token in living(session, account_id):
                ended += revoke(session, token.id)
    finally:
        bind_tenant(session, here)
    return ended


def _store_uses(session: Session, uses: Mapping[str, int]) -> None:
    """Store when tokens were last used: to the minute, as counters are handed over."""
    table = ApiToken.__table__
    mark_changed(session, session.info["manager"])
    # Beside the ORM's bulk statement: being used is no deed of the audit.
    session.connection().execute(
        update(table)  # type: ignore[arg-type]
        .where(
            table.c.id.in_([int(token_id) for token_id in uses]),
            table.c.tenant_id == session.info["tenant_id"],
        )
        .values(last_used_at=utcnow())
    )


def add_token_scope(config: Configurator, name: str, *, title: str) -> None:
    """Name something that tokens can be limited to: ``add_token_scope("nodes:read", …)``."""
    scope = Scope(name, title, owner_of(config))

    def register() -> None:
        config.registry["token_scopes"][name] = scope

    intr = config.introspectable("token scopes", name, str(title), "token scope")
    intr["name"] = name
    config.action(("token scope", name), register, introspectables=(intr,))


def scopes_here(request: Request) -> list[Scope]:
    """Return the scopes that tokens can have here: those of disabled plugins are left out."""
    return [
        scope
        for name, scope in sorted(request.registry["token_scopes"].items())
        if scope.owner is None or request.plugin_enabled(scope.owner)
    ]


def directives(config: Configurator) -> None:
    """Offer ``add_token_scope``."""
    config.registry["token_scopes"] = {}
    config.add_directive("add_token_scope", add_token_scope)


def configure(config: Configurator) -> None:
    """Store uses with the other counters: reading must not write."""
    config.registry["counts"].add("token", _store_uses)
