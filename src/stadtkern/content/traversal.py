"""From a path to a resource: one query for the node and all its ancestors."""

import unicodedata
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.content import queries
from stadtkern.content.resources import Missing, Resource, Site
from stadtkern.content.types import ContentType, enabled_types

MAX_DEPTH = 24
MAX_PATH = 900


def root_factory(request: Request) -> Site | Resource:
    """Return the tree's root with everything on the way to the path already loaded.

    Routes get ``Site``, which asks no SQL. Addresses that no node can have (control characters,
    dots, too deep) are answered 404 without asking the database.
    """
    if getattr(request, "matched_route", None) is not None:
        return Site(request)
    path = request.path_info or "/"
    parts = [part for part in path.split("/") if part]
    if (
        len(path) > MAX_PATH
        or len(parts) > MAX_DEPTH
        or any(part in {".", ".."} for part in parts)
        or any(unicodedata.category(char) in {"Cc", "Cs"} for char in path)
    ):
        raise HTTPNotFound
    clean = "/" + "/".join(parts)
    rows = queries.lineage(request.db, clean)
    known = enabled_types(request.registry, request.plugins.enabled)
    tree = build_tree(rows, known, clean)
    root = tree.get("/")
    return root if root is not None else Site(request)


def build_tree(rows: Any, known: dict[str, ContentType], path: str) -> dict[str, Resource]:
    """Return the resources on the way to ``path``; unknown types become ``Missing``.

    ``rows`` is what ``queries.lineage`` found: each resource also learns its translations.
    """
    tree: dict[str, Resource] = {}
    found = {row.path: row for row in rows}
    steps = queries.prefixes(path)
    for step in steps:
        row = found.get(step)
        if row is None:
            continue
        parent_path = step.rpartition("/")[0] or "/"
        parent = tree.get(parent_path) if row.parent_id is not None else None
        kind = known.get(row.type)
        made = (kind.resource if kind is not None else Missing)(row, parent, tree)
        tree[step] = made
    versions = _translations(rows, known)
    for made in tree.values():
        made.translations = versions.get(made.node.translation_group, {})
    return tree


def _translations(rows: Any, known: dict[str, ContentType]) -> dict[str, dict[str, str]]:
    """Return for each translation group the paths that everybody may see, by language."""
    by_id = {row.id: row for row in rows}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        step = row
        while step is not None and step.state == "published" and step.type in known:
            if step.parent_id is None:
                if row.translation_group:
                    found.setdefault(row.translation_group, {})[row.language] = row.path
                break
            step = by_id.get(step.parent_id)
    return found


def resource_for(request: Request, node: Any) -> Resource:
    """Return the resource of a node that was found by id, with its ancestors."""
    return _at(request, queries.lineage(request.db, node.path), node.path)


def resource_by_id(request: Request, node_id: int) -> Resource | None:
    """Return the resource of a node with its ancestors by one question; None if it is gone."""
    rows = queries.lineage_of(request.db, node_id)
    node = next((row for row in rows if row.id == node_id), None)
    return None if node is None else _at(request, rows, node.path)


def _at(request: Request, rows: Any, path: str) -> Resource:
    known = enabled_types(request.registry, request.plugins.enabled)
    return build_tree(rows, known, path)[path]
