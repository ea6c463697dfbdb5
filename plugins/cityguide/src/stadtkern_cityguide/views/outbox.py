"""Where devices send what waited for a network."""

import json

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.tenants import origin
from stadtkern_cityguide.feedback.arriving import MAX_BODY, NotTaken, key_of, take

ROUTE = "cityguide.outbox"


def _refuse_strangers(request: Request) -> None:
    """Refuse what another site's page sends; ``NotTaken`` (403, 415, 413).

    Browsers name the origin of each POST and, mostly, how the sites relate (Fetch Metadata); JSON
    is no type that a form of another site can send. No cookie is read, so that there is nothing
    to ride on but the visitor's network address.
    """
    said = request.headers.get("Origin")
    relation = request.headers.get("Sec-Fetch-Site")
    if (said is None and relation is None) or relation not in {None, "same-origin"}:
        raise NotTaken(403, "origin")
    if said not in {None, origin(request)}:
        raise NotTaken(403, "origin")
    if request.content_type != "application/json":
        raise NotTaken(415, "type")
    if request.content_length is None or request.content_length > MAX_BODY:
        raise NotTaken(413, "size")


def arrive(request: Request) -> Response:
    """Take one deed; the same one again gets the same answer and has no further effect."""
    try:
        _refuse_strangers(request)
        request.limit(ROUTE, "120/hour", str(request.tenant.id), request.network)
        key = key_of(request.headers.get("Idempotency-Key"))
        reference = take(request, key, request.body)
    except NotTaken as error:
        request.tm.doom()
        return _answer(error.status, {"error": error.reason})
    return _answer(201, {"reference": reference or None})


def _answer(status: int, body: dict[str, str | None]) -> Response:
    response = Response(json.dumps(body).encode(), status=status, content_type="application/json")
    response.charset = None
    response.headers["Cache-Control"] = "no-store"
    return response


def includeme(config: Configurator) -> None:
    """Register the address: no cookie is read, and no proof of origin stands in a session."""
    config.add_route(ROUTE, "/guide/outbox")
    config.add_view(arrive, route_name=ROUTE, request_method="POST", machine=True)
