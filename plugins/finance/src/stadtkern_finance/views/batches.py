"""Batches of bookings: what waits, what went out, and its file."""

from typing import Any
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.audit import record
from stadtkern.site import page_number
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import batches, profiles, queries
from stadtkern_finance.ledger.facts import LedgerBroken
from stadtkern_finance.ledger.models import StoredBatch
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput

TEMPLATES = "stadtkern_finance:templates"
PAGE_SIZE = 50
BROKEN = _(
    "This batch no longer is what it was: somebody has changed what is stored, or the program "
    "writes it differently now. No file was made. Please tell your operator the batch's number."
)


def euros(cents: int) -> str:
    """Return cents as people read amounts; the template puts the sign for the currency."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole:,}".replace(",", ".") + f",{part:02d}"


def say(request: Request, message: Any, kind: str = "success") -> None:
    """Keep a sentence for the next page."""
    request.session.flash([kind, request.translate(message)], "notice")


def problems_of(request: Request, error: BadInput) -> list[str]:
    """Return what is wrong in the language of the page."""
    return error.sentences("de" if request.locale_name.startswith("de") else "en")


def batch_of(request: Request) -> StoredBatch:
    """Return the batch that the address names."""
    number = int(request.matchdict["number"])
    row = queries.batch(request.db, number) if number < 2**31 else None
    if row is None:
        raise HTTPNotFound
    return row


def _page(request: Request, problems: list[str], chosen: str | None = None) -> dict[str, Any]:
    page = page_number(request)
    rows = queries.batches(request.db, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return {
        "waiting": queries.waiting(request.db),
        "rows": rows,
        "answers": queries.answers(request.db, [row.id for row in rows]),
        "names": profiles.names(request.db),
        "chosen": chosen or profiles.usual(request.db),
        "page": page,
        "pages": max(1, -(-queries.count(request.db) // PAGE_SIZE)),
        "may_edit": FinancePermission.EDIT in request.permissions,
        "problems": problems,
        "euros": euros,
        "name_of": batches.name_of,
    }


def overview(request: Request) -> dict[str, Any]:
    """Show what waits and the batches until now."""
    return _page(request, [])


def make(request: Request) -> Any:
    """Make a batch of all that waits."""
    chosen = str(request.POST.get("profile", ""))
    try:
        row = batches.make(request.db, request.tenant, chosen)
    except batches.ProfileUnknown:
        problems = [request.translate(_("Please choose a profile of the list."))]
        request.response.status_int = 422
        return _page(request, problems)
    except BadInput as error:
        request.response.status_int = 422
        return _page(request, problems_of(request, error), chosen)
    if row is None:
        say(request, _("There is nothing to export: all bookings have gone out."), "info")
        return HTTPFound(location=request.route_path("finance.batches"))
    say(request, _("Batch ${name} was made.", mapping={"name": batches.name_of(row)}))
    return HTTPFound(location=request.route_path("finance.batch", number=row.number))


def show(request: Request) -> dict[str, Any]:
    """Show a batch with its totals."""
    return shown(request, batch_of(request), [])


def shown(request: Request, row: StoredBatch, problems: list[str]) -> dict[str, Any]:
    """Return what the page of a batch needs."""
    return {
        "row": row,
        "name": batches.name_of(row),
        "answers": queries.answers(request.db, [row.id])[row.id],
        "rejected": queries.rejected(request.db, row.id, 200),
        "may_edit": FinancePermission.EDIT in request.permissions,
        "problems": problems,
        "euros": euros,
    }


def file(request: Request) -> Any:
    """Hand out the file, the same bytes each time; the history says to whom."""
    row = batch_of(request)
    try:
        made = batches.artifact(request.db, row)
    except LedgerBroken:
        say(request, BROKEN, "error")
        return HTTPFound(location=request.route_path("finance.batch", number=row.number))
    record(request.db, "finance.batch_file", "finance_batch", row.id)
    response = Response(made.data, content_type="application/octet-stream")
    response.charset = None
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/batches"
    config.add_route("finance.batches", place)
    config.add_route("finance.batch", f"{place}/{{number:[0-9]{{1,10}}}}")
    config.add_route("finance.batch.file", f"{place}/{{number:[0-9]{{1,10}}}}/file")
    for view, route, method, template, permission in (
        (overview, "finance.batches", "GET", "batches", FinancePermission.READ),
        (make, "finance.batches", "POST", "batches", FinancePermission.EDIT),
        (show, "finance.batch", "GET", "batch", FinancePermission.READ),
        (file, "finance.batch.file", "POST", None, FinancePermission.READ),
    ):
        renderer = {} if template is None else {"renderer": f"{TEMPLATES}/{template}.jinja2"}
        config.add_view(
            view,
            route_name=route,
            request_method=method,
            permission=permission,
            uses_session=True,
            **renderer,
        )
    config.add_admin_item(
        "finance.batches",
        title=_("Booking export"),
        route="finance.batches",
        permission=FinancePermission.READ,
        order=120,
    )
