"""Redirects as a table: out to a file for a spreadsheet, and back in after a look at it."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from stadtkern.content import redirects
from stadtkern.content.errors import ContentRefused
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _
from stadtkern.web.sheets import FORMULA, safe_cell

COLUMNS = ("from", "to", "permanent", "below")
MAX_LINES = 1_000
MAX_BYTES = 500_000
TRUE = frozenset({"1", "yes", "ja", "true", "wahr", "x"})
FALSE = frozenset({"0", "no", "nein", "false", "falsch", ""})


@dataclass(frozen=True)
class Line:
    """One line of a file: ``problem`` says why it is refused, ``note`` what to know of it."""

    number: int
    path: str
    target: str
    problem: str | None = None
    note: str | None = None


def plain_cell(text: str) -> str:
    """Take ``safe_cell`` back."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def write(rows: Iterable[Any]) -> bytes:
    """Return ``(Redirect, node_path, …)`` as CSV for spreadsheets: semicolons, UTF-8 with mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow((*COLUMNS, "kind", "uses"))
    for redirect, node_path, *_rest in rows:
        writer.writerow(
            [
                safe_cell(redirect.path),
                safe_cell(redirect.target or node_path or ""),
                "yes" if redirect.permanent else "no",
                "yes" if redirect.below else "no",
                redirect.kind,
                redirect.hits,
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def decoded(data: bytes) -> str:
    """Return a file's text: UTF-8, or what older spreadsheets write (Windows-1252)."""
    if len(data) > MAX_BYTES:
        raise ContentRefused(_("The file is larger than 500 kB: please split it."), "upload")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise ContentRefused(_("This is no table: a line cannot be read."), "upload") from None
    head = [plain_cell(cell).lower() for cell in lines[0]] if lines else []
    if "from" not in head or "to" not in head:
        raise ContentRefused(
            _("The first line must name the columns: from, to, permanent, below."), "upload"
        )
    if len(lines) - 1 > MAX_LINES:
        raise ContentRefused(
            _("At most ${n} redirects at once.", mapping={"n": MAX_LINES}), "upload"
        )
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(head, map(plain_cell, cells), strict=False))


def _yes(text: str, name: str, *, default: bool) -> bool:
    low = text.lower()
    if not low:
        return default
    if low not in TRUE | FALSE:
        raise ContentRefused(_("“${name}” is yes or no.", mapping={"name": name}))
    return low in TRUE


def take_in(session: Session, tenant: Tenant, text: str, *, outside: bool, dry: bool) -> list[Line]:
    """Store the redirects of a table and return what became of each line.

    ``dry``: everything is taken back, so that loops between the file's own lines are found, too.
    Lines with a problem are passed over. ``ContentRefused`` if the file is no such table.
    """
    rows = list(_rows(text))
    found: list[Line] = []
    nested = session.begin_nested()
    for number, row in rows:
        found.append(_one(session, tenant, number, row, outside=outside))
    if dry:
        nested.rollback()
    else:
        nested.commit()
    return found


def _one(
    session: Session, tenant: Tenant, number: int, row: dict[str, str], *, outside: bool
) -> Line:
    path, target = row.get("from", ""), row.get("to", "")
    if row.get("kind") == redirects.MOVED:
        return Line(
            number, path, target, problem=_("Moved pages keep their redirects by themselves.")
        )
    try:
        wanted = redirects.check(
            session,
            tenant,
            path=path,
            target=target,
            permanent=_yes(row.get("permanent", ""), "permanent", default=True),
            below=_yes(row.get("below", ""), "below", default=False),
            outside=outside,
        )
    except ContentRefused as error:
        return Line(number, path, target, problem=error.args[0])
    redirects.store(session, tenant, wanted)
    note = None
    if wanted.covers is not None:
        note = _("A page stands there: the redirect waits until it is gone.")
    elif wanted.replaces is not None:
        note = _("Replaces the redirect that is there.")
    return Line(number, wanted.path, target, note=note)
