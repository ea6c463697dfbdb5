"""Asks the town's own addresses as a visitor without an account would, within one session.

Jobs and commands have no request of their own. What a stranger on the web would not be shown does
not come back from here either: no cookie, no token, the same routes, views and permissions.
"""

from pyramid.httpexceptions import HTTPException
from pyramid.interfaces import IRequestFactory
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router

from stadtkern.db import TenantSession
from stadtkern.tenants import Tenant

KEPT = "stadtkern_cityguide.kept"
"""Key in the WSGI environment of a request whose answer is kept on a device for weeks."""


def is_kept(request: Request) -> bool:
    """Tell whether a page is made to be kept: what holds only for now is left out of it."""
    return bool(request.environ.get(KEPT))


class Visitor:
    """A stranger on the web, within one session of one town."""

    def __init__(self, registry: Registry, session: TenantSession, tenant: Tenant) -> None:
        self._router = Router(registry)
        self._factory = registry.getUtility(IRequestFactory)
        self._session = session
        self._tenant = tenant

    def ask(self, address: str, *, headers: dict[str, str] | None = None) -> Response | None:
        """Return the answer (200 or 206) of a path with its query; None for any other answer."""
        request = self._factory.blank(address, base_url=f"https://{self._tenant.host}")
        request.headers.update(headers or {})
        request.environ[KEPT] = True
        request.tenant = self._tenant
        request.tm = self._session.info.get("manager")
        request.db = self._session
        try:
            response: Response = self._router.invoke_subrequest(request, use_tweens=False)
        except HTTPException:
            return None
        return response if response.status_int in {200, 206} else None
