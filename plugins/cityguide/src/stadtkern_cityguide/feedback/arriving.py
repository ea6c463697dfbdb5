"""What devices send once they have a network again: each deed takes effect once.

A device gives each deed a random key and repeats both until it gets an answer; the key goes along
as ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07). The same key with the same
contents is answered as before, with other contents it is refused.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pyramid.request import Request
from sqlalchemy.exc import IntegrityError

from stadtkern.content import Node, resource_by_id
from stadtkern.db import MAX_ID, utcnow
from stadtkern.forms import Failure, Form, clean
from stadtkern.site import BarrierSchema, report_barrier
from stadtkern.visits import by_person
from stadtkern_cityguide.counts import FINISHED
from stadtkern_cityguide.counts.storing import add
from stadtkern_cityguide.feedback import queries, services
from stadtkern_cityguide.feedback.models import Arrived
from stadtkern_cityguide.feedback.schemas import FeedbackSchema

MAX_BODY = 16_000
"""Bytes: the longest text in the longest encoding, and something around it."""

KEPT = timedelta(days=400)
"""How long a key is remembered: longer than a phone lies in a drawer."""

SUBJECTS = ("place", "tour")
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{16,200})"')
"""A string of structured fields (RFC 9651, 3.3.3) without blanks and without escapes."""


class NotTaken(Exception):  # noqa: N818 - what happened, in words
    """A deed that cannot be taken; ``status`` of HTTP and a word for what is wrong."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def key_of(header: str | None) -> str:
    """Return the key in a header; ``NotTaken`` (400) where there is none to read."""
    found = _KEY.fullmatch(header.strip()) if header else None
    if found is None:
        raise NotTaken(400, "key")
    return found[1]


def take(request: Request, key: str, body: bytes) -> str:
    """Let a deed take effect, once for its key; return its reference number, empty if it has none.

    ``NotTaken``: 400 for contents that nobody can read, 422 for values that are wrong and for
    other contents under a known key. Then nothing is stored.
    """
    session = request.db
    named = hashlib.sha256(key.encode()).hexdigest()
    contents = hashlib.sha256(key.encode() + b"\0" + body).hexdigest()
    known = queries.arrived(session, named)
    if known is not None:
        return _again(known, contents)
    deed = _read(body)
    row = Arrived(key_hash=named, body_hash=contents)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # The same deed, sent twice at once: the other one was faster.
        known = queries.arrived(session, named)
        if known is None:
            raise
        return _again(known, contents)
    row.reference = _effect(request, deed)
    queries.forget(session, utcnow() - KEPT)
    return row.reference


def _again(known: Arrived, contents: str) -> str:
    if known.body_hash != contents:
        raise NotTaken(422, "other contents")
    return known.reference


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        deed = json.loads(body)
    except (RecursionError, ValueError) as error:
        raise NotTaken(400, "json") from error
    if not isinstance(deed, dict):
        raise NotTaken(400, "json")
    return deed


def _effect(request: Request, deed: Mapping[str, Any]) -> str:
    handler = _HANDLERS.get(str(deed.get("deed")))
    if handler is None:
        raise NotTaken(422, "deed")
    return handler(request, deed)


def subject(request: Request, number: Any) -> Node | None:
    """Return the public place or tour with this id; None where nobody may see one."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MAX_ID:
        return None
    found = resource_by_id(request, number)
    if found is None or found.node.type not in SUBJECTS or not found.visible:
        return None
    node: Node = found.node
    return node


def _values(request: Request, schema: Any, deed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed values, judged as the page's form judges them."""
    given = deed.get("values")
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise NotTaken(422, "values")
    try:
        return Form(request, schema).validate({name: clean(text) for name, text in given.items()})
    except Failure as error:
        raise NotTaken(422, "values") from error


def _page(deed: Mapping[str, Any]) -> str:
    page = deed.get("page")
    if not isinstance(page, str) or not page.startswith("/"):
        return ""
    return clean(page)[: services.LONGEST_PAGE]


def _feedback(request: Request, deed: Mapping[str, Any]) -> str:
    request.limit("cityguide.feedback", "20/hour", str(request.tenant.id), request.network)
    values = _values(request, FeedbackSchema(), deed)
    node = subject(request, deed.get("about"))
    page = _page(deed) if node is None else node.path
    row = services.take(request, node_id=None if node is None else node.id, page=page, **values)
    return row.reference


def _barrier(request: Request, deed: Mapping[str, Any]) -> str:
    # Counted with those of the core's own form.
    request.limit("barrier", "10/hour", request.network)
    values = _values(request, BarrierSchema(), deed)
    return report_barrier(request, **values | {"page": _page(deed)}).reference


def _rally(request: Request, deed: Mapping[str, Any]) -> str:
    node = subject(request, deed.get("about"))
    blocks = () if node is None else (node.body or {}).get("blocks") or ()
    if node is None or not any(block.get("type") == "rally" for block in blocks):
        raise NotTaken(422, "rally")
    if by_person(request):
        add(request.db, request.tenant, {(FINISHED, node.id): 1})
    return ""


_HANDLERS = {"feedback": _feedback, "barrier": _barrier, "rally": _rally}
