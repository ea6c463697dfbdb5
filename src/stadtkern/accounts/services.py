"""Writes of the accounts room: people, memberships, login, resets."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from stadtkern.accounts import factors, tickets
from stadtkern.accounts.models import (
    Account,
    LocalRole,
    LoginFailure,
    Membership,
    PasswordReset,
)
from stadtkern.accounts.passwords import (
    check_password,
    hash_password,
    verify_password,
)
from stadtkern.accounts.tickets import digest, revoke_all
from stadtkern.audit import record
from stadtkern.db import Database, bind_tenant, utcnow, work
from stadtkern.mail import compose
from stadtkern.tenants import Tenant
from stadtkern.tenants.models import TenantRow
from stadtkern.web.i18n import _

FAILURES = 10
WINDOW = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=30)
CODE_TRIES = 5
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0, O, 1 and I, which people confuse when they type a code."""


class AccountRefused(Exception):  # noqa: N818 - the word that people read
    """What was asked cannot be done; ``args[0]`` is a translatable sentence."""


def account_by_mail(session: Session, mail: str) -> Account | None:
    """Return the account with this mail address, whatever its case."""
    return session.scalars(select(Account).where(Account.mail == mail.strip().lower())).first()


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
    session.delete(member)
    revoke_all(session, account_id, tenant_id=session.info["tenant_id"])


def _keep_an_administrator(session: Session, member: Membership, wanted: list[str]) -> None:
    if "administrator" not in member.roles or "administrator" in wanted:
        return
    others = [
        row
        for row in session.scalars(select(Membership))
        if row.account_id != member.account_id and "administrator" in row.roles
    ]
    if not others:
        raise AccountRefused(
            _("This is the last administrator. Make somebody else administrator first.")
        )


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


def change_password(
    session: Session,
    account: Account,
    password: str,
    *,
    tenant: Tenant,
    breached_file: str | None = None,
) -> None:
    """Set a new password and end all logins; ``PasswordRefused`` if it is weak."""
    check_password(password, [account.mail, account.name, tenant.name, "stadtkern"], breached_file)
    account.password_hash = hash_password(password)
    record(session, "password.change", "account", account.id)
    revoke_all(session, account.id)


def log_in(request: Request, mail: str, password: str) -> Account | None:
    """Return the account if address and password fit, else None, in the same time.

    After ``FAILURES`` failures within ``WINDOW`` an address is refused whatever the password.
    A member of another tenant counts as unknown here.
    """
    address = mail.strip().lower()
    mail_hash = digest(address)
    # Compared before the writing transaction begins: SQLite has one writer, and this takes long.
    with request.registry["database"].session(write=False) as session:
        known = account_by_mail(session, address)
        stored = None if known is None else known.password_hash
    fits = verify_password(stored, password)
    recent = request.db.scalar(
        select(func.count())
        .select_from(LoginFailure)
        .where(LoginFailure.mail_hash == mail_hash, LoginFailure.at > utcnow() - WINDOW)
    )
    account = account_by_mail(request.db, address)
    fits = fits and account is not None and account.password_hash == stored
    belongs = account is not None and _belongs(request, account)
    if account is None or not fits or not account.active or not belongs or recent >= FAILURES:
        if recent < FAILURES:
            _note_failure(request, mail_hash)
            if account is not None and belongs:
                # No more of these than FAILURES in a WINDOW: guessers cannot fill the audit.
                record(request.db, "login.failed", "account", account.id)
        return None
    request.db.execute(delete(LoginFailure).where(LoginFailure.mail_hash == mail_hash))
    request.db.info["actor_id"] = account.id
    whole = factors.factor_of(request.db, account.id) is None
    record(request.db, "login.in" if whole else "login.password", "account", account.id)
    return account


