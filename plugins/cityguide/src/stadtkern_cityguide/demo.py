"""The guide of a demonstration town: its tours in two languages, and sounds made by computing.

The file that ``guide`` names in the town's settings says what there is; loading twice changes
nothing. ``key:…`` stands for the node that has the key.
"""

import io
import math
import random
import wave
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from stadtkern.content import Content, Node
from stadtkern.media.intake import store_audio
from stadtkern.plugins.events import DemoLoading
from stadtkern.tenants import tenant_by_slug
from stadtkern_cityguide.gpx import read_limited
from stadtkern_cityguide.plan import Plan, plan_tour
from stadtkern_cityguide.services import folder_for, import_tour
from stadtkern_cityguide.tiles.files import keep
from stadtkern_cityguide.tiles.town import draw_town

LICENCE = "EUPL-1.2"
AUTHOR = "Stadtkern"
SIMPLE = "de-simple"
RATE = 11_025
"""Samples a second of the sounds."""
MAX_SOUND = 1_000_000


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
    for sound in told.get("sounds", ()):
        _sound(content, sound)
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
        return {name: _resolved(content, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(content, inner) for inner in value]
    if isinstance(value, str) and value.startswith("key:"):
        return str(_number(content, value))
    return value if isinstance(value, bool) else str(value)


def _number(content: Content, key: str) -> int | None:
    node = content.by_key(key.removeprefix("key:"))
    return None if node is None else node.id


# Sounds


def _sound(content: Content, told: Mapping[str, Any]) -> None:
    if content.by_key(str(told["key"])) is not None:
        return
    samples = SOUNDS[told["sound"]]()
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    stream.seek(0)
    stored = store_audio(
        content.registry["storage"], stream, f"{told['sound']}.wav", MAX_SOUND
    ).as_field()
    fields = {"stored": stored, "silent": False, "licence": LICENCE}
    folder = content.by_key("bilder") or folder_for(content, {})
    node = content.create(
        folder,
        "audio",
        title=str(told["title"]),
        key=str(told["key"]),
        fields=fields | {"credit": told["credit"], "transcript": told["transcript"]},
    )
    content.publish(node.id)


def _bell() -> "array[int]":
    """Return three strokes: partials of a bell that fade, the higher ones sooner."""
    partials = (
        (0.5, 0.7, 1.6),
        (1.0, 1.0, 1.1),
        (1.19, 0.6, 0.9),
        (1.5, 0.4, 0.7),
        (2.0, 0.4, 0.5),
    )
    made = array("h", bytes(2 * RATE * 4))
    for stroke in range(3):
        begin = int(stroke * 1.2 * RATE)
        for at in range(len(made) - begin):
            time = at / RATE
            if time > 2.4:  # noqa: PLR2004 - seconds; nothing is heard any more
                break
            value = sum(
                loud * math.exp(-time / fades) * math.sin(2 * math.pi * 330 * high * time)
                for high, loud, fades in partials
            )
            made[begin + at] = max(-32_000, min(32_000, made[begin + at] + int(5_000 * value)))
    return made


def _horn() -> "array[int]":
    """Return three tones of a horn: overtones that swell and end softly."""
    made = array("h")
    for high, seconds in ((147, 0.7), (147, 0.7), (220, 1.4)):
        count = int(seconds * RATE)
        for at in range(count):
            swell = min(1.0, at / (0.08 * RATE), (count - at) / (0.15 * RATE))
            phase = 2 * math.pi * high * at / RATE
            value = sum(math.sin(over * phase) / over for over in range(1, 6))
            made.append(int(9_000 * swell * value))
    return made


def _stream() -> "array[int]":
    """Return running water: noise through a slow filter, louder and softer in waves."""
    chance = random.Random(429)  # noqa: S311 - the same sound each time
    made, low, lower = array("h"), 0.0, 0.0
    for at in range(RATE * 4):
        low += 0.35 * (chance.uniform(-1, 1) - low)
        lower += 0.02 * (low - lower)
        waves = 0.75 + 0.25 * math.sin(at / RATE * 4.1) * math.sin(at / RATE * 1.7)
        ends = min(1.0, at / (0.3 * RATE), (4 * RATE - at) / (0.3 * RATE))
        made.append(int(20_000 * waves * ends * (low - lower)))
    return made


SOUNDS: Mapping[str, Callable[[], "array[int]"]] = {"bell": _bell, "horn": _horn, "stream": _stream}
