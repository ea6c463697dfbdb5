"""Nodes as JSON."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.api.jsonschema import plain
from stadtkern.content import scope
from stadtkern.content.types import ContentType
from stadtkern.content.values import read_block, read_fields


def moments(request: Request) -> Callable[[Any], str | None]:
    """Return the function that writes moments with the offset of the town's clock (RFC 3339)."""
    zone = ZoneInfo(request.tenant.timezone)
    return lambda value: value and value.astimezone(zone).isoformat(timespec="seconds")


def drafts_seen(request: Request) -> Callable[[Any], bool]:
    """Return whether the token sees drafts, as a function of a node's row; no query a row."""
    if scope.sees_all(request):
        return lambda _row: True
    parts = [
        area.path.rstrip("/")
        for area in scope.areas(request)
        if Permission.VIEW_DRAFTS in permissions_of(request, request.identity, (area.id,))
    ]
    me = request.identity.actor_id
    return lambda row: (
        (me is not None and row.author_id == me)
        or any(row.path == part or row.path.startswith(part + "/") for part in parts)
    )


def summaries(request: Request) -> Callable[[Any], dict[str, Any]]:
    """Return the function that shows a node's row as lists do."""
    when, drafts = moments(request), drafts_seen(request)
    site = f"{request.scheme}://{request.host}"

    def show(row: Any) -> dict[str, Any]:
        copy = None
        if row.draft_revision is not None and drafts(row):
            copy = {"revision": row.draft_revision, "state": row.draft_state or "draft"}
        return {
            "id": row.id,
            "type": row.type,
            "path": row.path,
            "url": f"{site}{row.path}",
            "parent": row.parent_id,
            "title": row.title,
            "summary": row.summary,
            "language": row.language,
            "translation_group": row.translation_group,
            "state": row.state,
            "version": row.version,
            "in_nav": row.in_nav,
            "position": row.position,
            "key": row.key,
            # Most have none of these: a list of a hundred saves four hundred calls.
            "sort_at": row.sort_at and when(row.sort_at),
            "until_at": row.until_at and when(row.until_at),
            "publish_at": row.publish_at and when(row.publish_at),
            "expire_at": row.expire_at and when(row.expire_at),
            "created_at": when(row.created_at),
            "updated_at": when(row.updated_at),
            "revision": row.live_revision,
            "working_copy": copy,
        }

    return show


def fields_json(request: Request, kind: ContentType, stored: Any) -> dict[str, Any]:
    """Return the fields of ``stored`` (a node or a revision) as its type has them today."""
    timezone = request.tenant.timezone
    data = kind.fields(stored.body_version, (stored.body or {}).get("fields", {}))
    values = read_fields(kind, data, timezone)
    shown: dict[str, Any] = plain(kind.schema().bind(timezone=timezone), values, ZoneInfo(timezone))
    return shown


def blocks_json(request: Request, stored: Any) -> list[dict[str, Any]]:
    """Return blocks with their data as today's schemas have them; unknown ones are left out."""
    timezone = request.tenant.timezone
    known = request.content.block_types
    shown = []
    for block in (stored.body or {}).get("blocks", []):
        kind = known.get(str(block.get("type")))
        if kind is None:
            continue
        values = read_block(kind, kind.data(block), timezone)
        node = kind.schema().bind(timezone=timezone)
        shown.append(
            {
                "id": str(block.get("id", "")),
                "type": kind.name,
                "version": kind.version,
                "data": plain(node, values, ZoneInfo(timezone)),
            }
        )
    return shown


def whole(request: Request, node: Any, stored: Any) -> dict[str, Any]:
    """Return a node with its contents; ``stored``: the node itself or one of its revisions."""
    kind = request.content.kind(node.type)
    found = summaries(request)(node)
    found |= {"title": stored.title, "summary": stored.summary, "in_nav": stored.in_nav}
    return found | {
        "fields": fields_json(request, kind, stored),
        "blocks": blocks_json(request, stored),
    }
