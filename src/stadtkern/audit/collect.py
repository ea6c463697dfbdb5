"""Noting what a session writes, and storing the notes with its commit.

Notes are kept until the commit and stored by one statement, so that a deed that touches a row
three times leaves one entry and an audited write costs one statement more, however many rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction
from zope.sqlalchemy import mark_changed

from stadtkern.audit.models import AuditEntry
from stadtkern.db import ReadOnlyBreach, TenantScoped, TenantSession, bind_tenant, utcnow

NOTES = "audit_notes"
MARKS = "audit_marks"
MANY = "*"
"""Subject of a bulk statement that nobody has named."""
INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass(frozen=True)
class Note:
    """One write that has been seen. ``named``: by ``record``, not by the hook."""

    tenant_id: int
    verb: str
    kind: str
    subject: str
    content: str | None
    actor_id: int | None
    origin: str
    at: datetime = field(default_factory=utcnow)
    named: bool = False


@dataclass(frozen=True)
class _Model:
    """What the hook needs to know of a model."""

    kind: str
    columns: tuple[str, ...]
    subject: tuple[str, ...]
    hashed: bool


_MODELS: dict[type, _Model | None] = {}


def _model(cls: type) -> _Model | None:
    """Return how a model is audited, worked out once; None for one that is not."""
    if cls not in _MODELS:
        _MODELS[cls] = _look_at(cls)
    return _MODELS[cls]


def _look_at(cls: type) -> _Model | None:
    """Read a model's wishes.

    Rows of tenants are, unless ``__audited__ = False``; global ones only with ``__audited__ =
    True``. ``__audit_subject__``: the columns whose values name the object, where it is not the
    primary key. ``__audit_content__ = False``: no hash of the content, since a person's address
    could be guessed from it.
    """
    audited = getattr(cls, "__audited__", issubclass(cls, TenantScoped))
    if not audited:
        return None
    mapper: Mapper[Any] = inspect(cls)
    columns = tuple(attribute.key for attribute in mapper.column_attrs)
    keys = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    given = getattr(cls, "__audit_subject__", None)
    subject = (
        (given,) if isinstance(given, str) else given or tuple(k for k in keys if k != "tenant_id")
    )
    hashed = getattr(cls, "__audit_content__", True)
    return _Model(str(mapper.local_table.name), columns, tuple(subject), hashed)  # type: ignore[attr-defined]


def subject_of(values: Iterable[Any]) -> str:
    """Return an object's name of at most 80 characters; what is longer is hashed."""
    text = ":".join(str(value) for value in values)
    return text if len(text) <= 80 else hashlib.sha256(text.encode()).hexdigest()  # noqa: PLR2004


def content_of(row: Any, columns: Iterable[str]) -> str:
    """Return the sha256 of a row's columns as canonical JSON."""
    values = {name: getattr(row, name) for name in columns}
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def record(
    session: Session,
    deed: str,
    kind: str,
    subject: int | str,
    *,
    content: bytes | None = None,
) -> None:
    """Note a deed by name: ``record(session, "node.publish", "node", node.id)``.

    It takes the place of what the hook noted of the same object in the same transaction, and of
    bulk statements on the kind. The actor comes from ``session.info["actor_id"]``.

    Args:
        content: of which the sha256 is kept; without it that of the row, where the hook saw one.

    Raises ``ValueError`` without a tenant, ``ReadOnlyBreach`` in a session that must not write.

    """
    tenant_id = session.info.get("tenant_id")
    if tenant_id is None:
        raise ValueError(f"{deed}: a deed belongs to a tenant")
    if not session.info.get("write", False):
        raise ReadOnlyBreach("a safe request must not write")
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    _note(session, tenant_id, deed, kind, subject_of([subject]), digest, named=True)
    manager = session.info.get("manager")
    if manager is not None:
        mark_changed(session, manager)


def _note(
    session: Session,
    tenant_id: int,
    verb: str,
    kind: str,
    subject: str,
    content: str | None,
    *,
    named: bool = False,
) -> None:
    session.info.setdefault(NOTES, []).append(
        Note(
            tenant_id,
            verb,
            kind,
            subject,
            content,
            session.info.get("actor_id"),
            session.info.get("origin", "command"),
            named=named,
        )
    )


