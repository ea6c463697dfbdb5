"""Who stands in for whom, and who may release how much."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.cases import limits, people, queries
from stadtkern_finance.cases.models import Deputy, ReleaseLimit
from stadtkern_finance.i18n import _
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views.base import add_page, back, shared

ROUTE = "finance.people"
MOST_EUROS = 1_000_000_000


def _people(request: Request) -> dict[int, str]:
    return people.people(request.db, request.tenant.id)


class DeputySchema(colander.MappingSchema):
    """Somebody stands in for the one who enters it."""

    first_day = f.day(_("From"))
    last_day = f.day(_("Until"))


class LimitSchema(colander.MappingSchema):
    """Up to which tax of a year somebody may release."""

    euros = f.number(
        _("Up to, in euros"),
        minimum=0,
        maximum=MOST_EUROS,
        required=False,
        description=_("The tax of one year. Leave it empty for no limit."),
    )


def _shown(
    request: Request, *, deputy: Form | None = None, limit: Form | None = None
) -> dict[str, Any]:
    # Both forms stand on one page: their fields are counted together.
    counter = None if limit is None else limit.deform.counter
    deputy = deputy or Form(request, DeputySchema(), prefix="deputy", counter=counter)
    limit = limit or Form(request, LimitSchema(), prefix="limit", counter=deputy.deform.counter)
    return shared(
        request,
        names=_people(request),
        mine=request.identity.account_id,
        deputies=queries.deputies(request.db, request.tenant.today()),
        limits=queries.limits(request.db),
        roles=limits.releasing_roles(request.registry),
        holds=_holds(request),
        whose=people.WHOSE,
        deputy=deputy,
        limit=limit,
    )


def _holds(request: Request) -> limits.Holds:
    """Return what counts for who is asking; they need not be allowed to release at all."""
    return limits.Limit(request.db, request.identity.account_id, request.tenant.today()).own


def page(request: Request) -> dict[str, Any]:
    """Show deputies and limits, and the forms for both."""
    return _shown(request)


def _chosen(request: Request) -> int | None:
    """Return who was chosen; None for everybody; 404 for somebody who does not work here."""
    number = whole_number(request.POST.get("person"))
    if number is None or (number and number not in _people(request)):
        raise HTTPNotFound
    return number or None


def _deputy(request: Request) -> Any:
    form = Form(request, DeputySchema(), prefix="deputy")
    mine, chosen = request.identity.account_id, _chosen(request)
    try:
        values: dict[str, Any] = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return _shown(request, deputy=form)
    if values["last_day"] < values["first_day"]:
        form.fail("last_day", _("The last day lies before the first one."))
        request.response.status_int = 422
        return _shown(request, deputy=form)
    if chosen is None or chosen == mine:
        raise HTTPNotFound
    request.db.add(Deputy(person_id=mine, deputy_id=chosen, **values))
    request.db.flush()
    return back(request, ROUTE, _("The deputy is entered."))


def _meant(request: Request) -> tuple[int | None, str | None]:
    """Return the person or the role that a limit is set for; neither: everybody else."""
    name = str(request.POST.get("person", ""))
    if name in limits.releasing_roles(request.registry):
        return None, name
    return _chosen(request), None


def _limit(request: Request) -> Any:
    form = Form(request, LimitSchema(), prefix="limit")
    person, role = _meant(request)
    remove = request.POST.get("do") == "no-limit"
    cents = None
    if not remove:
        try:
            values: dict[str, Any] = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
            return _shown(request, limit=form)
        cents = None if values["euros"] is None else values["euros"] * 100
    if _raises_own(request, limits.Entry(person, role, cents), remove=remove):
        said = _(
            "Nobody raises a limit that counts for themselves. Please ask somebody else who may "
            "release."
        )
        return back(request, ROUTE, said, "error")
    rows = queries.limits(request.db)
    row = next((one for one in rows if (one.person_id, one.role) == (person, role)), None)
    if remove:
        if row is not None:
            request.db.delete(row)
    elif row is None:
        request.db.add(ReleaseLimit(person_id=person, role=role, cents=cents))
    else:
        row.cents = cents
    request.db.flush()
    return back(request, ROUTE, _("The limit is gone.") if remove else _("The limit is entered."))


def _raises_own(request: Request, entry: limits.Entry, *, remove: bool) -> bool:
    """Tell whether an entry would let its writer release more than until now."""
    mine = request.identity.account_id
    roles = limits.roles_of(request.db, [mine]).get(mine, set())
    before = limits.entries(request.db)
    after = [one for one in before if one[:2] != entry[:2]] + ([] if remove else [entry])
    return limits.is_looser(limits.holds(after, mine, roles), limits.holds(before, mine, roles))


def change(request: Request) -> Any:
    """Name one's own deputy, end that, or set a limit – never one's own."""
    what = request.POST.get("do")
    if what == "deputy":
        return _deputy(request)
    if FinancePermission.RELEASE in request.permissions and what in {"limit", "no-limit"}:
        if whole_number(request.POST.get("person")) == request.identity.account_id:
            said = _("Nobody sets their own limit. Please ask somebody else who may release.")
            return back(request, ROUTE, said, "error")
        return _limit(request)
    number = whole_number(request.POST.get("id"))
    row = None if number is None else queries.deputy(request.db, number)
    if what != "end" or row is None or row.person_id != request.identity.account_id:
        raise HTTPNotFound
    request.db.delete(row)
    request.db.flush()
    return back(request, ROUTE, _("Nobody stands in for you any more by this entry."))


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route(ROUTE, "/admin/finance/people")
    edit = FinancePermission.EDIT
    add_page(config, page, ROUTE, "people")
    add_page(config, change, ROUTE, "people", request_method="POST", permission=edit)
    config.add_admin_item(
        ROUTE,
        title=_("Deputies and limits"),
        route=ROUTE,
        permission=FinancePermission.READ,
        order=90,
    )
