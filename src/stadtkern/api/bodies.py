"""Bodies of nodes: what they take depends on the content type and on the types of their blocks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.api import jsonschema as js
from stadtkern.api import reading
from stadtkern.api.asking import read_json
from stadtkern.api.operations import JSON, MERGE, Describes
from stadtkern.api.representing import fields_json
from stadtkern.content import BlockType, ContentType, Resource
from stadtkern.content.blocks import MAX_BLOCKS
from stadtkern.content.types import enabled_blocks, enabled_types
from stadtkern.db import MAX_ID
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

BLOCK_ID = re.compile(r"[0-9a-f]{4,16}")
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Core(colander.MappingSchema):
    """What all nodes have."""

    title = f.line(_("Title"), maximum=200)
    summary = f.text(_("Summary"), maximum=500, required=False)
    in_nav = f.yes(_("Show in the menu"))


class NewNode(Core):
    """What a new node needs beside."""

    parent = f.number(_("Id of the page above"), minimum=1, maximum=MAX_ID)
    type = f.line(_("Content type"), maximum=60)
    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        required=False,
        description=_("Lower-case letters, digits and hyphens. Without it the title makes one."),
        json_schema={"pattern": SLUG, "maxLength": 80},
    )
    key = f.line(
        _("Stable name given by an import"),
        maximum=120,
        required=False,
        description=_(
            "Unique in the town: the same import finds its nodes again by it. Without a colon."
        ),
    )


def taken_by_media(kind: ContentType) -> bool:
    """Tell whether nodes of a type begin with a file (those are made by ``/media``)."""
    return any(isinstance(child.typ, f.Upload) for child in kind.schema().children)


def addable(types: Mapping[str, ContentType]) -> list[ContentType]:
    """Return the types that the API adds."""
    return [kind for kind in types.values() if kind.addable and not taken_by_media(kind)]


def object_of(value: Any) -> dict[str, Any]:
    """Return the body's object; 422 for anything else."""
    if not isinstance(value, dict):
        raise reading.invalid([{"pointer": "#", "detail": _("This must be an object.")}])
    return dict(value)


def read_blocks(
    request: Request, given: Any, *, unfinished: bool, at: str = "#/blocks"
) -> list[dict[str, Any]]:
    """Return blocks with typed data; a ``Problem`` (422) names all that is wrong."""
    wrong: reading.Errors = []
    if not isinstance(given, list) or len(given) > MAX_BLOCKS:
        detail = _("This must be a list of at most ${n} blocks.", mapping={"n": MAX_BLOCKS})
        raise reading.invalid([{"pointer": at, "detail": detail}])
    known: Mapping[str, BlockType] = request.content.block_types
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, block in enumerate(given):
        here = f"{at}/{number}"
        kind = known.get(str(block.get("type"))) if isinstance(block, dict) else None
        if kind is None or not isinstance(block, dict):
            wrong.append({"pointer": here, "detail": _("There is no such type of block.")})
            continue
        wrong += [
            {"pointer": f"{here}/{name[:60]}", "detail": _("There is no such field.")}
            for name in block
            if name not in {"id", "type", "version", "data"}
        ]
        block_id = block.get("id")
        if "id" in block:
            if not isinstance(block_id, str) or not BLOCK_ID.fullmatch(block_id):
                detail = _("An id has 4 to 16 digits 0–9 and a–f; leave it out for a new block.")
                wrong.append({"pointer": f"{here}/id", "detail": detail})
                continue
            if block_id in seen:
                wrong.append({"pointer": f"{here}/id", "detail": _("Each may stand here once.")})
            seen.add(block_id)
        if block.get("version", kind.version) != kind.version or isinstance(
            block.get("version"), bool
        ):
            detail = _("Blocks of this type have the version ${n}.", mapping={"n": kind.version})
            wrong.append({"pointer": f"{here}/version", "detail": detail})
        data, errors = reading.judged(
            kind.schema(),
            block.get("data"),
            request=request,
            at=f"{here}/data",
            unfinished=unfinished,
        )
        wrong += errors
        found.append({"id": block_id, "type": kind.name, "data": data})
    if wrong:
        raise reading.invalid(wrong)
    return found


