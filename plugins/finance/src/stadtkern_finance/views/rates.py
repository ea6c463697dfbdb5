"""The council's resolutions on rates."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.schema import HIGHEST_HEBESATZ
from stadtkern_finance.stock import queries, resolutions
from stadtkern_finance.views.base import add_page, back, shared

ROUTE = "finance.rates"


class RateSchema(colander.MappingSchema):
    """One resolution."""

    tax = f.choice(_("Tax"), [(name, TAXES[name]) for name in resolutions.TAXES], ask=True)
    first_year = f.number(
        _("First year"),
        minimum=resolutions.FIRST_YEAR,
        maximum=resolutions.LAST_YEAR,
        description=_("The rate counts from 1 January of this year on, until another one follows."),
    )
    percent = f.number(
        _("Rate (Hebesatz) in percent"),
        minimum=0,
        maximum=HIGHEST_HEBESATZ,
        description=_("A whole number; for trade tax at least 200 (§ 16 (4) GewStG)."),
    )
    resolved_on = f.day(
        _("Day of the resolution"),
        description=_(
            "Until 30 June, that day included, a rate may be raised for the whole year. Later it "
            "may not exceed what was fixed last: only kept or lowered (§ 25 (3) GrStG, § 16 (3) "
            "GewStG)."
        ),
    )


def _shown(request: Request, form: Form | None = None, problem: Any = None) -> dict[str, Any]:
    rows = queries.rates(request.db)
    return shared(request, rows=rows, form=form or Form(request, RateSchema()), problem=problem)


def listing(request: Request) -> dict[str, Any]:
    """Show the resolutions and the form for a new one."""
    return _shown(request)


def change(request: Request) -> Any:
    """Enter a resolution, or take one back by which nothing was assessed."""
    if request.POST.get("do") == "remove":
        return _remove(request)
    form = Form(request, RateSchema())
    try:
        values = form.validate(read_controls(request))
        resolutions.resolve(
            request.db,
            request.settings_of("finance"),
            tax=values["tax"],
            first_year=values["first_year"],
            percent=values["percent"],
            resolved_on=values["resolved_on"],
        )
    except Failure:
        request.response.status_int = 422
        return _shown(request, form)
    except resolutions.ResolutionRefused as refused:
        form.fail(refused.field, refused.message)
        request.response.status_int = 422
        return _shown(request, form)
    return back(request, ROUTE, _("The resolution is entered."))


def _remove(request: Request) -> Any:
    number = whole_number(request.POST.get("id"))
    if number is None:
        raise HTTPNotFound
    try:
        resolutions.take_back(request.db, number)
    except LookupError as error:
        raise HTTPNotFound from error
    except resolutions.ResolutionRefused as refused:
        request.response.status_int = 422
        return _shown(request, problem=refused.message)
    return back(request, ROUTE, _("The resolution is taken back."))


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route(ROUTE, "/admin/finance/rates")
    add_page(config, listing, ROUTE, "rates")
    add_page(
        config, change, ROUTE, "rates", request_method="POST", permission=FinancePermission.EDIT
    )
    config.add_admin_item(
        ROUTE,
        title=_("Rates of assessment (Hebesatz)"),
        route=ROUTE,
        permission=FinancePermission.READ,
        order=40,
    )
