"""Lists of notices, bookings and follow-ups as tables; the history says who took one along."""

from datetime import date

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.web.sheets import MAX_ROWS, Cell
from stadtkern_finance.cases import limits, people
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.issuing import queries as issued
from stadtkern_finance.ledger import batches, queries
from stadtkern_finance.ledger.models import ACCEPTED, REJECTED, SETTLED, BookedLine
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views.base import DIGITS, add_deed, in_euros, table_of
from stadtkern_finance.views.batches import batch_of
from stadtkern_finance.views.notices import STATES, WAYS, filters

ANSWERS = {
    ACCEPTED: _("accepted"),
    REJECTED: _("rejected"),
    SETTLED: _("dealt with"),
    None: _("without an answer"),
}
BOOKING = (
    *(_("Kassenzeichen"), _("Tax"), _("Year"), _("Text of the booking"), _("Due")),
    *(_("Amount"), _("Answer"), _("Reason")),
)


def notices(request: Request) -> Response:
    """Hand out the notices that the list shows."""
    state, words = filters(request.POST)
    translate = request.translate
    rows = (
        (
            *(row.number, translate(TAXES.get(tax, tax)), year, row.day),
            in_euros(row.amount_cent) if row.pdf_sha else None,
            *(translate(STATES[row.state]), translate(WAYS[row.way])),
        )
        for row, tax, year in issued.listed(request.db, state, words, MAX_ROWS, 0)
    )
    head = (
        *(_("Kassenzeichen"), _("Tax"), _("Year"), _("Date"), _("Asks for"), _("State")),
        _("Way"),
    )
    about = ("finance_notice", "list")
    return table_of(request, _("Notices"), head, rows, about=about, name="bescheide")


def _booking(request: Request, row: BookedLine) -> tuple[Cell, ...]:
    facts, translate = row.facts, request.translate
    due = facts["faelligkeit"]
    return (
        *(facts["kassenzeichen"], translate(TAXES.get(facts["steuerart"], facts["steuerart"]))),
        *(row.year, facts["buchungstext"], None if due is None else date.fromisoformat(due)),
        *(in_euros(row.amount_cent), translate(ANSWERS[row.answer]), row.reason),
    )


def batch(request: Request) -> Response:
    """Hand out a batch's bookings with what the accounting system has answered to each."""
    row = batch_of(request)
    name = batches.name_of(row)
    rows = (_booking(request, one) for one in queries.told(request.db, row.id))
    title = _("Batch ${name}", mapping={"name": name})
    about = ("finance_batch", row.id)
    return table_of(request, title, BOOKING, rows, about=about, name=f"stapel-{name}")


def rejected(request: Request) -> Response:
    """Hand out the bookings that were rejected and wait for somebody."""
    found = queries.rejected(request.db, None, MAX_ROWS)
    head = (*BOOKING[:-2], _("Reason"), _("Batch"))
    rows = (
        (*_booking(request, one)[:-2], one.reason, batches.name_of(batch)) for one, batch in found
    )
    about = ("finance_line", "list")
    return table_of(request, _("Rejected bookings"), head, rows, about=about, name="abgelehnt")


def follow_ups(request: Request) -> Response:
    """Hand out the follow-ups that are due to whoever asks."""
    mine, day = request.identity.account_id, request.tenant.today()
    found = people.due(request.db, limits.served_by(request.db, mine, day), day, MAX_ROWS)
    names = people.people(request.db, request.tenant.id)
    everybody = request.translate(_("everybody's"))
    rows = (
        (
            *(one.day, one.text, account.kassenzeichen),
            everybody if one.person_id is None else names.get(one.person_id, "?"),
        )
        for one, account in found
    )
    head = (_("Due"), _("What for"), _("Kassenzeichen"), _("Whose"))
    about = ("finance_follow_up", "list")
    return table_of(request, _("Follow-ups"), head, rows, about=about, name="wiedervorlagen")


def includeme(config: Configurator) -> None:
    """Register the tables: by POST, since each stands in the history."""
    place = "/admin/finance"
    for view, route, path in (
        (notices, "finance.notices.table", "notices.xlsx"),
        (batch, "finance.batch.table", f"batches/{{number:{DIGITS}}}.xlsx"),
        (rejected, "finance.rejected.table", "rejected.xlsx"),
        (follow_ups, "finance.followups.table", "follow-ups.xlsx"),
    ):
        config.add_route(route, f"{place}/{path}")
        add_deed(config, view, route, permission=FinancePermission.READ)
