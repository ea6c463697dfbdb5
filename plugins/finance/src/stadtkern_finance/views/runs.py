"""Annual runs: started, watched, compared, proposed, released, written."""

from collections.abc import Callable
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.runs import models, prepaying, queries, services
from stadtkern_finance.runs.calculating import summary
from stadtkern_finance.stock.resolutions import FIRST_YEAR, LAST_YEAR
from stadtkern_finance.views.base import (
    NUMBER,
    add_deed,
    add_page,
    back,
    in_euros,
    number_of,
    owners_of,
    shared,
    table_of,
)

LIST, ONE, TABLE = "finance.runs", "finance.run", "finance.run.table"
SHOWN = 50

STATES = {
    models.CALCULATING: _("being worked out"),
    models.STOPPED: _("stopped"),
    models.CALCULATED: _("worked out"),
    models.PROPOSED: _("proposed"),
    models.WRITING: _("being written"),
    models.DONE: _("written"),
    models.DISCARDED: _("discarded"),
}
LOOKS = {
    models.CALCULATING: "warn",
    models.STOPPED: "warn",
    models.CALCULATED: "neutral",
    models.PROPOSED: "warn",
    models.WRITING: "warn",
    models.DONE: "good",
    models.DISCARDED: "neutral",
}
OUTCOMES = {
    models.UNCHANGED: _("as last year"),
    models.CHANGED: _("changed"),
    models.NEW: _("without an assessment of last year"),
    models.ASSESSED: _("assessed for this year already"),
    models.NO_RATE: _("no rate in force"),
    models.NO_BASE: _("no base amount"),
    models.NONE_SET: _("too small, none set"),
}
KINDS = {
    models.PROPERTY: _("Property tax"),
    models.PREPAYMENTS: _("Prepayments of trade tax"),
}
TITLES = {
    models.PROPERTY: _("Annual run ${year}"),
    models.PREPAYMENTS: _("Prepayments of trade tax ${year}"),
}
BASES = {
    "prepayment": _("notice for prepayments"),
    "tax": _("notice of the tax"),
    prepaying.STOCK: _("stock"),
}


class RunSchema(colander.MappingSchema):
    """Which year of what."""

    kind = f.choice(_("Of what"), list(KINDS.items()), default=models.PROPERTY)
    year = f.number(_("Year to assess"), minimum=FIRST_YEAR, maximum=LAST_YEAR)


def _listed(request: Request, form: Form | None = None) -> dict[str, Any]:
    first = {"year": request.tenant.today().year + 1}
    return shared(
        request,
        rows=queries.runs(request.db, SHOWN),
        form=form or Form(request, RunSchema(), first),
        states=STATES,
        looks=LOOKS,
        kinds=KINDS,
    )


def listing(request: Request) -> dict[str, Any]:
    """Show runs, and the form that starts one."""
    return _listed(request)


def start(request: Request) -> Any:
    """Start the run of a year, or show the one that is open."""
    form = Form(request, RunSchema())
    try:
        values: dict[str, Any] = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return _listed(request, form)
    mine = request.identity.account_id
    row = services.start(
        request.db, request.registry, request.tenant, values["year"], mine, values["kind"]
    )
    return back(request, ONE, id=row.id)


def title_of(row: models.Run) -> Any:
    """Return what a run is called."""
    return _(TITLES[row.kind], mapping={"year": row.year})


def _run(request: Request, *, lock: bool = False) -> models.Run:
    row = queries.run(request.db, number_of(request), lock=lock)
    if row is None:
        raise HTTPNotFound
    return row


def _shown(request: Request, row: models.Run, problem: Any = None) -> dict[str, Any]:
    mine = request.identity.account_id
    return shared(
        request,
        row=row,
        found=summary(request.db, row),
        title=title_of(row),
        own=mine in {row.started_by, row.proposed_by},
        states=STATES,
        looks=LOOKS,
        outcomes=OUTCOMES,
        m=models,
        problem=problem,
    )


