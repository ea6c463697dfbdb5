"""Legal holds: what must not be deleted, why, by whom, until when."""

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts.models import Account
from stadtkern.admin.views.base import back
from stadtkern.db import MAX_ID
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.privacy import PrivacyRefused, queries
from stadtkern.privacy import holds as service
from stadtkern.privacy.models import PERSON
from stadtkern.privacy.objects import exists, kinds_to_hold
from stadtkern.privacy.persons import subject_of
from stadtkern.privacy.retention import desk_for
from stadtkern.web.i18n import _

ENDED = 20


def _form(request: Request, values: dict[str, Any]) -> Form:
    kinds = kinds_to_hold(request.registry, request.plugins)
    schema = colander.Schema()
    schema.add(
        f.choice(
            _("What is held"),
            [(PERSON, _("All data of a person")), *kinds],
            name="kind",
        )
    )
    schema.add(
        f.mail(
            _("Mail address"),
            name="mail",
            required=False,
            autocomplete="off",
            description=_("Of the person, if a person is held. It is stored encrypted."),
        )
    )
    schema.add(
        f.number(
            _("Number"),
            name="number",
            required=False,
            minimum=1,
            maximum=MAX_ID,
            description=_("Of the page or entry, if one thing is held: as its address shows it."),
        )
    )
    schema.add(f.text(_("Reason"), name="reason", maximum=service.MAX_REASON, rows=3))
    schema.add(
        f.day(
            _("Last day"),
            name="until",
            required=False,
            description=_("Without a day the hold counts until somebody lifts it."),
        )
    )
    return Form(request, schema, values)


def _place(request: Request, values: dict[str, Any]) -> None:
    common: dict[str, Any] = {
        "reason": values["reason"],
        "until": values["until"],
        "by": request.identity.account_id,
    }
    place, session, registry = service.place, request.db, request.registry
    if values["kind"] == PERSON:
        mail = values["mail"]
        if not mail:
            raise PrivacyRefused(_("Please give the person's mail address."), "mail")
        subject = subject_of(desk_for(session, registry, request.tenant), mail)
        place(
            session,
            registry,
            request.tenant,
            kind=PERSON,
            subject=subject.mark,
            mail=subject.mail,
            account_id=subject.account_id,
            **common,
        )
        return
    number = values["number"]
    if not number or not exists(session, values["kind"], int(number)):
        raise PrivacyRefused(_("There is nothing with this number here."), "number")
    place(session, registry, request.tenant, kind=values["kind"], subject=str(number), **common)


def holds(request: Request) -> Any:
    """List holds and offer a new one; on POST place it."""
    mail = request.POST.get("person", "") if request.method == "POST" else ""
    if mail:
        # From a person's page: nothing is placed yet.
        form = _form(request, {"kind": PERSON, "mail": mail[:254]})
    else:
        form = _form(request, {"kind": PERSON})
        if request.method == "POST":
            try:
                _place(request, form.validate(read_controls(request)))
            except Failure:
                request.response.status_int = 422
            except PrivacyRefused as error:
                request.response.status_int = 422
                field = error.field
                if field is None or field not in form.deform:
                    field = "kind"
                form.fail(field, error.args[0])
            else:
                return back(request, "admin.privacy.holds", _("The hold counts from now on."))
    session, today = request.db, request.tenant.today()
    active = queries.active_holds(session, today)
    ended = queries.ended_holds(session, today, limit=ENDED)
    people = {row.account_id for row in active} | {row.lifted_by for row in ended}
    known = select(Account.id, Account.name).where(Account.id.in_(people - {None}))
    names = {row.id: row.name for row in session.execute(known)}
    kinds = dict(kinds_to_hold(request.registry, None))
    return {
        "form": form,
        "active": [service.opened(session, request.registry, row) for row in active],
        "ended": [service.opened(session, request.registry, row) for row in ended],
        "names": names,
        "kinds": kinds,
        "person": PERSON,
    }


def lift(request: Request) -> Response:
    """Lift a hold."""
    number = min(int(request.matchdict["id"]), MAX_ID)
    hold = queries.hold(request.db, number, lock=True)
    if hold is None:
        raise HTTPNotFound
    try:
        service.lift(request.db, hold, by=request.identity.account_id)
    except PrivacyRefused as error:
        return back(request, "admin.privacy.holds", error.args[0], "error")
    return back(request, "admin.privacy.holds", _("The hold was lifted."))
