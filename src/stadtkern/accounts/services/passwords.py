"""Passwords and codes: changing, asking for a new one, taking a second factor away."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from pyramid.request import Request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.accounts import factors
from stadtkern.accounts.errors import AccountRefused
from stadtkern.accounts.models import (
    Account,
    LoginFailure,
    Membership,
    PasswordReset,
)
from stadtkern.accounts.passwords import (
    check_password,
    hash_password,
)
from stadtkern.accounts.queries import account_by_mail
from stadtkern.accounts.services.login import belongs, tell
from stadtkern.accounts.tickets import digest, revoke_all
from stadtkern.accounts.tokens import end_personal_tokens
from stadtkern.audit import record
from stadtkern.db import Database, bind_tenant, utcnow, work
from stadtkern.mail import compose
from stadtkern.tenants import Tenant, origin
from stadtkern.tenants.models import TenantRow
from stadtkern.web.i18n import _

CODE_LIFE = timedelta(minutes=30)
CODE_TRIES = 5
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0, O, 1 and I, which people confuse when they type a code."""


def change_password(
    session: Session,
    account: Account,
    password: str,
    *,
    tenant: Tenant,
    breached_file: str | None = None,
) -> None:
    """Set a new password, end all logins and personal tokens; ``PasswordRefused`` if it is weak.

    Whoever knew the old one may have made a token with it.
    """
    check_password(password, [account.mail, account.name, tenant.name, "stadtkern"], breached_file)
    account.password_hash = hash_password(password)
    record(session, "password.change", "account", account.id)
    revoke_all(session, account.id)
    end_personal_tokens(session, account.id)


def start_reset(request: Request, mail: str) -> None:
    """Mail a code to the address if a member of this tenant has it; say nothing either way."""
    account = account_by_mail(request.db, mail)
    if account is None or not account.active:
        return
    if not belongs(request, account):
        return
    code = new_code()
    request.db.execute(delete(PasswordReset).where(PasswordReset.account_id == account.id))
    request.db.add(PasswordReset(account_id=account.id, code_hash=code_hash(code)))
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
            address=request.route_url("reset.code", _app_url=origin(request)),
        ),
    )


def finish_reset(request: Request, mail: str, code: str, password: str) -> bool:
    """Set the password if the code fits; a wrong one counts, the fifth ends the code.

    ``PasswordRefused`` for a weak password leaves the code usable. A member of another tenant
    counts as unknown here: nobody's code can be used up from another town's address.
    """
    account = account_by_mail(request.db, mail)
    if account is None or not account.active or not belongs(request, account):
        return False
    reset = request.db.get(PasswordReset, account.id)
    if reset is None or utcnow() - reset.created_at > CODE_LIFE:
        return False
    if not hmac.compare_digest(reset.code_hash, code_hash(code)):
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


def new_code() -> str:
    """Return a code of ten characters, 50 bits, in two groups."""
    drawn = "".join(secrets.choice(CODE_ALPHABET) for _index in range(10))
    return f"{drawn[:5]}-{drawn[5:]}"


def code_hash(code: str) -> str:
    """Return how a code is stored: without what people add while typing it."""
    plain = "".join(char for char in code.upper() if char in CODE_ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()


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
