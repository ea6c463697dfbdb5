"""Accounts, memberships, roles, logins, tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import delete, func, or_, select, update

from stadtkern.accounts.models import (
    Account,
    AccountFactor,
    ApiToken,
    LocalRole,
    LoginTicket,
    Membership,
)
from stadtkern.accounts.services import (
    LAST_ADMINISTRATOR,
    forget_account,
    is_last_administrator,
    remove_member,
    works_elsewhere,
)
from stadtkern.accounts.tickets import ABSOLUTE, revoke_all
from stadtkern.accounts.tokens import forget_tokens
from stadtkern.privacy.kinds import ANONYMISE, BLOCK, KEEP, Desk, Due, Part, Subject
from stadtkern.privacy.rows import deleting, old
from stadtkern.web.i18n import _
from stadtkern.web.languages import LANGUAGES


def _member(desk: Desk, account_id: int) -> Membership | None:
    return desk.session.get(Membership, (desk.tenant.id, account_id))


def _account(desk: Desk, subject: Subject) -> Account | None:
    """Return the account while it is still the person's."""
    account = desk.session.get(Account, subject.account_id)
    return account if account is not None and account.mail == subject.mail else None


def _count(desk: Desk, model: Any, *where: Any) -> int:
    return int(desk.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count what the account has here, and say what becomes of itself."""
    number = subject.account_id
    if number is None:
        return ()
    member = _member(desk, number)
    parts = [
        Part(_("Membership with its roles"), int(member is not None)),
        Part(
            _("Roles on parts of the site"), _count(desk, LocalRole, LocalRole.account_id == number)
        ),
        Part(_("Access tokens"), _count(desk, ApiToken, ApiToken.account_id == number)),
        Part(
            _("Services' access tokens made"),
            _count(desk, ApiToken, ApiToken.created_by == number),
            ANONYMISE,
            _("The programs go on; who has set them up is forgotten."),
        ),
        Part(
            _("Logins"),
            _count(
                desk,
                LoginTicket,
                LoginTicket.account_id == number,
                LoginTicket.tenant_id == desk.tenant.id,
            ),
        ),
    ]
    account = _account(desk, subject)
    if account is None:
        return parts
    if account.operator:
        why = _("This person operates the installation. Take that right away first, by command.")
        return [*parts, Part(_("Account"), 1, BLOCK, why)]
    if member is not None and is_last_administrator(desk.session, member):
        return [*parts, Part(_("Account"), 1, BLOCK, LAST_ADMINISTRATOR)]
    if works_elsewhere(desk.session, number):
        why = _(
            "Another municipality of this installation uses this account, too. It decides for "
            "itself; the account is erased together with the last membership."
        )
        return [*parts, Part(_("Account"), 1, KEEP, why)]
    why = _(
        "Name, mail address, password and second factor are deleted. The bare number stays taken, "
        "so that nobody inherits the audit's entries."
    )
    return [*parts, Part(_("Account"), 1, ANONYMISE, why)]


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return account, roles, tokens and logins; no secrets, no hashes."""
    account = None if subject.account_id is None else _account(desk, subject)
    if account is None:
        return []
    session, number = desk.session, account.id
    member = _member(desk, number)
    found: list[dict[str, Any]] = [
        {
            "what": "account",
            "name": account.name,
            "mail": account.mail,
            "language": account.locale,
            "created": account.created_at,
            "second_factor": session.get(AccountFactor, number) is not None,
        }
    ]
    if member is not None:
        found.append(
            {"what": "membership", "roles": list(member.roles), "created": member.created_at}
        )
    found += [
        {"what": "local_role", "roles": [role.role], "page": role.node_id}
        for role in session.scalars(select(LocalRole).where(LocalRole.account_id == number))
    ]
    found += [
        {
            "what": "access_token",
            "name": token.name,
            "created": token.created_at,
            "expires": token.expires_at,
            "last_used": token.last_used_at,
        }
        for token in session.scalars(
            select(ApiToken).where(
                or_(ApiToken.account_id == number, ApiToken.created_by == number)
            )
        )
    ]
    found += [
        {
            "what": "login",
            "device": ticket.device,
            "created": ticket.created_at,
            "last_used": ticket.seen_at,
        }
        for ticket in session.scalars(
            select(LoginTicket).where(
                LoginTicket.account_id == number, LoginTicket.tenant_id == desk.tenant.id
            )
        )
    ]
    return found


def erase(desk: Desk, subject: Subject) -> None:
    """End the membership; the account goes with the last one."""
    number, session = subject.account_id, desk.session
    if number is None:
        return
    session.execute(
        update(ApiToken)
        .where(ApiToken.created_by == number)
        .values(created_by=None)
        .execution_options(synchronize_session=False)
    )
    account = _account(desk, subject)
    if _member(desk, number) is not None:
        remove_member(session, number)
        session.flush()
    forget_tokens(session, number)
    revoke_all(session, number, tenant_id=desk.tenant.id)
    if account is not None and not account.operator and not works_elsewhere(session, number):
        forget_account(session, account)


def _ended(before: datetime) -> Any:
    """Return the condition of tokens that expired or were revoked before."""
    return or_(ApiToken.expires_at < before, ApiToken.revoked_at < before)


def ended_logins(desk: Desk, before: datetime, after: Any, limit: int) -> list[Due]:
    """Return logins in this town that ended long ago."""
    rows = desk.session.execute(
        select(LoginTicket.token_hash, LoginTicket.account_id)
        .where(
            LoginTicket.tenant_id == desk.tenant.id,
            LoginTicket.created_at < before - ABSOLUTE,
            LoginTicket.token_hash > (after or ""),
        )
        .order_by(LoginTicket.token_hash)
        .limit(limit)
    )
    return [Due(row.token_hash, account_id=row.account_id) for row in rows]


def delete_logins(desk: Desk, ids: Sequence[Any]) -> None:
    """Delete logins that count no more."""
    desk.session.execute(
        delete(LoginTicket)
        .where(LoginTicket.token_hash.in_(ids), LoginTicket.tenant_id == desk.tenant.id)
        .execution_options(synchronize_session=False)
    )


def configure(config: Configurator) -> None:
    """Declare accounts and how long what ends is kept."""
    config.add_personal_data(
        "accounts",
        title=_("Accounts and logins"),
        purpose=_("Letting employees work on the site, with the rights they need"),
        people=_("Employees who log in"),
        data=_(
            "Name, mail address, roles, hash of the password, second factor, times of logins and "
            "kind of the device"
        ),
        basis=_("Art. 6 (1) (e) GDPR with the law on data protection of the Land"),
        kept=_("Until the membership is erased"),
        notice=(
            _("When you log in"),
            _(
                "A cookie keeps the login, for at most twelve hours. We store the time and the "
                "kind of the device, so that you can see and end your logins."
            ),
        ),
        find=find,
        export=export,
        erase=erase,
        labels={
            "what": _("Kind"),
            "name": _("Name"),
            "mail": _("Mail address"),
            "language": _("Language"),
            "created": _("Made"),
            "second_factor": _("Second factor"),
            "roles": _("Roles"),
            "page": _("Number of the page"),
            "expires": _("Valid until"),
            "last_used": _("Last used"),
            "device": _("Device"),
        },
        words={
            "what": {
                "account": _("Account"),
                "membership": _("Membership"),
                "local_role": _("Role in a part of the site"),
                "access_token": _("Access token"),
                "login": _("Login"),
            },
            "language": {code: one.name for code, one in LANGUAGES.items()},
            "roles": lambda registry, name: (
                registry["roles"][name].title if name in registry["roles"] else name
            ),
        },
        order=100,
    )
    config.add_audit_kind("login_ticket", title=_("Login"))
    config.add_retention_rule(
        "accounts.tokens",
        title=_("Access tokens that have expired or were revoked"),
        data="accounts",
        days=90,
        basis=_("So long misuse can still be traced"),
        kind="api_token",
        due=old(ApiToken, _ended, account_id=ApiToken.account_id),
        erase=deleting(ApiToken),
    )
    config.add_retention_rule(
        "accounts.logins",
        title=_("Logins that have ended"),
        data="accounts",
        days=30,
        basis=_("So long misuse can still be traced"),
        kind="login_ticket",
        due=ended_logins,
        erase=delete_logins,
    )
