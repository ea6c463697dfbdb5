"""What a device asks first: which packs there are, and what has to go."""

import json
from typing import Any

from sqlalchemy.orm import Session

from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.manifest import MIN_CLIENT, VERSION


def catalogue(session: Session) -> dict[str, Any]:
    """Return all packs of a town with revision, hash and bytes, withdrawn media, gone tours."""
    rows = queries.bundles(session)
    return {
        "v": VERSION,
        "min_client": MIN_CLIENT,
        "bundles": [_told(row) for row in rows if row.shown is not None],
        "gone": [{"tour": row.tour_id, "lang": row.language} for row in rows if row.shown is None],
        "revoked": sorted(queries.revoked(session)),
    }


def _told(row: Any) -> dict[str, Any]:
    made = json.loads(row.manifest)
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
