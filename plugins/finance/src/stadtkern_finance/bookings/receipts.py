"""Receipts: what the accounting system answers to each line, and what that means for a batch."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from stadtkern_finance.bookings.model import ExportBatch
from stadtkern_finance.bookings.profile import Profile
from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.formats.table import decoded, row_nodes
from stadtkern_finance.formats.xml import record_nodes
from stadtkern_finance.i18n import _
from stadtkern_finance.records.reading import BadInput, load_json


class Answer(NamedTuple):
    """The answer to one line; ``reason`` is the receiver's own text."""

    line_id: str
    accepted: bool
    reason: str = ""


class Outcome(StrEnum):
    """What a receipt makes of a batch."""

    ACKNOWLEDGED = "acknowledged"
    PARTIALLY_REJECTED = "partially_rejected"
    REJECTED = "rejected"
    INCOMPLETE = "incomplete"
    """Lines are without an answer; more is to come."""


class Compared(NamedTuple):
    """A receipt held against its batch."""

    outcome: Outcome
    rejected: tuple[Answer, ...]
    unanswered: tuple[str, ...]
    unknown: tuple[str, ...]
    """Answers to lines that are not in the batch."""
    contradictory: tuple[str, ...]
    """Lines that were both accepted and rejected."""


def read_receipt(data: bytes, profile: Profile, entry: str = "receipt") -> tuple[Answer, ...]:
    """Return the answers of a receipt, in its order.

    Raises FileRefused where the profile has no receipt, the file cannot be read, or an answer is
    none of those that the profile knows: an unknown answer is neither a yes nor a no.
    """
    rules = profile.get("receipt")
    if rules is None:
        raise FileRefused(entry, _("cannot be read: the profile describes no receipt"))
    made = []
    for number, row in enumerate(_rows(data, rules, entry), 1):
        line = row.get(rules["line"], "")
        status = row.get(rules["status"], "")
        if not line or not status:
            reason = _("answer ${number} lacks line or status", mapping={"number": number})
            raise FileRefused(entry, reason)
        if status not in (*rules["accepted"], *rules["rejected"]):
            facts = {"number": number, "value": status[:60]}
            raise FileRefused(
                entry, _("answer ${number} has the unknown status “${value}”", mapping=facts)
            )
        reason = row.get(rules["reason"], "") if "reason" in rules else ""
        made.append(Answer(line, status in rules["accepted"], reason))
    return tuple(made)


def _rows(data: bytes, rules: dict[str, Any], entry: str) -> Iterator[dict[str, str]]:
    if rules["format"] == "json":
        yield from _json_rows(data, rules["record"], entry)
        return
    if rules["format"] == "csv":
        found: Iterator[tuple[Node, ...]] = row_nodes(
            decoded(data, entry), entry, rules.get("delimiters", ";")
        )
        yield from ({node.name: node.text for node in nodes} for nodes in found)
        return
    record = rules["record"]
    for nodes in record_nodes(data, entry, record, rules.get("namespace", "")):
        row = {node.name: node.text for node in nodes}
        # What stands beside the answers (a head, a date) is of no line.
        if rules["line"] in row:
            yield row


def _json_rows(data: bytes, record: str, entry: str) -> Iterator[dict[str, str]]:
    try:
        value = load_json(data)
    except BadInput as error:
        raise FileRefused(entry, error.problems[0].reason) from None
    rows = value.get(record) if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileRefused(entry, _("holds no list “${name}”", mapping={"name": record}))
    for row in rows:
        yield {name: "" if item is None else str(item) for name, item in row.items()}


def compared(batch: ExportBatch, answers: Sequence[Answer]) -> Compared:
    """Return what some answers mean for a batch; the same answer twice counts once."""
    ids = [one.line_id for one in batch.lines]
    known = set(ids)
    verdicts: dict[str, set[bool]] = {}
    for one in answers:
        verdicts.setdefault(one.line_id, set()).add(one.accepted)
    rejected = tuple(dict.fromkeys(a for a in answers if not a.accepted and a.line_id in known))
    unanswered = tuple(one for one in ids if one not in verdicts)
    unknown = tuple(one for one in verdicts if one not in known)
    contradictory = tuple(one for one in ids if len(verdicts.get(one, ())) > 1)
    if unanswered or contradictory:
        outcome = Outcome.INCOMPLETE
    elif not rejected:
        outcome = Outcome.ACKNOWLEDGED
    elif {one.line_id for one in rejected} == known:
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.PARTIALLY_REJECTED
    return Compared(outcome, rejected, unanswered, unknown, contradictory)
