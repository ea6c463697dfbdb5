"""Who asks, and what they may do: Pyramid's security policy over login tickets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.request import Request
from pyramid.security import Allowed, Denied

from stadtkern.accounts import tickets, tokens
from stadtkern.accounts.permissions import Permission
from stadtkern.db import utcnow
from stadtkern.web.machine import is_machine
from stadtkern.web.sessions import TICKET, cookie_name, secure_cookies


@dataclass(frozen=True)
class Identity:
    """The person behind a request, with their roles in this tenant."""

    account_id: int
    """0 for a service, which is nobody's account."""
    name: str
    mail: str
    locale: str | None
    operator: bool
    roles: frozenset[str]
    local: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Node id → roles that count there and below."""
    proved_at: datetime = field(default_factory=utcnow)
    """When the person last proved who they are."""
    has_factor: bool = False
    must_enrol: bool = False
    """A role asks for a second factor and there is none: nothing works but setting it up."""
    token: tokens.Held | None = None
    """The token that a program came with; None for people."""

    @property
    def actor_id(self) -> int | None:
        """Return the account that deeds are noted for; None for a service, which has none."""
        return self.account_id or None

    def roles_on(self, node_ids: tuple[int, ...]) -> frozenset[str]:
        """Return the roles on a node, given its own id and its ancestors'."""
        found = self.roles
        for node_id in node_ids:
            found |= self.local.get(node_id, frozenset())
        return found


class TicketPolicy:
    """Identity from the ticket cookie; permissions from roles, global and local."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.cookie = cookie_name(settings, TICKET)
        self.secure = secure_cookies(settings)

    def identity(self, request: Request) -> Identity | None:
        """Return who is logged in here; looked up once per request, only with a cookie.

        A machine endpoint knows tokens only, and only there they count.
        """
        if is_machine(request):
            return self._program(request)
        if not hasattr(request, "_identity"):
            token = request.cookies.get(self.cookie)
            known = token and hasattr(request, "tenant")
            found = tickets.find_identity(request, token) if known else None
            request._identity = found  # noqa: SLF001
            if found is not None:
                # Who looked this up knows the person; who did not wrote nothing for them.
                request.db.info["actor_id"] = found.account_id
        return request._identity  # noqa: SLF001

    def _program(self, request: Request) -> Identity | None:
        if not hasattr(request, "_program"):
            token = tokens.bearer(request)
            known = token is not None and hasattr(request, "tenant")
            found = tokens.find_identity(request, str(token)) if known else None
            request._program = found  # noqa: SLF001
            if found is not None and found.token is not None:
                request.db.info["actor_id"] = found.actor_id
                request.db.info["origin"] = f"token:{found.token.id}"
        return request._program  # noqa: SLF001

    def authenticated_userid(self, request: Request) -> int | None:
        """Return the account's id."""
        identity = self.identity(request)
        return None if identity is None else identity.account_id

    def permits(self, request: Request, context: object, permission: str) -> Allowed | Denied:
        """Decide by roles; a node's own ``may`` decides for published pages and own drafts."""
        identity = self.identity(request)
        if identity is not None and identity.must_enrol:
            if permission == Permission.OWN:
                return Allowed("own account")
            # For everything else as good as not logged in.
            identity = None
        asked = getattr(context, "permits", None)
        if asked is not None:
            verdict = asked(request, identity, permission)
            if verdict is not None:
                return Allowed("node") if verdict else Denied("node")
        if identity is None:
            return Denied("nobody is logged in")
        node_ids = getattr(context, "lineage_ids", ())
        if permission in permissions_of(request, identity, node_ids):
            return Allowed("role")
        return Denied("no role allows it")

    def remember(self, request: Request, token: str, **_kw: Any) -> list[tuple[str, str]]:
        """Return the header that sets the ticket; a session cookie, gone with the browser."""
        response = request.response.copy()
        response.headers.pop("Set-Cookie", None)
        response.set_cookie(
            self.cookie, token, path="/", httponly=True, secure=self.secure, samesite="Lax"
        )
        return [("Set-Cookie", value) for value in response.headers.getall("Set-Cookie")]

    def forget(self, request: Request, **_kw: Any) -> list[tuple[str, str]]:
        """Return the header that removes the ticket's cookie."""
        response = request.response.copy()
        response.headers.pop("Set-Cookie", None)
        response.set_cookie(
            self.cookie,
            "",
            max_age=0,
            path="/",
            httponly=True,
            secure=self.secure,
            samesite="Lax",
        )
        return [("Set-Cookie", value) for value in response.headers.getall("Set-Cookie")]


def permissions_of(
    request: Request, identity: Identity, node_ids: tuple[int, ...] = ()
) -> set[str]:
    """Return all that a person may do on a node (or in the tenant, without one).

    Roles and grants of plugins that the tenant has switched off do not count.
    """
    roles = request.registry["roles"]
    found: set[str] = {Permission.OWN}
    if identity.must_enrol:
        return found
    if identity.operator:
        found.add(Permission.OPERATE)
        found.add(Permission.OFFICE)
    if identity.local:
        # A role on a subtree opens the door to the back office, nothing more.
        found.add(Permission.OFFICE)
    for name in identity.roles_on(node_ids):
        role = roles.get(name)
        if role is None or (role.owner and not request.plugin_enabled(role.owner)):
            continue
        found |= role.permissions
        found |= {
            permission
            for permission, owners in role.granted_by.items()
            if any(owner is None or request.plugin_enabled(owner) for owner in owners)
        }
    if identity.token is not None and identity.token.service:
        # A second person reviews, not a program.
        found.discard(Permission.REVIEW)
    return found
