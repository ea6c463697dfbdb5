"""The form for a notice on paper: what is typed becomes a delivery like any other."""

import io
from decimal import Decimal
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.exchange import receiving
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.formats.converters import digits
from stadtkern_finance.i18n import _
from stadtkern_finance.intake import paper
from stadtkern_finance.intake.configuring import AREA
from stadtkern_finance.intake.fields import REASONS
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.shapes import FIRST_YEAR, LAST_YEAR, MAX_CENTS
from stadtkern_finance.views.base import back

ROUTE = "finance.paper"
TAX_NUMBER = 13
"""Digits."""
TEMPLATE = "stadtkern_finance:templates/paper.jinja2"


def _digits(node: Any, value: str) -> None:
    """Refuse a number of other signs than digits, blanks, dots, slashes and dashes."""
    try:
        digits(value)
    except ValueError:
        text = _("Please enter digits; blanks, dots, slashes and dashes may stand between them.")
        raise colander.Invalid(node, text) from None


class PaperSchema(colander.MappingSchema):
    """What is typed of a notice."""

    tax_kind = f.choice(_("Tax"), list(TAXES.items()), ask=True)
    number = f.line(
        _("File number or tax number"),
        maximum=30,
        validator=_digits,
        description=_("As it stands on the notice. For trade tax the tax number, 13 digits."),
    )
    messbetrag = f.number(
        _("Base amount (Messbetrag) in euros"), minimum=0, maximum=MAX_CENTS / 100, whole=False
    )
    notice_date = f.day(_("Date of the notice"))
    effective_from = f.day(_("Holds from"), required=False)
    year = f.number(
        _("Year"),
        minimum=FIRST_YEAR,
        maximum=LAST_YEAR,
        required=False,
        description=_("Of trade tax: the year that is assessed."),
    )
    quarter = f.number(_("Quarter of a prepayment"), minimum=1, maximum=4, required=False)
    reason = f.choice(_("Reason of the assessment"), list(REASONS.items()), required=False)
    exempt = f.yes(_("Exempt from the tax"))
    surname = f.line(_("Surname, or name of the company"), required=False)
    given_name = f.line(_("Given name"), required=False)
    street = f.line(_("Street of the plot"), required=False)
    house_number = f.line(_("House number"), maximum=30, required=False)
    postcode = f.line(_("Postcode"), maximum=10, required=False)
    town = f.line(_("Town"), required=False)


def fields_of(values: dict[str, Any], ags: str | None) -> dict[str, Any]:
    """Return what was typed as the fields of an ``AssessmentRecord``."""
    trade = values["tax_kind"].startswith("gewerbesteuer")
    number = digits(values["number"])
    made: dict[str, Any] = {
        "tax_kind": values["tax_kind"],
        "messbetrag_cent": int((Decimal(str(values["messbetrag"])) * 100).to_integral_value()),
        "notice_date": values["notice_date"].isoformat(),
    }
    made |= (
        {"steuernummer13": number}
        if trade
        else {"aktenzeichen": values["number"], "aktenzeichen_norm": number}
    )
    if ags:
        made["ags"] = ags
    if values.get("effective_from"):
        made["effective_from"] = values["effective_from"].isoformat()
    for name in ("year", "quarter"):
        if values.get(name) is not None:
            made[name] = int(values[name])
    if values.get("reason"):
        made["reason"] = int(values["reason"])
    if values.get("exempt"):
        made["flags"] = {"exempt": True}
    if values.get("surname"):
        party = {"role": "debtor" if trade else "owner", "surname": values["surname"]}
        if values.get("given_name"):
            party["given_name"] = values["given_name"]
        made["parties"] = [party]
    places = ("street", "house_number", "postcode", "town")
    place = {name: values[name] for name in places if values.get(name)}
    return made | ({"location": place} if place else {})


def page(request: Request) -> dict[str, Any]:
    """Show the form."""
    return {"form": Form(request, PaperSchema()), "area": AREA}


def take(request: Request) -> Any:
    """Take the notice in; the same one once more changes nothing."""
    form = Form(request, PaperSchema())
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return {"form": form, "area": AREA}
    fields = fields_of(values, request.tenant.ags)
    if len(fields.get("steuernummer13", "")) not in {0, TAX_NUMBER}:
        form.fail("number", _("A tax number has 13 digits."))
        request.response.status_int = 422
        return {"form": form, "area": AREA}
    name = f"{fields.get('aktenzeichen_norm') or fields['steuernummer13']}-{fields['notice_date']}"
    got = receiving.receive(
        request.db,
        request.registry,
        area=AREA,
        stream=io.BytesIO(paper.written(fields)),
        name=f"{name}.json",
        source="paper",
        account_id=request.identity.account_id,
    )
    said = (
        _("The notice was taken in and is being checked.")
        if got.new
        else _("The same notice was typed before. Nothing was changed.")
    )
    if got.new:
        receiving.confirm(got.delivery)
    kind = "success" if got.new else "info"
    return back(request, "admin.exchange.delivery", said, kind, area=AREA, id=got.delivery.id)


def includeme(config: Configurator) -> None:
    """Register the form."""
    config.add_route(ROUTE, "/admin/finance/paper")
    for view, method in ((page, "GET"), (take, "POST")):
        config.add_view(
            view,
            route_name=ROUTE,
            request_method=method,
            permission=FinancePermission.EDIT,
            renderer=TEMPLATE,
            uses_session=True,
        )
    config.add_admin_item(
        ROUTE,
        title=_("Notice on paper"),
        route=ROUTE,
        permission=FinancePermission.EDIT,
        order=21,
    )
