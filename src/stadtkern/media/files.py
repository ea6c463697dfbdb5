"""Serving bytes: found by node and hash, so that they may be kept for a year."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.content import Node, queries, resource_for
from stadtkern.db import MAX_ID
from stadtkern.media import renditions
from stadtkern.media.types import KINDS
from stadtkern.storage import FileStore, StoredBytes

SHOWN = {"image/jpeg", "image/png", "image/webp", "image/avif", "image/svg+xml", "application/pdf"}
PLAYED = {
    *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/webm"),
    *("video/mp4", "video/webm", "text/vtt"),
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A file opened by itself runs nothing and reaches nothing."""
POLICY_PLAYED = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""The same for what a browser's own player shows."""
FIELDS = ("stored", "captions", "poster")
"""Fields of a node's body that name stored bytes."""


def path_of(node: Any, stored: Mapping[str, Any] | None) -> str | None:
    """Return the address of stored bytes of a node; None where there are none."""
    if not stored or not stored.get("sha"):
        return None
    return f"/media/{node.id}/{stored['sha'][:12]}/{quote(stored['name'])}"


def media_path(_request: Request, node: Any, field: str = "stored") -> str | None:
    """Return the address of a node's bytes; None if it has none.

    ``field``: stored (the picture or file itself), captions or poster.
    """
    return path_of(node, ((node.body or {}).get("fields") or {}).get(field))


_FIND = select(*queries.LIGHT, Node.body, Node.derived)


def serve(request: Request) -> Response:
    """Return the bytes of a node that the visitor may see, whole or a range (RFC 9110, 14)."""
    if int(request.matchdict["node_id"]) > MAX_ID:
        raise HTTPNotFound
    node = request.db.execute(
        _FIND.where(
            Node.id == int(request.matchdict["node_id"]),
            Node.type.in_(KINDS),
            Node.deleted_at.is_(None),
        )
    ).first()
    if node is None:
        raise HTTPNotFound
    store, stored = _found(request, node)
    resource = resource_for(request, node)
    if not request.has_permission(Permission.VIEW, resource):
        raise HTTPNotFound
    try:
        body = StoredBytes(store.path(stored["sha"]))
        size = store.path(stored["sha"]).stat().st_size
    except (FileNotFoundError, ValueError):
        raise HTTPNotFound from None
    response = Response(
        app_iter=body,
        content_type=stored["type"],
        content_length=size,
        conditional_response=True,
        accept_ranges="bytes",
    )
    if "," in request.headers.get("Range", ""):
        # Several parts at once no player asks for; the whole is a right answer, too.
        del request.headers["Range"]
    if not stored["type"].startswith("text/"):
        response.charset = None
    response.etag = stored["sha"]
    public = "public" if resource.visible else "private"
    response.headers["Cache-Control"] = f"{public}, max-age=31536000, immutable"
    played = stored["type"] in PLAYED
    response.headers["Content-Security-Policy"] = POLICY_PLAYED if played else POLICY
    disposition = "inline" if played or stored["type"] in SHOWN else "attachment"
    response.headers["Content-Disposition"] = (
        f"{disposition}; filename*=UTF-8''{quote(stored['name'])}"
    )
    return response


def _found(request: Request, node: Any) -> tuple[FileStore, Mapping[str, Any]]:
    """Return the stored bytes that the address's hash names, and the store that has them."""
    wanted = request.matchdict["sha"]
    fields = (node.body or {}).get("fields") or {}
    for name in FIELDS:
        stored = fields.get(name) or {}
        if str(stored.get("sha", "")).startswith(wanted):
            return request.registry["storage"], stored
    for made in renditions.made_of(node):
        if made["sha"].startswith(wanted):
            return renditions.store_of(request.registry, request.tenant.id), made | {
                "name": request.matchdict["name"]
            }
    raise HTTPNotFound
