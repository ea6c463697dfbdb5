"""Piles of letters: what waits for the post, the stacks to print, the day of posting."""

from datetime import date
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing import models as m
from stadtkern_finance.issuing import piling, providing, queries
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views import base

LIST, ONE, FILE = "finance.piles", "finance.pile", "finance.pile.file"
SHOWN = 50
STATES = {
    m.MAKING: _("being written"),
    m.READY: _("ready to be printed"),
    m.POSTED: _("posted"),
}
LOOKS = {m.MAKING: "neutral", m.READY: "warn", m.POSTED: "good"}


class PostedSchema(colander.MappingSchema):
    """When a pile was posted."""

    day = f.day(
        _("Posted on"),
        default=f.today,
        description=_("The letters count as announced on the fourth day after it."),
    )


def listing(request: Request) -> dict[str, Any]:
    """Show what waits for the post, and the piles. Constant SQL."""
    counts = queries.counts(request.db)
    return {
        "waiting": counts.get((m.MADE, m.POST), 0),
        "wanted": counts.get((m.MADE, m.ELECTRONIC), 0),
        "ordered": counts.get((m.ORDERED, m.ELECTRONIC), 0),
        "provided": counts.get((m.SENT, m.ELECTRONIC), 0),
        "overdue": queries.overdue(request.db, utcnow() - providing.OVERDUE),
        "most": piling.MOST,
        "rows": queries.piles(request.db, SHOWN),
        "states": STATES,
        "looks": LOOKS,
        "euros": base.euros(request),
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def make(request: Request) -> Any:
    """Put what waits for the post into a pile, or hand over what goes electronically."""
    if request.POST.get("do") == "provide":
        if not providing.is_open(request.registry, request.tenant):
            closed = _(
                "The way to ELSTER-Transfer is not open for this town. Ask your operator, or send "
                "the notices by post from their own pages."
            )
            return base.back(request, LIST, closed, "error")
        providing.ask(request.db, request.registry, request.tenant)
        message = _("The notices are being handed to ELSTER-Transfer.")
        return base.back(request, LIST, message)
    pile = piling.ask(request.db, request.registry, request.tenant)
    if pile is None:
        return base.back(request, LIST, _("No notice waits for the post."), "info")
    message = _("The pile is being written. Please refresh to see when it is ready.")
    return base.back(request, ONE, message, number=pile.number)


def _found(request: Request) -> m.Pile:
    row = queries.pile(request.db, base.number_of(request, "number"))
    if row is None:
        raise HTTPNotFound
    return row


def _page(request: Request, row: m.Pile, form: Form) -> dict[str, Any]:
    first = queries.first_in_pile(request.db, row.id)
    return {
        "row": row,
        "form": form,
        "first": first,
        "states": STATES,
        "looks": LOOKS,
        "euros": base.euros(request),
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def show(request: Request) -> dict[str, Any]:
    """Show a pile with its totals."""
    return _page(request, _found(request), Form(request, PostedSchema()))


def posted(request: Request) -> Any:
    """Note when a pile was posted."""
    row = _found(request)
    form = Form(request, PostedSchema())
    if row.state != m.READY:
        message = _("This pile is not ready to be posted, or was posted before.")
        return base.back(request, ONE, message, "info", number=row.number)
    try:
        day: date = form.validate(read_controls(request))["day"]
    except Failure:
        request.response.status_int = 422
        return _page(request, row, form)
    tenant = request.tenant
    if not tenant.day_of(row.created_at) <= day <= tenant.today():
        form.fail("day", _("Please enter a day from the making of the pile to today."))
        request.response.status_int = 422
        return _page(request, row, form)
    dated = queries.first_day(request.db, row.id)
    found = piling.posted(request.db, row, day)
    message = _(
        "Noted. The letters count as announced on ${announced}; objection is possible until "
        "${until}.",
        mapping={
            "announced": f"{found.announced_at:%d.%m.%Y}",
            "until": f"{found.objection_until:%d.%m.%Y}",
        },
    )
    if dated is not None and day > dated:
        late = _(
            "Some letters bear an earlier day than the one of posting: back payments in them may "
            "ask for less than a month. Please take that into account when you remind people."
        )
        base.say(request, late, "warning")
    return base.back(request, ONE, message, number=row.number)


def file(request: Request) -> Any:
    """Hand out the archive with stacks and manifest; the history says to whom."""
    row = _found(request)
    response = base.kept_file(request, row.file_sha, f"poststapel-{row.number:04d}.zip")
    record(request.db, "finance.pile_file", "finance_pile", row.id)
    return response


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/piles"
    one = f"{place}/{{number:{base.DIGITS}}}"
    config.add_route(LIST, place)
    config.add_route(ONE, one)
    config.add_route(FILE, f"{one}/file")
    read, edit = FinancePermission.READ, FinancePermission.EDIT
    base.add_pages(
        config,
        (listing, LIST, "GET", "piles", read),
        (make, LIST, "POST", "piles", edit),
        (show, ONE, "GET", "pile", read),
        (posted, ONE, "POST", "pile", edit),
        (file, FILE, "POST", None, edit),
    )
    config.add_admin_item(LIST, title=_("Post"), route=LIST, permission=read, order=135)
