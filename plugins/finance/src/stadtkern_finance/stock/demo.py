"""A demonstration town's stock, and one delivery that waits to be read. No real person's data."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from stadtkern.exchange import receiving
from stadtkern.plugins.events import DemoLoading
from stadtkern_finance.formats.reading import read
from stadtkern_finance.intake.keys import number_of
from stadtkern_finance.issuing import letterheads
from stadtkern_finance.models import AccountAlias, Rate, TaxAccount
from stadtkern_finance.stock import queries, words
from stadtkern_finance.stock.matching import place_key
from stadtkern_finance.synthetic import Order, write

NEW_EVERY, RENUMBERED_EVERY = 11, 7
"""Of so many notices one has no account yet, or one whose number was another."""
PEOPLE = {
    "editor@demo.example": ("editor", "finance_clerk"),
    "admin@demo.example": ("administrator", "finance_approver"),
}


def load(event: DemoLoading) -> None:
    """Make what the town's file asks for: rates, letterhead, accounts, a delivery; once."""
    wanted = event.town.get("finance")
    if not wanted or queries.has_stock(event.session):
        return
    for tax, percent in wanted["rates"].items():
        event.session.add(Rate(tax=tax, first_year=int(wanted["year"]) - 1, percent=int(percent)))
    if wanted.get("letterhead"):
        letterheads.store(
            event.session, None, date(int(wanted["year"]) - 1, 1, 1), wanted["letterhead"]
        )
    order = Order(
        int(wanted["records"]),
        int(wanted["seed"]),
        ags=str(event.town["ags"]),
        town=str(event.town["name"]),
        year=int(wanted["year"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"GMBX_{order.ags}_{order.year}.zip"
        write(order, path)
        data = path.read_bytes()
        for place, one in enumerate(read(data, path.name), 1):
            _account(event.session, one.fields, place)
        with path.open("rb") as stream:
            got = receiving.receive(
                event.session,
                event.registry,
                area="finance",
                stream=stream,
                name=path.name,
                source="upload",
            )
    receiving.confirm(got.delivery)
    _people(event)


def _account(session: Any, fields: dict[str, Any], place: int) -> None:
    if place % NEW_EVERY == 0:
        return
    number = number_of(fields)
    renumbered = place % RENUMBERED_EVERY == 0
    account = TaxAccount(
        kassenzeichen=f"5.0100.{place:06d}.1",
        tax_kind=fields["tax_kind"],
        number=f"9{number[1:]}" if renumbered else number,
        place=fields.get("location") or {},
        place_key=place_key(fields.get("location")),
        owners=[one for one in fields.get("parties", ()) if one["role"] == "owner"],
        messbetrag_cent=fields.get("previous_messbetrag_cent") or fields["messbetrag_cent"],
    )
    session.add(account)
    words.keep(session, [account])
    if renumbered:
        session.add(AccountAlias(account_id=account.id, number=number))


def _people(event: DemoLoading) -> None:
    """Let the demonstration's two people be clerk and approver, where they log in at all."""
    for mail, roles in PEOPLE.items():
        event.appoint(mail, roles)
