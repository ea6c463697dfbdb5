"""Letterhead and legal text: versions by day, edited in a form, looked at as a sample."""

from datetime import date
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing import letterheads, queries
from stadtkern_finance.issuing.models import Letterhead
from stadtkern_finance.issuing.samples import sample
from stadtkern_finance.notices.letters.texts import standard_remedies
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.schemas import check_iban, compact_iban
from stadtkern_finance.views import base

LIST, ONE, NEW = "finance.letterheads", "finance.letterhead", "finance.letterhead.new"
SAMPLE = "finance.letterhead.sample"


def _iban() -> Any:
    node = f.line(_("IBAN"), maximum=42, validator=check_iban)
    node.preparer = compact_iban
    return node


def _lines(title: Any, most: int, longest: int, **kw: Any) -> Any:
    def check(node: Any, value: str) -> None:
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if len(lines) > most or any(len(line) > longest for line in lines):
            raise colander.Invalid(
                node,
                _(
                    "Please use at most ${n} lines of at most ${long} characters.",
                    mapping={"n": most, "long": longest},
                ),
            )

    node = f.text(title, maximum=most * (longest + 2), rows=most, **kw)
    node.validator = colander.All(node.validator, check)
    return node


class LetterheadSchema(colander.MappingSchema):
    """All that letters show of a town from a day on."""

    valid_from = f.day(
        _("Holds from"),
        description=_("Notices that bear this day or a later one look like this."),
    )
    name = f.line(
        _("Name of the municipality"), maximum=60, description=_("Such as Stadt Musterstadt.")
    )
    lines = _lines(
        _("Head of the letter"),
        4,
        60,
        description=_("Up to four lines: the municipality, its body, the office."),
    )
    department = f.line(_("Department"), maximum=70, required=False)
    street = f.line(_("Street"), maximum=100)
    house_number = f.line(_("House number"), maximum=30)
    postcode = f.line(_("Postcode"), maximum=10)
    town = f.line(_("Town"), maximum=100)
    telephone = f.line(_("Telephone"), maximum=40, required=False, kind="tel")
    mail = f.mail(_("Mail address"), required=False, autocomplete="off")
    footer = _lines(_("Foot of each page"), 4, 90, required=False)
    colour = f.line(
        _("Colour of headings"),
        maximum=7,
        default="#003064",
        validator=colander.Regex("^#[0-9a-fA-F]{6}$", _("Please enter a colour such as #003064.")),
    )
    bank_holder = f.line(_("Payee"), maximum=70)
    bank_iban = _iban()
    bank_bic = f.line(
        _("BIC"),
        maximum=11,
        validator=colander.Regex(
            "^[A-Z0-9]{8}([A-Z0-9]{3})?$", _("A BIC has 8 or 11 capitals and digits.")
        ),
    )
    bank_name = f.line(_("Name of the bank"), maximum=70, required=False)
    creditor_id = f.line(_("SEPA creditor identifier"), maximum=35, required=False)
    authority = f.line(
        _("Where one objects"),
        maximum=120,
        description=_("Such as: Magistrat der Stadt Musterstadt. It stands in the legal text."),
    )
    remedy = f.text(
        _("Legal text (Rechtsbehelfsbelehrung)"),
        maximum=4000,
        rows=8,
        required=False,
        description=_(
            "${authority} and ${address} are filled in. Left empty, our own text is used; have "
            "your lawyers look at it in any case.",
            mapping={"authority": "${authority}", "address": "${address}"},
        ),
    )


def _rows(request: Request) -> dict[str, Any]:
    rows = queries.letterheads(request.db)
    now = queries.letterhead_on(request.db, request.tenant.today())
    return {
        "rows": rows,
        "now": None if now is None else now.id,
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def listing(request: Request) -> dict[str, Any]:
    """List the versions."""
    return _rows(request)


def _defaults(request: Request) -> dict[str, Any]:
    """Return what a new version begins with: the newest one, else what the town is called."""
    rows = queries.letterheads(request.db)
    today = request.tenant.today()
    if rows:
        return {**rows[0].facts, "valid_from": today}
    settings = request.settings_of("finance")
    name = request.tenant.name
    return {
        "valid_from": today,
        "name": name,
        "lines": name,
        "bank_holder": settings.get("payee_name") or "",
        "bank_iban": settings.get("payee_iban") or "",
        "remedy": standard_remedies()[-1][1],
    }


def _found(request: Request) -> Letterhead:
    row = queries.letterhead(request.db, base.number_of(request))
    if row is None:
        raise HTTPNotFound
    return row


def _page(
    request: Request, form: Form, row: Letterhead | None, problems: list[str]
) -> dict[str, Any]:
    return {
        "form": form,
        "row": row,
        "problems": problems,
        "fixed": row is not None and not letterheads.changeable(request.db, row),
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def new(request: Request) -> Any:
    """Begin a version."""
    return _page(request, Form(request, LetterheadSchema(), _defaults(request)), None, [])


def show(request: Request) -> Any:
    """Show a version."""
    row = _found(request)
    values = {**row.facts, "valid_from": row.valid_from}
    return _page(request, Form(request, LetterheadSchema(), values), row, [])


def add(request: Request) -> Any:
    """Store a new version."""
    return _store(request, None)


def change(request: Request) -> Any:
    """Change a version that no notice was made with."""
    return _store(request, _found(request))


def _store(request: Request, row: Letterhead | None) -> Any:
    form = Form(request, LetterheadSchema())
    try:
        facts = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return _page(request, form, row, [])
    valid_from: date = facts.pop("valid_from")
    try:
        letterheads.town(facts, valid_from, request.tenant)
        row = letterheads.store(request.db, row, valid_from, facts)
    except BadInput as error:
        problems = base.said(request, error)
    except letterheads.LetterheadRefused as refused:
        problems = [request.translate(refused.message)]
    else:
        message = _("The letterhead is stored. Please look at the sample.")
        return base.back(request, ONE, message, id=row.id)
    request.response.status_int = 422
    return _page(request, form, row, problems)


def look(request: Request) -> Response:
    """Show a made-up notice with a version."""
    row = _found(request)
    try:
        made = sample(letterheads.town(row.facts, row.valid_from, request.tenant), row.valid_from)
    except BadInput as error:
        return base.back(request, ONE, "; ".join(base.said(request, error)), "error", id=row.id)
    return base.headed(Response(made, content_type=base.TYPES["pdf"]), "sample.pdf", inline=True)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/letterheads"
    config.add_route(LIST, place)
    config.add_route(NEW, f"{place}/new")
    config.add_route(ONE, f"{place}/{base.NUMBER}")
    config.add_route(SAMPLE, f"{place}/{base.NUMBER}/sample.pdf")
    read, edit = FinancePermission.READ, FinancePermission.EDIT
    base.add_pages(
        config,
        (listing, LIST, "GET", "letterheads", read),
        (new, NEW, "GET", "letterhead", edit),
        (add, NEW, "POST", "letterhead", edit),
        (show, ONE, "GET", "letterhead", read),
        (change, ONE, "POST", "letterhead", edit),
        (look, SAMPLE, "GET", None, read),
    )
    config.add_admin_item(LIST, title=_("Letterhead"), route=LIST, permission=read, order=140)