def second_step(request: Request, code: str) -> tuple[Account, str] | None:
    """Finish a login by a code of the app or a recovery code; return who it is and which it was.

    None for a wrong code. The fifth ends this login; after ``FAILURES`` within ``WINDOW`` no code
    is taken. ``LookupError`` where no login waits for its second step.
    """
    found = tickets.half(request)
    if found is None:
        raise LookupError
    ticket, account = found
    request.db.info["actor_id"] = account.id
    step = _checked_code(request, account, code)
    if step is None:
        ticket.tries += 1
        if ticket.tries >= CODE_TRIES:
            request.db.delete(ticket)
        return None
    request.db.delete(ticket)
    record(request.db, "login.in", "account", account.id)
    return account, step


def _checked_code(request: Request, account: Account, code: str) -> str | None:
    """Return which kind of code it is, or None; wrong ones are counted for the account."""
    failures = digest(f"second step of {account.mail}")
    factor = factors.factor_of(request.db, account.id)
    if factor is None or _recent(request.db, failures) >= FAILURES:
        return None
    if factors.take_code(request.db, request.registry, factor, code):
        step = "totp"
    elif factors.take_recovery(request.db, request.registry, account, code):
        step = "recovery"
        tell(
            request,
            account,
            _("A recovery code was used"),
            _("Somebody, probably you, has logged in at ${town} with a recovery code."),
        )
    else:
        _note_failure(request, failures)
        record(request.db, "login.failed", "account", account.id)
        return None
    request.db.execute(delete(LoginFailure).where(LoginFailure.mail_hash == failures))
    return step


def prove_again(request: Request, password: str, code: str) -> bool:
    """Tell whether the person of this request knows password and, where there is one, code.

    Failures count like those of the login.
    """
    account = request.db.get(Account, request.identity.account_id)
    failures = digest(account.mail)
    if _recent(request.db, failures) >= FAILURES:
        return False
    if not verify_password(account.password_hash, password):
        _note_failure(request, failures)
        record(request.db, "login.failed", "account", account.id)
        return False
    if request.identity.has_factor and _checked_code(request, account, code) is None:
        return False
    tickets.prove(request)
    record(request.db, "login.proved", "account", account.id)
    return True


def _recent(session: Session, mail_hash: str) -> int:
    statement = select(func.count()).select_from(LoginFailure)
    recent = LoginFailure.at > utcnow() - WINDOW
    return int(session.scalar(statement.where(LoginFailure.mail_hash == mail_hash, recent)) or 0)


def tell(request: Request, account: Account, subject: TranslationString, text: Any) -> None:
    """Mail somebody what happened to their login, so that they notice what was not them."""
    town = request.tenant.name
    compose(
        request.db,
        request.registry["outbox"],
        recipient=account.mail,
        subject=request.translate(subject),
        body=request.translate(text, town=town)
        + "\n\n"
        + request.translate(
            _("If it was not you, change your password at once and tell your administrator.")
        )
        + "\n",
    )


def works_elsewhere(session: Session, account_id: int) -> bool:
    """Tell whether an account is a member of another municipality than the session's."""
    here = session.info["tenant_id"]
    statement = select(Membership.account_id).where(Membership.account_id == account_id)
    try:
        for other in session.scalars(select(TenantRow.id).where(TenantRow.id != here)).all():
            bind_tenant(session, other)
            if session.scalar(statement) is not None:
                return True
    finally:
        bind_tenant(session, here)
    return False


def reset_factor(request: Request, account: Account) -> None:
    """Take a member's second factor away on behalf of an administrator of this municipality.

    ``AccountRefused`` where the account also counts elsewhere: one town must not weaken a login
    that opens another one.
    """
    if account.operator or works_elsewhere(request.db, account.id):
        raise AccountRefused(
            _(
                "This account also works for others. Please ask the operator of the installation "
                "to reset its second factor."
            )
        )
    if not factors.switch_off(request.db, account.id, "factor.reset"):
        raise AccountRefused(_("This person has no second factor."))
    revoke_all(request.db, account.id)
    tell(
        request,
        account,
        _("Your second factor was taken away"),
        _("An administrator of ${town} has taken away the second factor of your account."),
    )


