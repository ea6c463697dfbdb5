"""What an offer holds: a tour with its line, its places and their media, as they are public.

    {"v": 1, "tour": PART, "line": …, "elevations": …, "places": [PART…], "media": [PART…]}

A part is {id, type, title, summary, version, fields, blocks} with the numbers of the giving town,
which the taking town writes anew. Blocks that name anything else than these parts stay behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stadtkern.content import Content, Node
from stadtkern.content.links import found_in
from stadtkern.content.moving import files_in
from stadtkern_cityguide import queries as guide
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.offline.manifest import canonical
from stadtkern_cityguide.sharing import queries
from stadtkern_cityguide.sharing.errors import ShareRefused

MEDIA = ("image", "audio", "video", "file")
MAX_BYTES = 4_000_000
"""Bytes of a package; media are not in it."""

_OPEN = re.compile(
    r"CC0 1\.0|CC BY(?:-SA)? \d\.\d|Datenlizenz Deutschland.*|ODbL 1\.0|EUPL.*|MIT", re.DOTALL
)
"""Licences that let others copy and change: no “nd”, and no “nc”, which towns cannot judge."""

_LINK = re.compile(r'(href=")(/(?!/|media/))')


@dataclass(frozen=True)
class Package:
    """What is offered, with the numbers that a list shows."""

    data: bytes
    stops: int
    places: int
    media: int


def may_copy(licence: str | None) -> bool:
    """Tell whether a licence lets another town copy and change a work."""
    found = licence_of(licence)
    return found is not None and bool(_OPEN.fullmatch(found[0]))


def pack(content: Content, tour: Node, origin: str) -> Package:
    """Return what a public tour offers; ``ShareRefused`` in words for editors.

    ``origin``: how the town's addresses begin; links in texts lead back to it.
    """
    fields = content.fields(tour)
    ids = {stop["place"] for stop in fields.get("stops") or () if stop.get("place")}
    places = [node for node in queries.sources(content.session, ids) if node.type == "place"]
    pages = [tour, *places]
    named = {number for node in pages for number in _named(content, node)}
    media = [node for node in queries.sources(content.session, named) if node.type in MEDIA]
    _check_licences([*pages, *media])
    known = {node.id for node in (*pages, *media)}
    track = guide.track(content.session, tour.id)
    whole = {
        "v": 1,
        "tour": _part(content, tour, known, origin),
        "line": "" if track is None else track.line,
        "elevations": "" if track is None else track.elevations,
        "places": [_part(content, node, known, origin) for node in places],
        "media": [_part(content, node, known, origin) for node in media],
    }
    store = content.registry["storage"]
    for sha in files_in(whole["media"]):
        if not store.has(sha):
            raise ShareRefused(_("A file of this tour is missing in the media library."))
    data = canonical(whole)
    if len(data) > MAX_BYTES:
        raise ShareRefused(_("The texts of this tour are too large to be offered."))
    return Package(data, len(fields.get("stops") or ()), len(places), len(media))


def _named(content: Content, node: Node) -> Iterable[int]:
    found = found_in(
        content.types.get(node.type), content.block_types, node.body or {}, node.body_version
    )
    return (one.node_id for one in found if one.node_id is not None)


def _check_licences(nodes: Iterable[Node]) -> None:
    for node in nodes:
        licence = str(((node.body or {}).get("fields") or {}).get("licence") or "")
        if may_copy(licence):
            continue
        raise ShareRefused(
            _(
                "“${title}” may not be copied by other towns: its licence is “${licence}”. Tours, "
                "places and media need an open licence such as CC BY 4.0, CC BY-SA 4.0 or CC0.",
                mapping={"title": node.title, "licence": licence or "–"},
            )
        )


def _part(content: Content, node: Node, known: set[int], origin: str) -> dict[str, Any]:
    body = node.body or {}
    fields = dict(body.get("fields") or {})
    if node.type == "place":
        # Categories are the town's own; so is the number that a file gave to the place.
        fields.pop("categories", None)
        fields.pop("source_id", None)
    return {
        "id": node.id,
        "type": node.type,
        "title": node.title,
        "summary": node.summary,
        "version": node.body_version,
        "fields": _leading_back(fields, origin),
        "blocks": [
            _leading_back(dict(block), origin)
            for block in body.get("blocks") or ()
            if _whole(content, block, known)
        ],
    }


def _whole(content: Content, block: Mapping[str, Any], known: set[int]) -> bool:
    """Tell whether a block can be understood elsewhere: its kind, and all that it names."""
    kind = content.block_types.get(str(block.get("type")))
    return kind is not None and set(kind.named(kind.data(block))) <= known


def _leading_back(value: Any, origin: str) -> Any:
    """Return texts whose links to pages of this town name the town."""
    if isinstance(value, str):
        return _LINK.sub(rf"\g<1>{origin}\g<2>", value) if "href=" in value else value
    if isinstance(value, list):
        return [_leading_back(item, origin) for item in value]
    if isinstance(value, Mapping):
        return {name: _leading_back(item, origin) for name, item in value.items()}
    return value
