"""The town's map file: which one it is, where its bytes lie, and how a new one takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.storage import FileStore
from stadtkern.tenants import bump_generation
from stadtkern_cityguide.tiles.models import Map

MEDIA_TYPE = "application/vnd.pmtiles"
GRACE = 2 * 24 * 3600.0
"""Seconds for which a former file stays: pages and packs that name it are still on their way."""

_MAP = select(Map).limit(1)


@dataclass(frozen=True)
class MapFile:
    """A town's map. ``bounds``: west, south, east, north in degrees; ``style``: whose layers."""

    sha256: str
    bytes: int
    url: str
    attribution: str
    style: str
    bounds: tuple[float, float, float, float]
    min_zoom: int
    max_zoom: int


def current(session: Session) -> MapFile | None:
    """Return the map file of the session's town; None where it has none. One query."""
    row = session.scalars(_MAP).first()
    if row is None:
        return None
    return MapFile(
        row.sha256,
        row.bytes,
        f"/guide/tiles/{row.sha256}.pmtiles",
        row.attribution,
        row.style,
        (row.west, row.south, row.east, row.north),
        row.min_zoom,
        row.max_zoom,
    )


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return the part of the storage that holds the town's map."""
    part: FileStore = registry["storage"].part(f"guidemap/{tenant_id}")
    return part


@dataclass(frozen=True)
class Facts:
    """What is known of a file before it is stored."""

    style: str
    attribution: str
    bounds: tuple[float, float, float, float]
    min_zoom: int
    max_zoom: int


def keep(
    registry: Registry,
    session: Session,
    tenant_id: int,
    stream: IO[bytes],
    facts: Facts,
    *,
    maximum: int,
) -> tuple[MapFile, bool]:
    """Make a file the town's map; the same file again changes nothing. Tell whether it is new.

    ``TooLarge`` beyond ``maximum`` bytes; then what was there stays.
    """
    store = store_of(registry, tenant_id)
    sha, size = store.put(stream, maximum=maximum)
    row = session.scalars(_MAP).first()
    west, south, east, north = facts.bounds
    values = {
        "sha256": sha,
        "bytes": size,
        "style": facts.style,
        "attribution": facts.attribution,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "min_zoom": facts.min_zoom,
        "max_zoom": facts.max_zoom,
    }
    if row is None:
        row = Map(**values)
        session.add(row)
        changed = True
    else:
        changed = any(getattr(row, name) != value for name, value in values.items())
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    if changed:
        # Pages name the file.
        bump_generation(session, registry["tenants"], tenant_id, "content")
    store.sweep({sha}, older=GRACE)
    found = current(session)
    assert found is not None  # noqa: S101 - it was stored above
    return found, changed
