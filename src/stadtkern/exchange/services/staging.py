"""Reading deliveries: in bounded transactions, from where it stood, one after the other.

One delivery at a time and the oldest first: what is read later knows all that came before. Each
transaction raises ``Delivery.staged`` from the number that it believes to be true, so that of two
readers one steps aside, and that whoever goes on after a crash stores nothing twice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

import structlog
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.exchange import queries
from stadtkern.exchange.errors import DeliveryRefused
from stadtkern.exchange.keeping import source_of
from stadtkern.exchange.kinds import (
    Checked,
    Desk,
    Format,
    Parsed,
    Question,
    Source,
    areas,
    formats_of,
)
from stadtkern.exchange.models import FAILED, REFUSED, STAGED, STAGING, Delivery
from stadtkern.exchange.services.checking import (
    checked_by,
    contested,
    finding_row,
    recheck,
    stored,
    worst,
)
from stadtkern.exchange.values import canonical, key_of
from stadtkern.jobs import Job, Superseded
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _, as_stored

log = structlog.get_logger("stadtkern.exchange")

BATCH = 1000
"""Records in one transaction."""
ATTEMPTS = 3
"""Of a delivery whose reading breaks; then the ones behind it get their turn."""

Unit = Callable[..., AbstractContextManager[Session]]


class _Aside(Exception):  # noqa: N818 - what this reader does
    """Another reader is at the same delivery."""


@dataclass(frozen=True)
class Reader:
    """Who reads: ``work(write=)`` opens one transaction of the town that commits at its end."""

    registry: Registry
    tenant: Tenant
    work: Unit
    progress: Callable[[int, int], None] = lambda _done, _total: None
    cancelled: Callable[[], bool] = lambda: False

    def run(self, *, last_attempt: bool = False) -> bool:
        """Read what waits, the oldest first; False if another reader is at it, or if cancelled.

        ``last_attempt``: a delivery at which reading breaks is noted as failed.
        """
        while True:
            with self.work(write=False) as session:
                delivery = queries.next_delivery(session, self._areas(session))
                if delivery is None:
                    return True
                session.expunge(delivery)
            try:
                if not self._read(delivery):
                    return False
            except _Aside:
                return False
            except Superseded:
                raise
            except Exception as error:
                if not last_attempt:
                    raise
                log.warning("reading failed", delivery=delivery.id, kind=type(error).__name__)
                said = {"kind": type(error).__name__}
                text = _("Reading it broke (${kind}). Please tell your operator.", mapping=said)
                self._end(delivery, FAILED, text)

    def _areas(self, session: Session) -> list[str]:
        enabled = self.registry["plugin_states"].of_id(self.tenant.id, session).enabled
        known = areas(self.registry).values()
        return [one.name for one in known if one.owner is None or one.owner in enabled]

    # One delivery

    def _read(self, delivery: Delivery) -> bool:
        source = source_of(self.registry, delivery)
        try:
            kind = self._recognised(delivery)
            total = delivery.total or (kind.count(source) if kind.count is not None else 0)
            with self.work(write=True) as session:
                self._advance(session, delivery, 0, state=STAGING, format=kind.name, total=total)
            delivery.total = total
            parsed = iter(kind.read(source))
            self._skip(parsed, delivery.staged)
            while chunk := list(islice(parsed, BATCH)):
                if self.cancelled():
                    return False
                with self.work(write=True) as session:
                    self._store(session, delivery, kind, chunk)
                    self.progress(delivery.staged + len(chunk), max(total, delivery.staged))
                delivery.staged += len(chunk)
            self._finish(delivery)
        except DeliveryRefused as refused:
            self._end(delivery, REFUSED, refused.message, refused.place)
        return True

    def _recognised(self, delivery: Delivery) -> Format:
        source = source_of(self.registry, delivery)
        if not source.path.is_file():
            raise DeliveryRefused(delivery.name, _("The stored file is gone."))
        return recognised(self.registry, delivery.area, source)

    @staticmethod
    def _skip(parsed: Iterator[Parsed], number: int) -> None:
        for _one in islice(parsed, number):
            pass

    @staticmethod
    def _advance(session: Session, delivery: Delivery, more: int, **values: Any) -> None:
        staged = delivery.staged
        if not queries.advance(session, delivery.id, staged, staged=staged + more, **values):
            raise _Aside

    def _store(
        self, session: Session, delivery: Delivery, kind: Format, chunk: Sequence[Parsed]
    ) -> None:
        """Store some records with their findings, and how far the delivery is."""
        desk = Desk(session, self.registry, self.tenant)
        answers = checked_by(desk, kind, [Question(one.payload) for one in chunk])
        texts = [canonical(one.payload) for one in chunk]
        hashes = [sha256(text).hexdigest() for text in texts]
        keys = [key_of(one.key) for one in answers]
        others = [_rival(key, content) for key, content in zip(keys, hashes, strict=True)]
        seen = {
            key: row.content_hash
            for key, row in queries.twins(session, kind.name, [*keys, *others]).items()
        }
        now, known = utcnow(), 0
        rows: list[dict[str, Any]] = []
        found: list[list[tuple[Any, bool]]] = []
        common = {"delivery_id": delivery.id, "area": delivery.area, "format": kind.name}
        for one, answer, key, other, content, text in zip(
            chunk, answers, keys, others, hashes, texts, strict=True
        ):
            if seen.get(key) == content or other in seen:
                known += 1
                continue
            findings = [(each, True) for each in one.findings]
            findings += [(each, False) for each in answer.findings]
            if key in seen:
                findings.append((contested(), False))
            chosen = other if key in seen else key
            seen[chosen] = content
            rows.append(
                stored(
                    self.tenant.id,
                    common,
                    answer,
                    worst(each.severity for each, _read in findings),
                    key=chosen,
                    entry=one.entry,
                    number=one.number,
                    payload=one.payload,
                    content_hash=content,
                    unmapped=one.unmapped,
                    text=text,
                    now=now,
                )
            )
            found.append(findings)
        ids = queries.add_records(session, rows) if rows else []
        queries.add_findings(
            session,
            [
                finding_row(self.tenant.id, number, each, read=read)
                for number, findings in zip(ids, found, strict=True)
                for each, read in findings
            ],
        )
        delivery.known += known
        delivery.unmapped += sum(bool(one.unmapped) for one in chunk)
        self._advance(
            session, delivery, len(chunk), known=delivery.known, unmapped=delivery.unmapped
        )

    def _finish(self, delivery: Delivery) -> None:
        """Check the rivals of contested records, then show all that was read."""
        after = 0
        while True:
            with self.work(write=True) as session:
                self._advance(session, delivery, 0, state=STAGING)
                rows = queries.contested(session, delivery.id, after, BATCH)
                if not rows:
                    break
                ids = {
                    one.id
                    for versions in queries.versions_of(session, rows).values()
                    for one in versions
                }
                rivals = queries.records(session, ids, lock=True)
                recheck(Desk(session, self.registry, self.tenant), rivals)
                after = rows[-1].id
        with self.work(write=True) as session:
            total = delivery.staged
            self._advance(session, delivery, 0, state=STAGED, staged_at=utcnow(), total=total)
            audit.record(session, "exchange.stage", "exchange_delivery", delivery.id)
        if delivery.unmapped:
            log.warning(
                "format drift",
                delivery=delivery.id,
                format=delivery.format,
                records=delivery.unmapped,
            )

    def _end(self, delivery: Delivery, state: str, message: Any, place: str = "") -> None:
        """Note why a delivery did not come in; nothing that was read of it stays."""
        reason = {"place": place} | as_stored(message)
        with self.work(write=True) as session:
            self._advance(
                session,
                delivery,
                0,
                state=state,
                reason=reason,
                staged_at=utcnow(),
                known=0,
                unmapped=0,
            )
            queries.forget_records(session, delivery.id)
            audit.record(session, "exchange.refuse", "exchange_delivery", delivery.id)


def _rival(key: str, content: str) -> str:
    return f"{key}{queries.TWIN}{content[:16]}"


def stage(job: Job) -> None:
    """Read what waits in the job's town."""
    if job.tenant is None:
        return
    reader = Reader(job.registry, job.tenant, job.work, job.progress, job.cancelled)
    reader.run(last_attempt=job.attempt >= ATTEMPTS)


def recognised(registry: Registry, area: str, source: Source) -> Format:
    """Return the format of a delivery; ``DeliveryRefused`` for one that nobody knows."""
    broken: DeliveryRefused | None = None
    for kind in formats_of(registry, area):
        try:
            if kind.detect(source):
                return kind
        except DeliveryRefused as refused:
            broken = broken or refused
    raise broken or DeliveryRefused(source.name, _("It is of no format that is known here."))


def preview(desk: Desk, area: str, source: Source) -> Iterator[tuple[Parsed, Checked]]:
    """Read and check a delivery without storing anything; yield records with their answers.

    Raises ``DeliveryRefused`` as reading does.
    """
    kind = recognised(desk.registry, area, source)
    parsed = iter(kind.read(source))
    while chunk := list(islice(parsed, BATCH)):
        answers = checked_by(desk, kind, [Question(one.payload) for one in chunk])
        yield from zip(chunk, answers, strict=True)
