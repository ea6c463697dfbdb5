"""Lists of bookings, notices and follow-ups go into a spreadsheet: formula-safe, and audited."""

import io
import re
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from intake_kit import deliver, notice
from issuing_kit import assess, make, ready
from sqlalchemy import func, select
from test_booking_export import booked, export, released
from test_receipts import no, take, told, yes

from stadtkern.audit.models import AuditEntry
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.cases.models import FollowUp
from stadtkern_finance.models import TaxAccount

pytestmark = on_sqlite
PLACE = "/admin/finance"


def texts(town: Town, path: str, **fields: str) -> list[str]:
    """Return the texts of the workbook that a deed hands out."""
    answer = town.post(f"{PLACE}/{path}.xlsx", fields)
    assert answer.content_disposition.endswith('.xlsx"')
    with ZipFile(io.BytesIO(answer.body)) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
        found = re.findall("<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
    return [unescape(one) for one in found]


def taken(town: Town) -> int:
    with town.session(write=False) as session:
        wanted = AuditEntry.deed == "finance.table"
        return session.scalar(select(func.count(AuditEntry.id)).where(wanted)) or 0


@pytest.fixture
def exported(town: Town, stadtkern: Any, tmp_path: Path) -> Town:
    town.enable("finance")
    town.configure("finance", rate_b=690)
    deliver(town, notice(), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    first, *others = booked(town)
    take(town, told(no(first, "=gesperrt"), *map(yes, others)))
    return town


def test_a_batch_and_what_was_rejected(exported: Town) -> None:
    exported.login("finance_clerk")
    for path in ("batches/1", "rejected"):
        found = texts(exported, path)
        assert "=gesperrt" in found, path
        assert booked(exported)[0].facts["kassenzeichen"] in found, path
    assert {"angenommen", "abgelehnt"} <= set(texts(exported, "batches/1"))
    assert "angenommen" not in texts(exported, "rejected")
    assert taken(exported) == 4
    exported.post(f"{PLACE}/batches/2.xlsx", {}, status=404)


def test_notices_as_the_list_shows_them(town: Town) -> None:
    ready(town)
    assess(town)
    make(town, town.tenant.today())
    town.login("finance_clerk")
    assert "erstellt" in texts(town, "notices", state="made")
    assert "erstellt" not in texts(town, "notices", state="sent")
    assert "per Post" in texts(town, "notices")


def test_follow_ups_that_are_due_to_whoever_asks(town: Town) -> None:
    town.enable("finance")
    me, other = town.login("finance_clerk"), town.account("finance_approver")
    with town.session() as session:
        account = TaxAccount(
            kassenzeichen="5.0100.1", tax_kind="grundsteuer_b", number="4011", owners=[]
        )
        session.add(account)
        session.flush()
        for person, text in ((me.id, "Meine"), (None, "Für alle"), (other.id, "Fremde")):
            session.add(
                FollowUp(
                    account_id=account.id, person_id=person, day=town.tenant.today(), text=text
                )
            )
    found = texts(town, "follow-ups")
    assert {"Meine", "Für alle", "5.0100.1"} <= set(found)
    assert "Fremde" not in found
