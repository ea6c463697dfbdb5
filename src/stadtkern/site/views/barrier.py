"""“Report a barrier”, reachable from every page; no account, no third party."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request

from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.site.services import report_barrier
from stadtkern.web.i18n import _


class BarrierSchema(colander.MappingSchema):
    """What is asked of somebody who met a barrier."""

    description = f.text(
        _("What does not work for you?"),
        maximum=4000,
        rows=6,
        description=_("Please describe it in your own words."),
    )
    page = f.line(_("On which page?"), maximum=1000, required=False)
    mail = f.mail(
        _("Your mail address, if you want an answer"), required=False, autocomplete="email"
    )


def barrier(request: Request) -> Any:
    """Show the form; take the report; show its number."""
    number = request.session.pop_flash("barrier")
    if number and request.method == "GET":
        return {"number": number[0], "form": None}
    page = request.GET.get("page", "")
    form = Form(request, BarrierSchema(), {"page": page if page.startswith("/") else ""})
    if request.method == "POST":
        request.limit("barrier", "10/hour", request.network)
        if request.POST.get("website"):
            # A field that people do not see: who fills it is a machine.
            return HTTPFound(location=request.site.link("barrier"))
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
            return {"number": None, "form": form}
        report = report_barrier(request, **values)
        request.session.flash(report.reference, "barrier")
        return HTTPFound(location=request.site.link("barrier"))
    return {"number": None, "form": form}


def includeme(config: Configurator) -> None:
    """Register the form."""
    config.add_view(
        barrier,
        route_name="barrier",
        renderer="stadtkern.site:templates/barrier.jinja2",
        request_method=("GET", "POST"),
        uses_session=True,
    )
