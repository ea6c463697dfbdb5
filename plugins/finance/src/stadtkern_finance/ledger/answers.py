"""Receipts: the accounting system's answer to each line, read once and refused as a whole."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern_finance.bookings.profile import Profile, load_profile
from stadtkern_finance.bookings.receipts import Answer, read_receipt
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import profiles, queries
from stadtkern_finance.ledger.models import (
    ACCEPTED,
    ACKNOWLEDGED,
    PARTIALLY_REJECTED,
    REJECTED,
    SETTLED,
    BookedLine,
    SentBefore,
    StoredBatch,
    StoredReceipt,
)

LARGEST = 10_000_000
"""Bytes of a receipt."""
PROFILES = 20
"""Newest batches whose profiles are tried."""
NAMED = 5
LONGEST_REASON = 500


@dataclass
class Reading:
    """What a receipt says: answers that are new, and how many were known before."""

    accepted: list[BookedLine] = field(default_factory=list)
    rejected: dict[str, list[BookedLine]] = field(default_factory=lambda: defaultdict(list))
    known: int = 0
    again: bool = False
    """The same bytes were read before: nothing is to be done."""

    @property
    def rejections(self) -> int:
        """Return how many lines are rejected."""
        return sum(map(len, self.rejected.values()))

    @property
    def batches(self) -> set[int]:
        """Return the ids of the batches that are answered."""
        both = (*self.accepted, *(one for rows in self.rejected.values() for one in rows))
        return {row.batch_id for row in both if row.batch_id is not None}


def understood(session: Session, data: bytes, name: str, tried: Sequence[Profile] = ()) -> Reading:
    """Read a receipt by the profiles that are named, or of the newest batches; nothing is stored.

    Raises ``FileRefused`` for a file that none of them reads, answers to lines that are in no
    batch, and answers that contradict each other or an earlier yes.
    """
    if len(data) > LARGEST:
        raise FileRefused(name, _("is larger than ${n} MB", mapping={"n": LARGEST // 1_000_000}))
    if queries.receipt(session, sha256(data).hexdigest()) is not None:
        return Reading(again=True)
    answers = _answers(data, name, tried or _profiles(session))
    verdicts = _verdicts(answers, name)
    lines = queries.standing(session, list(verdicts))
    unknown = [one for one in verdicts if one not in lines]
    if unknown:
        facts = {"n": len(unknown), "names": _named(unknown)}
        reason = _("answers ${n} lines that this town has never exported: ${names}", mapping=facts)
        raise FileRefused(name, reason)
    return _compared(session, name, verdicts, lines)


def _profiles(session: Session) -> list[Profile]:
    texts = [
        *queries.profile_texts(session, PROFILES),
        *(row.text for row in queries.profiles(session)),
        *profiles.shipped().values(),
    ]
    return [load_profile(text) for text in dict.fromkeys(texts)]


def _answers(data: bytes, name: str, tried: Iterable[Profile]) -> Sequence[Answer]:
    """Return the answers as the first profile that fits reads them."""
    first: FileRefused | None = None
    for profile in tried:
        if profile.get("receipt") is None:
            continue
        try:
            found = read_receipt(data, profile, name)
        except FileRefused as refused:
            first = first or refused
            continue
        if found:
            return found
        first = first or FileRefused(name, _("holds no answer that a profile of this town knows"))
    raise first or FileRefused(name, _("cannot be read: the profile describes no receipt"))


def _verdicts(answers: Sequence[Answer], name: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    torn = [
        one.line_id
        for one in answers
        if found.setdefault(one.line_id, one).accepted is not one.accepted
    ]
    if torn:
        facts = {"names": _named(torn)}
        raise FileRefused(name, _("says both yes and no to these lines: ${names}", mapping=facts))
    return found


def _compared(
    session: Session, name: str, verdicts: Mapping[str, Answer], lines: Mapping[str, BookedLine]
) -> Reading:
    made = Reading()
    waiting = [row.id for row in lines.values() if row.batch_id is None]
    before = queries.rejected_before(session, waiting)
    late, torn = [], []
    for line_id, one in verdicts.items():
        row = lines[line_id]
        if row.batch_id is None:
            # Rejected and taken up again: the same no is no news, a yes would book it twice.
            if one.accepted or row.id not in before:
                late.append(line_id)
            made.known += 1
        elif row.answer == ACCEPTED and not one.accepted:
            torn.append(line_id)
        elif (row.answer == ACCEPTED) if one.accepted else (row.answer in {REJECTED, SETTLED}):
            made.known += 1
        elif one.accepted:
            made.accepted.append(row)
        else:
            made.rejected[one.reason[:LONGEST_REASON]].append(row)
    if torn:
        facts = {"names": _named(torn)}
        raise FileRefused(
            name, _("rejects lines that were accepted before: ${names}", mapping=facts)
        )
    if late:
        facts = {"names": _named(late)}
        raise FileRefused(
            name, _("answers lines that wait for the next batch: ${names}", mapping=facts)
        )
    return made


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:NAMED]) + (" …" if len(ids) > NAMED else "")


def take(session: Session, data: bytes, name: str, tried: Sequence[Profile] = ()) -> Reading:
    """Store a receipt and what it says; the same bytes again change nothing.

    ``tried``: the profiles that it may be read by, without them those of the newest batches.
    """
    queries.lock(session)
    made = understood(session, data, name, tried)
    if made.again:
        return made
    now = utcnow()
    queries.answer(session, [row.id for row in made.accepted], ACCEPTED, "", now)
    for reason, rows in made.rejected.items():
        queries.answer(session, [row.id for row in rows], REJECTED, reason, now)
    row = StoredReceipt(
        name=name[:200],
        sha=sha256(data).hexdigest(),
        data=base64.b64encode(data).decode(),
        accepted=len(made.accepted),
        rejected=made.rejections,
        known=made.known,
    )
    session.add(row)
    session.flush()
    for number in sorted(made.batches):
        _judge(session, number)
    audit.record(session, "finance.receipt", "finance_receipt", row.id)
    return made


def _judge(session: Session, batch_id: int) -> None:
    """Note what the answers make of a batch: nothing as long as some are missing."""
    row = queries.batch_by_id(session, batch_id, lock=True)
    unanswered, rejected = queries.open_numbers(session, batch_id)
    if row is not None and not unanswered:
        row.state = PARTIALLY_REJECTED if rejected else ACKNOWLEDGED


def send_again(session: Session, ids: Sequence[int]) -> int:
    """Let rejected lines go out with the next batch; return how many. Their old batch keeps them.

    The accounting system has not booked them: the same line under the same id is booked once.
    """
    rows = queries.rejected_lines(session, ids)
    for row in rows:
        if row.batch_id is None or row.answered_at is None:
            continue
        session.add(
            SentBefore(
                line_id=row.id,
                batch_id=row.batch_id,
                reason=row.reason,
                answered_at=row.answered_at,
            )
        )
        row.batch_id, row.answer, row.reason, row.answered_at = None, None, "", None
        audit.record(session, "finance.again", "finance_line", row.id)
    session.flush()
    return len(rows)


def settle(session: Session, ids: Sequence[int]) -> int:
    """Note that rejected lines were dealt with in the accounting system; return how many."""
    rows = queries.rejected_lines(session, ids)
    for row in rows:
        row.answer = SETTLED
        audit.record(session, "finance.settle", "finance_line", row.id)
    session.flush()
    return len(rows)


def standing_of(row: StoredBatch, unanswered: int) -> str:
    """Return the word for where a batch stands; ``answered_in_part`` while answers are missing."""
    answered = unanswered < row.count
    in_part = answered and row.state not in {ACKNOWLEDGED, PARTIALLY_REJECTED}
    return "answered_in_part" if in_part else row.state
