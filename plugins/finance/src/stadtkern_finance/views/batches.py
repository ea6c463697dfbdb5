"""Batches of bookings: what waits, what went out, its file, and how it gets there."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.audit import record
from stadtkern.site import page_number
from stadtkern.web.i18n import as_message
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import answers, batches, debits, delivering, profiles, queries
from stadtkern_finance.ledger.facts import LedgerBroken
from stadtkern_finance.ledger.models import (
    ACKNOWLEDGED,
    DELIVERED,
    PARTIALLY_REJECTED,
    RENDERED,
    StoredBatch,
)
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.views.base import (
    DIGITS,
    PAGE_SIZE,
    add_pages,
    back,
    euros,
    headed,
    number_of,
    said,
)

BROKEN = _(
    "This batch no longer is what it was: somebody has changed what is stored, or the program "
    "writes it differently now. No file was made. Please tell your operator the batch's number."
)
STATES = {
    RENDERED: _("made"),
    DELIVERED: _("delivered"),
    "answered_in_part": _("answered in part"),
    ACKNOWLEDGED: _("acknowledged"),
    PARTIALLY_REJECTED: _("partially rejected"),
}
LOOKS = {
    DELIVERED: "neutral",
    "answered_in_part": "neutral",
    ACKNOWLEDGED: "good",
    PARTIALLY_REJECTED: "warn",
}
PROBLEMS = {
    "no-folder": _("Your operator has named no folder for booking files (finance.export_folder)."),
    "folder": _("The folder cannot be written to. Please tell your operator."),
    "exists": _("There is another file of this name already. Nothing was written over."),
    "host-key": _(
        "The server shows another key than the one in the delivery's settings. Nothing was sent. "
        "Compare the key with the server's operator before you change it."
    ),
    "login": _("The server refuses user name, password or key."),
    "key": _("The private key cannot be read, or has a passphrase."),
    "half": _("The file did not arrive whole; the part was removed."),
    "too-slow": _("The server did not answer in time."),
    "connect": _("Nothing answers at this address."),
    "connection": _("The connection broke off."),
    "dns": _("There is no server of this name."),
    "tls": _("The server's certificate is not valid."),
    "status": _("The server answered with an error."),
    "port": _("This port is not open for calls from here. Your operator opens it (egress.ports)."),
    "inner": _("The server lies in an inner network. Your operator allows it (egress.networks)."),
    "proxy": _("All calls go through a proxy here, which carries web addresses only."),
    "broken": _("The batch no longer is what it was. Please tell your operator its number."),
}
OTHER_PROBLEM = _("The address must not be called from here.")


def batch_of(request: Request) -> StoredBatch:
    """Return the batch that the address names."""
    row = queries.batch(request.db, number_of(request, "number"))
    if row is None:
        raise HTTPNotFound
    return row


def state_of(row: StoredBatch, told: queries.Answers) -> str:
    """Return the word for where a batch stands."""
    answered = told.accepted + told.rejected
    return answers.standing_of(row, row.count - answered)


def _page(request: Request, problems: list[str], chosen: str | None = None) -> dict[str, Any]:
    page = page_number(request)
    rows = queries.batches(request.db, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    told = queries.answers(request.db, [row.id for row in rows])
    return {
        "waiting": queries.waiting(request.db),
        "rows": rows,
        "answers": told,
        "standing": {row.id: state_of(row, told[row.id]) for row in rows},
        "states": STATES,
        "looks": LOOKS,
        "open_rejections": queries.count_rejected(request.db),
        "names": profiles.names(request.db),
        "chosen": chosen or profiles.usual(request.db),
        "page": page,
        "pages": max(1, -(-queries.count(request.db) // PAGE_SIZE)),
        "may_edit": FinancePermission.EDIT in request.permissions,
        "may_release": FinancePermission.RELEASE in request.permissions,
        "problems": problems,
        "euros": euros(request),
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
        return _page(request, said(request, error), chosen)
    if row is None:
        nothing = _("There is nothing to export: all bookings have gone out.")
        return back(request, "finance.batches", nothing, "info")
    done = _("Batch ${name} was made.", mapping={"name": batches.name_of(row)})
    return back(request, "finance.batch", done, number=row.number)


def show(request: Request) -> dict[str, Any]:
    """Show a batch with its totals, its way and what was answered."""
    row = batch_of(request)
    told = queries.answers(request.db, [row.id])[row.id]
    state = state_of(row, told)
    found = debits.of_batch(request.db, row)
    return {
        "debits": found,
        "collected": debits.is_noted(request.db, row),
        "debit_cents": int(found.total * 100),
        "may_collect": debits.creditor_of(request.settings_of("finance")) is not None,
        "row": row,
        "name": batches.name_of(row),
        "answers": told,
        "unanswered": row.count - told.accepted - told.rejected,
        "state": state,
        "states": STATES,
        "looks": LOOKS,
        "way": delivering.way(request.db),
        "problem": PROBLEMS.get(row.error, OTHER_PROBLEM) if row.error else None,
        "answer_problem": as_message(row.answer_problem) if row.answer_problem else None,
        "to_deliver": row.state == RENDERED,
        "rejected": [line for line, _batch in queries.rejected(request.db, row.id, 200)],
        "may_edit": FinancePermission.EDIT in request.permissions,
        "euros": euros(request),
    }


def deliver(request: Request) -> Any:
    """Set a batch on its way to the accounting system."""
    row = batch_of(request)
    if delivering.start(request.db, request.registry, row):
        done = _("The file is on its way. Reload this page in a moment.")
        return back(request, "finance.batch", done, number=row.number)
    nothing = _("Nothing was sent: it has arrived, or no delivery is set up.")
    return back(request, "finance.batch", nothing, "info", number=row.number)


def _handed_out(data: bytes, name: str) -> Response:
    return headed(Response(data, content_type="application/octet-stream"), name)


def file(request: Request) -> Any:
    """Hand out the file, the same bytes each time; the history says to whom."""
    row = batch_of(request)
    try:
        made = batches.artifact(request.db, row)
    except LedgerBroken:
        return back(request, "finance.batch", BROKEN, "error", number=row.number)
    record(request.db, "finance.batch_file", "finance_batch", row.id)
    return _handed_out(made.data, made.name)


def collect(request: Request) -> Any:
    """Hand out the direct debits of a batch; the history says to whom."""
    row = batch_of(request)
    creditor = debits.creditor_of(request.settings_of("finance"))
    found = debits.of_batch(request.db, row)
    if creditor is None or not found.lines:
        nothing = _("There is nothing to collect for this batch.")
        return back(request, "finance.batch", nothing, "info", number=row.number)
    try:
        made = debits.file_of(request.db, request.registry, row, found, creditor)
    except BadInput as error:
        problem = "; ".join(said(request, error))
        return back(request, "finance.batch", problem, "error", number=row.number)
    debits.note_use(request.db, row, found)
    record(request.db, "finance.debits", "finance_batch", row.id)
    return _handed_out(made, f"pain008-{batches.name_of(row)}.xml")


def uncollect(request: Request) -> Any:
    """Give the mandates back that a file used which never went to the bank."""
    row = batch_of(request)
    number = debits.take_back(request.db, row)
    done = _(
        "The file counts as not given to the bank: ${n} mandates are as before it.",
        mapping={"n": number},
    )
    return back(request, "finance.batch", done, number=row.number)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/batches"
    one = f"{place}/{{number:{DIGITS}}}"
    config.add_route("finance.batches", place)
    config.add_route("finance.batch", one)
    config.add_route("finance.batch.file", f"{one}/file")
    config.add_route("finance.batch.deliver", f"{one}/deliver")
    config.add_route("finance.batch.debits", f"{one}/debits")
    config.add_route("finance.batch.debits.back", f"{one}/debits/back")
    read, edit = FinancePermission.READ, FinancePermission.EDIT
    add_pages(
        config,
        (overview, "finance.batches", "GET", "batches", read),
        (make, "finance.batches", "POST", "batches", edit),
        (show, "finance.batch", "GET", "batch", read),
        (file, "finance.batch.file", "POST", None, read),
        (deliver, "finance.batch.deliver", "POST", None, edit),
        (collect, "finance.batch.debits", "POST", None, edit),
        (uncollect, "finance.batch.debits.back", "POST", None, edit),
    )
    config.add_admin_item(
        "finance.batches",
        title=_("Booking export"),
        route="finance.batches",
        permission=read,
        order=120,
    )
