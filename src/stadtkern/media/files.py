"""Serving bytes: found by node and hash, so that they may be kept for a year."""

from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileResponse, Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.content import Node, queries, resource_for

INLINE = {"image/jpeg", "image/png", "image/webp", "image/svg+xml", "application/pdf"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A file opened by itself runs nothing and reaches nothing."""


def media_path(_request: Request, node: Any) -> str | None:
    """Return the address of an image's or file's bytes; None if it has none."""
    stored = ((node.body or {}).get("fields") or {}).get("stored") or {}
    if not stored.get("sha"):
        return None
    return f"/media/{node.id}/{stored['sha'][:12]}/{quote(stored['name'])}"


MAX_ID = 2**31 - 1
"""PostgreSQL's integer: a larger number is no node's, and asking with it would be an error."""

_FIND = select(*queries.LIGHT, Node.body)


def serve(request: Request) -> Response:
    """Return the bytes of a node that the visitor may see."""
    if int(request.matchdict["node_id"]) > MAX_ID:
        raise HTTPNotFound
    node = request.db.execute(
        _FIND.where(
            Node.id == int(request.matchdict["node_id"]),
            Node.type.in_(("image", "file")),
            Node.deleted_at.is_(None),
        )
    ).first()
    if node is None:
        raise HTTPNotFound
    stored = (node.body or {}).get("fields", {}).get("stored") or {}
    if not str(stored.get("sha", "")).startswith(request.matchdict["sha"]):
        raise HTTPNotFound
    resource = resource_for(request, node)
    if not request.has_permission(Permission.VIEW, resource):
        raise HTTPNotFound
    try:
        path = request.registry["storage"].path(stored["sha"])
        response = FileResponse(str(path), request=request, content_type=stored["type"])
    except (FileNotFoundError, ValueError):
        raise HTTPNotFound from None
    response.etag = stored["sha"]
    public = "public" if resource.visible else "private"
    response.headers["Cache-Control"] = f"{public}, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = POLICY
    disposition = "inline" if stored["type"] in INLINE else "attachment"
    response.headers["Content-Disposition"] = (
        f"{disposition}; filename*=UTF-8''{quote(stored['name'])}"
    )
    return response