def one(request: Request) -> dict[str, Any]:
    """Show how far a run is and what it comes to."""
    return _shown(request, _run(request))


def _stop(request: Request, row: models.Run) -> Any:
    services.stop(request.db, row)
    return _("The run is stopped. What is worked out stays; it can go on at any time.")


def _go_on(request: Request, row: models.Run) -> Any:
    services.start(request.db, request.registry, request.tenant, row.year, None, row.kind)
    return _("The run goes on.")


def _discard(request: Request, row: models.Run) -> Any:
    services.discard(request.db, row)
    return _("The run is discarded. Nothing was assessed by it.")


def _propose(request: Request, row: models.Run) -> Any:
    services.propose(request.db, row, request.identity.account_id)
    return _("The run is proposed. Somebody else must release it.")


def _release(request: Request, row: models.Run) -> Any:
    seen = str(request.POST.get("seen", ""))
    mine = request.identity.account_id
    services.release(request.db, request.registry, request.tenant, row, mine, seen)
    return _("The run is released. Its assessments are written now.")


DEEDS: dict[str, tuple[str, Callable[[Request, models.Run], Any]]] = {
    "stop": (FinancePermission.EDIT, _stop),
    "go-on": (FinancePermission.EDIT, _go_on),
    "discard": (FinancePermission.EDIT, _discard),
    "propose": (FinancePermission.EDIT, _propose),
    "release": (FinancePermission.RELEASE, _release),
}


def change(request: Request) -> Any:
    """Do something with a run."""
    need, deed = DEEDS.get(str(request.POST.get("do", "")), (None, None))
    if need is None or deed is None or need not in request.permissions:
        raise HTTPNotFound
    row = _run(request, lock=True)
    try:
        said = deed(request, row)
    except services.RunRefused as refused:
        request.response.status_int = 422
        return _shown(request, row, refused.message)
    return back(request, ONE, said, id=row.id)


def table(request: Request) -> Response:
    """Hand out a run as a table; the history says who took it along."""
    run = _run(request)
    head: tuple[Any, ...] = (
        *(_("Kassenzeichen"), _("Tax"), _("Owners"), _("Base amount")),
        *(_("Rate (Hebesatz)"), _("Last year"), _("This year"), _("Comparison")),
    )
    rows = (
        (
            *(account.kassenzeichen, request.translate(TAXES[row.tax_kind]), owners_of(account)),
            *(in_euros(row.messbetrag_cent), row.percent),
            *(in_euros(row.before_cent), in_euros(row.amount_cent)),
            request.translate(OUTCOMES[row.outcome]),
            *((request.translate(BASES[row.basis]), row.basis_year) if row.basis else ()),
        )
        for row, account in queries.every(request.db, run.id)
    )
    if run.kind == models.PREPAYMENTS:
        head += (_("Base from"), _("of the year"))
    name = "vorauszahlungen" if run.kind == models.PREPAYMENTS else "jahreslauf"
    about = ("finance_run", run.id)
    return table_of(request, title_of(run), head, rows, about=about, name=f"{name}-{run.year}")


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route(LIST, "/admin/finance/runs")
    config.add_route(TABLE, f"/admin/finance/runs/{NUMBER}.xlsx")
    config.add_route(ONE, f"/admin/finance/runs/{NUMBER}")
    edit = FinancePermission.EDIT
    add_page(config, listing, LIST, "runs")
    add_page(config, start, LIST, "runs", request_method="POST", permission=edit)
    add_page(config, one, ONE, "run")
    add_page(config, change, ONE, "run", request_method="POST", permission=edit)
    add_deed(config, table, TABLE, permission=FinancePermission.READ)
    config.add_admin_item(
        LIST,
        title=_("Annual run"),
        route=LIST,
        permission=FinancePermission.READ,
        order=60,
    )
