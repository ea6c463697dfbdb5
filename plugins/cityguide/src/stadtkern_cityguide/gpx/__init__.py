"""Read GPX files that strangers made: a line, its places, its licence, and nothing else.

Sources: GPX 1.0 and 1.1 (topografix.com/GPX). The schema is deliberately not enforced: real files
carry attributes and elements that it forbids, and are still perfectly good routes.

Why not ``gpxpy`` here: before parsing it runs a regular expression over the whole text whose time
grows with the square of its length (a 48 kB file costs 0.4 s, 10 MB hours), enters the file's
namespace prefixes into a table that all of the process shares, and builds a tree without limits.
We need six elements; a target parser gives them in one pass with every limit in force. The tests
hold our reading against ``gpxpy``'s.

What is kept is what a town may publish: names, texts, licence, holder. Times are not read (they
tell when somebody was where), mail addresses are dropped wherever they stand.
"""

from __future__ import annotations

from typing import BinaryIO

from lxml import etree

from stadtkern_cityguide.gpx import errors
from stadtkern_cityguide.gpx.errors import GpxError
from stadtkern_cityguide.gpx.model import (
    MAX_BYTES,
    MAX_POINTS,
    MAX_WAYPOINTS,
    GpxRoute,
    TrackPoint,
    Waypoint,
)
from stadtkern_cityguide.gpx.parsing import feed
from stadtkern_cityguide.gpx.reader import Reader
from stadtkern_cityguide.gpx.texts import web_link

__all__ = [
    "MAX_BYTES",
    "MAX_POINTS",
    "MAX_WAYPOINTS",
    "GpxError",
    "GpxRoute",
    "TrackPoint",
    "Waypoint",
    "parse_gpx",
    "read_limited",
]

_READ_CHUNK = 64 * 1024
_MIN_LINE = 2


def read_limited(stream: BinaryIO, limit: int = MAX_BYTES) -> bytes:
    """Read a binary stream to its end, but never more than ``limit`` bytes and one chunk.

    Raise ``GpxError("too_large")`` as soon as the limit is passed, with the rest left unread.
    """
    parts: list[bytes] = []
    size = 0
    while chunk := stream.read(_READ_CHUNK):
        size += len(chunk)
        if size > limit:
            raise errors.too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


def parse_gpx(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_points: int = MAX_POINTS,
    max_waypoints: int = MAX_WAYPOINTS,
    lineless: bool = False,
) -> GpxRoute:
    """Read one GPX file (1.0, 1.1, or without namespace); raise only :class:`GpxError`.

    The line comes from the tracks, and from the routes (``<rte>``) where there is no track.
    ``lineless``: a file with nothing but waypoints is accepted, too.
    """
    if len(data) > max_bytes:
        raise errors.too_large(max_bytes)
    text = _trimmed(data)
    errors.refuse_other_kinds(text)
    reader = Reader(max_points, max_waypoints)
    try:
        feed(text, reader)
    except GpxError:
        raise
    except (etree.LxmlError, LookupError, UnicodeError, ValueError) as error:
        # The parser may hide a refusal of ours behind its own complaint that parsing stopped.
        raise (reader.refusal or errors.syntax_error(error, text)) from None
    if reader.refusal is not None:
        raise reader.refusal
    return _route(reader, lineless=lineless)


def _trimmed(data: bytes) -> bytes:
    """Drop white space before the XML declaration, a frequent slip that parsers do not forgive."""
    return data.lstrip(b" \t\r\n") if b"\0" not in data[:8] else data


def _first(*texts: str) -> str:
    """Return the first text that is not empty."""
    return next((text for text in texts if text), "")


def _route(reader: Reader, *, lineless: bool) -> GpxRoute:
    """Put together what was read; refuse a file without a line."""
    lines = [segment for segment in reader.tracks if len(segment) >= _MIN_LINE]
    kind = "trk" if lines else "rte"
    lines = lines or [segment for segment in reader.routes if len(segment) >= _MIN_LINE]
    if not lines and not (lineless and reader.waypoints):
        raise errors.no_line(len(reader.waypoints))
    texts = reader.texts
    whole = (texts.get("metadata/name", ""), texts.get("name", ""))
    part = texts.get(f"{kind}/name", "")
    # One track is the tour, and its name is nearer to it; of several, the file names the whole.
    single = (reader.track_count if kind == "trk" else len(reader.routes)) == 1
    author_link = web_link(texts.get("metadata/author/link@href", ""))
    return GpxRoute(
        name=_first(part, *whole) if single else _first(*whole, part),
        description=_first(
            texts.get(f"{kind}/desc", ""), texts.get("metadata/desc", ""), texts.get("desc", "")
        ),
        licence=texts.get("metadata/copyright/license", ""),
        attribution=_first(
            texts.get("copyright/author", ""),
            texts.get("metadata/author/name", ""),
            texts.get("author", ""),
            author_link,
        ),
        keywords=_first(texts.get("metadata/keywords", ""), texts.get("keywords", "")),
        link=web_link(_first(texts.get("metadata/link@href", ""), texts.get("url", ""))),
        segments=tuple(tuple(segment) for segment in lines),
        waypoints=tuple(reader.waypoints),
        notices=tuple(
            errors.notices(
                missing=sum(point.ele is None for segment in lines for point in segment),
                total=sum(len(segment) for segment in lines),
                pieces=len(lines),
                mail_removed=reader.mail_removed,
                shortened=reader.shortened,
            )
        ),
    )
