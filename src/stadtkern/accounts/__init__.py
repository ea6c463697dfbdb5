"""People, their roles in each municipality, and how they log in."""

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import policy, roles
from stadtkern.accounts.permissions import Permission

__all__ = ["Permission", "directives", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_role`` and ``grant_permission``."""
    roles.directives(config)


def permissions_here(request: Request) -> set[str]:
    """Return what the request's person may do in the whole tenant."""
    identity = request.identity
    return set() if identity is None else policy.permissions_of(request, identity)


def includeme(config: Configurator) -> None:
    """Take the security policy into use and name the core's roles."""
    roles.configure(config)
    tickets = policy.TicketPolicy(config.get_settings())
    config.registry["ticket_policy"] = tickets
    config.set_security_policy(tickets)
    config.add_route("login", "/login")
    config.add_route("logout", "/logout")
    config.add_route("reset", "/account/reset")
    config.add_route("reset.code", "/account/reset/code")
    config.add_route("account", "/account")
    config.add_request_method(permissions_here, "permissions", reify=True)
