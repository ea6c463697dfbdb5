"""What is stored of one person: found, handed out, erased with a certificate."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.accounts.queries import account_by_mail
from stadtkern.audit import record
from stadtkern.db import reference_number, utcnow
from stadtkern.privacy.below.traces import known_here
from stadtkern.privacy.holding import mark_of
from stadtkern.privacy.holds import PrivacyRefused
from stadtkern.privacy.kinds import (
    ANONYMISE,
    BLOCK,
    ERASE,
    Desk,
    Part,
    PersonalData,
    Subject,
    personal_data,
)
from stadtkern.privacy.models import PERSON, PrivacyCertificate
from stadtkern.privacy.retention import desk_for
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _, speaker

CHANGES = frozenset({ERASE, ANONYMISE})


class NotErased(RuntimeError):  # noqa: N818
    """Something was announced to be erased and is still there: all of it was taken back."""


@dataclass(frozen=True)
class Line:
    """One part of what is stored, with how much of it a hold keeps."""

    data: PersonalData
    part: Part
    held: int = 0

    @property
    def free(self) -> int:
        """Return how much erasure would touch."""
        return self.part.number - self.held if self.part.fate in CHANGES else 0


@dataclass(frozen=True)
class Preview:
    """What erasure would do. ``seen``: stands for exactly this; erasure asks for it again."""

    subject: Subject
    lines: tuple[Line, ...]
    person_held: bool

    @property
    def blocks(self) -> list[Part]:
        """Return what stands in the way."""
        return [line.part for line in self.lines if line.part.fate == BLOCK]

    @property
    def possible(self) -> bool:
        """Tell whether erasure would do anything, and may."""
        return not self.person_held and not self.blocks and any(line.free for line in self.lines)

    @property
    def seen(self) -> str:
        """Return a hash over what is shown."""
        shown = [
            (line.data.name, str(line.part.title), line.part.number, line.part.fate, line.held)
            for line in self.lines
        ]
        return _digest({"shown": shown, "held": self.person_held})


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def subject_of(desk: Desk, mail: str) -> Subject:
    """Return whose data are meant.

    An account counts as far as this town knows it, as a member or from its history: of other
    municipalities' people nobody learns here that they have one.
    """
    address = mail.strip().lower()
    account = account_by_mail(desk.session, address)
    known = account is not None and known_here(desk.session, account.id)
    return Subject(
        address,
        account.id if account is not None and known else None,
        mark_of(desk.session, desk.registry, desk.tenant.id, address),
    )


def look(session: Session, registry: Registry, tenant: Tenant, mail: str) -> Preview:
    """Find all that is stored of a person; nothing is changed."""
    desk = desk_for(session, registry, tenant)
    return _look(desk, subject_of(desk, mail))


def _look(desk: Desk, subject: Subject) -> Preview:
    lines = []
    for data in personal_data(desk.registry):
        for part in data.find(desk, subject) if data.find is not None else ():
            if part.number <= 0 and part.fate != BLOCK:
                continue
            held = desk.held(part.kind)
            kept = sum(str(one) in held for one in part.ids) if held else 0
            lines.append(Line(data, part, kept))
    return Preview(subject, tuple(lines), desk.holds.on_person(subject.mark, subject.account_id))


def hand_out(
    session: Session, registry: Registry, tenant: Tenant, mail: str
) -> tuple[Subject, list[tuple[PersonalData, list[dict[str, Any]]]]]:
    """Return all records about a person (Art. 15 GDPR), and note that they were handed out."""
    desk = desk_for(session, registry, tenant)
    subject = subject_of(desk, mail)
    found = []
    for data in personal_data(registry):
        records = [dict(one) for one in data.export(desk, subject)] if data.export else []
        if records:
            found.append((data, records))
    record(session, "privacy.export", PERSON, subject.mark)
    return subject, found


def erase(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    mail: str,
    *,
    by: int | None,
    seen: str | None = None,
) -> PrivacyCertificate:
    """Erase what is stored of a person, all of it or nothing, and certify it.

    ``seen``: of the preview that was shown; ``PrivacyRefused`` if something else is stored by
    now, on a hold, where something stands in the way, and for the person who asks.
    """
    desk = desk_for(session, registry, tenant)
    subject = subject_of(desk, mail)
    before = _look(desk, subject)
    if before.person_held:
        raise PrivacyRefused(
            _("A legal hold stands on this person: nothing is erased until it is lifted.")
        )
    if by is not None and subject.account_id == by:
        raise PrivacyRefused(
            _("Nobody erases their own data here: please ask another administrator.")
        )
    if before.blocks:
        raise PrivacyRefused(before.blocks[0].why)
    if not before.possible:
        raise PrivacyRefused(_("Nothing is stored that could be erased."))
    if seen is not None and seen != before.seen:
        raise PrivacyRefused(
            _("Something else is stored by now than was shown. Please look at it again.")
        )
    for data in personal_data(registry):
        if data.erase is not None:
            data.erase(desk, subject)
    session.flush()
    session.expire_all()
    left = [line for line in _look(desk, subject).lines if line.free]
    if left:
        names = ", ".join(sorted({line.data.name for line in left}))
        raise NotErased(f"still there after erasure: {names}")
    made = _certify(desk, before, by)
    record(session, "privacy.erase", PERSON, subject.mark)
    return made


def _certify(desk: Desk, before: Preview, by: int | None) -> PrivacyCertificate:
    """Store the proof; it names numbers and kinds, in the town's first language."""
    say = speaker(desk.registry, desk.tenant.default_locale)
    now = utcnow()
    number = reference_number("L", 8)
    document = {
        "format": "stadtkern.erasure/1",
        "language": desk.tenant.default_locale,
        "number": number,
        "municipality": desk.tenant.name,
        "ags": desk.tenant.ags,
        "erased_at": now.isoformat(timespec="seconds"),
        "by_account": by,
        "person": before.subject.mark,
        "parts": [
            {
                "data": say(line.data.title),
                "part": say(line.part.title),
                "erased": line.free if line.part.fate == ERASE else 0,
                "anonymised": line.free if line.part.fate == ANONYMISE else 0,
                "kept": line.part.number - line.free,
                "why": say(_why(line)),
            }
            for line in before.lines
        ],
    }
    made = PrivacyCertificate(
        number=number,
        person=before.subject.mark,
        account_id=by,
        document=document,
        digest=_digest(document),
        created_at=now,
    )
    desk.session.add(made)
    desk.session.flush()
    return made


def _why(line: Line) -> str:
    if line.held and not line.part.why:
        return _("legal hold")
    return line.part.why


def is_genuine(certificate: PrivacyCertificate) -> bool:
    """Tell whether a certificate's document is as it was made."""
    return secrets.compare_digest(_digest(certificate.document), certificate.digest)
