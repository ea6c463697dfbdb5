"""Notices for clerks: the list, one of them, what keeps others from being made."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.audit import record
from stadtkern.forms import Failure, Form, clean, read_controls
from stadtkern.forms import fields as f
from stadtkern.site import page_number
from stadtkern.web.i18n import as_message
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.issuing import changing, drafting, making, queries, settling
from stadtkern_finance.issuing import models as m
from stadtkern_finance.law.announcement import announce
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.records.schema import TRADE
from stadtkern_finance.stock.booking import NEW_ACCOUNT
from stadtkern_finance.views import base

LIST, ONE, FILE = "finance.notices", "finance.notice", "finance.notice.file"
PROBLEMS_SHOWN = 20
STATES = {
    m.PROBLEM: _("cannot be made yet"),
    m.MADE: _("made"),
    m.PILED: _("in a pile for the post"),
    m.ORDERED: _("handed to ELSTER-Transfer"),
    m.SENT: _("sent"),
}
LOOKS = {m.PROBLEM: "bad", m.MADE: "neutral", m.PILED: "warn", m.ORDERED: "warn", m.SENT: "good"}
WAYS = {m.POST: _("by post"), m.ELECTRONIC: _("electronically")}


class MakeSchema(colander.MappingSchema):
    """The day that notices bear."""

    day = f.day(
        _("Day of the notices"),
        default=f.today,
        description=_(
            "The day on which the letters will be posted: the days of payment count from it. "
            "The letterhead and the legal text that hold on it are used."
        ),
    )


def _money(title: Any, name: str, description: Any) -> Any:
    node = f.line(
        title,
        name=name,
        maximum=20,
        required=False,
        description=description,
        attributes={"inputmode": "decimal"},
    )
    node.validator = colander.All(node.validator, _check_money)
    return node


def read_money(text: str) -> Decimal | None:
    """Return euros as people type them (1.234,50 or 1234.50); None for what is no amount."""
    plain = text.replace(" ", "").removesuffix("€")
    plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        amount = Decimal(plain)
    except ArithmeticError:
        return None
    fits = amount.is_finite() and 0 <= amount < 10**11 and amount == round(amount, 2)
    return amount if fits else None


def _check_money(node: Any, value: str) -> None:
    if value and read_money(value) is None:
        raise colander.Invalid(node, _("Please enter an amount such as 1234,50."))


def given_schema(*, new: bool, trade: bool) -> colander.Schema:
    """Return what a clerk can add to a notice. ``new``: its account has no Kassenzeichen yet."""
    schema = colander.Schema()
    if new:
        schema.add(
            f.line(
                _("Kassenzeichen"),
                name="kassenzeichen",
                maximum=35,
                required=False,
                description=_("The account keeps it from now on."),
            )
        )
    for name, title, most in (
        ("recipient_name", _("Who receives the notice"), 200),
        ("recipient_street", _("Street"), 100),
        ("recipient_house_number", _("House number"), 30),
        ("recipient_postcode", _("Postcode"), 10),
        ("recipient_town", _("Town"), 100),
    ):
        schema.add(f.line(title, name=name, maximum=most, required=False))
    if trade:
        schema.add(
            _money(
                _("Prepayments set for the year, in euros"),
                "prepayments_set",
                _("Only to have interest worked out (§ 233a AO): it counts from these."),
            )
        )
        schema.add(
            _money(
                _("Of it due until now, in euros"),
                "prepayments_due",
                _("With the tax of an earlier notice for the year, once that is due."),
            )
        )
        schema.add(
            _money(
                _("Paid until now, in euros"),
                "prepayments_paid",
                _(
                    "What the treasury's program says. Without a word of yours all that was due "
                    "counts as paid."
                ),
            )
        )
        schema.add(
            f.day(_("Insolvency proceedings opened on"), name="insolvency_opened", required=False)
        )
        schema.add(
            f.line(
                _("Reference of the insolvency court"),
                name="court_reference",
                maximum=60,
                required=False,
            )
        )
    schema.validator = _whole_address
    return schema


def _whole_address(node: Any, values: dict[str, Any]) -> None:
    names = ("recipient_name", "recipient_street", "recipient_postcode", "recipient_town")
    missing = [name for name in names if not values.get(name)]
    if missing and len(missing) < len(names):
        error = colander.Invalid(node)
        for name in missing:
            error[name] = _("Please fill in the whole address, or leave all of it empty.")
        raise error


def filters(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return the state (empty: all) and the words that a list is narrowed down by."""
    state = given.get("state", "")
    words = clean(str(given.get("words", ""))).strip()[:40]
    return (state if state in STATES else ""), words


