"""A batch: many records without findings, of which a sample is looked at before the release."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern import exchange
from stadtkern.admin.views.base import back
from stadtkern.admin.views.exchange.base import (
    BATCH,
    INBOX,
    LOOKS,
    STATES,
    area_of,
    desk_of,
    may,
    number_of,
)
from stadtkern.db import whole_number
from stadtkern.exchange import queries, releasing
from stadtkern.web.i18n import _


def _shown(request: Request, area: Any, **more: Any) -> dict[str, Any]:
    row = queries.batch(request.db, area.name, number_of(request))
    if row is None:
        raise HTTPNotFound
    own = row.proposer_id == request.identity.account_id
    return {
        "area": area,
        "row": row,
        "left": queries.left_in(request.db, row.id),
        # Who has proposed it need not know what will be looked at.
        "sample": [] if own else queries.sample_of(request.db, row),
        "own": own,
        "ticked": set(),
        "may_release": may(request, area, "release"),
        "states": STATES,
        "looks": LOOKS,
        "problem": None,
        **more,
    }


def page(request: Request) -> dict[str, Any]:
    """Show a batch with its sample, to those who have not proposed it."""
    return _shown(request, area_of(request))


def decide(request: Request) -> Any:
    """Release a batch, or give it back."""
    area = area_of(request, "release")
    number, mine = number_of(request), request.identity.account_id
    ticked = {whole_number(text) for text in request.POST.getall("seen")} - {None}
    try:
        if request.POST.get("do") == "refuse":
            releasing.refuse_batch(desk_of(request), area.name, number, mine)
            said = _("The batch was given back; its records are open again.")
        else:
            looked = {one for one in ticked if one is not None}
            done = releasing.release_batch(desk_of(request), area.name, number, mine, looked)
            said = _("${n} records were released.", mapping={"n": done})
    except LookupError as error:
        raise HTTPNotFound from error
    except exchange.ExchangeRefused as error:
        request.response.status_int = 422
        return _shown(request, area, problem=error.message, ticked=ticked)
    if request.POST.get("do") == "refuse":
        return back(request, INBOX, said, area=area.name)
    return back(request, BATCH, said, area=area.name, id=number)
