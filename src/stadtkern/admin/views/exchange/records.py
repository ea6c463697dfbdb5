"""Records: the work list, and one record as it came, as it is understood, what it would do."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from markupsafe import Markup
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import exchange
from stadtkern.admin.views.base import back
from stadtkern.admin.views.exchange.base import (
    BATCH,
    LIST,
    LOOKS,
    ONE,
    PAGE_SIZE,
    SEVERITIES,
    STATES,
    area_of,
    called,
    desk_of,
    filters_of,
    may,
    number_of,
)
from stadtkern.db import MAX_ID, whole_number
from stadtkern.exchange import models, queries, records, releasing
from stadtkern.site import page_number
from stadtkern.web.i18n import _, as_message

Deed = Callable[[Request, exchange.Desk, exchange.Record, int], Any]


def listing(request: Request) -> dict[str, Any]:
    """Show the work list, narrowed by state, findings, delivery or words. Constant SQL."""
    area = area_of(request)
    filters = filters_of(request.GET)
    page = page_number(request)
    total = queries.count_records(request.db, area.name, filters)
    return {
        "area": area,
        "filters": filters,
        "rows": queries.page_of_records(
            request.db, area.name, filters, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        ),
        "total": total,
        "codes": queries.codes(request.db, area.name, filters),
        "called": called(request, area),
        "green": queries.count_green(request.db, area.name, filters),
        "page": page,
        "pages": -(-total // PAGE_SIZE),
        "states": STATES,
        "severities": SEVERITIES,
        "looks": LOOKS,
        "may_edit": may(request, area, "edit"),
    }


def propose(request: Request) -> Response:
    """Propose all records of a list that nothing was found in."""
    area = area_of(request, "edit")
    filters = filters_of(request.POST)
    account_id = request.identity.account_id
    try:
        made = releasing.propose_green(desk_of(request), area.name, filters, account_id)
    except exchange.ExchangeRefused as error:
        return back(request, LIST, error.message, "error", area=area.name, _query=filters)
    said = _(
        "${n} records are proposed. Somebody else must release them.", mapping={"n": made.size}
    )
    return back(request, BATCH, said, area=area.name, id=made.id)


def _found(request: Request, area: Any) -> queries.Shown:
    found = queries.shown(request.db, area.name, number_of(request), filters_of(request.GET))
    if found is None:
        raise HTTPNotFound
    return found


def _lines(kind: Any, payload: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return path, title (None where nobody has named it) and value of all that was understood."""
    order = {path: place for place, path in enumerate(kind.fields if kind else ())}
    found = [(path, value) for path, value in records.leaves(payload) if not _unknown(path)]
    found.sort(key=lambda leaf: _place(leaf[0], order))
    titled = []
    for path, value in found:
        field = kind.fields.get(records.general(path)) if kind else None
        titled.append((path, field, _as_typed(field, value)))
    return titled


def _place(path: str, order: Mapping[str, int]) -> tuple[int, int]:
    """Sort as the format names its fields, and the rows of a list one after the other."""
    first = path.partition("[")[0]
    if first != path:
        whole = min((place for name, place in order.items() if name.startswith(first)), default=999)
        return whole, int(path.partition("[")[2].partition("]")[0])
    return order.get(path, 999), 0


def _unknown(path: str) -> bool:
    return path == "unmapped" or path.startswith("unmapped.")


def _as_typed(field: Any, value: Any) -> str:
    if field is not None and field.kind == "cents" and isinstance(value, int):
        return f"{value // 100},{value % 100:02d}"
    if isinstance(value, bool):
        return "1" if value else "0"
    if field is not None and field.kind == "day" and value:
        return _day(str(value))
    return "" if value is None else str(value)


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d.%m.%Y}"
    except ValueError:
        return text


def _shown(request: Request, area: Any, found: queries.Shown, **more: Any) -> dict[str, Any]:
    row, delivery = found.record, found.delivery
    kind = exchange.kinds.formats(request.registry).get(row.format)
    releases, dispatches = queries.course(request.db, row.id)
    filters = filters_of(request.GET)
    mine = request.identity.account_id
    proposal = next((one for one in releases if one.state == models.PROPOSED), None)
    own = mine == row.edited_by or (proposal is not None and mine == proposal.proposer_id)
    lines = _lines(kind, row.payload)
    return {
        "area": area,
        "row": row,
        "kind": kind,
        "delivery": delivery,
        "findings": records.findings_of(desk_of(request), row),
        "message": as_message,
        "lines": lines,
        "titled": lambda path: kind.fields.get(records.general(path)) if kind else None,
        "missing": [
            (path, field)
            for path, field in (kind.fields if kind else {}).items()
            if "[]" not in path and path not in {known for known, _field, _value in lines}
        ],
        "unmapped": row.payload.get("unmapped") or {},
        "raw": _raw(request, kind, delivery, row),
        "proposal": _proposal(request, kind, row),
        "releases": releases,
        "dispatches": dispatches,
        "filters": filters,
        "before": found.before,
        "after": found.after,
        "own": own,
        "may_edit": may(request, area, "edit"),
        "may_release": may(request, area, "release"),
        "states": STATES,
        "looks": LOOKS,
        "problem": None,
        **more,
    }


