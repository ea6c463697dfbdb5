"""Notices typed from paper: a delivery like any other, which a later electronic one confirms.

A Bescheid may be captured from paper first and arrive electronically later (brief: paper first).
What came electronically then books nothing once more: it confirms what was typed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stadtkern.exchange import DeliveryRefused, Found, Mend, Parsed, Source
from stadtkern.exchange.models import DONE, REJECTED
from stadtkern.exchange.values import canonical, key_of
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import number_of, shown_cents
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.schema import RECORD
from stadtkern_finance.records.validation import problems

FORMAT = "finance.paper"
DATENART = "paper"
MARK = b'{"stadtkern_paper":'
LARGEST = 100_000
"""Bytes of one typed notice."""
CONFIRM, BOOK = "confirm", "book"
"""What a clerk decides where the electronic notice has other amounts than the typed one."""
BINDING = ("messbetrag_cent", "effective_from", "year", "quarter", "tax_kind")
"""Fields by which a notice comes to another tax; other differences are only shown."""
COMPARED = (*BINDING, "reason", "notice_date", "location", "flags")


def written(fields: Mapping[str, Any]) -> bytes:
    """Return a typed notice as the bytes of its delivery: the same notice, the same bytes."""
    return MARK + canonical({"version": 1, "datenart": DATENART, **fields}) + b"}"


def detect(source: Source) -> bool:
    """Tell whether a delivery is a typed notice."""
    return source.head(len(MARK)) == MARK


def read(source: Source) -> Iterator[Parsed]:
    """Yield the typed notice; ``DeliveryRefused`` for what the form does not write."""
    data = source.path.read_bytes() if source.path.stat().st_size <= LARGEST else b""
    try:
        fields = json.loads(data)["stadtkern_paper"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DeliveryRefused(source.name, _("It is no notice that was typed here.")) from None
    found = tuple(
        Found.error("finance.unfit", one.field, one.reason) for one in problems(fields, RECORD)
    )
    if not isinstance(fields, dict):
        raise DeliveryRefused(source.name, _("It is no notice that was typed here."))
    yield Parsed(fields, source.name, 1, found)


def excerpt(source: Source, _entry: str, _number: int) -> str:
    """Return what was typed, line by line."""
    fields = json.loads(source.path.read_bytes())["stadtkern_paper"]
    return json.dumps(fields, ensure_ascii=False, indent=1, sort_keys=True)


def twin_key(fields: Mapping[str, Any]) -> str:
    """Return the key under which the same notice was typed; empty where it cannot be told."""
    number, noticed = number_of(fields), fields.get("notice_date")
    if not number or not noticed or not fields.get("tax_kind"):
        return ""
    year = AssessmentRecord(fields).year
    parts = (number, fields["tax_kind"], year or "", fields.get("quarter") or "", noticed)
    return key_of(":".join([DATENART, *map(str, parts)]))


def differences(typed: Mapping[str, Any], came: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return ``(path, as typed, as it came)`` of what both say and differs."""
    found: list[tuple[str, Any, Any]] = []
    for name in COMPARED:
        mine, theirs = typed.get(name), came.get(name)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found += [
                (f"{name}.{inner}", value, theirs[inner])
                for inner, value in mine.items()
                if inner in theirs and theirs[inner] != value
            ]
        elif mine is not None and theirs is not None and mine != theirs:
            found.append((name, mine, theirs))
    return found


def confirms(twin: Any, fields: Mapping[str, Any], decided: Mapping[str, Any]) -> bool:
    """Tell whether an electronic notice only confirms the typed one, so that it books nothing."""
    if twin is None or twin.state != DONE:
        return False
    other = any(path in BINDING for path, _mine, _theirs in differences(twin.payload, fields))
    return not other or decided.get("paper") == CONFIRM


def findings(twin: Any, fields: Mapping[str, Any], decided: Mapping[str, Any]) -> list[Found]:
    """Return what a clerk should know of the notice that was typed before."""
    if twin is None or twin.state == REJECTED:
        return []
    if twin.state != DONE:
        text = _(
            "The same notice was typed from paper (record ${id}) and is not booked yet. Have it "
            "released, or reject it; then check again.",
            mapping={"id": twin.id},
        )
        return [Found.error("finance.paper_waits", "notice_date", text)]
    differ = differences(twin.payload, fields)
    if not differ:
        text = _(
            "The same notice was typed from paper (record ${id}) and is booked. This one "
            "confirms it: nothing is booked again.",
            mapping={"id": twin.id},
        )
        return [Found.hint("finance.confirms", "notice_date", text)]
    return [_differs(twin, path, mine, theirs, decided) for path, mine, theirs in differ]


def known(fields: Mapping[str, Any], account: Any) -> list[Found]:
    """Return what is found where somebody types a notice that is booked for its account."""
    day = None if account is None or account.notice_date is None else account.notice_date
    if day is None or day.isoformat() != fields.get("notice_date"):
        return []
    if account.messbetrag_cent != fields.get("messbetrag_cent"):
        return []
    text = _(
        "A notice of this day with this base amount is booked for the account ${account} already. "
        "Please reject this one.",
        mapping={"account": account.kassenzeichen},
    )
    return [Found.error("finance.paper_known", "notice_date", text)]


def _differs(twin: Any, path: str, mine: Any, theirs: Any, decided: Mapping[str, Any]) -> Found:
    text = _(
        "Typed from paper (record ${id}): ${mine}; here: ${theirs}. What was typed is booked.",
        mapping={"id": twin.id, "mine": _shown(path, mine), "theirs": _shown(path, theirs)},
    )
    if path not in BINDING:
        return Found.warning("finance.paper_differs", path, text)
    offers = (
        Mend(_("It only confirms: book nothing again"), decisions={"paper": CONFIRM}),
        Mend(_("Book the difference"), decisions={"paper": BOOK}),
    )
    if decided.get("paper") in {CONFIRM, BOOK}:
        return Found.warning("finance.paper_differs", path, text, *offers)
    return Found.error("finance.paper_differs", path, text, *offers)


def _shown(path: str, value: Any) -> str:
    return shown_cents(value) if path.endswith("_cent") else str(value)


def twins(found: Sequence[Any]) -> dict[str, Any]:
    """Return typed notices by their keys; of several versions the one that is booked."""
    rows: dict[str, Any] = {}
    for row in found:
        if row.key not in rows or row.state == DONE:
            rows[row.key] = row
    return rows