def with_hidden(
    stored: Iterable[Mapping[str, Any]], blocks: list[dict[str, Any]], known: Iterable[str]
) -> list[dict[str, Any]]:
    """Return blocks with those of unknown kinds, which the API does not show, where they stood."""
    shown = set(known)
    result = list(blocks)
    before: str | None = None
    for block in stored:
        block_id = str(block.get("id", ""))
        if block.get("type") not in shown:
            places = [n for n, one in enumerate(result, start=1) if one["id"] == before]
            place = 0 if before is None else places[0] if places else len(result)
            result.insert(place, {"id": block_id, "type": str(block.get("type")), "data": {}})
        before = block_id
    return result


def stored_fields(
    request: Request, kind: ContentType, values: dict[str, Any], present: Mapping[str, Any]
) -> dict[str, Any]:
    """Return values with the facts that nobody writes, as the type wants to store them."""
    for node in kind.schema().children:
        if getattr(node, "kept", False):
            values[node.name] = present.get(node.name)
    return values if kind.prepare is None else kind.prepare(request.registry, values)


def merged(old: Any, patch: Any) -> Any:
    """Return ``old`` changed by a merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@dataclass(frozen=True)
class Written:
    """A node's new contents, typed; ``blocks`` None: as they are."""

    core: dict[str, Any]
    fields: dict[str, Any]
    blocks: list[dict[str, Any]] | None
    kind: ContentType


class NodeCreate:
    """Everything that makes a new node."""

    media_types: tuple[str, ...] = (JSON,)

    def describe(self, document: Describes, media_type: str) -> dict[str, Any]:
        """Return one schema a content type; ``type`` says which one counts."""
        del media_type
        blocks = _blocks_schema(document)
        kinds = addable(enabled_types(document.registry, document.enabled))
        found = {
            kind.name: document.component(
                f"New.{kind.name}", partial(self._of_kind, document, kind, blocks)
            )
            for kind in kinds
        }
        return {
            "oneOf": list(found.values()),
            "discriminator": {
                "propertyName": "type",
                "mapping": {name: one["$ref"] for name, one in found.items()},
            },
        }

    def _of_kind(
        self, document: Describes, kind: ContentType, blocks: Mapping[str, Any]
    ) -> dict[str, Any]:
        made = js.schema_of(NewNode().bind(), document.translate)
        made["title"] = document.translate(kind.title)
        made["properties"]["type"] = {"const": kind.name}
        fields = document.component(f"Fields.{kind.name}", lambda: fields_schema(document, kind))
        made["properties"]["fields"] = fields
        if _asks_fields(kind):
            made["required"] = [*made["required"], "fields"]
        if kind.blocks:
            made["properties"]["blocks"] = blocks
        return made

    def read(self, _context: Any, request: Request) -> Written:
        """Return the values of a new node."""
        body = object_of(read_json(request))
        fields, blocks = body.pop("fields", {}), body.pop("blocks", [])
        core = reading.read(NewNode(), body, request=request)
        types = {kind.name: kind for kind in addable(request.content.types)}
        kind = types.get(core["type"])
        if kind is None:
            detail = _("No page of this type can be added here.")
            raise reading.invalid([{"pointer": "#/type", "detail": detail}])
        core["in_nav"] = core["in_nav"] if "in_nav" in body else kind.in_nav
        if blocks and not kind.blocks:
            detail = _("Pages of this type have no blocks.")
            raise reading.invalid([{"pointer": "#/blocks", "detail": detail}])
        values = reading.read(kind.schema(), fields, request=request, at="#/fields")
        made = read_blocks(request, blocks, unfinished=False)
        return Written(core, stored_fields(request, kind, values, {}), made, kind)


