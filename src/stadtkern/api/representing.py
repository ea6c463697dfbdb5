"""Nodes as JSON."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.api import queries
from stadtkern.api.jsonschema import plain
from stadtkern.content import scope
from stadtkern.content.types import ContentType
from stadtkern.content.values import read_fields, read_typed


def moments(request: Request) -> Callable[[Any], str | None]:
    """Return the function that writes moments with the offset of the town's clock (RFC 3339)."""
    zone = ZoneInfo(request.tenant.timezone)
    return lambda value: value and value.astimezone(zone).isoformat(timespec="seconds")


def drafts_seen(request: Request) -> Callable[[int | None, str], bool]:
    """Return whether the token sees drafts: of a node's author and path; no query a row."""
    if scope.sees_all(request):
        return lambda _author, _path: True
    parts = [
        area.path.rstrip("/")
        for area in scope.areas(request)
        if Permission.VIEW_DRAFTS in permissions_of(request, request.identity, (area.id,))
    ]
    me = request.identity.actor_id
    return lambda author, path: (
        (me is not None and author == me)
        or any(path == part or path.startswith(part + "/") for part in parts)
    )


def summaries(request: Request) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Return the function that shows a row of ``queries.SUMMARY`` as lists do.

    By place, not by name: looking up twenty names a row cost as much as reading it. What a row
    has beside those columns is left alone.
    """
    when, drafts = moments(request), drafts_seen(request)
    site = f"{request.scheme}://{request.host}"
    length = len(queries.SUMMARY)

    def show(row: Sequence[Any]) -> dict[str, Any]:
        (
            number,
            parent,
            path,
            kind,
            state,
            language,
            title,
            summary,
            in_nav,
            sort_at,
            position,
            author,
            updated_at,
            group,
            version,
            key,
            until_at,
            publish_at,
            expire_at,
            created_at,
            revision,
            draft,
            draft_state,
        ) = row[:length]
        copy = None
        if draft is not None and drafts(author, path):
            copy = {"revision": draft, "state": draft_state or "draft"}
        return {
            "id": number,
            "type": kind,
            "path": path,
            "url": site + path,
            "parent": parent,
            "title": title,
            "summary": summary,
            "language": language,
            "translation_group": group,
            "state": state,
            "version": version,
            "in_nav": in_nav,
            "position": position,
            "key": key,
            # Most have none of these: a list of a hundred saves four hundred calls.
            "sort_at": sort_at and when(sort_at),
            "until_at": until_at and when(until_at),
            "publish_at": publish_at and when(publish_at),
            "expire_at": expire_at and when(expire_at),
            "created_at": when(created_at),
            "updated_at": when(updated_at),
            "revision": revision,
            "working_copy": copy,
        }

    return show


_SUMMARY = attrgetter(*(column.key for column in queries.SUMMARY))


def fields_json(
    request: Request, kind: ContentType, stored: Any, *, private: bool = True
) -> dict[str, Any]:
    """Return the fields of ``stored`` (a node or a revision) as its type has them today.

    ``private``: whether with those that are for editors only (``private=True`` at the field).
    """
    timezone = request.tenant.timezone
    data = kind.fields(stored.body_version, (stored.body or {}).get("fields", {}))
    values = read_fields(kind, data, timezone)
    node = kind.schema().bind(timezone=timezone)
    if not private:
        values = without_private(node, values)
    shown: dict[str, Any] = plain(node, values, ZoneInfo(timezone))
    return shown


def without_private(node: Any, value: Any) -> Any:
    """Return typed values without what is for editors only, at any depth."""
    if isinstance(value, Mapping):
        children = {child.name: child for child in getattr(node, "children", ())}
        return {
            name: without_private(children.get(name), item)
            for name, item in value.items()
            if not getattr(children.get(name), "private", False)
        }
    if isinstance(value, list | tuple) and getattr(node, "children", None):
        return [without_private(node.children[0], item) for item in value]
    return value


def blocks_json(request: Request, stored: Any, *, private: bool = True) -> list[dict[str, Any]]:
    """Return blocks with their data as today's schemas have them; unknown ones are left out.

    ``private``: as in ``fields_json``.
    """
    timezone = request.tenant.timezone
    known = request.content.block_types
    bound: dict[str, Any] = {}
    shown = []
    for block in (stored.body or {}).get("blocks", []):
        kind = known.get(str(block.get("type")))
        if kind is None:
            continue
        # Pages repeat few kinds of blocks: each schema is made and bound once.
        node = bound.get(kind.name)
        if node is None:
            node = bound[kind.name] = kind.schema().bind(timezone=timezone)
        values = read_typed(node, kind.data(block))
        if not private:
            values = without_private(node, values)
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
    """Return a node with its contents; ``stored``: the node itself or one of its revisions.

    Fields for editors only (a riddle's solution) are told to those who may read its drafts.
    """
    kind = request.content.kind(node.type)
    private = drafts_seen(request)(node.author_id, node.path)
    found = summaries(request)(_SUMMARY(node))
    found |= {"title": stored.title, "summary": stored.summary, "in_nav": stored.in_nav}
    return found | {
        "fields": fields_json(request, kind, stored, private=private),
        "blocks": blocks_json(request, stored, private=private),
    }
