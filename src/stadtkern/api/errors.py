"""Whatever goes wrong below ``/api/`` is told as a problem (RFC 9457), never as a page."""

from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPException,
    HTTPTooManyRequests,
)
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.api.asking import stale
from stadtkern.content import Conflict, ContentRefused, Resource
from stadtkern.db import DatabaseBusy
from stadtkern.web.i18n import _
from stadtkern.web.machine import speaks_json
from stadtkern.web.problems import Problem, of_status, problem_response


class SpeaksJson:
    """View predicate: whether the request is one of the API's."""

    def __init__(self, wanted: bool, _config: Configurator) -> None:  # noqa: FBT001 - Pyramid's
        self.wanted = wanted

    def text(self) -> str:
        """Return the predicate for Pyramid's listings."""
        return f"speaks_json = {self.wanted}"

    phash = text

    def __call__(self, _context: Any, request: Request) -> bool:
        """Match requests below ``/api/``."""
        return speaks_json(request) == self.wanted


def not_there() -> Problem:
    """Return the answer to what does not exist, or not for this token (404)."""
    return Problem(
        404,
        "not-found",
        _("There is nothing here"),
        _("It does not exist, or this token may not see it."),
    )


def told(error: Problem, request: Request) -> Response:
    """Tell a problem."""
    return problem_response(request, error)


def not_found(_error: Exception, request: Request) -> Response:
    """404."""
    return problem_response(request, not_there())


def forbidden(_error: Exception, request: Request) -> Response:
    """403; what the token may not even see does not show that it exists (404)."""
    context = getattr(request, "context", None)
    if isinstance(context, Resource) and not request.has_permission(Permission.VIEW, context):
        return problem_response(request, not_there())
    problem = Problem(
        403,
        "forbidden",
        _("This is not allowed"),
        _("Neither the roles behind this token nor those on this page allow it."),
    )
    return problem_response(request, problem)


def refused(error: ContentRefused, request: Request) -> Response:
    """Tell what the content room refuses, in its words (422); a change in between is 412."""
    if isinstance(error, Conflict):
        return problem_response(request, stale())
    return problem_response(request, refusal(error.args[0], error.field))


def refusal(message: str, field: str | None = None) -> Problem:
    """Return the refusal of a service, which names one field or none (422)."""
    errors = [{"pointer": f"#/{field}", "detail": message}] if field else []
    return Problem(422, "refused", _("This cannot be done"), message, errors=errors)


def status_of(error: HTTPException, request: Request) -> Response:
    """Pass answers that are no errors; tell the others by their status."""
    if error.status_int < 400:  # noqa: PLR2004
        return error
    problem = of_status(error.status_int)
    if error.status_int == 429:  # noqa: PLR2004
        problem.headers["Retry-After"] = "60"
    return problem_response(request, problem)


def busy(_error: Exception, request: Request) -> Response:
    """503 without asking the database."""
    problem = of_status(503, _("Please try again in a moment; nothing of yours was stored."))
    problem.headers["Retry-After"] = "5"
    return problem_response(request, problem)


def unreadable(_error: Exception, request: Request) -> Response:
    """400 for addresses in a broken encoding."""
    return problem_response(request, of_status(400))


def broken(_error: Exception, request: Request) -> Response:
    """500 without asking anything; the log has the request's number."""
    return problem_response(request, of_status(500, _("The mistake is ours and has been noted.")))


def includeme(config: Configurator) -> None:
    """Register a view for each exception that has one for pages, and for ours."""
    config.add_view_predicate("speaks_json", SpeaksJson)
    for context, view in (
        (Problem, told),
        (ContentRefused, refused),
        (HTTPException, status_of),
        (HTTPBadRequest, status_of),
        (HTTPTooManyRequests, status_of),
        (BadCSRFToken, status_of),
        (BadCSRFOrigin, status_of),
        (DatabaseBusy, busy),
        (UnicodeDecodeError, unreadable),
        (Exception, broken),
    ):
        config.add_exception_view(view, context=context, speaks_json=True)
    config.add_notfound_view(not_found, speaks_json=True)
    config.add_forbidden_view(forbidden, speaks_json=True)
