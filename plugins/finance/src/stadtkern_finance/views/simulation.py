"""What another rate would bring, drawn and as a table."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.forms import Failure, Form
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.schema import HIGHEST_HEBESATZ
from stadtkern_finance.stock import simulating
from stadtkern_finance.stock.resolutions import FIRST_YEAR, LAST_YEAR
from stadtkern_finance.views.base import add_page, shared

ROUTE = "finance.simulation"
HEIGHT = 120
"""Units of the chart's height; a column is drawn in whole ones."""
MOST_EUROS = 10_000_000_000


def _rate_allowed(node: Any, values: dict[str, Any]) -> None:
    low = simulating.lowest(values["tax"])
    if values["percent"] < low:
        text = _("Please enter at least ${low} (§ 16 (4) GewStG).", mapping={"low": low})
        error = colander.Invalid(node)
        error["percent"] = text
        raise error


class SimulationSchema(colander.MappingSchema):
    """Which rate to try."""

    tax = f.choice(_("Tax"), [(name, TAXES[name]) for name in simulating.TAXES])
    percent = f.number(_("Rate to try, in percent"), minimum=0, maximum=HIGHEST_HEBESATZ)
    year = f.number(_("Compare with the rate of the year"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    revenue = f.number(
        _("Revenue that is to stay the same, in euros"),
        minimum=0,
        maximum=MOST_EUROS,
        whole=False,
        required=False,
        description=_("Leave it empty for what the accounts were assessed at last."),
    )


def _form(request: Request, values: Any = None) -> Form:
    return Form(request, SimulationSchema(validator=_rate_allowed), values)


def page(request: Request) -> dict[str, Any]:
    """Show the form, and once it is filled, what the rate would bring. Writes nothing."""
    year = request.tenant.today().year
    if "percent" not in request.GET:
        first = {"tax": "grundsteuer_b", "year": year}
        return shared(request, form=_form(request, first), found=None, problem=None)
    form = _form(request)
    try:
        values: dict[str, Any] = form.validate(dict(request.GET.items()))
        revenue = values["revenue"]
        found = simulating.simulate(
            request.db,
            request.settings_of("finance"),
            values["tax"],
            values["percent"],
            year=values["year"],
            target_cent=None if revenue is None else round(revenue * 100),
        )
    except Failure:
        request.response.status_int = 422
        return shared(request, form=form, found=None, problem=None)
    except simulating.NoRate as error:
        request.response.status_int = 422
        return shared(request, form=form, found=None, problem=error.message)
    highest = max((one.accounts for one in found.classes), default=0)
    return shared(
        request,
        form=form,
        found=found,
        problem=None,
        height=HEIGHT,
        highest=highest,
        columns=[(one, -(-one.accounts * HEIGHT // (highest or 1))) for one in found.classes],
    )


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route(ROUTE, "/admin/finance/simulation")
    add_page(config, page, ROUTE, "simulation")
    config.add_admin_item(
        ROUTE,
        title=_("Try a rate (simulation)"),
        route=ROUTE,
        permission=FinancePermission.READ,
        order=50,
    )
