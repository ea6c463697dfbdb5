"""Keeping the table of references in step with what is saved."""

import re
from collections.abc import Collection, Iterable, Sequence
from json import dumps
from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.registry import Registry
from sqlalchemy import (
    String,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.content import events
from stadtkern.content.links.extract import (
    MEDIA,
    Found,
    found_in,
    goes_somewhere,
    is_internal,
    on_site,
    split,
)
from stadtkern.content.models import Node, Redirect, Reference
from stadtkern.content.queries import prefixes
from stadtkern.tenants import hosts_of

_STORED = select(Reference.block, Reference.kind, Reference.target, Reference.target_id).where(
    Reference.source_id == bindparam("source")
)
_AT = select(Node.path, Node.id, literal(None, String).label("now")).where(
    Node.path.in_(bindparam("paths", expanding=True)), Node.deleted_at.is_(None)
)
_ONCE_AT = (
    select(Redirect.path, Node.id, Node.path)
    .join(Node, Node.id == Redirect.node_id)
    .where(Redirect.path.in_(bindparam("steps", expanding=True)), Node.deleted_at.is_(None))
)
_AT_OR_ONCE = union_all(_AT, _ONCE_AT)
_KNOWN = select(Node.id).where(Node.id.in_(bindparam("ids", expanding=True)))
SAVED = (
    events.NodeCreated,
    events.NodeChanged,
    events.NodePublished,
    events.NodeUnpublished,
    events.NodeUndeleted,
)
"""What may have changed a node's own contents (taking back makes a working copy the page)."""
PLACED = (events.NodeCreated, events.NodeMoved, events.NodeUndeleted)
_NAMES_HOST = re.compile(r"\s*(?:https?:|[/\\\\]\s*[/\\\\])", re.IGNORECASE)
Row = tuple[str, str, str, int | None]


def fill(session: Session, registry: Registry, node: Node) -> int:
    """Bring a node's references in line with its public contents; return how many there are.

    A few questions where nothing has changed; no write then. None at all for contents that this
    transaction has gone through already, as when a page is saved and published at once.
    """
    contents = dumps([node.body_version, node.body], sort_keys=True, default=str)
    done = _gone_through(session)
    if node.id in done and done[node.id][0] == contents:
        return done[node.id][1]
    stored = {tuple(row) for row in session.execute(_STORED, {"source": node.id})}
    # What a stored reference leads to is there: the database sees to it.
    there = {int(row[3]) for row in stored if row[3] is not None}
    wanted = set(meant(session, registry, node, there))
    if stored != wanted:
        session.execute(
            delete(Reference)
            .where(Reference.source_id == node.id)
            .execution_options(synchronize_session=False)
        )
        if wanted:
            session.execute(
                insert(Reference),
                [
                    {
                        "tenant_id": node.tenant_id,
                        "source_id": node.id,
                        "block": block,
                        "kind": kind_,
                        "target": target,
                        "target_id": target_id,
                    }
                    for block, kind_, target, target_id in sorted(
                        wanted, key=lambda row: (*row[:3], row[3] or 0)
                    )
                ],
            )
    done[node.id] = contents, len(wanted)
    return len(wanted)


def meant(
    session: Session, registry: Registry, node: Node, there: Collection[int] = ()
) -> list[Row]:
    """Return a node's references as they are at this time: block, kind, address, id of a node.

    ``there``: ids of nodes that are known to exist, and need not be asked for.
    """
    kind = registry["content_types"].get(node.type)
    found = found_in(kind, registry["block_types"], node.body or {}, node.body_version)
    return _resolved(session, registry, node, found, there)


def _gone_through(session: Session) -> dict[int, tuple[str, int]]:
    """Return contents and number of references of the nodes filled in this very transaction.

    A savepoint begins anew: what is rolled back with it must not count as done.
    """
    within = session.get_nested_transaction() or session.get_transaction()
    noted = session.info.get("references_filled")
    if noted is None or noted[0] is not within:
        noted = session.info["references_filled"] = (within, {})
    done: dict[int, tuple[str, int]] = noted[1]
    return done


def _resolved(
    session: Session,
    registry: Registry,
    source: Node,
    found: Iterable[Found],
    there: Collection[int],
) -> list[Row]:
    found = list(found)
    here = _here(session, source, found)
    nodes = nodes_at(session, {split(path)[0] for path in here.values()})
    ids = {one.node_id for one in found if one.node_id is not None}
    ids |= {int(match.group(1)) for path in here.values() if (match := MEDIA.match(path))}
    known, asked = ids & set(there), sorted(ids - set(there))
    if asked:
        known |= set(session.scalars(_KNOWN, {"ids": asked}))
    rows: list[Row] = []
    for one in found:
        if one.node_id is not None:
            target_id = one.node_id if one.node_id in known else None
            # What is gone for good is named by its number, for the report.
            target = "" if target_id is not None else f"#{one.node_id}"
            rows.append((one.block, one.kind, target, target_id))
            continue
        target_id, path = None, here.get(one.target)
        if path is not None and (match := MEDIA.match(path)):
            number = int(match.group(1))
            target_id = number if number in known else None
        elif path is not None:
            path = split(path)[0]
            target_id = nodes.get(path)
            if target_id is None and is_internal(one.target) and is_platform(registry, path):
                continue
        # What is relative to the page, or written oddly, counts only where it leads to a node.
        if target_id is not None or goes_somewhere(one.target):
            rows.append((one.block, one.kind, one.target, target_id))
    return rows


def _here(session: Session, source: Node, found: Iterable[Found]) -> dict[str, str]:
    """Return which addresses lead to this site, and to which path of it.

    One question, for the site's hosts, where one names a host.
    """
    targets = {one.target for one in found if one.target}
    named = any(_NAMES_HOST.match(target) for target in targets)
    hosts = hosts_of(session, source.tenant_id) if named else frozenset[str]()
    return {
        target: path
        for target in targets
        if (path := on_site(target, source.path, hosts)) is not None
    }


def is_platform(registry: Registry, path: str) -> bool:
    """Tell whether a path is answered by the platform or a plugin, not by a page."""
    mapper = registry.queryUtility(IRoutesMapper)
    return mapper is not None and any(
        route.match(path) is not None for route in mapper.get_routes()
    )


def nodes_at(session: Session, paths: Iterable[str]) -> dict[str, int]:
    """Return the nodes that stand at these paths, or to which old addresses now lead."""
    wanted = set(paths)
    if not wanted:
        return {}
    steps = sorted({step for path in wanted for step in prefixes(path)[1:]})
    rows = session.execute(_AT_OR_ONCE, {"paths": sorted(wanted), "steps": steps}).all()
    found = {row.path: row.id for row in rows if row.now is None}
    moved = {row.path: str(row.now) for row in rows if row.now is not None}
    lost = wanted - found.keys()
    now: dict[str, str] = {}
    for path in lost:
        # The longest old address counts, as for visitors.
        for step in reversed(prefixes(path)[1:]):
            if step in moved:
                now[path] = moved[step].rstrip("/") + path[len(step) :]
                break
    if now:
        there = {
            row.path: row.id for row in session.execute(_AT, {"paths": sorted(set(now.values()))})
        }
        found |= {path: there[place] for path, place in now.items() if place in there}
    return found


def adopt(session: Session, nodes: Sequence[Any]) -> None:
    """Let references that led nowhere lead to nodes that now stand there."""
    for node in nodes:
        path = node.path
        session.execute(
            update(Reference)
            .where(
                Reference.target_id.is_(None),
                or_(
                    Reference.target == path,
                    Reference.target == f"{path}/",
                    # A range of the plain texts, not LIKE: "_" in a path is no wildcard.
                    func.substr(Reference.target, 1, len(path) + 1).in_((f"{path}#", f"{path}?")),
                ),
            )
            .values(target_id=node.id)
            .execution_options(synchronize_session=False)
        )


def follow(event: events.NodeEvent) -> None:
    """Keep up with what happens to a node.

    Only public contents count: a working copy's links come with its publishing. The rows of what
    is deleted or taken back stay, because it may return; reports leave them out.
    """
    if isinstance(event, SAVED):
        fill(event.session, event.registry, event.node)
    if isinstance(event, PLACED):
        adopt(event.session, [event.node])


def backfill(session: Session, registry: Registry, after: int, limit: int) -> tuple[int, int]:
    """Fill the references of the next nodes; return the last one's id (0: none left) and count."""
    nodes = list(
        session.scalars(
            select(Node)
            .where(Node.id > after, Node.deleted_at.is_(None))
            .order_by(Node.id)
            .limit(limit)
        )
    )
    for node in nodes:
        fill(session, registry, node)
    return (nodes[-1].id if nodes else 0), len(nodes)