class NodePatch:
    """Changes to a node's contents (RFC 7396): what is left out stays as it is."""

    media_types: tuple[str, ...] = (MERGE, JSON)

    def describe(self, document: Describes, media_type: str) -> dict[str, Any]:
        """Return the schema; that of ``fields`` depends on the node's type."""
        del media_type

        def make() -> dict[str, Any]:
            made = js.schema_of(Core().bind(), document.translate)
            del made["required"]
            for one in made["properties"].values():
                one.pop("default", None)
            made["properties"]["fields"] = {
                "type": "object",
                "description": document.translate(_("By the schema of the content type.")),
            }
            made["properties"]["blocks"] = _blocks_schema(document)
            made["minProperties"] = 1
            return made

        return document.component("NodePatch", make)

    def read(self, context: Resource, request: Request) -> Written:
        """Return the node's values as they shall be."""
        body = object_of(read_json(request, merge=True))
        content = request.content
        node = content.get(context.node.id)
        stored = content.working_copy(node)
        kind = content.kind(node.type)
        unfinished = content.may_be_unfinished(node)
        if not body:
            raise reading.invalid([{"pointer": "#", "detail": _("This must not be empty.")}])
        patch, blocks = body.pop("fields", {}), body.pop("blocks", None)
        if not isinstance(patch, dict):
            detail = _("This must be an object.")
            raise reading.invalid([{"pointer": "#/fields", "detail": detail}])
        present = {"title": stored.title, "summary": stored.summary, "in_nav": stored.in_nav}
        core = reading.read(Core(), merged(present, body), request=request)
        written = {child.name for child in kind.schema().children if js.is_written(child)}
        shown = fields_json(request, kind, stored)
        old = {name: value for name, value in shown.items() if name in written}
        values = reading.read(
            kind.schema(),
            merged(old, patch),
            request=request,
            at="#/fields",
            unfinished=unfinished and kind.unfinished,
        )
        made = None
        if blocks is not None:
            if not kind.blocks:
                detail = _("Pages of this type have no blocks.")
                raise reading.invalid([{"pointer": "#/blocks", "detail": detail}])
            made = with_hidden(
                (stored.body or {}).get("blocks", []),
                read_blocks(request, blocks, unfinished=unfinished),
                content.block_types,
            )
        typed = content.fields_of(kind, stored)
        return Written(core, stored_fields(request, kind, values, typed), made, kind)


def _asks_fields(kind: ContentType) -> bool:
    return any(js.is_required(child) and js.is_written(child) for child in kind.schema().children)


def fields_schema(document: Describes, kind: ContentType) -> dict[str, Any]:
    """Return the JSON Schema of a content type's fields, as programs write them."""
    return {
        **js.schema_of(kind.schema().bind(), document.translate),
        "title": document.translate(kind.title),
    }


def block_schema(document: Describes, kind: BlockType) -> dict[str, Any]:
    """Return the JSON Schema of a block's data, as programs write them."""
    made = {
        **js.schema_of(kind.schema().bind(), document.translate),
        "title": document.translate(kind.title),
    }
    if kind.description:
        made["description"] = document.translate(kind.description)
    return made


def _blocks_schema(document: Describes) -> dict[str, Any]:
    kinds = enabled_blocks(document.registry, document.enabled)

    def one(kind: BlockType) -> dict[str, Any]:
        data = document.component(f"Block.{kind.name}", lambda: block_schema(document, kind))
        return {
            "type": "object",
            "properties": {
                "id": {"type": "string", "pattern": "^[0-9a-f]{4,16}$"},
                "type": {"const": kind.name},
                "version": {"const": kind.version},
                "data": data,
            },
            "required": ["type", "data"],
            "additionalProperties": False,
        }

    def make() -> dict[str, Any]:
        return {
            "type": "array",
            "maxItems": MAX_BLOCKS,
            "items": {
                "oneOf": [
                    document.component(f"NewBlock.{name}", partial(one, kind))
                    for name, kind in sorted(kinds.items())
                ]
            },
        }

    return document.component("NewBlocks", make)