def _after_flush(session: Session, _context: object) -> None:
    for verb, rows in ((INSERT, session.new), (UPDATE, session.dirty), (DELETE, session.deleted)):
        for row in rows:
            model = _model(type(row))
            if model is None or (verb == UPDATE and not session.is_modified(row)):
                continue
            tenant_id = getattr(row, "tenant_id", None) or session.info.get("tenant_id")
            if tenant_id is None:
                # A global row, changed by an operator's command: there is no town to tell.
                continue
            subject = subject_of(getattr(row, name) for name in model.subject)
            digest = content_of(row, model.columns) if model.hashed and verb != DELETE else None
            _note(session, tenant_id, verb, model.kind, subject, digest)


def _do_orm_execute(state: ORMExecuteState) -> None:
    verb = (
        INSERT
        if state.is_insert
        else UPDATE
        if state.is_update
        else DELETE
        if state.is_delete
        else None
    )
    if verb is None or state.bind_mapper is None:
        return
    model = _model(state.bind_mapper.class_)
    tenant_id = state.session.info.get("tenant_id")
    if model is not None and tenant_id is not None:
        _note(state.session, tenant_id, verb, model.kind, MANY, None)


def _before_commit(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        # A savepoint ends, not the transaction.
        return
    session.flush()
    notes: list[Note] = session.info.pop(NOTES, [])
    session.info.pop(MARKS, None)
    if not notes:
        return
    here = session.info.get("tenant_id")
    towns: dict[int, list[Note]] = {}
    for note in notes:
        towns.setdefault(note.tenant_id, []).append(note)
    for tenant_id, theirs in towns.items():
        if tenant_id != session.info.get("tenant_id"):
            bind_tenant(session, tenant_id)
        rows = [_entry(note) for note in merged(theirs)]
        session.connection().execute(AuditEntry.__table__.insert(), rows)  # type: ignore[attr-defined]
    if session.info.get("tenant_id") != here:
        bind_tenant(session, here)


def merged(notes: Iterable[Note]) -> Iterator[Note]:
    """Yield what is stored of one tenant's notes: each object once, unless its deeds have names."""
    taken = list(notes)
    named = {(note.kind, note.subject) for note in taken if note.named}
    kinds = {note.kind for note in taken if note.named}
    seen: dict[tuple[str, str], list[Note]] = {}
    for note in taken:
        seen.setdefault((note.kind, note.subject), []).append(note)
    for (kind, subject), found in seen.items():
        last = next((note.content for note in reversed(found) if note.content), None)
        if (kind, subject) in named:
            deeds = list({note.verb: note for note in found if note.named}.values())
            for index, note in enumerate(deeds):
                final = index == len(deeds) - 1
                yield _with(note, note.verb, note.content or (last if final else None))
        elif subject == MANY:
            if kind not in kinds:
                verbs = dict.fromkeys(note.verb for note in found)
                yield from (_with(found[-1], f"{kind}.{verb}", None) for verb in verbs)
        else:
            seen_verbs = {note.verb for note in found}
            verb = next(one for one in (DELETE, INSERT, UPDATE) if one in seen_verbs)
            yield _with(found[-1], f"{kind}.{verb}", None if verb == DELETE else last)


def _with(note: Note, deed: str, content: str | None) -> Note:
    return Note(
        note.tenant_id,
        deed,
        note.kind,
        note.subject,
        content,
        note.actor_id,
        note.origin,
        note.at,
        note.named,
    )


def _entry(note: Note) -> dict[str, Any]:
    return {
        "tenant_id": note.tenant_id,
        "at": note.at,
        "actor_id": note.actor_id,
        "origin": note.origin,
        "deed": note.verb,
        "kind": note.kind,
        "subject": note.subject,
        "content": note.content,
    }


def _after_transaction_create(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(MARKS, {})[transaction] = len(session.info.get(NOTES, ()))


def _after_soft_rollback(session: Session, previous: SessionTransaction) -> None:
    if previous.nested:
        mark = session.info.get(MARKS, {}).pop(previous, 0)
        del session.info.get(NOTES, [])[mark:]
    else:
        session.info.pop(NOTES, None)
        session.info.pop(MARKS, None)


# Registered once on the class, as the session's own listeners are.
event.listen(TenantSession, "after_flush", _after_flush)
event.listen(TenantSession, "do_orm_execute", _do_orm_execute)
event.listen(TenantSession, "before_commit", _before_commit)
event.listen(TenantSession, "after_transaction_create", _after_transaction_create)
event.listen(TenantSession, "after_soft_rollback", _after_soft_rollback)
