"""Piles of letters for the post: stacks to print, a manifest, totals, and the day of posting."""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pypdfium2
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant
from stadtkern_finance.issuing import codes, keeping, queries
from stadtkern_finance.issuing.models import (
    MAKING,
    PILED,
    POSTED,
    READY,
    SENT,
    Pile,
    StoredNotice,
)
from stadtkern_finance.issuing.sheets import sheet_printer
from stadtkern_finance.law.announcement import Announcement, Regime, announce

JOB = "finance.pile"
MOST = 5_000
"""Letters of one pile."""
STACK = 250
"""Letters of one PDF: what a printer takes at once, and what memory holds."""
LARGEST = 5_000_000_000
"""Bytes of an archive."""
COLUMNS = ("position", "stack", "number", "kassenzeichen", "pages", "sheets", "amount", "sha256")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Line(NamedTuple):
    """One letter of a pile, as its manifest names it."""

    position: int
    stack: str
    number: int
    kassenzeichen: str
    pages: int
    sheets: int
    amount: str
    sha256: str


def ask(session: Session, registry: Registry, tenant: Tenant) -> Pile | None:
    """Put what waits for the post into a pile, and have it made; None where nothing waits."""
    rows = queries.to_post(session, 0, MOST)
    if not rows:
        return None
    pile = Pile(
        number=queries.last_pile(session) + 1,
        state=MAKING,
        letters=len(rows),
        pages=sum(row.pages for row in rows),
        amount_cent=sum(row.amount_cent for row in rows),
        hash=chained(rows),
    )
    session.add(pile)
    session.flush()
    queries.into_pile(session, pile.id, [row.id for row in rows], PILED)
    _queue(session, registry, tenant, pile)
    return pile


def _queue(session: Session, registry: Registry, tenant: Tenant, pile: Pile) -> None:
    enqueue(session, registry, JOB, tenant_id=tenant.id, unique=f"pile-{pile.id}", pile=pile.number)


def go_on(session: Session, registry: Registry, tenant: Tenant) -> None:
    """Have piles written whose job is gone, such as in a town that has come in."""
    for pile in queries.piles_in(session, MAKING):
        _queue(session, registry, tenant, pile)


def chained(rows: Sequence[StoredNotice]) -> str:
    """Return the hash over number and sha256 of each letter, in their order."""
    text = "".join(f"{row.id};{row.pdf_sha}\n" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def run(job: Job, pile: int) -> None:
    """Write a pile's archive: once more from the beginning where a worker has died."""
    if job.tenant is None:
        return
    with job.work(write=False) as session:
        row = queries.pile(session, pile)
        if row is None or row.state != MAKING:
            return
        letters = list(queries.in_pile(session, row.id))
        session.expunge_all()
    store = keeping.store_of(job.registry, job.tenant.id)
    made = {one.id: codes.new_code() for one in letters}
    with tempfile.TemporaryFile() as file:
        write(file, store, row, letters, made, job=job, tenant=job.tenant)
        file.seek(0)
        sha, size = store.put(file, maximum=LARGEST)
    day = job.tenant.today()
    with job.work(write=True) as session:
        stored = queries.pile(session, pile)
        if stored is None or stored.state != MAKING:
            return
        until = codes.until(day, codes.UNPOSTED_DAYS)
        queries.set_codes(
            session, [(number, codes.digest(code)) for number, code in made.items()], until
        )
        stored.state, stored.file_sha, stored.file_size = READY, sha, size


def write(
    file: Any,
    store: FileStore,
    pile: Pile,
    letters: Sequence[StoredNotice],
    made: dict[int, str],
    *,
    job: Job,
    tenant: Tenant,
) -> None:
    """Write stacks and manifest into an archive."""
    lines: list[Line] = []
    address = f"https://{tenant.host}/finance/notice"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for start in range(0, len(letters), STACK):
            part = letters[start : start + STACK]
            name = f"stapel-{pile.number:04d}-{start // STACK + 1:03d}.pdf"
            sheets = sheet_printer().print(address, [(one.number, made[one.id]) for one in part])
            archive.writestr(
                name, stack_of([store.read(one.pdf_sha or "") for one in part], sheets)
            )
            lines += [
                Line(
                    start + place,
                    name,
                    one.id,
                    one.number,
                    one.pages,
                    1,
                    f"{one.amount_cent / 100:.2f}",
                    one.pdf_sha or "",
                )
                for place, one in enumerate(part, 1)
            ]
            job.progress(len(lines), len(letters))
        totals = {
            "pile": pile.number,
            "letters": len(lines),
            "pages": sum(line.pages for line in lines),
            "sheets": sum(line.sheets for line in lines),
            "amount": f"{pile.amount_cent / 100:.2f}",
            "hash": pile.hash,
        }
        told = {"totals": totals, "letters": [line._asdict() for line in lines]}
        archive.writestr("manifest.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("manifest.csv", table_of(lines))


def stack_of(letters: Sequence[bytes], sheets: bytes) -> bytes:
    """Return one PDF of all letters, behind each its sheet."""
    target = io.BytesIO()
    with pypdfium2.PdfDocument.new() as whole, pypdfium2.PdfDocument(sheets) as codes_pdf:
        for place, data in enumerate(letters):
            with pypdfium2.PdfDocument(data) as letter:
                whole.import_pages(letter)
            whole.import_pages(codes_pdf, pages=[place])
        whole.save(target)
    return target.getvalue()


def table_of(lines: Sequence[Line]) -> bytes:
    """Return the manifest as CSV that spreadsheets open; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        number = line.kassenzeichen
        writer.writerow(
            line._replace(kassenzeichen=f"'{number}" if number.startswith(_FORMULA) else number)
        )
    return text.getvalue().encode("utf-8-sig")


def posted(session: Session, pile: Pile, day: date) -> Announcement:
    """Note the day on which a pile was posted: when its letters count as announced follows."""
    found = announce(day, Regime.LETTER)
    queries.set_in_pile(
        session,
        pile.id,
        state=SENT,
        sent_on=day,
        regime=found.regime.value,
        announced_at=found.announced_at,
        objection_until=found.objection_until,
        code_until=codes.until(day),
        changed_at=utcnow(),
    )
    pile.state, pile.posted_on, pile.file_sha = POSTED, day, None
    session.flush()
    audit.record(session, "finance.posted", "finance_pile", pile.id)
    return found
