"""Receipts of the accounting system, and the bookings that it has rejected."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.site import page_number
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import answers, batches, queries
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views.base import PAGE_SIZE, add_pages, back, euros

SHOWN = 100
DIGITS = 9
"""Of a number that a column holds."""


def _page(request: Request, problem: Any = None) -> dict[str, Any]:
    return {
        "rows": queries.receipts(request.db, SHOWN),
        "open_rejections": queries.count_rejected(request.db),
        "may_edit": FinancePermission.EDIT in request.permissions,
        "problem": problem,
    }


def overview(request: Request) -> dict[str, Any]:
    """List what was read, and offer to read more."""
    return _page(request)


def upload(request: Request) -> Any:
    """Read a receipt; one that does not fit changes nothing and says why."""
    sent = request.POST.get("file")
    if not getattr(sent, "filename", None):
        request.response.status_int = 422
        return _page(request, _("Please choose a file."))
    # Read before, where the database was busy and the request is tried again.
    sent.file.seek(0)
    data = sent.file.read(answers.LARGEST + 1)
    try:
        made = answers.take(request.db, data, sent.filename)
    except FileRefused as refused:
        request.response.status_int = 422
        facts = {"name": refused.entry, "reason": request.translate(refused.text)}
        return _page(request, _("${name} ${reason}. Nothing was changed.", mapping=facts))
    if made.again:
        message, kind = _("This receipt was read before. Nothing was changed."), "info"
    else:
        facts = {
            "accepted": len(made.accepted),
            "rejected": made.rejections,
            "known": made.known,
        }
        message = _(
            "Read: ${accepted} bookings accepted, ${rejected} rejected, ${known} known before.",
            mapping=facts,
        )
        kind = "warning" if made.rejections else "success"
    place = "finance.rejected" if made.rejections else "finance.receipts"
    return back(request, place, message, kind)


def rejected(request: Request) -> dict[str, Any]:
    """List bookings that the accounting system has rejected: somebody's work."""
    page = page_number(request)
    total = queries.count_rejected(request.db)
    return {
        "rows": queries.rejected(request.db, None, PAGE_SIZE, (page - 1) * PAGE_SIZE),
        "total": total,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "may_edit": FinancePermission.EDIT in request.permissions,
        "euros": euros(request),
        "name_of": batches.name_of,
    }


def decide(request: Request) -> Any:
    """Send chosen bookings once more, or note that they were dealt with."""
    ids = [
        int(one) for one in request.POST.getall("line") if one.isdecimal() and len(one) <= DIGITS
    ]
    place = "finance.rejected"
    if not ids:
        return back(request, place, _("Please tick the bookings first."), "error")
    if request.POST.get("do") == "settle":
        count = answers.settle(request.db, ids)
        message = _("${n} bookings are dealt with.", mapping={"n": count})
    else:
        count = answers.send_again(request.db, ids)
        message = _("${n} bookings go out with the next batch.", mapping={"n": count})
    return back(request, place, message)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("finance.receipts", "/admin/finance/receipts")
    config.add_route("finance.rejected", "/admin/finance/rejected")
    read, edit = FinancePermission.READ, FinancePermission.EDIT
    add_pages(
        config,
        (overview, "finance.receipts", "GET", "receipts", read),
        (upload, "finance.receipts", "POST", "receipts", edit),
        (rejected, "finance.rejected", "GET", "rejected", read),
        (decide, "finance.rejected", "POST", None, edit),
    )
