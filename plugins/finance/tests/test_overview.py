"""The overview: what came in, is open, was released and booked, by month and tax."""

import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from intake_kit import INBOX, deliver, made, notice, records
from lxml import etree
from sqlalchemy import update

from stadtkern.exchange.models import Record
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance import figures

PAGE = "/admin/finance"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def found(town: Town, today: date) -> list[figures.Line]:
    with town.session(write=False) as session:
        return [one for one in figures.lines(session, today, BERLIN) if any(one[2:])]


def test_months_are_the_clocks_of_the_town(town: Town) -> None:
    deliver(town, notice())
    # Half past midnight of the first of March in Berlin is still February in UTC.
    with town.session() as session:
        moment = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
        session.execute(update(Record).values(created_at=moment))
    assert found(town, date(2026, 3, 5)) == [
        figures.Line(date(2026, 3, 1), "grundsteuer_b", received=1, open=1)
    ]
    assert found(town, date(2027, 3, 5)) == []


def test_what_goes_on_moves_through_the_columns(town: Town) -> None:
    deliver(town, notice())
    today = datetime.now(BERLIN).date()
    for who, deed, open_, released, booked in (
        ("finance_clerk", "propose", 1, 0, 0),
        ("finance_approver", "release", 0, 1, 1),
    ):
        town.login(who, mail=f"{who}@people.example")
        (row,) = records(town)
        fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
        town.post(f"{INBOX}/records/{row.id}", fields, status=302)
        town.run_jobs()
        (line,) = found(town, today)
        assert line[2:6] == (1, open_, released, booked)
    assert line.cents == 9600 * 690 // 100
    page = town.get(PAGE)
    assert page.html.find("table").find("tbody").find("tr").text.count("1") >= 3
    assert "662,40" in page.text
    assert len(page.html.find_all("svg", role="img")) == 4


@on_sqlite
def test_the_overview_costs_the_same_however_much_there_is(town: Town, tmp_path) -> None:
    town.login("finance_clerk")
    costs = []
    for count in (2, 40):
        deliver(town, made(tmp_path, records=count, seed=count))
        town.get(PAGE)
        with town.statements() as seen:
            town.get(PAGE)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 6


@on_sqlite
def test_the_table_can_be_saved_for_a_spreadsheet(town: Town) -> None:
    deliver(town, notice())
    town.login("finance_clerk")
    answer = town.post(PAGE, {"months": "12"}, status=200)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        shared = etree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(one.itertext()) for one in shared]
    assert "Grundsteuer B" in texts


@on_sqlite
def test_only_the_treasurys_people_see_it(town: Town) -> None:
    town.login("editor")
    town.get(PAGE, status=403)
    town.logout()
    town.login("finance_clerk")
    assert "Noch ist nichts eingegangen" in town.get(PAGE)
    town.disable("finance")
    town.get(PAGE, status=404)
