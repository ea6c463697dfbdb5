"""Looking after links to other sites: politely, at most once a day, safe to be killed.

Each address is looked at outside of any transaction and its result committed at once, so that a
killed job loses nothing and goes on with what is left.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pyramid.registry import Registry
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content.links.models import LinkCheck
from stadtkern.content.models import Node, Reference
from stadtkern.db import utcnow
from stadtkern.web.egress import EgressError, fetch

PAUSE = 2.0
"""Seconds between two looks at the same host."""
SECONDS = 15.0
AGAIN = timedelta(hours=20)
"""At most once a day, though the nights differ a little in length."""
A_NIGHT = 5000
ALIVE = frozenset({401, 402, 403, 407, 423, 429, 451, 999})
"""Answers of servers that do not talk to programs, or ask for a login: the page is there."""
TRY_GET = frozenset({400, 403, 404, 405, 406, 409, 410, 500, 501, 502, 503})
"""Answers to HEAD after which a server gets another chance with GET."""

_Source = aliased(Node)


def hash_of(url: str) -> str:
    """Return the key of an address."""
    return hashlib.sha256(url.encode()).hexdigest()


def due(session: Session, limit: int = A_NIGHT) -> list[str]:
    """Return addresses that published pages link to and that wait for a look, oldest first."""
    before = utcnow() - AGAIN
    rows = session.execute(
        select(Reference.target, LinkCheck.checked_at)
        .join(_Source, _Source.id == Reference.source_id)
        .outerjoin(LinkCheck, LinkCheck.url == Reference.target)
        .where(
            Reference.target_id.is_(None),
            or_(Reference.target.startswith("http://"), Reference.target.startswith("https://")),
            _Source.deleted_at.is_(None),
            _Source.state == "published",
            or_(LinkCheck.id.is_(None), LinkCheck.ignored.is_(False)),
            or_(LinkCheck.checked_at.is_(None), LinkCheck.checked_at < before),
        )
        .distinct()
        .order_by(LinkCheck.checked_at.nulls_first(), Reference.target)
        .limit(limit)
    )
    return [row.target for row in rows]


def spread(urls: Iterable[str]) -> list[str]:
    """Return addresses in an order that visits hosts in turns."""
    hosts: dict[str, deque[str]] = {}
    for url in urls:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
        hosts.setdefault(host, deque()).append(url)
    turns = deque(hosts.values())
    ordered = []
    while turns:
        waiting = turns.popleft()
        ordered.append(waiting.popleft())
        if waiting:
            turns.append(waiting)
    return ordered


def look(registry: Registry, url: str) -> tuple[int | None, str]:
    """Ask for an address; return HTTP's status (None without an answer) and what is wrong.

    HEAD first; GET, of which nothing but the head is read, where a server takes HEAD amiss.
    """
    how: dict[str, Any] = {"seconds": SECONDS, "max_bytes": 0, "whole": False}
    address = url.partition("#")[0]
    try:
        answer = fetch(registry, address, method="HEAD", **how)
        if answer.status in TRY_GET:
            answer = fetch(registry, address, **how)
    except EgressError as error:
        return None, error.code[:20]
    fine = 200 <= answer.status < 400 or answer.status in ALIVE  # noqa: PLR2004 - HTTP's classes
    return answer.status, "" if fine else "status"


def record(session: Session, url: str, status: int | None, problem: str) -> LinkCheck:
    """Store the result of a look."""
    now = utcnow()
    row = session.scalars(select(LinkCheck).where(LinkCheck.url_hash == hash_of(url))).first()
    if row is None:
        row = LinkCheck(url=url, url_hash=hash_of(url), failures=0, ignored=False)
        session.add(row)
    row.status, row.problem, row.checked_at = status, problem, now
    if problem:
        row.failures += 1
        row.failing_since = row.failing_since or now
    else:
        row.failures, row.failing_since = 0, None
    session.flush()
    return row


def drop_unused(session: Session) -> int:
    """Forget addresses that no page links to any more; return how many."""
    used = select(Reference.id).where(Reference.target == LinkCheck.url).exists()
    rows = list(session.scalars(select(LinkCheck).where(~used).limit(A_NIGHT)))
    for row in rows:
        session.delete(row)
    return len(rows)


Work = Callable[..., AbstractContextManager[Session]]


def check_all(
    registry: Registry,
    work: Work,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Look at every address that is due; return how many were.

    ``work(write=…)``: a committed unit of work bound to the tenant.
    """
    with work(write=False) as session:
        urls = spread(due(session))
    last: dict[str, float] = {}
    done = 0
    for url in _paced(urls, last, pause, clock):
        if cancelled():
            break
        status, problem = look(registry, url)
        with work(write=True) as session:
            record(session, url, status, problem)
        done += 1
        progress(done, len(urls))
    with work(write=True) as session:
        drop_unused(session)
    return done


def _paced(
    urls: Iterable[str],
    last: dict[str, float],
    pause: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[str]:
    for url in urls:
        host = url.split("/")[2].lower()
        wait = last.get(host, -PAUSE) + PAUSE - clock()
        if host in last and wait > 0:
            pause(wait)
        yield url
        last[host] = clock()
