"""Machine endpoints: no cookie is read and no proof of origin asked for; tokens or signatures only.

A view says so with ``config.add_view(…, machine=True)``. Without cookies there is nothing that
another site's page could misuse, so the proof of origin is not needed (OWASP ASVS 5.0: 3.5.1).
"""

from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

API = "/api/"
"""What stands below speaks JSON, in errors too, and in the language that the client asks for."""


def is_machine(request: Request) -> bool:
    """Tell whether the request goes to a machine endpoint."""
    return bool(getattr(request, "machine", False))


def speaks_json(request: Request) -> bool:
    """Tell whether errors of the request are told as JSON, whatever else is known of it."""
    return str(request.environ.get("PATH_INFO", "")).startswith(API)


def begin(request: Request) -> None:
    """Make a request one to a machine endpoint: from here on it has no cookies."""
    if not is_machine(request):
        request.environ.pop("HTTP_COOKIE", None)
        request.machine = True


def machine_deriver(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Let a view with ``machine=True`` answer without cookies and proof of origin."""
    if not info.options.get("machine"):
        return view

    def by_machine(context: object, request: Request) -> Response:
        begin(request)
        return view(context, request)

    return by_machine


machine_deriver.options = ("machine",)  # type: ignore[attr-defined]
