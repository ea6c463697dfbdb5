"""What people do to a record: correct it, choose, reject it, take it up again."""

import copy
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from stadtkern import audit
from stadtkern.exchange import queries
from stadtkern.exchange.errors import ExchangeRefused
from stadtkern.exchange.kinds import Desk, Field, formats
from stadtkern.exchange.models import ASIDE, OPEN, PROPOSED, REJECTED, Finding, Record
from stadtkern.exchange.services.checking import recheck
from stadtkern.exchange.values import released_hash
from stadtkern.web.i18n import _

MAX_TEXT = 4_000
MAX_NOTE = 500
_STEP = re.compile(r"([A-Za-z0-9_]+)|\[([0-9]{1,4})\]")
_CENTS = re.compile(r"([0-9]{1,11})(?:[.,]([0-9]{1,2}))?")


def steps_of(path: str) -> list[str | int]:
    """Return the names and places that a path such as ``parties[0].name`` consists of."""
    return [int(index) if index else name for name, index in _STEP.findall(path)]


def general(path: str) -> str:
    """Return a path without places: ``parties[].name``."""
    return re.sub(r"\[[0-9]+\]", "[]", path)


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return all single values of a payload with their paths, in its order."""
    if isinstance(value, dict):
        return [
            leaf
            for name, item in value.items()
            for leaf in leaves(item, f"{path}.{name}" if path else str(name))
        ]
    if isinstance(value, list):
        return [leaf for n, item in enumerate(value) for leaf in leaves(item, f"{path}[{n}]")]
    return [(path, value)]


def put(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a payload with one value changed; None takes a field away.

    ``LookupError`` or ``TypeError`` for a path that leads nowhere.
    """
    made = copy.deepcopy(payload)
    steps = steps_of(path)
    if not steps:
        raise LookupError(path)
    place: Any = made
    for step in steps[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    if isinstance(place, dict) and value is None:
        place.pop(steps[-1], None)
    else:
        place[steps[-1]] = value
    return made


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _cents(text: str) -> int:
    found = _CENTS.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(text: str) -> str:
    german = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text, re.ASCII)
    if german is not None:
        return date(int(german[3]), int(german[2]), int(german[1])).isoformat()
    return date.fromisoformat(text).isoformat()


_KINDS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "whole": _whole,
    "cents": _cents,
    "day": _day,
    "yes": lambda text: text.lower() in {"1", "true", "ja", "yes"},
}


def as_value(field: Field, text: str) -> Any:
    """Return what somebody has typed as the field's value; ``ValueError`` where it is none."""
    text = " ".join(text.split())[:MAX_TEXT]
    return _KINDS[field.kind](text) if text else None


def found_for_change(desk: Desk, area: str, number: int, version: int) -> Record:
    """Return a record, locked, that is as its reader has seen it.

    ``LookupError`` if there is none, ``ExchangeRefused`` if somebody else was faster.
    """
    row = queries.record(desk.session, area, number, lock=True)
    if row is None:
        raise LookupError(number)
    if row.version != version:
        raise ExchangeRefused(
            _(
                "Somebody else has changed this record in the meantime. It is shown as it is "
                "now; please look and decide again."
            ),
            "stale",
        )
    return row


def _may_change(row: Record) -> None:
    if row.state not in {OPEN, ASIDE, PROPOSED}:
        raise ExchangeRefused(
            _(
                "This record is decided on and is not changed any more. A correction comes by a "
                "new delivery."
            ),
            "decided",
        )


def correct(
    desk: Desk,
    row: Record,
    account_id: int,
    fields: Mapping[str, str],
    decisions: Mapping[str, Any],
) -> None:
    """Change values as people have typed them, and what was chosen; check the record again.

    Whoever does so may not release it. ``ExchangeRefused`` names the field that does not fit.
    """
    _may_change(row)
    known = formats(desk.registry)[row.format].fields
    payload = row.payload
    for path, text in fields.items():
        field = known.get(general(path))
        if field is None:
            raise ExchangeRefused(_("This field cannot be changed here."), path)
        try:
            payload = put(payload, path, as_value(field, text))
        except (ValueError, LookupError, TypeError) as error:
            raise ExchangeRefused(
                _("“${field}”: this value does not fit.", mapping={"field": field.title}), path
            ) from error
    _changed(desk, row, account_id, payload, {**row.decisions, **decisions})


def mend(desk: Desk, row: Record, account_id: int, finding_id: int, number: int) -> None:
    """Do what a finding offers; ``LookupError`` for an offer that is no longer there."""
    _may_change(row)
    found = next(
        (one for one in findings_of(desk, row) if one.id == finding_id),
        None,
    )
    if found is None or not 0 <= number < len(found.mends):
        raise LookupError(finding_id)
    offer = found.mends[number]
    payload = row.payload
    for path, value in offer["fields"].items():
        payload = put(payload, path, value)
    _changed(desk, row, account_id, payload, {**row.decisions, **offer["decisions"]})


def _changed(
    desk: Desk, row: Record, account_id: int, payload: dict[str, Any], decisions: dict[str, Any]
) -> None:
    # None takes a choice back.
    row.decisions = {name: value for name, value in decisions.items() if value is not None}
    row.payload = payload
    row.edited_by = account_id
    desk.session.flush()
    recheck(desk, [row])
    audit.record(desk.session, "exchange.change", "exchange_record", row.id)


def reject(desk: Desk, row: Record, account_id: int, note: str) -> None:
    """Say that a record is not to go on, and why; its rivals are checked again."""
    _may_change(row)
    note = " ".join(note.split())[:MAX_NOTE]
    if not note:
        raise ExchangeRefused(_("Please say why this record is not to go on."), "note")
    queries.void(desk.session, [row.id])
    _decided(desk, row, account_id, {**row.decisions, "rejected": note}, REJECTED)
    audit.record(desk.session, "exchange.reject", "exchange_record", row.id)
    _rivals(desk, row)


def reopen(desk: Desk, row: Record, account_id: int) -> None:
    """Take a rejected record up again."""
    if row.state != REJECTED:
        raise ExchangeRefused(_("Only rejected records can be taken up again."), "state")
    kept = {name: value for name, value in row.decisions.items() if name != "rejected"}
    _decided(desk, row, account_id, kept, OPEN)
    recheck(desk, [row])
    audit.record(desk.session, "exchange.reopen", "exchange_record", row.id)
    _rivals(desk, row)


def _decided(
    desk: Desk, row: Record, account_id: int, decisions: dict[str, Any], state: str
) -> None:
    row.decisions, row.state, row.edited_by = decisions, state, account_id
    row.payload_hash = released_hash(row.payload, decisions, row.proposal)
    row.version += 1
    desk.session.flush()


def _rivals(desk: Desk, row: Record) -> None:
    versions = queries.versions_of(desk.session, [row])
    ids = [one.id for found in versions.values() for one in found if one.id != row.id]
    recheck(desk, queries.records(desk.session, ids, lock=True))


def findings_of(desk: Desk, row: Record) -> list[Finding]:
    """Return a record's findings, worst first."""
    return queries.findings(desk.session, [row.id]).get(row.id, [])
