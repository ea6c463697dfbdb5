"""Letters that go to the post, and the codes by which their readers open them."""

import csv
import io
import json
import re
import zipfile
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from issuing_kit import assess, make, notices, piles, ready, trade
from sqlalchemy import select, update

from stadtkern.db import utcnow
from stadtkern.jobs import enqueue
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.issuing import codes, keeping, piling
from stadtkern_finance.issuing.models import StoredNotice

PILES = "/admin/finance/piles"
OPEN = "/finance/notice"
CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")


@pytest.fixture
def town(town: Town) -> Town:
    return ready(town)


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def archive(town: Town) -> zipfile.ZipFile:
    """Have a clerk put everything into a pile, and download it."""
    town.login("finance_clerk", mail="clerk@people.example")
    town.post(PILES, status=302)
    town.run_jobs()
    number = piles(town)[-1].number
    return zipfile.ZipFile(io.BytesIO(town.post(f"{PILES}/{number}/file").body))


def code_of(stack: list[str], number: str) -> str:
    """Return the code on the sheet of a Kassenzeichen."""
    (sheet,) = [text for text in stack if "Abrufcode" in text and number in text]
    found = CODE.search(sheet)
    assert found is not None
    return found.group()


def posted(town: Town) -> None:
    today = town.tenant.today().isoformat()
    town.post(f"{PILES}/{piles(town)[-1].number}", {"day": today}, status=302)


def opened(town: Town, number: str, code: str, *, status: int = 200, **more: str) -> Any:
    town.anonymous()
    fields = {"number": number, "code": code} | more
    return town.post(OPEN, fields, csrf=False, status=status)


@on_sqlite
def test_a_pile_holds_every_letter_once_with_its_code(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(piling, "STACK", 2)
    for number in range(2):
        assess(town, number)
    trade(town, 9)
    make(town)
    with archive(town) as found:
        names = found.namelist()
        stacks = [pages(found.read(name)) for name in names if name.endswith(".pdf")]
        manifest = json.loads(found.read("manifest.json"))
        table = io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))
    rows = notices(town)
    assert [len(stack) for stack in stacks] == [
        rows[0].pages + rows[1].pages + 2,
        rows[2].pages + 1,
    ]
    assert [(one["number"], one["sha256"], one["pages"]) for one in manifest["letters"]] == [
        (row.id, row.pdf_sha, row.pages) for row in rows
    ]
    (pile,) = piles(town)
    assert manifest["totals"] == {
        "pile": 1,
        "letters": 3,
        "pages": pile.pages,
        "sheets": 3,
        "amount": f"{sum(row.amount_cent for row in rows) / 100:.2f}",
        "hash": pile.hash,
    }
    lines = list(csv.DictReader(table, delimiter=";"))
    assert [line["sha256"] for line in lines] == [row.pdf_sha for row in rows]
    # A letter, then its own sheet; every code another one, and only hashes of them are kept.
    found_codes = {code_of([text for one in stacks for text in one], row.number) for row in rows}
    assert len(found_codes) == 3
    assert {codes.digest(codes.typed(code) or "") for code in found_codes} == {
        row.code_hash for row in rows
    }
    town.post(PILES, status=302)
    assert len(piles(town)) == 1
    page = town.get(f"{PILES}/1")
    assert page.text.count('class="button"') == 1


@on_sqlite
def test_the_day_of_posting_says_when_it_counts(town: Town) -> None:
    assess(town)
    make(town)
    archive(town)
    day = town.tenant.today()
    town.post(f"{PILES}/1", {"day": (day + timedelta(days=1)).isoformat()}, status=422)
    posted(town)
    (row,) = notices(town)
    assert (row.state, row.sent_on, row.regime) == ("sent", day, "letter")
    assert row.announced_at is not None
    assert row.objection_until is not None
    assert row.announced_at >= day + timedelta(days=4)
    assert row.objection_until > row.announced_at + timedelta(days=27)
    # Posted once; the archive with its codes goes.
    posted(town)
    assert piles(town)[0].posted_on == day
    town.post(f"{PILES}/1/file", status=404)


