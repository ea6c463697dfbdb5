"""What pages of an inbox share: whose it is, who may, which list was asked for."""

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from stadtkern import exchange
from stadtkern.db import MAX_ID, whole_number
from stadtkern.exchange import models
from stadtkern.exchange.kinds import Area
from stadtkern.forms import clean
from stadtkern.web.i18n import _

INBOX, DELIVERY, FILE = "admin.exchange", "admin.exchange.delivery", "admin.exchange.file"
LIST, ONE = "admin.exchange.records", "admin.exchange.record"
TABLE = "admin.exchange.table"
BATCH, SENDING = "admin.exchange.batch", "admin.exchange.sending"
PAGE_SIZE = 50

DELIVERY_STATES = {
    models.RECEIVED: _("waits to be read"),
    models.STAGING: _("being read"),
    models.STAGED: _("read"),
    models.REFUSED: _("refused"),
    models.FAILED: _("reading broke"),
}
STATES = {
    models.OPEN: _("open"),
    models.ASIDE: _("set aside"),
    models.PROPOSED: _("proposed"),
    models.RELEASED: _("released"),
    models.DONE: _("arrived"),
    models.REJECTED: _("rejected"),
}
SEVERITIES = {
    models.ERROR: _("errors"),
    models.WARNING: _("warnings"),
    "green": _("nothing to look at"),
}
LOOKS = {
    models.STAGED: "good",
    models.STAGING: "warn",
    models.RECEIVED: "neutral",
    models.REFUSED: "bad",
    models.FAILED: "bad",
    models.OPEN: "neutral",
    models.ASIDE: "warn",
    models.PROPOSED: "warn",
    models.RELEASED: "good",
    models.DONE: "good",
    models.REJECTED: "neutral",
    models.ERROR: "bad",
    models.WARNING: "warn",
    models.HINT: "neutral",
    "": "good",
    models.VOID: "neutral",
}


def area_of(request: Request, need: str = "read") -> Area:
    """Return the inbox that is asked for; 404 if there is none here, 403 without its right.

    ``need``: ``read``, ``edit`` or ``release``.
    """
    area = exchange.kinds.areas(request.registry).get(request.matchdict["area"])
    if area is None or (area.owner is not None and not request.plugin_enabled(area.owner)):
        raise HTTPNotFound
    if getattr(area, need) not in request.permissions:
        raise HTTPForbidden
    return area


def may(request: Request, area: Area, need: str) -> bool:
    """Tell whether somebody may do more in an inbox than read."""
    return getattr(area, need) in request.permissions


def number_of(request: Request) -> int:
    """Return the id in the address; 404 for one that no row can have."""
    number = int(request.matchdict["id"])
    if number > MAX_ID:
        raise HTTPNotFound
    return number


def called(request: Request, area: Area) -> dict[str, Any]:
    """Return what an inbox's findings are called, by their codes."""
    found: dict[str, Any] = {exchange.checking.CONTESTED: _("The same fact with other values")}
    for one in exchange.kinds.formats_of(request.registry, area.name):
        found |= one.codes
    return found


def desk_of(request: Request) -> exchange.Desk:
    """Return where services work."""
    return exchange.Desk(request.db, request.registry, request.tenant)


def filters_of(values: Any) -> dict[str, Any]:
    """Return which records a list is narrowed to; unknown values narrow nothing."""
    found: dict[str, Any] = {}
    state = values.get("state", "")
    if state in STATES:
        found["state"] = state
    if values.get("severity") in SEVERITIES:
        found["severity"] = values["severity"]
    for name in ("finding", "kind"):
        if values.get(name):
            found[name] = clean(str(values[name]))[:60]
    delivery = whole_number(values.get("delivery"))
    if delivery is not None:
        found["delivery"] = delivery
    words = clean(str(values.get("words", ""))).strip()[:100]
    if words:
        found["words"] = words
    return found
