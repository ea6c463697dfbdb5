"""The inbox of the integrators' documentation is one that works."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import select
from webtest import Upload

from stadtkern.exchange.models import Finding, Record
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

DOCS = Path(__file__).parents[2] / "docs" / "integrators" / "exchange.md"
INBOX = "/admin/exchange/stops"


def documented() -> Any:
    """Return the module that the documentation shows."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    module = ModuleType("stops")
    exec(compile(code, str(DOCS), "exec"), module.__dict__)  # noqa: S102 - our own documentation
    return module


def press(town: Town, number: int, **fields: str) -> None:
    """Press a button on a record's page, having just seen it."""
    with town.session(write=False) as session:
        row = session.get_one(Record, number)
        seen = {"version": str(row.version), "seen": row.payload_hash}
    town.post(f"{INBOX}/records/{number}", seen | fields, status=302)


@on_sqlite
def test_the_documented_inbox_checks_mends_releases_and_sends(make_town) -> None:
    town = make_town(configure=documented().includeme)
    town.login("stops_clerk")
    town.post(INBOX, [("file", Upload("stops.txt", b"#stops\nMarkt;10\nBahnhof;45\n"))], status=302)
    town.run_jobs()
    with town.session(write=False) as session:
        number = session.scalars(select(Record.id).where(Record.subject == "Bahnhof")).one()
        finding = session.scalars(select(Finding.id)).one()
    assert "Nobody waits that long." in town.get(f"{INBOX}/records/{number}").text
    press(town, number, mend=f"{finding}:0")
    assert "every 30 minutes" in town.get(f"{INBOX}/records/{number}").text
    press(town, number, do="propose")
    town.login("stops_second")
    press(town, number, do="release")
    town.run_jobs()
    with town.session(write=False) as session:
        states = dict(session.execute(select(Record.subject, Record.state)).all())
    assert states == {"Markt": "open", "Bahnhof": "done"}
