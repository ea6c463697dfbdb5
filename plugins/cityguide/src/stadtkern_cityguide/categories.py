"""The tree of categories in the languages of a town; one query a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from stadtkern_cityguide import queries


@dataclass(frozen=True)
class Category:
    """A category as one language shows it. ``ids``: its own and its translations' and of all below.

    ``depth``: 0 at the top of the tree.
    """

    id: int
    slug: str
    title: str
    language: str
    icon: str
    colour: str
    words: tuple[str, ...]
    depth: int
    ids: frozenset[int]
    own: frozenset[int]


def categories(request: Request) -> list[Category]:
    """Return the town's published categories in the page's language, parents first."""
    known: list[Category] | None = getattr(request, "guide_categories", None)
    if known is None:
        known = request.guide_categories = arranged(
            queries.categories(request.db), request.locale_name, request.tenant.default_locale
        )
    return known


def arranged(rows: Sequence[Any], language: str, default: str) -> list[Category]:
    """Return rows of nodes as categories: one of each group, in the language that fits best."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.translation_group or row.id, []).append(row)
    group_of = {row.id: key for key, members in groups.items() for row in members}
    own = {key: frozenset(row.id for row in members) for key, members in groups.items()}
    above = {
        key: next((group_of[row.parent_id] for row in members if row.parent_id in group_of), None)
        for key, members in groups.items()
    }
    below: dict[Any, set[int]] = {key: set(ids) for key, ids in own.items()}
    depth: dict[Any, int] = {}
    for key in groups:
        step, seen = above[key], {key}
        # A translation may stand elsewhere in its tree: never round in circles.
        while step is not None and step not in seen:
            below[step] |= own[key]
            seen.add(step)
            step = above[step]
        depth[key] = len(seen) - 1
    return [
        _category(_fitting(members, language, default), own[key], below[key], depth[key])
        for key, members in groups.items()
    ]


def _fitting(members: Iterable[Any], language: str, default: str) -> Any:
    return min(members, key=lambda row: (row.language != language, row.language != default, row.id))


def _category(row: Any, own: frozenset[int], below: Iterable[int], depth: int) -> Category:
    fields: Mapping[str, Any] = (row.body or {}).get("fields", {})
    return Category(
        id=row.id,
        slug=row.slug,
        title=row.title,
        language=row.language,
        icon=str(fields.get("icon") or "pin"),
        colour=str(fields.get("colour") or "town"),
        words=tuple(
            " ".join(word.split()).casefold()
            for word in str(fields.get("words") or "").splitlines()
            if word.strip()
        ),
        depth=depth,
        ids=frozenset(below),
        own=own,
    )


def filed(request: Request, fields: Mapping[str, Any]) -> list[Category]:
    """Return the categories of a place; none is asked for where it has none."""
    ids = {row.get("category") for row in fields.get("categories") or ()}
    return [one for one in categories(request) if one.own & ids] if ids else []
