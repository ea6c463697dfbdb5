"""Sessions: a signed cookie, only where a view declares that it uses one.

It carries flash messages and the CSRF token. Who is logged in stands in a server-side ticket
(room ``accounts``), which can be revoked.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ISessionFactory
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import JSONSerializer, SignedCookieSessionFactory
from pyramid.settings import asbool
from pyramid.viewderivers import INGRESS
from zope.interface import implementer

from stadtkern.web.machine import is_machine, machine_deriver

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
IDLE_SECONDS = 4 * 3600
SESSION = "stadtkern_session"
TICKET = "stadtkern_ticket"
"""The login cookie; what it means is the accounts room's business."""


class SessionNotDeclared(Exception):  # noqa: N818
    """A view touched the session without ``uses_session=True``; its page could not be cached."""


def cookie_name(settings: Mapping[str, Any], name: str) -> str:
    """Return ``name`` with the ``__Host-`` prefix wherever cookies are sent over TLS only."""
    return f"__Host-{name}" if secure_cookies(settings) else name


def secure_cookies(settings: Mapping[str, Any]) -> bool:
    """Tell whether cookies are bound to TLS; only development switches it off."""
    return asbool(settings.get("stadtkern.secure_cookies", True))


def secret(settings: Mapping[str, Any]) -> str:
    """Return the installation's signing secret, read from ``stadtkern.secret_file``.

    The file is made (mode 600) where it is missing, so that no default secret exists.
    """
    path = Path(settings.get("stadtkern.secret_file", "var/secret"))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "ascii")
    text = path.read_text("ascii").strip()
    if len(text) < 32:  # noqa: PLR2004
        raise ValueError(f"{path.name} holds no secret of at least 32 characters")
    return text


def _declared(factory: Callable[[Request], Any]) -> Callable[[Request], Any]:
    @implementer(ISessionFactory)
    def open_session(request: Request) -> Any:
        if request.method in SAFE_METHODS and not getattr(request, "session_declared", False):
            raise SessionNotDeclared(request.matched_route and request.matched_route.name)
        request.session_opened = True
        return factory(request)

    return open_session


def session_deriver(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Let a view with ``uses_session=True`` open the session; its answer is never stored."""
    if not info.options.get("uses_session"):
        return view

    def with_session(context: object, request: Request) -> Response:
        request.session_declared = True
        response = view(context, request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return with_session


session_deriver.options = ("uses_session",)  # type: ignore[attr-defined]


def fetch_site_deriver(view: Callable[..., Response], _info: Any) -> Callable[..., Response]:
    """Refuse unsafe requests that a browser says came from another site (Fetch Metadata)."""

    def same_site(context: object, request: Request) -> Response:
        if (
            request.method not in SAFE_METHODS
            and not is_machine(request)
            and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
            and getattr(request, "exception", None) is None
        ):
            raise HTTPForbidden
        return view(context, request)

    return same_site


def configure(config: Configurator) -> None:
    """Install the session factory and the view options ``uses_session`` and ``machine``."""
    settings = config.get_settings()
    factory = SignedCookieSessionFactory(
        secret(settings),
        cookie_name=cookie_name(settings, SESSION),
        httponly=True,
        secure=secure_cookies(settings),
        samesite="Lax",
        timeout=IDLE_SECONDS,
        reissue_time=600,
        serializer=JSONSerializer(),
        set_on_exception=True,
    )
    config.set_session_factory(_declared(factory))
    config.add_view_deriver(
        machine_deriver, "machine", under=INGRESS, over=("session_use", "fetch_site", "csrf_view")
    )
    config.add_view_deriver(session_deriver, "session_use", under=INGRESS, over="csrf_view")
    config.add_view_deriver(fetch_site_deriver, "fetch_site", under=INGRESS, over="csrf_view")
