"""What every request to the API passes: who asks, how often, what for, and against which version.

All this is decided before anything of the tenant is looked up, so that strangers cannot tell what
exists.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import colander
from limits import parse
from pyramid.httpexceptions import HTTPNoContent, HTTPTooManyRequests
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.api import cors, reading
from stadtkern.api.parameters import asked_for
from stadtkern.content import Site
from stadtkern.web.i18n import _
from stadtkern.web.machine import begin
from stadtkern.web.problems import Problem

if TYPE_CHECKING:
    from stadtkern.api.operations import ApiResource, Operation

STRANGERS = "60/minute"
"""Requests without a valid token that an address may send."""
PER_MINUTE = 600
CHALLENGE = 'Bearer realm="api"'
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")


def factory_of(
    resource: "ApiResource", methods: Mapping[str, "Operation"]
) -> Callable[[Request], Any]:
    """Return the root factory of a route: judges who asks, then finds what it is about."""
    allowed = sorted({*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS"})

    def factory(request: Request) -> Any:
        begin(request)
        request.add_response_callback(cors.mark)
        method = "GET" if request.method == "HEAD" else request.method
        operation = methods.get(method)
        if request.method == "OPTIONS":
            raise HTTPNoContent(headers={"Allow": ", ".join(allowed)})
        if operation is None:
            raise Problem(
                405,
                "method",
                _("This address does not take this method"),
                headers={"Allow": ", ".join(allowed)},
            )
        _known(request, resource.scope(operation))
        return Site(request) if operation.context is None else operation.context(request)

    return factory


def _known(request: Request, scope: str) -> None:
    """Ask for a token with a scope, and count its use (RFC 6750, 3; RFC 6585, 4)."""
    identity = request.identity
    if identity is None:
        _count(request, "api.strangers", STRANGERS, request.network)
        given = "HTTP_AUTHORIZATION" in request.environ
        raise Problem(
            401,
            "token",
            _("A valid access token is needed"),
            _("Send it as “Authorization: Bearer …”. It may have expired or been revoked.")
            if given
            else _("Send it as “Authorization: Bearer …”. Tokens are made in the back office."),
            headers={
                "WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"' if given else CHALLENGE
            },
        )
    token = identity.token
    rate = int(request.settings_of("api").get("per_minute") or PER_MINUTE)
    _count(request, "api", f"{rate}/minute", str(request.tenant.id), str(token.id))
    if scope not in token.scopes:
        raise Problem(
            403,
            "scope",
            _("The token may not do this"),
            _("It lacks the scope “${scope}”.", mapping={"scope": scope}),
            headers={
                "WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
            },
        )
    if identity.must_enrol:
        raise Problem(
            403,
            "factor",
            _("The owner of this token needs a second factor first"),
            _("It is set up in the back office, under “My account”."),
        )


def _count(request: Request, name: str, rate: str, *keys: str) -> None:
    try:
        request.limit(name, rate, *keys)
    except HTTPTooManyRequests:
        wait = str(parse(rate).get_expiry())
        raise Problem(
            429,
            "rate",
            _("Too many requests"),
            _("Please wait ${n} seconds and ask less often.", mapping={"n": wait}),
            headers={"Retry-After": wait},
        ) from None


def tag_of(value: Any, version: int | str = "") -> str:
    """Return the strong entity tag of an answer, without quotes: version, dot, digest.

    The version alone is what writes are judged by: the digest only tells representations apart
    (the live page and its working copy, or a page whose address has changed with its parent's).
    """
    return tag_of_bytes(encoded(value), version)


def tag_of_bytes(body: bytes, version: int | str = "") -> str:
    """Return the same of an encoded answer."""
    digest = hashlib.blake2b(body, digest_size=9).hexdigest()
    return f"{version}.{digest}" if version != "" else digest


def encoded(value: Any) -> bytes:
    """Return JSON as it is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class Asked:
    """One request, read by its operation's schemas."""

    def __init__(self, context: Any, request: Request, operation: "Operation") -> None:
        self.request = request
        self.operation = operation
        self._seen = self._preconditions() if operation.if_match else ()
        self.query: dict[str, Any] = asked_for(request, operation.query)
        self.body: Any = self._body(context)
        self.version: int | str = ""
        """Set by handlers: the version that the answer's ETag names."""
        self.headers: dict[str, str] = {}

    def _preconditions(self) -> tuple[str, ...]:
        header = self.request.headers.get("If-Match", "").strip()
        if not _TAGS.fullmatch(header):
            raise Problem(
                428,
                "precondition-required",
                _("Say which version you have seen"),
                _(
                    "Send the ETag of the answer that you have read as “If-Match”, so that nobody "
                    "else's change is overwritten."
                ),
            )
        # Strong comparison (RFC 9110, 13.1.1): weak tags never fit.
        return tuple(tag[1:-1] for tag in _TAG.findall(header) if not tag.startswith("W/"))

    def expect(self, version: int | str) -> None:
        """Refuse (412) if the client has seen another version than this one."""
        if str(version) not in {tag.partition(".")[0] for tag in self._seen}:
            raise stale()

    def _body(self, context: Any) -> Any:
        body = self.operation.body
        if body is None:
            return None
        if isinstance(body, type) and issubclass(body, colander.Schema):
            return reading.read(body(), read_json(self.request), request=self.request)
        return body.read(context, self.request)

    def answered(self, found: Any) -> Response:
        """Return the response to what a handler returned."""
        if isinstance(found, Response):
            return found
        request, operation = self.request, self.operation
        if operation.status == 204:  # noqa: PLR2004 - no content
            return Response(status=204)
        body = encoded(found)
        response = Response(body, status=operation.status, charset=None)
        response.content_type = operation.answer_type
        response.headers["Content-Language"] = str(request.locale_name)
        # What one token may see another one may not: never kept by a shared cache.
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary = ["Authorization", "Accept-Language"]
        response.headers.update(self.headers)
        if operation.tagged or operation.method == "GET":
            response.etag = tag_of_bytes(body, self.version)
            response.conditional_response = operation.method == "GET"
        return response


def stale() -> Problem:
    """Return the refusal of a write that saw another version (412)."""
    return Problem(
        412,
        "stale",
        _("It has changed in the meantime"),
        _("Nothing was stored. Please read it again, then send the change with its new ETag."),
    )


def read_json(request: Request, *, merge: bool = False) -> Any:
    """Return the request's JSON body; 415 for another type, 413 beyond ``MAX_BODY``.

    ``merge``: it may also be a merge patch (RFC 7396).
    """
    kinds = {"application/json", *(("application/merge-patch+json",) if merge else ())}
    if request.content_type not in kinds:
        raise Problem(
            415,
            "media-type",
            _("The body must be JSON"),
            _("Send it as “Content-Type: ${kind}”.", mapping={"kind": "application/json"}),
            headers={"Accept-Patch" if merge else "Accept": ", ".join(sorted(kinds))},
        )
    length = request.content_length
    if length is not None and length > reading.MAX_BODY:
        raise too_large()
    body = request.body_file.read(reading.MAX_BODY + 1)
    if len(body) > reading.MAX_BODY:
        raise too_large()
    return reading.parse(body)


def too_large() -> Problem:
    """Return the refusal of a body that is too large (413)."""
    return Problem(
        413,
        "too-large",
        _("This is too much at once"),
        _(
            "A body may have at most ${n} bytes. Nothing was stored.",
            mapping={"n": reading.MAX_BODY},
        ),
    )
