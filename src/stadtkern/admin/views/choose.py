"""Choosing a page: by words in its title, or by walking down the tree.

One address for people and scripts. ``GET /admin/choose`` understands

- ``q``: words in the title or address; without it the children of ``under`` are shown;
- ``under``: id of the node whose children to show (the front pages without it);
- ``types``: names of content types, joined by commas: only these may be chosen;
- ``home``: id of a node that looks for a new place: only nodes of its language that accept its
  type may be chosen, and neither it nor anything below it;
- ``page``: from 1;
- ``next`` and ``field``: an address of the back office to which the choice leads, as the query
  parameter ``field``.

It answers a page that needs no script. Whoever accepts JSON before HTML gets ``{"items": [{"id",
"title", "path", "type", "type_title", "state", "language", "choosable", "children"}], "total",
"page", "pages"}``.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import ColumnElement, and_, not_, or_, select

from stadtkern.accounts import Permission
from stadtkern.admin.queries import choices
from stadtkern.admin.views.base import add_page
from stadtkern.content import queries
from stadtkern.content.models import Node
from stadtkern.content.scope import office_view
from stadtkern.content.traversal import build_tree
from stadtkern.db import whole_number
from stadtkern.site import page_number

PAGE = 25
LONGEST = 200
NEXT = re.compile(r"/admin(/[a-z0-9_-]+){0,8}")
FIELD = re.compile(r"[a-z][a-z_]{0,30}")


def choose(request: Request) -> Any:
    """Show or list what can be chosen."""
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    under = whole_number(request.GET.get("under"))
    fits = Fitting(request)
    number = page_number(request)
    rows = choices(
        request.db,
        office_view(request),
        limit=PAGE,
        offset=(number - 1) * PAGE,
        text=text,
        types=fits.types if text else (),
        parent_id=under,
        extra=fits.outside if text else (),
    )
    total = rows[0].total if rows else 0
    pages = max(1, -(-total // PAGE))
    if wants_json(request):
        items = [_item(request, row, fits) for row in rows]
        return Response(
            json={"items": items, "total": total, "page": number, "pages": pages},
            charset="UTF-8",
        )
    keep = {
        name: value
        for name in ("types", "home", "next", "field")
        if (value := request.GET.get(name, "")[:LONGEST])
    }
    return {
        "rows": rows,
        "fits": fits,
        "text": text,
        "total": total,
        "page": number,
        "pages": pages,
        "trail": _trail(request, under) if under is not None and not text else [],
        "under": under,
        "keep": keep,
        "here": lambda **query: f"{request.route_path('admin.choose')}?{urlencode(keep | query)}",
        "leads": _leads(request),
        "types": request.content.types,
    }


class Fitting:
    """Which nodes may be chosen here."""

    def __init__(self, request: Request) -> None:
        content = request.content
        named = {name for name in request.GET.get("types", "")[:LONGEST].split(",") if name}
        self.types: set[str] = named & set(content.types)
        if named and not self.types:
            self.types = {"-"}
        self.outside: list[ColumnElement[bool]] = []
        self.mover: Any = None
        number = whole_number(request.GET.get("home"))
        if number is None:
            return
        self.mover = request.db.execute(
            select(*queries.LIGHT).where(
                Node.id == number, Node.deleted_at.is_(None), office_view(request)
            )
        ).first()
        kind = content.types.get(self.mover.type) if self.mover is not None else None
        accepting = {
            name
            for name, other in content.types.items()
            if kind is not None and other.accepts(kind)
        }
        self.types = (accepting & self.types if self.types else accepting) or {"-"}
        if self.mover is not None:
            self.outside = [
                Node.language == self.mover.language,
                not_(or_(Node.id == number, queries.below(Node.path, self.mover.path))),  # type: ignore[arg-type]
            ]

    def __call__(self, row: Any) -> bool:
        """Tell whether a row may be chosen."""
        if self.types and row.type not in self.types:
            return False
        return self.mover is None or (
            row.language == self.mover.language
            and row.id != self.mover.id
            and not row.path.startswith(f"{self.mover.path.rstrip('/')}/")
        )


def wants_json(request: Request) -> bool:
    """Tell whether the asker accepts JSON before HTML."""
    offers = request.accept.acceptable_offers(["text/html", "application/json"])
    return bool(request.headers.get("Accept")) and offers[:1] == [("application/json", 1.0)]


def _item(request: Request, row: Any, fits: Fitting) -> dict[str, Any]:
    kind = request.content.types.get(row.type)
    return {
        "id": row.id,
        "title": row.title,
        "path": row.path,
        "type": row.type,
        "type_title": request.translate(kind.title) if kind is not None else row.type,
        "state": row.state,
        "language": row.language,
        "choosable": fits(row),
        "children": bool(row.has_children),
    }


def _trail(request: Request, under: int) -> list[Any]:
    """Return the nodes from the front page down to the one whose children are shown."""
    row = request.db.execute(
        select(Node.path).where(and_(Node.id == under, Node.deleted_at.is_(None)))
    ).first()
    if row is None:
        return []
    rows = queries.lineage(request.db, row.path)
    tree: Mapping[str, Any] = build_tree(rows, request.content.types, row.path)
    return [
        found.node
        for found in (tree[path] for path in queries.prefixes(row.path) if path in tree)
        if request.has_permission(Permission.VIEW, found)
    ]


def _leads(request: Request) -> Any:
    """Return what turns a chosen row into the address that follows; None without ``next``."""
    target, field = request.GET.get("next", ""), request.GET.get("field", "")
    if not NEXT.fullmatch(target) or not FIELD.fullmatch(field):
        return None
    return lambda row: f"{target}?{urlencode({field: row.path})}"


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.choose", "/admin/choose")
    add_page(config, choose, "admin.choose", "choose", permission=Permission.OFFICE)