def _proposal(request: Request, kind: Any, row: exchange.Record) -> Markup | None:
    if kind is None or kind.show is None or not row.proposal:
        return None
    return Markup(kind.show(request, row))  # noqa: S704 - formats return safe HTML


def _raw(request: Request, kind: Any, delivery: Any, row: exchange.Record) -> str | None:
    """Return the record as it stands in the delivery; None where it cannot be shown."""
    if kind is None or kind.excerpt is None:
        return None
    source = exchange.keeping.source_of(request.registry, delivery)
    try:
        return str(kind.excerpt(source, row.entry, row.number))
    except (exchange.DeliveryRefused, OSError):
        return None


def one(request: Request) -> dict[str, Any]:
    """Show one record: as it came, as it is understood, what releasing it does."""
    area = area_of(request)
    return _shown(request, area, _found(request, area))


def _mend(request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    finding, _colon, number = request.POST.get("mend", "").partition(":")
    found, place = whole_number(finding), whole_number(number)
    if found is None or place is None:
        raise HTTPNotFound
    records.mend(desk, row, mine, found, place)
    return _("The record was changed and checked again.")


def _correct(request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    path = request.POST.get("path", "")[:300]
    records.correct(desk, row, mine, {path: request.POST.get("value", "")}, {})
    return _("The record was changed and checked again.")


def _check(_request: Request, desk: exchange.Desk, row: exchange.Record, _mine: int) -> Any:
    exchange.checking.recheck(desk, [row])
    return _("The record was checked again.")


def _reject(request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    records.reject(desk, row, mine, request.POST.get("note", ""))
    return _("The record was rejected.")


def _reopen(_request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    records.reopen(desk, row, mine)
    return _("The record is open again.")


def _propose(_request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    releasing.propose(desk, row, mine)
    return _("The record is proposed. Somebody else must release it.")


def _withdraw(_request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    releasing.withdraw(desk, row, mine)
    return _("The proposal was taken back.")


def _release(request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    releasing.release(desk, row, mine, request.POST.get("seen", ""))
    return _("The record was released.")


def _refuse(request: Request, desk: exchange.Desk, row: exchange.Record, mine: int) -> Any:
    releasing.refuse(desk, row, mine, request.POST.get("note", ""))
    return _("The proposal was given back.")


DEEDS: dict[str, tuple[str, Deed]] = {
    "mend": ("edit", _mend),
    "correct": ("edit", _correct),
    "check": ("edit", _check),
    "reject": ("edit", _reject),
    "reopen": ("edit", _reopen),
    "propose": ("edit", _propose),
    "withdraw": ("edit", _withdraw),
    "release": ("release", _release),
    "refuse": ("release", _refuse),
}
ONWARD = frozenset({"propose", "release", "refuse", "reject"})
"""After these the next record of the list is shown."""


def change(request: Request) -> Any:
    """Do something with a record; who has seen an older version is told so and loses nothing."""
    name = request.POST.get("do") or ("mend" if "mend" in request.POST else "")
    if name not in DEEDS:
        raise HTTPNotFound
    need, deed = DEEDS[name]
    area = area_of(request, need)
    version = whole_number(request.POST.get("version"))
    number = number_of(request)
    desk, mine = desk_of(request), request.identity.account_id
    filters = filters_of(request.GET)
    try:
        row = records.found_for_change(desk, area.name, number, version or 0)
        following = queries.following(request.db, area.name, row.id, filters)
        said = deed(request, desk, row, mine)
    except LookupError as error:
        raise HTTPNotFound from error
    except exchange.ExchangeRefused as error:
        request.response.status_int = 409 if error.code == "stale" else 422
        return _shown(request, area, _found(request, area), problem=error.message)
    onward = following if name in ONWARD and filters and following else number
    return back(
        request,
        ONE,
        said,
        area=area.name,
        id=min(onward, MAX_ID),
        _query=filters,
        # The focus goes on with the work: to the record's buttons, of this one or the next.
        _anchor="work",
    )
