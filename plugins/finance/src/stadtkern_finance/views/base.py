"""What pages of notices share."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileIter, Response

from stadtkern_finance.issuing import keeping
from stadtkern_finance.records.reading import BadInput

TEMPLATES = "stadtkern_finance:templates"
MAX_ID = 2**31 - 1
TYPES = {"pdf": "application/pdf", "xml": "text/xml", "zip": "application/zip"}


def add_pages(config: Configurator, pages: Iterable[tuple[Any, str, str, str | None, Any]]) -> None:
    """Register views: view, route, method, template (None: a file or a way back), permission."""
    for view, route, method, template, permission in pages:
        renderer = {} if template is None else {"renderer": f"{TEMPLATES}/{template}.jinja2"}
        config.add_view(
            view,
            route_name=route,
            request_method=method,
            permission=permission,
            uses_session=True,
            **renderer,
        )


def back(request: Request, route: str, message: Any = "", kind: str = "success", **kw: Any) -> Any:
    """Lead to a page, with a message for it."""
    if message:
        request.session.flash([kind, request.translate(message)], "notice")
    return HTTPFound(location=request.route_path(route, **kw))


def number_of(request: Request, name: str = "id") -> int:
    """Return the number in the address; 404 for one that no row can have."""
    number = int(request.matchdict[name])
    if number > MAX_ID:
        raise HTTPNotFound
    return number


def language_of(request: Request) -> str:
    """Return the one of our two languages that the page's reader knows."""
    return "de" if request.locale_name.startswith("de") else "en"


def said(request: Request, error: BadInput) -> list[str]:
    """Return what does not fit in the language of the page."""
    return error.sentences(language_of(request))


def kept_file(request: Request, sha: str | None, name: str, *, inline: bool = False) -> Response:
    """Hand out a kept file under a name; 404 where it is gone."""
    path = None if sha is None else keeping.store_of(request.registry, request.tenant.id).path(sha)
    if path is None or not path.is_file():
        raise HTTPNotFound
    response = headed(Response(content_type=TYPES[name.rpartition(".")[2]]), name, inline=inline)
    response.content_length = path.stat().st_size
    response.app_iter = FileIter(path.open("rb"))
    return response


def headed(response: Response, name: str, *, inline: bool = False) -> Response:
    """Give a file's answer its name; as all answers with a session it is kept out of caches."""
    response.charset = None
    kind = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(name)}"
    return response
