"""People, their roles in each municipality, and how they log in."""

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import policy, roles, tokens
from stadtkern.accounts.models import AccountFactor
from stadtkern.accounts.permissions import Permission
from stadtkern.accounts.schemas import SecuritySettings
from stadtkern.web.i18n import _

__all__ = ["Permission", "directives", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_role``, ``grant_permission`` and ``add_token_scope``."""
    roles.directives(config)
    tokens.directives(config)


def permissions_here(request: Request) -> set[str]:
    """Return what the request's person may do in the whole tenant."""
    identity = request.identity
    return set() if identity is None else policy.permissions_of(request, identity)


def audit_words(config: Configurator) -> None:
    """Name this room's deeds in the history."""
    for name, title in (
        ("account", _("Account")),
        ("membership", _("Membership")),
        ("local_role", _("Role on a part of the site")),
    ):
        config.add_audit_kind(name, title=title, of="account")
    config.add_audit_kind("api_token", title=_("Access token"))
    for deed, title in (
        ("login.in", _("logged in")),
        ("login.password", _("password given, second step open")),
        ("login.proved", _("proved again who they are")),
        ("login.end", _("login on another device ended")),
        ("factor.begin", _("began to set up a second factor")),
        ("factor.on", _("second factor set up")),
        ("factor.off", _("second factor switched off")),
        ("factor.reset", _("second factor reset")),
        ("factor.codes", _("recovery codes made")),
        ("factor.recovery", _("recovery code used")),
        ("login.out", _("logged out")),
        ("login.everywhere", _("logged out on all devices")),
        ("login.failed", _("login refused")),
        ("token.create", _("made for a program")),
        ("token.revoke", _("revoked")),
        ("token.delete", _("deleted with the membership")),
        ("password.change", _("password changed")),
        ("password.code", _("code for a new password asked for")),
        ("password.code_failed", _("wrong code for a new password")),
    ):
        config.add_audit_deed(deed, title=title)


def includeme(config: Configurator) -> None:
    """Take the security policy into use and name the core's roles."""
    roles.configure(config)
    tokens.configure(config)
    tickets = policy.TicketPolicy(config.get_settings())
    config.registry["ticket_policy"] = tickets
    config.set_security_policy(tickets)
    config.add_route("login", "/login")
    config.add_route("logout", "/logout")
    config.add_route("reset", "/account/reset")
    config.add_route("reset.code", "/account/reset/code")
    config.add_route("account", "/account")
    config.add_settings_schema("security", SecuritySettings, _("Logins"))
    config.add_vault_field(
        AccountFactor.secret, context=lambda factor: f"factor:{factor.account_id}"
    )
    audit_words(config)
    config.add_request_method(permissions_here, "permissions", reify=True)
