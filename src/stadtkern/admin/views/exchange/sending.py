"""What has not arrived: retried, refused by its target, or given up; sent once more by hand."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from stadtkern import exchange
from stadtkern.admin.views.base import back
from stadtkern.admin.views.exchange.base import LOOKS, SENDING, area_of, desk_of, may
from stadtkern.db import whole_number
from stadtkern.exchange import queries, sending
from stadtkern.web.i18n import _

SHOWN = 100


def page(request: Request) -> dict[str, Any]:
    """Show what has not arrived, the oldest first."""
    area = area_of(request)
    return {
        "area": area,
        "rows": queries.stuck(request.db, area.name, limit=SHOWN),
        "total": queries.count_stuck(request.db, area.name),
        "targets": exchange.kinds.targets(request.registry),
        "may_edit": may(request, area, "edit"),
        "looks": LOOKS,
    }


def replay(request: Request) -> Response:
    """Send one, or all, once more."""
    area = area_of(request, "edit")
    number = whole_number(request.POST.get("dispatch"))
    ids = None if request.POST.get("do") == "all" else [number or 0]
    count = sending.replay(desk_of(request), area.name, ids)
    said = _("${n} records are sent once more.", mapping={"n": count})
    return back(request, SENDING, said, "success" if count else "error", area=area.name)
