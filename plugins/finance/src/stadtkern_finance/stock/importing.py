"""The stock comes in from a list: accounts by Kassenzeichen, in bounded transactions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.mapping import FormatMapping, load
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.formats.table import decoded, heading, row_nodes
from stadtkern_finance.i18n import _
from stadtkern_finance.models import AccountAlias, TaxAccount
from stadtkern_finance.stock import mandates, queries, words
from stadtkern_finance.stock.matching import place_key

BATCH = 500
LARGEST = 100_000_000
"""Bytes of a list, which is read as a whole; of 50,000 accounts it has about 10 million."""
MOST_PROBLEMS = 50
PARTY, MANDATE = "owner", "mandate"
COLUMNS = {"kassenzeichen": 40, "tax_kind": 40, "number": 30}

Unit = Callable[[], AbstractContextManager[Session]]
Keep = Callable[[Session, Mapping[str, Mapping[str, Any]]], int]
"""Stores mandates by Kassenzeichen and returns how many were new or changed."""


@dataclass
class Report:
    """What an import did, or would do; ``problems``: line and reason of what stayed out."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    renumbered: int = 0
    left_out: int = 0
    mandates: int = 0
    problems: list[tuple[int, str, Any]] = field(default_factory=list)

    def refuse(self, line: int, name: str, reason: Any) -> None:
        """Note a line that cannot be taken."""
        self.left_out += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((line, name, reason))


def mapping_of(path: Path | None) -> FormatMapping:
    """Return the mapping of a stock list: the one in a file, else ours."""
    folder = files("stadtkern_finance") / "mapping" / "codes"
    codes: dict[str, Mapping[str, Any]] = {
        Path(one.name).stem: yaml.safe_load(one.read_text("utf-8"))
        for one in folder.iterdir()
        if one.name.endswith(".yaml")
    }
    if path is not None:
        return load(path.read_text("utf-8"), path.name, codes)
    own = files("stadtkern_finance.stock") / "mapping" / "stock-own-1.yaml"
    return load(own.read_text("utf-8"), "stock-own-1", codes)


def lines(
    data: bytes, name: str, mapping: FormatMapping, report: Report, today: date
) -> Iterator[dict[str, Any]]:
    """Yield the accounts of a list as columns; what does not fit is noted with its line.

    ``today``: the day on the town's clock. Raises ``FileRefused`` for what is no such list.
    """
    text = decoded(data, name)
    names = set(heading(text, mapping.delimiters)[1])
    missing = sorted({one.source for one in mapping.part.required} - names)
    if missing:
        reason = _("lacks the columns ${names}", mapping={"names": ", ".join(missing)})
        raise FileRefused(name, reason)
    for number, nodes in enumerate(row_nodes(text, name, mapping.delimiters), 2):
        made = _line(nodes, mapping, number, report)
        if made is None:
            continue
        unfit = mandates.problem(made[MANDATE], today) if MANDATE in made else None
        if unfit is None:
            yield made
        else:
            report.refuse(number, unfit.field, unfit.reason)


def _line(
    nodes: tuple[Node, ...], mapping: FormatMapping, number: int, report: Report
) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for node in nodes:
        for one in mapping.part.fields.get(node.name, ()):
            if not node.text:
                continue
            try:
                value = one.convert(node.text)
            except ValueError:
                reason = _("the value “${value}” does not fit", mapping={"value": node.text[:60]})
                report.refuse(number, node.name, reason)
                return None
            inner = made
            for step in one.target[:-1]:
                inner = inner.setdefault(step, {})
            inner[one.target[-1]] = value
    for one in mapping.part.required:
        if made.get(one.target[0]) in {None, ""}:
            report.refuse(number, one.source, _("is missing"))
            return None
    for name, most in COLUMNS.items():
        if len(str(made.get(name, ""))) > most:
            report.refuse(number, name, _("is longer than ${n} characters", mapping={"n": most}))
            return None
    return made


def run(
    unit: Unit,
    rows: Iterator[dict[str, Any]],
    report: Report,
    *,
    day: date,
    dry: bool,
    keep: Keep | None = None,
) -> Report:
    """Store accounts: new ones, and what has changed of known ones; others stay.

    ``unit()`` opens one transaction that commits at its end. Begun again after a crash it finds
    what is stored unchanged. A number that changes stays known as an earlier one, until ``day``.
    ``keep`` stores the mandates of the list.
    """
    seen: set[str] = set()
    kept = None if dry else day
    while chunk := list(islice(rows, BATCH)):
        with unit() as session:
            known = queries.by_kassenzeichen(session, [one["kassenzeichen"] for one in chunk])
            aliases = queries.aliases(session, [row.id for row in known.values()])
            taken, given = [], {}
            for one in chunk:
                name = one["kassenzeichen"]
                if name in seen:
                    report.refuse(0, name, _("stands there twice"))
                    continue
                seen.add(name)
                if MANDATE in one:
                    given[name] = one[MANDATE]
                taken.append(_take(session, one, known.get(name), aliases, report, kept))
            if not dry:
                words.keep(session, [row for row in taken if row is not None])
            if given and keep is not None and not dry:
                session.flush()
                report.mandates += keep(session, given)
    return report


def _take(
    session: Session,
    one: Mapping[str, Any],
    row: TaxAccount | None,
    aliases: set[tuple[int, str]],
    report: Report,
    day: date | None,
) -> TaxAccount | None:
    """Store one account; return it where it is new or has changed. Without a day only count."""
    values = columns(one)
    if row is None:
        report.new += 1
        made = TaxAccount(**values)
        if day is not None:
            session.add(made)
        return made
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        report.unchanged += 1
        return None
    report.changed += 1
    renumbered = "number" in changed and bool(row.number)
    report.renumbered += renumbered
    if day is None:
        return row
    if renumbered and (row.id, row.number) not in aliases:
        session.add(AccountAlias(account_id=row.id, number=row.number, until=day))
    for name, value in changed.items():
        setattr(row, name, value)
    row.changed_at = utcnow()
    return row


def columns(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the list as the account's columns; what it does not say stays out."""
    place = dict(one.get("place") or {})
    owner = dict(one.get(PARTY) or {})
    if isinstance(owner.get("names"), str):
        owner["names"] = [owner["names"]]
    made: dict[str, Any] = {
        "kassenzeichen": one["kassenzeichen"],
        "tax_kind": one["tax_kind"],
        "number": one.get("number", ""),
    }
    if place:
        made |= {"place": place, "place_key": place_key(place)}
    if owner:
        made["owners"] = [{"role": "owner", **owner}]
    for name in ("messbetrag_cent", "year", "amount_cent"):
        if one.get(name) is not None:
            made[name] = one[name]
    if one.get("notice_date"):
        made["notice_date"] = date.fromisoformat(one["notice_date"])
    return made
