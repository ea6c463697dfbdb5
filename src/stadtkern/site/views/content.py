"""Views of nodes: thin; SQL stands in ``content.queries``."""

from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import Resource, queries
from stadtkern.content.resources import Event, Folder, Home, Link, News, Page
from stadtkern.db import utcnow
from stadtkern.media.types import Audio, File, Image, MediaFolder, Video
from stadtkern.site.addresses import page_of
from stadtkern.web.locations import header_safe

PAGE_SIZE = 20
TEMPLATES = "stadtkern.site:templates"


def page_number(request: Request) -> int:
    """Return the page asked for, from 1; nonsense counts as 1."""
    return page_of(str(request.GET.get("page", "")))


def listed(request: Request, context: Resource, **how: Any) -> dict[str, Any]:
    """Return one page of a node's children with the number of pages; one query."""
    number = page_number(request)
    rows = queries.listing(
        request.db,
        types=[name for name, kind in request.content.types.items() if kind.listed],
        parent_id=context.node.id,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
        **how,
    )
    if not rows and number > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    return {"rows": rows, "page": number, "pages": max(1, -(-total // PAGE_SIZE)), "total": total}


def home(context: Home, request: Request) -> dict[str, Any]:
    """Show the front page: one question, the doors, what is new and what takes place."""
    scope = {"under": context.path, "language": context.node.language, "by_date": True}
    news = queries.listing(
        request.db, types=["news"], newest_first=True, bodies=True, limit=3, **scope
    )
    events = queries.listing(
        request.db,
        types=["event"],
        since=utcnow() - timedelta(hours=1),
        bodies=True,
        limit=4,
        **scope,
    )
    return {
        "news": news,
        "events": [(row, request.content.fields(row)) for row in events],
        "fields": request.content.fields(context.node),
    }


def page(context: Resource, request: Request) -> dict[str, Any]:
    """Show a page of blocks, with what stands below it."""
    return listed(request, context)


def folder(context: Folder, request: Request) -> dict[str, Any]:
    """Show a folder: what is to come, then news and past events newest first, then the rest."""
    found = listed(
        request, context, by_date=True, newest_first=True, coming_first=True, bodies=True
    )
    return found | {"fields_of": request.content.fields}


def dated(context: Resource, request: Request) -> dict[str, Any]:
    """Show a news item or an event."""
    return {"fields": request.content.fields(context.node)}


def link(context: Link, _request: Request) -> Response:
    """Lead where the link leads; editors see it in the back office."""
    return HTTPFound(location=header_safe(context.fields.get("url", "/")))


def media(context: Resource, request: Request) -> dict[str, Any]:
    """Show a picture or file with its origin."""
    return {"fields": context.fields, "source": request.media_path(context.node)}


def media_folder(context: MediaFolder, request: Request) -> Response:
    """Lead editors to the place in the library; visitors find nothing here."""
    if request.identity is None or not request.has_permission(Permission.VIEW_DRAFTS, context):
        raise HTTPNotFound
    return HTTPFound(location=request.route_path("admin.node", id=context.node.id))


def includeme(config: Configurator) -> None:
    """Register the views; all cached but for editors."""
    views = (
        (home, Home, "home", ()),
        (page, Page, "page", ("page",)),
        (folder, Folder, "folder", ("page",)),
        (dated, News, "news", ()),
        (dated, Event, "event", ()),
        (media, Image, "image", ()),
        (media, File, "file", ()),
        (media, Audio, "recording", ()),
        (media, Video, "recording", ()),
    )
    for view, context, template, params in views:
        config.add_view(
            view,
            context=context,
            renderer=f"{TEMPLATES}/{template}.jinja2",
            permission=Permission.VIEW,
            request_method="GET",
            page_cache={"params": params},
        )
    config.add_view(link, context=Link, permission=Permission.VIEW, request_method="GET")
    config.add_view(
        media_folder, context=MediaFolder, permission=Permission.VIEW, request_method="GET"
    )