def test_a_code_opens_its_notice_without_a_cookie(town: Town) -> None:
    trade(town)
    make(town)
    with archive(town) as found:
        code = code_of(pages(found.read(found.namelist()[0])), notices(town)[0].number)
    posted(town)
    (row,) = notices(town)
    town.anonymous()
    asked = town.get(OPEN)
    assert "Set-Cookie" not in asked.headers
    small = f" {code.lower().replace('-', ' ')}"
    shown = opened(town, row.number.replace(".", " "), small)
    assert "Set-Cookie" not in shown.headers
    assert shown.headers["Cache-Control"] == "no-store"
    assert "40.000,00" in shown.text
    assert "§ 16 Abs. 1 GewStG" in shown.text
    assert "Magistrat der Stadt Musterstadt" in shown.text
    english = opened(town, row.number, code, language="en")
    assert 'lang="en"' in english.text
    assert "€40,000.00" in english.text
    assert "Base amount times rate" in english.text
    pdf = opened(town, row.number, code, do="pdf")
    store = keeping.store_of(town.registry, town.tenant_id)
    assert pdf.body == store.read(row.pdf_sha or "")
    assert opened(town, row.number, code, do="xml").body == store.read(row.xml_sha or "")
    # Nothing of it stands in an address, and nothing in the history but that it was opened.
    assert code not in shown.request.url


@on_sqlite
def test_whatever_does_not_fit_is_refused_with_the_same_words(town: Town) -> None:
    assess(town, 1)
    assess(town, 2)
    make(town)
    with archive(town) as found:
        stack = pages(found.read(found.namelist()[0]))
    first, second = notices(town)
    code = code_of(stack, first.number)

    def words(answer: Any) -> str:
        return re.sub(r'value="[^"]*"', "", answer.text)

    wrong = words(opened(town, first.number, codes.new_code(), status=422))
    assert words(opened(town, second.number, code, status=422)) == wrong
    assert words(opened(town, first.number, "?", status=422)) == wrong
    assert words(opened(town, "", "", status=422)) == wrong
    opened(town, first.number, code)
    with town.session() as session:
        used = utcnow() - codes.ONCE_USED
        session.execute(update(StoredNotice).values(code_used_at=used))
    assert words(opened(town, first.number, code, status=422)) == wrong
    with town.session() as session:
        gone = {"code_used_at": None, "code_until": utcnow()}
        session.execute(update(StoredNotice).values(**gone))
    assert words(opened(town, first.number, code, status=422)) == wrong
    town.disable("finance")
    town.get(OPEN, status=404)


@on_sqlite
def test_nobody_tries_codes_in_numbers(town: Town) -> None:
    for _try in range(10):
        opened(town, "5.0100.1", "x", status=422)
    opened(town, "5.0100.1", "x", status=429)


@on_sqlite
def test_a_pile_whose_writing_broke_is_written_again_with_new_codes(
    town: Town, monkeypatch: Any
) -> None:
    assess(town)
    make(town)
    whole = piling.table_of
    monkeypatch.setattr(piling, "table_of", lambda _lines: 1 / 0)
    town.login("finance_clerk", mail="clerk@people.example")
    town.post(PILES, status=302)
    town.run_jobs(failing=True)
    assert [(row.state, row.code_hash) for row in notices(town)] == [("piled", None)]
    monkeypatch.setattr(piling, "table_of", whole)
    with town.session() as session:
        enqueue(session, town.registry, piling.JOB, tenant_id=town.tenant_id, pile=1)
    town.run_jobs()
    assert piles(town)[0].state == "ready"
    assert notices(town)[0].code_hash is not None


@on_sqlite
def test_a_clerk_sees_what_the_taxpayer_sees(town: Town) -> None:
    assess(town, before_cent=60_000)
    make(town)
    (row,) = notices(town)
    page = town.get(f"/admin/finance/notices/{row.id}/explained?language=en")
    for words in (
        "Property tax B for 2026, explained",
        "€150.00",
        "420%",
        "Widerspruch",
        "Einspruch",
    ):
        assert words in page.text
    with town.session(write=False) as session:
        assert session.scalars(select(StoredNotice.code_hash)).all() == [None]


@given(st.text(alphabet=codes.ALPHABET, min_size=20, max_size=20))
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    printed = codes.grouped(code)
    mistaken = printed.lower().replace("0", "o").replace("1", "l")
    assert codes.typed(printed) == codes.typed(mistaken) == code
    assert codes.typed(printed[:-1]) is None


def test_a_code_ends() -> None:
    now = utcnow()
    later = now + timedelta(days=1)
    assert codes.is_open(later, None, now)
    assert codes.is_open(later, now - timedelta(hours=23), now)
    assert not codes.is_open(later, now - timedelta(hours=24), now)
    assert not codes.is_open(now, None, now)
    assert not codes.is_open(None, None, now)
    assert codes.until(date(2026, 3, 16)).date() == date(2026, 6, 15)
