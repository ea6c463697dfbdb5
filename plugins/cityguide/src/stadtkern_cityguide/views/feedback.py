"""“Something is wrong here”: the visitor's form, and the editors' list."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.site import page_number
from stadtkern_cityguide.feedback import queries, services
from stadtkern_cityguide.feedback.arriving import subject
from stadtkern_cityguide.feedback.models import ANSWERED, DONE, KINDS, OPEN, STATUSES, WHOLE
from stadtkern_cityguide.feedback.schemas import FeedbackSchema
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission

ROUTE = "cityguide.feedback"
OFFICE = "cityguide.feedback.office"


def feedback(request: Request) -> Any:
    """Show the form; take what was written; show its number."""
    number = request.session.pop_flash(ROUTE)
    node = subject(request, whole_number(request.GET.get("about")))
    asked = {"about": str(node.id)} if node is not None else {}
    here = request.site.link(ROUTE, **asked)
    shown = {"node": node, "here": here, "number": None, "form": None}
    if number and request.method == "GET":
        return shown | {"number": number[0]}
    form = Form(request, FeedbackSchema())
    if request.method == "POST":
        request.limit(ROUTE, "20/hour", str(request.tenant.id), request.network)
        if request.POST.get("website"):
            # A field that people do not see: who fills it is a machine.
            return HTTPFound(location=here)
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
            return shown | {"form": form}
        number_of, page = (None, WHOLE) if node is None else (node.id, node.path)
        row = services.take(request, node_id=number_of, page=page, **values)
        request.session.flash(row.reference, ROUTE)
        return HTTPFound(location=here)
    return shown | {"form": form}


def office(request: Request) -> dict[str, Any]:
    """List what came in, by state; open ones in the order of their coming."""
    status = request.GET.get("status", OPEN)
    if status not in STATUSES:
        status = OPEN
    numbers = queries.counts(request.db)
    whole = numbers.get(status, 0)
    pages = max(1, -(-whole // queries.PAGE_SIZE))
    page = min(page_number(request), pages)
    rows = [
        (row, services.mail_of(request.db, request.registry, request.tenant.id, row.Feedback))
        for row in queries.listed(request.db, status, page)
    ]
    return {
        "rows": rows,
        "status": status,
        "statuses": STATUSES,
        "numbers": numbers,
        "kinds": KINDS,
        "page": page,
        "pages": pages,
    }


TOLD = {
    OPEN: _("${ref} is open again. An address that was given is deleted and stays so."),
    ANSWERED: _("${ref} is answered. The address that was given is deleted."),
    DONE: _("${ref} is done. An address that was given is deleted."),
}


def see_to(request: Request) -> Response:
    """Put one into another state."""
    number = whole_number(request.POST.get("id"))
    status = str(request.POST.get("status", ""))
    row = None if number is None else services.change(request, number, status)
    if row is None:
        raise HTTPNotFound
    text = request.translate(TOLD[row.status], ref=row.reference)
    request.session.flash(["success", text], "notice")
    return HTTPFound(location=request.route_path(OFFICE))


def includeme(config: Configurator) -> None:
    """Register the form and the list."""
    config.add_route(ROUTE, "/guide/feedback")
    config.add_view(
        feedback,
        route_name=ROUTE,
        renderer="stadtkern_cityguide:templates/feedback.jinja2",
        request_method=("GET", "POST"),
        uses_session=True,
    )
    config.add_route(OFFICE, "/admin/cityguide/feedback")
    common = {
        "route_name": OFFICE,
        "permission": CityGuidePermission.FEEDBACK,
        "uses_session": True,
    }
    config.add_view(
        office,
        request_method="GET",
        renderer="stadtkern_cityguide:templates/feedback_office.jinja2",
        **common,
    )
    config.add_view(see_to, request_method="POST", **common)
