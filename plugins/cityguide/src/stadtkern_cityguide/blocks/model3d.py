"""A thing to turn around: a 3D model (GLB) with a picture and words for everybody."""

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.schemas.common import author, licence

TYPE = "model/gltf-binary"


class ModelBlock(colander.MappingSchema):
    """A model, its picture, what it looks like in words, and whose work it is."""

    title = f.line(_("What the model shows"), maximum=160)
    model = node_choice(
        _("3D model"),
        "file",
        description=_("A GLB file of the library, at most 20 MB, without compression."),
    )
    image = node_choice(
        _("Picture of it"),
        "image",
        description=_("Everybody sees it; the model is loaded only when somebody asks for it."),
    )
    text = f.text(
        _("Description"),
        maximum=3_000,
        rows=4,
        description=_("What one would see all around, for those who do not see it."),
    )
    attribution = author()
    licence = licence(required=True)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse a file that is no model."""
        request = (node.bindings or {}).get("request")
        if request is None or not values.get("model"):
            return
        stored = (request.content.get(values["model"]).body or {}).get("fields", {}).get("stored")
        if (stored or {}).get("type") != TYPE:
            error = colander.Invalid(node)
            error["model"] = _("This file is no 3D model. Please choose a GLB file.")
            raise error


def load(_request: Request, blocks: Any) -> dict[str, Any]:
    """Return the licence of each model as text and address."""
    return {block.id: {"licence": licence_of(block.data.get("licence"))} for block in blocks}


def structured(request: Request, block: Any) -> dict[str, Any] | None:
    """Return the model with its rights."""
    node = block.nodes.get(block.data.get("model"))
    data: dict[str, Any] | None = node and request.media_object(
        node, name=block.data.get("title") or ""
    )
    if data is None:
        return None
    rights = licence_of(block.data.get("licence"))
    return data | {
        "@type": "3DModel",
        "description": block.data.get("text") or "",
        "creditText": block.data.get("attribution") or "",
        **({"license": rights[1] or rights[0]} if rights else {}),
    }
