"""Search: what everybody may see and what fits."""

from html import unescape
from typing import Any
from urllib.parse import urlencode

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import schemas
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.representing import moments
from stadtkern.search import find
from stadtkern.web.i18n import _


def plain(marked: Any) -> str:
    """Return the words of a title or passage without their marks."""
    text = str(marked).replace("<mark>", "").replace("</mark>", "")
    return unescape(text)


def listing(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Return a page of results, best first."""
    query = asked.query
    number = query["page"] or 1
    results = find(
        request,
        query["q"],
        kind=query["type"],
        language=query["language"] or request.tenant.default_locale,
        page=number,
    )
    following = None
    if number < results.pages:
        values = [(name, value) for name, value in request.GET.items() if name != "page"]
        following = f"{request.path}?{urlencode([*values, ('page', number + 1)])}"
    when = moments(request)
    return {
        "items": [
            {
                "kind": hit.kind,
                "title": plain(hit.title),
                "path": hit.path,
                "passage": plain(hit.passage),
                "language": hit.language,
                "date": when(hit.day),
            }
            for hit in results.hits
        ],
        "next": following,
    }


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "search",
        title=_("Search"),
        description=_("Finds what everybody may see, as the search of the site does."),
        operations=(
            Operation(
                "GET",
                "",
                listing,
                _("Search"),
                permission=Permission.OFFICE,
                query=schemas.SearchQuery,
                answer=schemas.SearchHit,
                paged=True,
            ),
        ),
        scopes={"search:read": _("Search")},
    )
