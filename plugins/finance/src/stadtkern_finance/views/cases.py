"""What clerks enter beside an account: one question a page."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.db import utcnow, whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.cases import limits, people, queries, services
from stadtkern_finance.cases.models import (
    GRANTED,
    OPEN,
    REJECTED,
    WITHDRAWN,
    FollowUp,
    Note,
)
from stadtkern_finance.i18n import _
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.schemas import iban_field
from stadtkern_finance.stock import mandates
from stadtkern_finance.views.accounts import ONE, account_of
from stadtkern_finance.views.base import (
    NUMBER,
    add_deed,
    add_page,
    back,
    shared,
)

ADD, DEED, DUE = "finance.account.add", "finance.account.deed", "finance.followups"
MOST_EUROS = 100_000_000
SHOWN = 200
STATES = {
    OPEN: _("open"),
    GRANTED: _("granted"),
    REJECTED: _("rejected"),
    WITHDRAWN: _("withdrawn"),
}


class NoteSchema(colander.MappingSchema):
    """A note."""

    text = f.text(_("Note"), maximum=2_000, rows=5)


class FollowUpSchema(colander.MappingSchema):
    """A follow-up."""

    day = f.day(_("Look at it again on"))
    text = f.line(_("What for"), maximum=500)
    person = f.choice(_("Whose"), [("me", _("mine")), ("all", _("everybody's"))], default="me")


class OwnerSchema(colander.MappingSchema):
    """New owners."""

    day = f.day(
        _("Owner from this day on"),
        description=_(
            "The tax of a year is owed by whom the object was attributed to at its beginning "
            "(§§ 9, 10 GrStG)."
        ),
    )
    given_name = f.line(_("Given name"), maximum=100, required=False)
    surname = f.line(_("Surname"), maximum=100, required=False)
    company = f.line(_("Or the name of a company"), maximum=200, required=False)
    street = f.line(_("Street"), maximum=100, required=False)
    house_number = f.line(_("House number"), maximum=20, required=False)
    postcode = f.line(_("Postcode"), maximum=10, required=False)
    town = f.line(_("Town"), maximum=100, required=False)


class ObjectionSchema(colander.MappingSchema):
    """An objection."""

    posted_on = f.day(_("The notice was posted on"))
    received_on = f.day(_("The objection came on"))


class DecisionSchema(colander.MappingSchema):
    """What was decided."""

    state = f.choice(
        _("Decision"), [(name, STATES[name]) for name in (GRANTED, REJECTED, WITHDRAWN)], ask=True
    )
    decision = f.text(_("What was decided, and why"), maximum=2_000, rows=5)
    day = f.day(_("Decided on"))


class SuspensionSchema(colander.MappingSchema):
    """A suspension."""

    amount = f.number(_("Amount in euros"), minimum=0.01, maximum=MOST_EUROS, whole=False)
    first_day = f.day(_("From"))
    last_day = f.day(
        _("Until"), required=False, description=_("Leave it empty until it is lifted.")
    )


class MandateSchema(colander.MappingSchema):
    """A mandate."""

    reference = f.line(
        _("Reference of the mandate"),
        maximum=35,
        description=_("As it stands on the signed form. The account's mandate before it ends."),
    )
    signed = f.day(_("Signed on"))
    iban = iban_field(_("IBAN of the account that is collected from"))
    holder = f.line(
        _("Account holder"),
        maximum=70,
        required=False,
        description=_("Leave it empty where it is the owner."),
    )
    sequence = f.choice(
        _("Kind"),
        [("RCUR", _("recurrent")), ("OOFF", _("for one collection"))],
        default="RCUR",
    )
    reason = f.line(
        _("Why it is entered"), maximum=500, description=_("For instance: form of 3 March.")
    )


class RevokeSchema(colander.MappingSchema):
    """The end of a mandate."""

    day = f.day(_("Ends on"), default=f.today)
    reason = f.line(_("Why it ends"), maximum=500)


def _note(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    mine = request.identity.account_id
    request.db.add(Note(account_id=account.id, text=values["text"], author_id=mine))
    return _("The note is kept.")


def _follow_up(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    mine = request.identity.account_id if values["person"] == "me" else None
    request.db.add(
        FollowUp(account_id=account.id, day=values["day"], text=values["text"], person_id=mine)
    )
    return _("The follow-up is kept. It shows on the overview when it is due.")


def _owner(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    if not values["surname"] and not values["company"]:
        raise services.CaseRefused("surname", _("Please enter a surname or a company."))
    names = ("given_name", "surname", "street", "house_number", "postcode", "town")
    owner: dict[str, Any] = {"role": "owner"}
    owner |= {name: values[name] for name in names if values[name]}
    if values["company"]:
        owner["names"] = [values["company"]]
    row = services.change_owner(
        request.db,
        account,
        values["day"],
        [owner],
        request.tenant.today(),
        request.identity.account_id,
    )
    return _(
        "The change is kept: the new owner owes the tax from ${year} on. The tax office attributes "
        "the object anew (Zurechnungsfortschreibung); compare its notice when it comes.",
        mapping={"year": row.first_year},
    )


def _objection(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    row = services.object_(request.db, account, values["posted_on"], values["received_on"])
    if row.late:
        return _(
            "The objection is kept. It came late: the last day was ${day}.",
            mapping={"day": f"{row.until:%d.%m.%Y}"},
        )
    return _(
        "The objection is kept. It came in time: the last day is ${day}.",
        mapping={"day": f"{row.until:%d.%m.%Y}"},
    )


def _decision(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    number = whole_number(request.params.get("about"))
    row = None if number is None else queries.objection(request.db, account.id, number)
    if row is None:
        raise HTTPNotFound
    services.decide(row, values["state"], values["decision"], values["day"])
    return _("The decision is kept.")


def _suspension(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    cents = round(values["amount"] * 100)
    services.suspend(request.db, account, cents, values["first_day"], values["last_day"])
    return _("The suspension is kept: bookings of these days say that nobody is to be dunned.")


def _mandate(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    given = {**values, "signed": values["signed"].isoformat(), "holder": values["holder"] or ""}
    mandates.enter(request.db, request.registry, account, given, request.tenant.today())
    return _("The mandate is kept. What is booked from now on can be collected by it.")


def _revoke(request: Request, account: TaxAccount, values: Mapping[str, Any]) -> Any:
    number = whole_number(request.params.get("about"))
    row = None if number is None else mandates.one(request.db, account.id, number)
    if row is None:
        raise HTTPNotFound
    mandates.revoke(request.db, row, values["day"], values["reason"])
    return _("The mandate ends on ${day}.", mapping={"day": f"{row.ended:%d.%m.%Y}"})


class Kind(NamedTuple):
    """Something that can be added to an account."""

    title: Any
    schema: type[colander.MappingSchema]
    save: Callable[[Request, TaxAccount, Mapping[str, Any]], Any]


KINDS = {
    "note": Kind(_("Add a note"), NoteSchema, _note),
    "follow-up": Kind(_("Look at it again"), FollowUpSchema, _follow_up),
    "owner": Kind(_("Change of owner"), OwnerSchema, _owner),
    "objection": Kind(_("Enter an objection"), ObjectionSchema, _objection),
    "suspension": Kind(_("Suspend collection"), SuspensionSchema, _suspension),
    "decision": Kind(_("Decide on an objection"), DecisionSchema, _decision),
    "mandate": Kind(_("Enter a mandate"), MandateSchema, _mandate),
    "revoke": Kind(_("End a mandate"), RevokeSchema, _revoke),
}


def _kind(request: Request) -> Kind:
    found = KINDS.get(request.matchdict["what"])
    if found is None:
        raise HTTPNotFound
    return found


def _shown(request: Request, account: TaxAccount, form: Form) -> dict[str, Any]:
    about = whole_number(request.params.get("about"))
    return shared(request, row=account, form=form, title=_kind(request).title, about=about)


def ask(request: Request) -> dict[str, Any]:
    """Ask for what is to be added."""
    kind, account = _kind(request), account_of(request)
    return _shown(request, account, Form(request, kind.schema()))


def add(request: Request) -> Any:
    """Add it."""
    kind, account = _kind(request), account_of(request, lock=True)
    controls = read_controls(request)
    controls.pop("about", None)
    form = Form(request, kind.schema())
    try:
        said = kind.save(request, account, form.validate(controls))
    except Failure:
        request.response.status_int = 422
        return _shown(request, account, form)
    except (services.CaseRefused, mandates.MandateRefused) as refused:
        form.fail(refused.field, refused.message)
        request.response.status_int = 422
        return _shown(request, account, form)
    request.db.flush()
    return back(request, ONE, said, id=account.id)


def deed(request: Request) -> Any:
    """Tick a follow-up off, or lift a suspension."""
    account = account_of(request, lock=True)
    number = whole_number(request.POST.get("id"))
    if number is None:
        raise HTTPNotFound
    if request.POST.get("do") == "done":
        return _done(request, account, number)
    row = queries.suspension(request.db, account.id, number)
    if request.POST.get("do") != "lift" or row is None:
        raise HTTPNotFound
    row.last_day = request.tenant.today()
    request.db.flush()
    return back(request, ONE, _("The suspension ends today."), id=account.id)


def _done(request: Request, account: TaxAccount, number: int) -> Any:
    row = queries.follow_up(request.db, account.id, number)
    if row is None or row.done_at is not None:
        raise HTTPNotFound
    mine = request.identity.account_id
    row.done_at, row.done_by = utcnow(), mine
    if row.person_id not in {None, mine} and row.person_id in limits.stands_for(
        request.db, mine, request.tenant.today()
    ):
        row.instead_of = row.person_id
    request.db.flush()
    if request.POST.get("from") == "due":
        return back(request, DUE, _("Done."))
    return back(request, ONE, _("Done."), id=account.id)


def due(request: Request) -> dict[str, Any]:
    """Show follow-ups that are due: one's own, everybody's, and those one stands in for."""
    mine, day = request.identity.account_id, request.tenant.today()
    persons = limits.served_by(request.db, mine, day)
    return shared(
        request,
        rows=people.due(request.db, persons, day, SHOWN),
        mine=mine,
        names=people.people(request.db, request.tenant.id) if len(persons) > 1 else {},
    )


def includeme(config: Configurator) -> None:
    """Register the pages."""
    account = f"/admin/finance/accounts/{NUMBER}"
    config.add_route(ADD, f"{account}/add/{{what:[a-z-]{{1,20}}}}")
    config.add_route(DEED, f"{account}/deed")
    config.add_route(DUE, "/admin/finance/follow-ups")
    edit = FinancePermission.EDIT
    add_page(config, ask, ADD, "add", permission=edit)
    add_page(config, add, ADD, "add", request_method="POST", permission=edit)
    add_deed(config, deed, DEED)
    add_page(config, due, DUE, "follow_ups")
    config.add_admin_item(
        DUE,
        title=_("Follow-ups"),
        route=DUE,
        permission=FinancePermission.READ,
        order=80,
    )
