"""The lines of tours: those that a tour has had, and the one that visitors see.

A tour's field ``line`` is the fingerprint of a row of ``cityguide_line``. What is public stands
computed in ``cityguide_track``, which follows the node's events: a working copy that is published,
or an old revision that is brought back, brings its line with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern_cityguide import queries
from stadtkern_cityguide.figures import (
    Line,
    decode_line,
    encode_line,
    fingerprint,
    on_line,
)
from stadtkern_cityguide.geometry import Position, bounding_box
from stadtkern_cityguide.models import DrawnLine, Track


def line_of(track: Track | None) -> Line | None:
    """Return a track's line."""
    return None if track is None else decode_line(track.line, track.elevations)


def remember(
    session: Session, node_id: int, line: Line, *, source_name: str = "", sha256: str = ""
) -> str:
    """Keep a line for a tour, once; return its fingerprint for the field ``line``."""
    text, elevations = encode_line(line)
    name = fingerprint(text, elevations)
    if queries.drawn_line(session, node_id, name) is None:
        session.add(
            DrawnLine(
                node_id=node_id,
                fingerprint=name,
                line=text,
                elevations=elevations,
                source_name=source_name,
                source_sha256=sha256,
            )
        )
        session.flush()
    return name


def keep_first(session: Session, node_id: int) -> None:
    """Keep the line of a tour whose revisions name none, before it gets another one."""
    row = queries.track(session, node_id)
    if row is not None and queries.drawn_line(session, node_id, "") is None:
        session.add(
            DrawnLine(
                node_id=node_id,
                fingerprint="",
                line=row.line,
                elevations=row.elevations,
                source_name=row.source_name,
                source_sha256=row.source_sha256,
            )
        )
        session.flush()


def shown(session: Session, node: Any, fields: Mapping[str, Any]) -> Track | None:
    """Return what a page shows: of a working copy its own line, computed and not stored.

    What is only drawn so far brings its line along (``drawn``), which is kept nowhere yet.
    """
    row = queries.track(session, node.id)
    draft = getattr(node, "draft", None)
    if draft is None:
        return row
    line = getattr(draft, "drawn", None)
    if line is not None:
        mode = str(fields.get("mode") or "foot")
        return computed(node.id, line, _positions(fields), mode=mode, source=row)
    drawn = _wanted(session, node.id, fields, row)
    source: Track | DrawnLine | None = drawn or row
    if source is None:
        return None
    return computed(
        node.id,
        decode_line(source.line, source.elevations),
        _positions(fields),
        mode=str(fields.get("mode") or "foot"),
        source=source,
    )


def follow(session: Session, node: Node) -> None:
    """Let the public line follow a tour that was made, saved or published."""
    fields = (node.body or {}).get("fields", {})
    row = queries.track(session, node.id)
    drawn = _wanted(session, node.id, fields, row)
    source: Track | DrawnLine | None = drawn or row
    if source is None:
        return
    line = decode_line(source.line, source.elevations)
    mode = str(fields.get("mode") or "foot")
    if drawn is not None:
        made = computed(node.id, line, _positions(fields), mode=mode, source=source)
        made.step_free = str(fields.get("step_free") or "")
        session.merge(made)
        session.flush()
    elif row is not None:
        row.mode = mode
        row.step_free = str(fields.get("step_free") or "")
        row.stops = _met(line, _positions(fields))


def _wanted(
    session: Session, node_id: int, fields: Mapping[str, Any], row: Track | None
) -> DrawnLine | None:
    """Return the line that the fields name, None where the track has it already."""
    name = str(fields.get("line") or "")
    if row is not None and name == fingerprint(row.line, row.elevations):
        return None
    drawn = queries.drawn_line(session, node_id, name)
    if drawn is None and name:
        # A translation begins with its source's fields, and so with its line.
        other = queries.drawn_line(session, None, name)
        if other is not None:
            drawn = DrawnLine(
                node_id=node_id,
                fingerprint=name,
                line=other.line,
                elevations=other.elevations,
                source_name=other.source_name,
                source_sha256=other.source_sha256,
            )
            session.add(drawn)
            session.flush()
    return drawn


def _positions(fields: Mapping[str, Any]) -> list[Position | None]:
    """Return where the stops are; a draft's may have no position yet."""
    return [
        (float(stop["lat"]), float(stop["lon"]))
        if stop.get("lat") is not None and stop.get("lon") is not None
        else None
        for stop in fields.get("stops") or ()
    ]


def _met(line: Line, positions: Sequence[Position | None]) -> list[dict[str, Any]]:
    known = iter(on_line(line, [position for position in positions if position is not None]))
    found: list[dict[str, Any]] = []
    for position in positions:
        if position is None:
            found.append({"along_m": None, "elevation_m": None})
            continue
        where = next(known)
        found.append({"along_m": round(where.along_m, 1), "elevation_m": where.elevation_m})
    return found


def computed(
    node_id: int,
    line: Line,
    positions: Sequence[Position | None],
    *,
    mode: str,
    source: Any = None,
) -> Track:
    """Return a track with all that is computed from a line; ``source`` names the file, if any."""
    text, elevations = encode_line(line)
    climb, box, start = line.climb, bounding_box(line.points), line.segments[0][0]
    return Track(
        node_id=node_id,
        mode=mode,
        line=text,
        elevations=elevations,
        stops=_met(line, positions),
        length_m=line.length_m,
        ascent_m=climb.ascent_m if climb else None,
        descent_m=climb.descent_m if climb else None,
        south=box.south,
        west=box.west,
        north=box.north,
        east=box.east,
        start_lat=start[0],
        start_lon=start[1],
        source_name=getattr(source, "source_name", "") or "",
        source_sha256=getattr(source, "source_sha256", "") or "",
    )
