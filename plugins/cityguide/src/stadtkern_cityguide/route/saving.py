"""Storing a drawn route: a revision of the tour, whose line is kept under its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stadtkern.content import Content, Node
from stadtkern_cityguide import tracks
from stadtkern_cityguide.figures import Line, fingerprint_of


def save(
    content: Content,
    node: Node,
    *,
    version: int,
    line: Line,
    stops: Sequence[Mapping[str, Any]],
    mode: str,
) -> Node:
    """Save line, stops and mode; all else of the tour stays as its newest version has it.

    A published tour gets a working copy, as from its form. ``Conflict`` if ``version`` is not the
    stored one.
    """
    copy = content.working_copy(node)
    fields = content.fields_of(content.types["tour"], copy)
    tracks.keep_first(content.session, node.id)
    name = tracks.remember(content.session, node.id, line)
    return content.save_draft(
        node.id,
        version=version,
        title=copy.title,
        summary=copy.summary,
        in_nav=copy.in_nav,
        fields=fields | {"stops": list(stops), "mode": mode, "line": name},
    )


def create(
    content: Content,
    folder: Node,
    *,
    title: str,
    line: Line,
    stops: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Any],
) -> Node:
    """Make a draft of a tour below a folder, as the import does."""
    node = content.create(
        folder,
        "tour",
        title=title,
        fields={**fields, "stops": list(stops), "line": fingerprint_of(line)},
    )
    tracks.remember(content.session, node.id, line)
    tracks.follow(content.session, node)
    return node
