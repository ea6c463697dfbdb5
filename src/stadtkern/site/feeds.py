"""News as Atom (RFC 4287): of a whole language, of each section, of a type, of a search.

``feed.atom`` has news; ``?type=event`` has what is new of a type, ``?type=all`` of all of them.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree as ET

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import Resource, queries
from stadtkern.content.resources import Folder, Home, Page
from stadtkern.site.addresses import absolute
from stadtkern.site.pictures import Picture, named_nodes, picture_of

ATOM = "http://www.w3.org/2005/Atom"
NAME = "feed.atom"
ALL = "all"
LONGEST = 200
"""Characters of a search that a feed is made of."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was changed last."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ENTRIES = 30
"""Entries of a feed, the newest ones."""


def lasting_id(request: Request, node_id: int) -> UUID:
    """Return a node's name for other systems: moving it or the town's host does not change it."""
    tenant = request.tenant
    return uuid5(NAMESPACE_URL, f"stadtkern/{tenant.ags}/{tenant.slug}/{node_id}")


@dataclass(frozen=True)
class About:
    """What a feed is about: its lasting id, what it is called, where it and its page stand."""

    id: str
    title: str
    subtitle: str
    own: str
    page: str
    updated: datetime | None = None


def newest(request: Request, context: Resource) -> list[Any]:
    """Return the newest public news at or below a page of its language; one query."""
    rows = queries.listing(
        request.db,
        types=["news"],
        under=context.path,
        language=context.node.language,
        newest_first=True,
        by_date=True,
        bodies=True,
        limit=ENTRIES,
    )
    return list(rows)


def newest_of(
    request: Request, types: Collection[str], *, under: str | None, language: str, limit: int
) -> list[Any]:
    """Return the newest public pages of these types, by their day or when they were made."""
    wanted = queries.Newest(tuple(types), under, language, limit)
    return queries.newest(request.db, {"feed": wanted})["feed"]


def page_types(request: Request) -> list[str]:
    """Return the town's types that are pages of their own in lists."""
    types = request.content.types.items()
    return [name for name, kind in types if kind.listed and kind.in_sitemap and name != "home"]


def chosen_types(request: Request) -> list[str] | None:
    """Return the types that a feed's address asks for; None: news. ``HTTPNotFound`` for others."""
    wanted = request.GET.get("type")
    if wanted is None:
        return None
    types = page_types(request)
    if wanted == ALL:
        return types
    if wanted not in types:
        raise HTTPNotFound
    return [wanted]


def pictures(request: Request, rows: list[Any]) -> dict[int, Picture]:
    """Return the first picture of each node by its id; one query for all of them."""
    wanted = {row.id: named_nodes(request, (row.body or {}).get("blocks", [])) for row in rows}
    nodes = queries.by_ids(request.db, {one for ids in wanted.values() for one in ids})
    found: dict[int, Picture] = {}
    for node_id, ids in wanted.items():
        made = (picture_of(request, nodes[one]) for one in ids if one in nodes)
        first = next((picture for picture in made if picture is not None), None)
        if first is not None:
            found[node_id] = first
    return found


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = text
    return made


def _entry(feed: ET.Element, request: Request, row: Any, picture: Picture | None) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", lasting_id(request, row.id).urn)
    _add(entry, "title", printable(row.title))
    _add(entry, "updated", row.updated_at.isoformat(timespec="seconds"))
    if row.sort_at is not None:
        _add(entry, "published", row.sort_at.isoformat(timespec="seconds"))
    _add(entry, "link", rel="alternate", type="text/html", href=absolute(request, row.path))
    if row.summary:
        _add(entry, "summary", printable(row.summary))
    if picture is not None:
        size = {"length": str(picture.size)} if picture.size else {}
        _add(entry, "link", rel="enclosure", type=picture.type, href=picture.url, **size)


def printable(text: str) -> str:
    """Return text without what XML 1.0 has no place for (2.2)."""
    return _UNPRINTABLE.sub("", text)


def document(request: Request, about: About, rows: list[Any]) -> bytes:
    """Return a feed as XML."""
    tenant = request.tenant
    town = request.settings_of("site").get("organisation") or tenant.name
    ET.register_namespace("", ATOM)
    feed = ET.Element(
        f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": request.language.written}
    )
    _add(feed, "id", about.id)
    _add(feed, "title", printable(about.title))
    if about.subtitle:
        _add(feed, "subtitle", printable(about.subtitle))
    moments = [row.updated_at for row in rows] + ([about.updated] if about.updated else [])
    _add(feed, "updated", max(moments, default=EPOCH).isoformat(timespec="seconds"))
    _add(feed, "link", rel="self", type="application/atom+xml", href=about.own)
    _add(feed, "link", rel="alternate", type="text/html", href=about.page)
    _add(_add(feed, "author"), "name", printable(town))
    if request.site.arms:
        _add(feed, "icon", absolute(request, request.site.arms))
    shown = pictures(request, rows)
    for row in rows:
        _entry(feed, request, row, shown.get(row.id))
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="utf-8")


def answer(request: Request, about: About, rows: list[Any]) -> Response:
    """Return a feed as an answer."""
    return Response(
        document(request, about, rows), content_type="application/atom+xml", charset="utf-8"
    )


def path(context: Resource) -> str:
    """Return the path of a page's feed."""
    return f"{context.path.rstrip('/')}/{NAME}"


def feed(context: Resource, request: Request) -> Response:
    """Return the feed of a front page or a section."""
    types = chosen_types(request)
    node, tenant = context.node, request.tenant
    title = tenant.name if node.parent_id is None else f"{context.title} – {tenant.name}"
    lasting = lasting_id(request, node.id)
    query = None
    if types is None:
        rows = newest(request, context)
    else:
        kind = str(request.GET["type"])
        query = {"type": kind}
        lasting = uuid5(lasting, kind)
        if kind != ALL:
            title = f"{request.translate(request.content.types[kind].title)} – {title}"
        rows = newest_of(request, types, under=context.path, language=node.language, limit=ENTRIES)
    about = About(
        id=lasting.urn,
        title=title,
        subtitle=node.summary or "",
        own=absolute(request, path(context), query),
        page=absolute(request, context.path),
        updated=node.updated_at,
    )
    return answer(request, about, rows)


def includeme(config: Configurator) -> None:
    """Register the feed of each front page and section."""
    for context in (Home, Folder, Page):
        config.add_view(
            feed,
            context=context,
            name=NAME,
            permission=Permission.VIEW,
            request_method="GET",
            page_cache={"params": ("type",)},
        )