def reset_factor_by_command(database: Database, mail: str) -> Account:
    """Take anybody's second factor away; every municipality of theirs notes it."""
    with work(database) as session:
        account = account_by_mail(session, mail)
        if account is None:
            raise AccountRefused(_("There is no account with this address."))
        if not factors.switch_off(session, account.id):
            raise AccountRefused(_("This person has no second factor."))
        revoke_all(session, account.id)
        for tenant_id in session.scalars(select(TenantRow.id)).all():
            bind_tenant(session, tenant_id)
            member = select(Membership.account_id).where(Membership.account_id == account.id)
            if session.scalar(member) is not None:
                record(session, "factor.reset", "account", account.id)
        session.expunge(account)
    return account


def _belongs(request: Request, account: Account) -> bool:
    member = request.db.get(Membership, (request.tenant.id, account.id))
    return member is not None or account.operator


def _note_failure(request: Request, mail_hash: str) -> None:
    request.db.execute(delete(LoginFailure).where(LoginFailure.at < utcnow() - WINDOW))
    request.db.add(LoginFailure(mail_hash=mail_hash))


def start_reset(request: Request, mail: str) -> None:
    """Mail a code to the address if a member of this tenant has it; say nothing either way."""
    account = account_by_mail(request.db, mail)
    if account is None or not account.active:
        return
    if not _belongs(request, account):
        return
    code = new_code()
    request.db.execute(delete(PasswordReset).where(PasswordReset.account_id == account.id))
    request.db.add(PasswordReset(account_id=account.id, code_hash=_code_hash(code)))
    request.db.flush()
    record(request.db, "password.code", "account", account.id)
    compose(
        request.db,
        request.registry["outbox"],
        recipient=account.mail,
        subject=request.translate(_("Your code for a new password")),
        body=request.translate(
            _(
                "Somebody, probably you, has asked for a new password at ${town}.\n\n"
                "Your code: ${code}\n\n"
                "It is valid for 30 minutes. Enter it at ${address} together with your new "
                "password.\n\nIf it was not you, there is nothing to do: your password stays "
                "as it is.\n"
            ),
            town=request.tenant.name,
            code=code,
            address=request.route_url("reset.code", _host=request.tenant.host),
        ),
    )


def new_code() -> str:
    """Return a code of ten characters, 50 bits, in two groups."""
    drawn = "".join(secrets.choice(CODE_ALPHABET) for _index in range(10))
    return f"{drawn[:5]}-{drawn[5:]}"


def _code_hash(code: str) -> str:
    plain = "".join(char for char in code.upper() if char in CODE_ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()


def finish_reset(request: Request, mail: str, code: str, password: str) -> bool:
    """Set the password if the code fits; a wrong one counts, the fifth ends the code.

    ``PasswordRefused`` for a weak password leaves the code usable. A member of another tenant
    counts as unknown here: nobody's code can be used up from another town's address.
    """
    account = account_by_mail(request.db, mail)
    if account is None or not account.active or not _belongs(request, account):
        return False
    reset = request.db.get(PasswordReset, account.id)
    if reset is None or utcnow() - reset.created_at > CODE_LIFE:
        return False
    if not hmac.compare_digest(reset.code_hash, _code_hash(code)):
        reset.tries += 1
        record(request.db, "password.code_failed", "account", account.id)
        if reset.tries >= CODE_TRIES:
            request.db.delete(reset)
        return False
    request.db.info["actor_id"] = account.id
    change_password(
        request.db,
        account,
        password,
        tenant=request.tenant,
        breached_file=request.registry.settings.get("accounts.breached_passwords"),
    )
    request.db.delete(reset)
    # Whoever proves the mail address is no guesser: the way in is open again.
    request.db.execute(delete(LoginFailure).where(LoginFailure.mail_hash == digest(account.mail)))
    return True


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
