"""Errors that programs read: problem details (RFC 9457), in the request's language."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from stadtkern.web.i18n import localise

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:stadtkern:problem:"
"""Of problem types: names, not addresses (RFC 9457, 3.1.1)."""


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Why a request of a program is refused.

    ``kind``: last part of the problem's type; ``title`` and ``detail``: what happened, and what
    to do next, translatable; ``errors``: what is wrong where in the body, as ``pointer`` (RFC
    6901, with a leading ``#``) and ``detail``; ``headers``: of the answer.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def problem_response(request: Request, problem: Problem) -> Response:
    """Return the answer that tells a problem."""
    body: dict[str, Any] = {
        "type": PREFIX + problem.kind if problem.kind else "about:blank",
        "title": localise(request, problem.title),
        "status": problem.status,
    }
    if problem.detail:
        body["detail"] = localise(request, problem.detail)
    if problem.errors:
        body["errors"] = [
            {"pointer": error["pointer"], "detail": localise(request, error["detail"])}
            for error in problem.errors
        ]
    if getattr(request, "id", None):
        # The number that stands in the log (RFC 9457, 3.1.5: this occurrence).
        body["instance"] = f"urn:stadtkern:request:{request.id}"
    response = Response(
        json.dumps(body, ensure_ascii=False).encode(), status=problem.status, charset=None
    )
    response.content_type = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = str(request.locale_name)
    response.headers.update(problem.headers)
    return response


def of_status(status: int, detail: str = "") -> Problem:
    """Return the problem that says no more than its status (RFC 9457, 4.2.1)."""
    return Problem(status, "", HTTPStatus(status).phrase, detail)
