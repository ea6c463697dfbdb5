"""What a device asks first: which packs there are, and what has to go."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.manifest import MIN_CLIENT, VERSION

MAX_KEPT = 10_000
_KEPT: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
"""What the catalogue says of manifests, by their hashes, which never mean anything else: everybody
may ask, and reading all manifests anew each time would take a large town's seconds."""


def catalogue(session: Session) -> dict[str, Any]:
    """Return all packs of a town with revision, hash and bytes, withdrawn media, gone tours."""
    rows = queries.bundles(session)
    made = _made(session, {row.etag for row in rows if row.shown is not None})
    return {
        "v": VERSION,
        "min_client": MIN_CLIENT,
        # One that was packed anew between both queries is told of next time.
        "bundles": [_told(row, made[row.etag]) for row in rows if row.shown and row.etag in made],
        "gone": [{"tour": row.tour_id, "lang": row.language} for row in rows if row.shown is None],
        "revoked": sorted(queries.revoked(session)),
    }


def _made(session: Session, etags: set[str]) -> dict[str, Mapping[str, Any]]:
    """Return what manifests say of themselves, by their hashes; known ones cost no query."""
    found = {etag: known for etag in etags if (known := _KEPT.get(etag)) is not None}
    for etag, manifest in queries.manifests(session, etags - found.keys()).items():
        whole = json.loads(manifest)
        found[etag] = {name: whole[name] for name in ("start", "total", "groups")}
        _KEPT[etag] = found[etag]
    while len(_KEPT) > MAX_KEPT:
        _KEPT.popitem(last=False)
    return found


def _told(row: Any, made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tour": row.tour_id,
        "lang": row.language,
        "title": row.title,
        "start": made["start"],
        "rev": row.rev,
        "etag": row.etag,
        "total": made["total"],
        "groups": made["groups"],
        "manifest": f"/guide/bundles/{row.tour_id}.{row.language}.json",
    }
