"""The guide of a demonstration town: its tours in two languages, and media made by computing.

The file that ``guide`` names in the town's settings says what there is; loading twice changes
nothing. ``key:…`` stands for the node that has the key.
"""

import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from stadtkern.content import Content, Node
from stadtkern.media import take
from stadtkern.plugins.events import DemoLoading
from stadtkern.tenants import tenant_by_slug
from stadtkern_cityguide.demo import computed
from stadtkern_cityguide.gpx import read_limited
from stadtkern_cityguide.plan import Plan, plan_tour
from stadtkern_cityguide.services import folder_for, import_tour
from stadtkern_cityguide.tiles.files import keep
from stadtkern_cityguide.tiles.town import draw_town

LICENCE = "EUPL-1.2"
AUTHOR = "Stadtkern"
SIMPLE = "de-simple"


def load(event: DemoLoading) -> None:
    """Make the tours that the town's files describe, with their sounds."""
    name = event.town.get("guide")
    if not name:
        return
    home = event.folder.resolve()
    path = (home / str(name)).resolve()
    if not path.is_relative_to(home):
        return
    told = yaml.safe_load(path.read_text("utf-8"))
    tenant = tenant_by_slug(event.session, str(event.town["slug"]))
    content = Content(
        event.registry, event.session, tenant, plugins=frozenset(event.registry["plugins"])
    )
    for one in told.get("media", ()):
        _media(content, one)
    for tour in told.get("tours", ()):
        _tour(content, home, tour)
    _map(content)


def _map(content: Content) -> None:
    """Draw the town's map, so that maps and packs have their background."""
    found = draw_town(content.session, content.tenant)
    if found is not None:
        drawn, facts = found
        stream = io.BytesIO(drawn.data)
        keep(
            content.registry,
            content.session,
            content.tenant.id,
            stream,
            facts,
            maximum=len(drawn.data),
        )


# Tours


def _tour(content: Content, home: Path, told: Mapping[str, Any]) -> None:
    key = f"route-{told['slug']}"
    path = (home / str(told["file"])).resolve()
    if content.by_key(key) is not None or not path.is_relative_to(home):
        return
    with path.open("rb") as stream:
        data = read_limited(stream)
    plan = plan_tour(data, path.name, language=content.tenant.default_locale)
    words = {name: str(told[name]) for name in ("title", "summary", "mode") if told.get(name)}
    plan = plan.changed({"licence": LICENCE, "attribution": AUTHOR} | words)
    folder = folder_for(content, {})
    node = _import(content, plan, folder, key, str(told["slug"]))
    fields = content.fields(node)
    for number, place in (told.get("places") or {}).items():
        fields["stops"][int(number) - 1]["place"] = _number(content, f"key:{place}")
    _fill(content, node, told, fields)
    simple = told.get("simple")
    if simple and SIMPLE in content.tenant.locales:
        _simple(content, plan, node, simple)


def _import(content: Content, plan: Plan, folder: Node, key: str, slug: str) -> Node:
    made = import_tour(content, plan, folder, publish=False, key=key, slug=slug)
    return content.get(made.node_id)


def _simple(content: Content, plan: Plan, source: Node, told: Mapping[str, Any]) -> None:
    """Make the same tour in Leichte Sprache: the same line, its own words."""
    place, _exact = content.place_for(source, SIMPLE)
    words = plan.changed({"title": told["title"], "summary": told["summary"]})
    node = content.create(
        place,
        "tour",
        title=words.title,
        slug=source.slug,
        summary=words.summary,
        fields=words.fields(),
        key=f"{source.key}-simple",
        translation_group=source.translation_group,
    )
    fields = content.fields(node)
    for stop, said in zip(fields["stops"], told["stops"], strict=True):
        stop.update(said)
    _fill(content, node, told, fields)


def _fill(content: Content, node: Node, told: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    blocks = []
    for number, block in enumerate(told.get("blocks", ()), start=1):
        data = _resolved(content, {key: value for key, value in block.items() if key != "type"})
        kind = content.block_types[block["type"]]
        values = kind.schema().bind().deserialize(data)
        # No two tours have a block of the same name: a rally's progress is kept by it.
        blocks.append({"id": f"{node.id:04x}{number:04x}", "type": kind.name, "data": values})
    content.save(
        node.id,
        version=node.version,
        title=str(told["title"]),
        summary=str(told["summary"]),
        fields=dict(fields),
        blocks=blocks,
    )
    content.publish(node.id)


def _resolved(content: Content, value: Any) -> Any:
    """Return data as a form sends them, keys as the numbers of their nodes."""
    if isinstance(value, Mapping):
        return {
            name: _path(content, inner) if name == "link" else _resolved(content, inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_resolved(content, inner) for inner in value]
    if isinstance(value, str) and value.startswith("key:"):
        return str(_number(content, value))
    return value if isinstance(value, bool) else str(value)


def _number(content: Content, key: str) -> int | None:
    node = content.by_key(key.removeprefix("key:"))
    return None if node is None else node.id


def _path(content: Content, value: str) -> str:
    node = content.by_key(value.removeprefix("key:"))
    return value if node is None else node.path


# What is computed

MADE: Mapping[str, tuple[str, Callable[[], io.BytesIO], str]] = {
    **{name: ("audio", partial(computed.sound, name), f"{name}.wav") for name in computed.SOUNDS},
    "panorama": ("image", computed.panorama, "panorama.jpg"),
    "tower": ("file", computed.tower, "wachturm.glb"),
}


def _media(content: Content, told: Mapping[str, Any]) -> None:
    if content.by_key(str(told["key"])) is not None:
        return
    kind, make, name = MADE[told["made"]]
    stored = take(content.registry, kind, make(), name)
    fields = {"stored": stored} | dict(told.get("fields") or {})
    folder = content.by_key("bilder") or folder_for(content, {})
    node = content.create(
        folder, kind, title=str(told["title"]), key=str(told["key"]), fields=fields
    )
    content.publish(node.id)
