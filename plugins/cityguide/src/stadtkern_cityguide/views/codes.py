"""Where codes on signs lead: to a page of the guide, in the visitor's language."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request

from stadtkern_cityguide import counts
from stadtkern_cityguide.codes import normalised, queries
from stadtkern_cityguide.codes.models import Code
from stadtkern_cityguide.codes.services import found_again, stops_of

RATE = "60/minute"
"""Codes that one connection asks for: a class of pupils behind one address gets through."""


def ask(request: Request) -> Any:
    """Ask for the code on a sign; what was typed leads on."""
    typed = str(request.GET.get("code", ""))[:40]
    request.response.headers["Cache-Control"] = "no-store"
    if not typed.strip():
        return _page("")
    code = normalised(typed)
    if code is None:
        request.response.status_int = 404
        return _page(typed, "unreadable")
    language = request.GET.get("lang")
    query = {"lang": language} if language in request.tenant.locales else {}
    return HTTPFound(
        location=request.route_path("cityguide.code", code=code, _query=query),
        cache_control="no-store",
    )


def lead(request: Request) -> Any:
    """Lead to what a code hangs at, or say what is wrong with it."""
    request.limit("guide code", RATE, str(request.tenant.id), request.network)
    request.response.headers["Cache-Control"] = "no-store"
    typed = request.matchdict["code"]
    code = normalised(typed)
    row = queries.one(request.db, code) if code is not None else None
    if row is None:
        request.response.status_int = 404
        return _page(typed, "unknown" if code is not None else "unreadable")
    nodes: Sequence[Any] = (
        [] if row.withdrawn_at is not None else queries.leads_to(request.db, row.node_id)
    )
    if not nodes:
        request.response.status_int = 410
        return _page("", "withdrawn")
    counts.note(request, counts.SCANNED, row.node_id)
    return HTTPFound(location=_address(request, row, nodes), cache_control="no-store")


def _address(request: Request, row: Code, nodes: Sequence[Any]) -> str:
    """Return the page's address; the fragment tells the rally what was found, nobody else.

    Browsers do not send fragments, so the stop stands in the query: pages without scripts point
    to it, too.
    """
    by_language = {node.language: node for node in nodes}
    wanted = request.GET.get("lang")
    if wanted not in by_language:
        tags = list(by_language)
        own = next((one.language for one in nodes if one.id == row.node_id), tags[0])
        wanted = request.accept_language.lookup(tags, default=own)
    node = by_language[str(wanted)]
    number = found_again(row.stop, stops_of(request.content, node))
    return f"{node.path}{f'?stop={number}' if number else ''}#found={row.code}"


def _page(typed: str, problem: str = "") -> dict[str, Any]:
    return {"typed": typed, "problem": problem}


def includeme(config: Configurator) -> None:
    """Register the addresses; short, since people type them."""
    config.add_route("cityguide.codes", "/guide/c")
    config.add_route("cityguide.code", "/guide/c/{code:[^/]{1,40}}")
    renderer = "stadtkern_cityguide:templates/code.jinja2"
    for view, route in ((ask, "cityguide.codes"), (lead, "cityguide.code")):
        config.add_view(view, route_name=route, renderer=renderer, request_method="GET")