def _page(request: Request, form: Form, problems: list[str]) -> dict[str, Any]:
    state, words = filters(request.GET)
    page = page_number(request)
    total = queries.count(request.db, state, words)
    counts = queries.counts(request.db)
    waiting = queries.count_waiting(request.db)
    held = sum(number for (one, _way), number in counts.items() if one == m.PROBLEM)
    return {
        "form": form,
        "problems": problems,
        "waiting": waiting - held,
        "held": held,
        "ready": counts.get((m.MADE, m.POST), 0),
        "counts": counts,
        "rows": queries.listed(
            request.db, state, words, base.PAGE_SIZE, (page - 1) * base.PAGE_SIZE
        ),
        "blocked": queries.problems(request.db, PROBLEMS_SHOWN),
        "total": total,
        "page": page,
        "pages": max(1, -(-total // base.PAGE_SIZE)),
        "state": state,
        "words": words,
        "states": STATES,
        "looks": LOOKS,
        "ways": WAYS,
        "taxes": TAXES,
        "euros": base.euros(request),
        "message": as_message,
        "letterhead": queries.letterheads(request.db)[:1],
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def listing(request: Request) -> dict[str, Any]:
    """Show what waits, what cannot be made and why, and all notices. Constant SQL."""
    return _page(request, Form(request, MakeSchema()), [])


def make(request: Request) -> Any:
    """Have notices made of all assessments that have none."""
    form = Form(request, MakeSchema())
    try:
        day: date = form.validate(read_controls(request))["day"]
        making.ask(request.db, request.registry, request.tenant, day)
    except Failure:
        request.response.status_int = 422
        return _page(request, form, [])
    except BadInput as error:
        request.response.status_int = 422
        return _page(request, form, base.said(request, error))
    message = _("The notices are being made. This goes on without you; refresh to see how far.")
    return base.back(request, LIST, message)


def found(request: Request, *, lock: bool = False) -> m.StoredNotice:
    """Return the notice that the address names."""
    row = queries.one(request.db, base.number_of(request), lock=lock)
    if row is None:
        raise HTTPNotFound
    return row


def _given_form(request: Request, row: m.StoredNotice, account: Any, tax: str) -> Form:
    new = account.kassenzeichen.startswith(NEW_ACCOUNT)
    schema = given_schema(new=new, trade=tax.startswith("gewerbe"))
    values = _known(request, row) | row.given
    if values.get("insolvency_opened"):
        values["insolvency_opened"] = date.fromisoformat(values["insolvency_opened"])
    return Form(request, schema, values)


def _known(request: Request, row: m.StoredNotice) -> dict[str, Any]:
    """Return what was due and paid as the house's books tell, as the form has it."""
    assessment, account = queries.assessment_of(request.db, row)
    known = settling.known(request.db, [(assessment, account)]).get(assessment.id)
    if known is None:
        return {}
    announced = announce(row.day, drafting.regime_of(row.way, row.day)).announced_at
    figures = known.until(announced)
    return {"prepayments_due": f"{figures.due:.2f}", "prepayments_paid": f"{figures.paid:.2f}"}


def _may_correct(row: m.StoredNotice, tax_kind: str) -> bool:
    """Tell whether a clerk can add something: a notice of trade tax until it goes out."""
    return row.state == m.PROBLEM or (row.state == m.MADE and tax_kind == TRADE)


def _shown(request: Request, row: m.StoredNotice, form: Form | None = None) -> dict[str, Any]:
    assessment, account = queries.assessment_of(request.db, row)
    if form is None and _may_correct(row, assessment.tax_kind):
        form = _given_form(request, row, account, assessment.tax_kind)
    return {
        "row": row,
        "assessment": assessment,
        "form": form,
        "states": STATES,
        "looks": LOOKS,
        "ways": WAYS,
        "taxes": TAXES,
        "euros": base.euros(request),
        "message": as_message,
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def show(request: Request) -> dict[str, Any]:
    """Show a notice: what it asks for, its files, where it is on its way."""
    return _shown(request, found(request))


def change(request: Request) -> Any:
    """Add what was missing and try again, or send it another way."""
    row = found(request, lock=True)
    if request.POST.get("do") == "post":
        changing.by_post(row)
        return base.back(request, ONE, _("The notice goes by post."), id=row.id)
    assessment, account = queries.assessment_of(request.db, row)
    if not _may_correct(row, assessment.tax_kind):
        message = _("This notice was made in the meantime. Nothing was changed.")
        return base.back(request, ONE, message, "info", id=row.id)
    form = _given_form(request, row, account, assessment.tax_kind)
    try:
        values = form.validate(read_controls(request))
        known = _known(request, row)
        given = _plain(values)
        # What stands there as the books tell it was not entered by anybody.
        kept = {name: value for name, value in given.items() if known.get(name) != value}
        changing.give(request.db, row, account, kept)
        if row.state == m.MADE:
            changing.again(request.db, row)
    except Failure:
        request.response.status_int = 422
        return _shown(request, row, form)
    except changing.NumberTaken:
        form.fail("kassenzeichen", _("Another account has this Kassenzeichen."))
        request.response.status_int = 422
        return _shown(request, row, form)
    making.ask_one(request.db, request.registry, request.tenant, row)
    message = _("What you have added is kept; the notice is tried again in the background.")
    return base.back(request, ONE, message, id=row.id)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as it is kept: amounts as decimal strings, days as ISO 8601."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        if value in {None, ""}:
            continue
        if name.startswith("prepayments_"):
            amount = read_money(value)
            made[name] = "" if amount is None else f"{amount:.2f}"
        else:
            made[name] = value.isoformat() if isinstance(value, date) else value
    return made


def file(request: Request) -> Any:
    """Hand out a notice's PDF or XML; the history says to whom."""
    row = found(request)
    kind = "xml" if request.POST.get("kind") == "xml" else "pdf"
    sha = row.xml_sha if kind == "xml" else row.pdf_sha
    response = base.kept_file(request, sha, f"{row.stem}.{kind}", inline=kind == "pdf")
    record(request.db, "finance.notice_file", "finance_notice", row.id)
    return response


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/notices"
    one = f"{place}/{base.NUMBER}"
    config.add_route(LIST, place)
    config.add_route(ONE, one)
    config.add_route(FILE, f"{one}/file")
    read, edit = FinancePermission.READ, FinancePermission.EDIT
    base.add_pages(
        config,
        (listing, LIST, "GET", "notices", read),
        (make, LIST, "POST", "notices", edit),
        (show, ONE, "GET", "notice", read),
        (change, ONE, "POST", "notice", edit),
        (file, FILE, "POST", None, read),
    )
    config.add_admin_item(LIST, title=_("Notices"), route=LIST, permission=read, order=130)
