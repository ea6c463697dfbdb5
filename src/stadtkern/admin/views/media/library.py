"""Looking through the library."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.admin.views.media.uploads import places_for
from stadtkern.content.scope import office_view
from stadtkern.media import queries as library
from stadtkern.media.rules import lacks
from stadtkern.media.types import KINDS
from stadtkern.site import page_number

PAGE = 24


def index(request: Request) -> dict[str, Any]:
    """Show the library, newest first."""
    words = " ".join(request.GET.get("q", "").split())[:100]
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else KINDS
    number = page_number(request)
    rows = library.library(
        request.db,
        kinds=kinds,
        words=words,
        seen=office_view(request),
        limit=PAGE,
        offset=(number - 1) * PAGE,
    )
    if not rows and number > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    return {
        "rows": rows,
        "total": total,
        "page": number,
        "pages": max(1, -(-total // PAGE)),
        "q": words,
        "kind": kind if kind in KINDS else "",
        "kinds": [(name, request.content.types[name].title) for name in KINDS],
        "types": request.content.types,
        "lacks": lacks,
        "may_add": bool(places_for(request)),
    }
