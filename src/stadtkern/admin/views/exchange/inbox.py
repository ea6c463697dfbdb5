"""Deliveries: what came in, how far it is, and the way to send something in."""

from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileIter, Response

from stadtkern import exchange
from stadtkern.admin.views.base import back
from stadtkern.admin.views.exchange.base import (
    DELIVERY,
    DELIVERY_STATES,
    INBOX,
    LOOKS,
    PAGE_SIZE,
    SEVERITIES,
    STATES,
    area_of,
    called,
    desk_of,
    may,
    number_of,
)
from stadtkern.audit import record
from stadtkern.exchange import models, queries
from stadtkern.site import page_number
from stadtkern.web.i18n import _, as_message

AT_ONCE = 20
"""Files of one upload."""


def _shown(request: Request, area: Any) -> dict[str, Any]:
    page = page_number(request)
    total = queries.count_deliveries(request.db, area.name)
    counts = queries.counts(request.db, area.name, {})
    return {
        "area": area,
        "rows": queries.deliveries(
            request.db, area.name, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        ),
        "numbers": _numbers(counts),
        "stuck": queries.count_stuck(request.db, area.name),
        "batches": queries.batches(request.db, area.name, limit=10),
        "page": page,
        "pages": -(-total // PAGE_SIZE),
        "may_edit": may(request, area, "edit"),
        "states": DELIVERY_STATES,
        "looks": LOOKS,
        "refused": (),
    }


def _numbers(counts: Any) -> list[tuple[str, dict[str, str], int]]:
    """Return the figures on top with the lists that they lead to."""
    light = ((title, {"state": models.OPEN, "severity": one}) for one, title in SEVERITIES.items())
    others = (models.ASIDE, models.PROPOSED, models.RELEASED, models.DONE, models.REJECTED)
    lists = [*light, *((STATES[state], {"state": state}) for state in others)]
    return [(title, query, queries.number_in(counts, query)) for title, query in lists]


def page(request: Request) -> dict[str, Any]:
    """Show an inbox: figures, deliveries, batches that wait. Constant SQL."""
    return _shown(request, area_of(request))


def upload(request: Request) -> Any:
    """Take in files; what was here already changes nothing and says so."""
    area = area_of(request, "edit")
    sent = [one for one in request.POST.getall("file") if getattr(one, "filename", None)]
    refused: list[Any] = []
    new: list[exchange.Delivery] = []
    if not sent:
        refused.append(_("Please choose a file."))
    if len(sent) > AT_ONCE:
        refused.append(_("Please send at most ${n} files at once.", mapping={"n": AT_ONCE}))
        sent = []
    for one in sent:
        # Read before, where the database was busy and the request is tried again.
        one.file.seek(0)
        try:
            got = exchange.receiving.receive(
                request.db,
                request.registry,
                area=area.name,
                stream=one.file,
                name=one.filename,
                source="upload",
                account_id=request.identity.account_id,
            )
        except exchange.ExchangeRefused as error:
            refused.append(error.message)
            continue
        if got.new:
            exchange.receiving.confirm(got.delivery)
            new.append(got.delivery)
        else:
            refused.append(
                _(
                    "“${name}” was delivered before, as “${known}”. Nothing was changed.",
                    mapping={
                        "name": exchange.receiving.safe(one.filename),
                        "known": got.delivery.name,
                    },
                )
            )
    if not new:
        request.response.status_int = 422
        return _shown(request, area) | {"refused": refused}
    for message in refused:
        request.session.flash(["error", request.translate(message)], "notice")
    if len(new) == 1:
        return back(request, DELIVERY, area=area.name, id=new[0].id)
    said = _("${n} files were received and are being read.", mapping={"n": len(new)})
    return back(request, INBOX, said, area=area.name)


def _found(request: Request, area: Any) -> exchange.Delivery:
    row = queries.delivery(request.db, area.name, number_of(request))
    if row is None:
        raise HTTPNotFound
    return row


def delivery(request: Request) -> dict[str, Any]:
    """Show one delivery: where it comes from, how far it is, what was found in it."""
    area = area_of(request)
    row = _found(request, area)
    of_it = {"delivery": row.id}
    reason = None if row.reason is None else as_message(row.reason)
    kind = exchange.kinds.formats(request.registry).get(row.format or "")
    return {
        "area": area,
        "row": row,
        "kind": kind,
        "reason": reason,
        "place": (row.reason or {}).get("place", ""),
        "counts": queries.counts(request.db, area.name, of_it),
        "codes": queries.codes(request.db, area.name, of_it),
        "called": called(request, area),
        "may_edit": may(request, area, "edit"),
        "states": DELIVERY_STATES,
        "record_states": STATES,
        "severities": SEVERITIES,
        "looks": LOOKS,
    }


def again(request: Request) -> Response:
    """Have a refused delivery read once more."""
    area = area_of(request, "edit")
    row = _found(request, area)
    try:
        exchange.receiving.again(request.db, request.registry, row)
    except exchange.ExchangeRefused as error:
        return back(request, DELIVERY, error.message, "error", area=area.name, id=row.id)
    said = _("It will be read once more.")
    return back(request, DELIVERY, said, area=area.name, id=row.id)


def file(request: Request) -> Response:
    """Hand a delivery's bytes out as they came; the history says to whom."""
    area = area_of(request)
    row = _found(request, area)
    source = exchange.keeping.source_of(request.registry, row)
    if not source.path.is_file():
        raise HTTPNotFound
    record(desk_of(request).session, "exchange.download", "exchange_delivery", row.id)
    response = Response(content_type="application/octet-stream")
    response.charset = None
    response.content_length = row.size
    response.app_iter = FileIter(source.path.open("rb"))
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
