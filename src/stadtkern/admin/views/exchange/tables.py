"""Lists of an inbox as tables for spreadsheets; the history says who took them along."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import exchange
from stadtkern.admin.views.base import back
from stadtkern.admin.views.exchange.base import (
    DELIVERY_STATES,
    LIST,
    STATES,
    area_of,
    called,
    filters_of,
)
from stadtkern.audit import record
from stadtkern.exchange import models, queries
from stadtkern.web.i18n import _, as_message
from stadtkern.web.sheets import Cell, handed_out, workbook

MOST = 50_000
"""Lines of one table."""
WEIGHTS = {
    models.ERROR: _("error"),
    models.WARNING: _("warning"),
    models.HINT: _("hint"),
    "": _("nothing"),
}
RECORDS = (
    *(_("Record"), _("Content"), _("Kind"), _("State"), _("Found"), _("Delivery"), _("File")),
    *(_("Number"), _("Received"), _("Changed")),
)
FINDINGS = (_("Record"), _("Content"), _("State"), _("Found"), _("Finding"), _("Field"), _("Text"))
DELIVERIES = (
    *(_("File"), _("Source"), _("Format"), _("State"), _("Reason"), _("Records")),
    *(_("Known before"), _("Bytes"), _("Received"), _("Read"), "SHA-256"),
)


def save(request: Request) -> Response:
    """Hand out the work list, its findings or the deliveries, narrowed as the list was."""
    area = area_of(request)
    filters = filters_of(request.POST)
    name = request.matchdict["table"]
    head, query, cells = TABLES[name]
    rows = query(request.db, area.name, filters, limit=MOST + 1)
    if len(rows) > MOST:
        said = _(
            "A table holds at most ${n} lines. Please narrow the list first.", mapping={"n": MOST}
        )
        return back(request, LIST, said, "error", area=area.name, _query=filters)
    if not rows:
        raise HTTPNotFound
    lines = cells(_Words(request, area), rows)
    titles = [request.translate(one) for one in head]
    record(request.db, "exchange.table", "exchange_record", name)
    data = workbook(request.translate(area.title), titles, lines)
    return handed_out(data, f"{area.name.replace('.', '-')}-{name}-{request.tenant.today()}")


class _Words:
    """What stands in cells, in the reader's language and on the town's clock."""

    def __init__(self, request: Request, area: Any) -> None:
        self.say = request.translate
        self.zone = ZoneInfo(request.tenant.timezone)
        self.called: Mapping[str, Any] = called(request, area)
        self.formats = exchange.kinds.formats(request.registry)

    def moment(self, value: Any) -> Cell:
        return None if value is None else value.astimezone(self.zone)


def _records(words: _Words, rows: Any) -> Iterator[list[Cell]]:
    for row in rows:
        yield [
            row.subject,
            row.summary,
            row.kind,
            words.say(STATES[row.state]),
            words.say(WEIGHTS[row.severity]),
            row.name,
            row.entry,
            row.number,
            words.moment(row.created_at),
            words.moment(row.changed_at),
        ]


def _findings(words: _Words, rows: Any) -> Iterator[list[Cell]]:
    for row in rows:
        yield [
            row.subject,
            row.summary,
            words.say(STATES[row.state]),
            words.say(WEIGHTS[row.severity]),
            words.say(words.called.get(row.code, row.code)),
            row.field,
            words.say(as_message(row.message)),
        ]


def _deliveries(words: _Words, rows: Any) -> Iterator[list[Cell]]:
    for row in rows:
        kind = words.formats.get(row.format or "")
        yield [
            row.name,
            row.source,
            words.say(kind.title) if kind else row.format,
            words.say(DELIVERY_STATES[row.state]),
            words.say(as_message(row.reason)) if row.reason else None,
            row.staged,
            row.known,
            row.size,
            words.moment(row.received_at),
            words.moment(row.staged_at),
            row.sha,
        ]


def _all_deliveries(session: Any, area: str, _filters: Mapping[str, Any], *, limit: int) -> Any:
    return queries.deliveries(session, area, limit=limit)


TABLES: Mapping[str, Any] = {
    "records": (RECORDS, queries.lines_of_records, _records),
    "findings": (FINDINGS, queries.lines_of_findings, _findings),
    "deliveries": (DELIVERIES, _all_deliveries, _deliveries),
}
