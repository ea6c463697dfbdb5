"""Two pictures of the same view at two times."""

from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _


class CompareBlock(colander.MappingSchema):
    """Before and after; both pictures have their words, credit and licence in the library."""

    title = f.line(_("What the pictures show"), maximum=160)
    before = node_choice(_("Earlier picture"), "image")
    before_label = f.line(
        _("When the earlier one was"), maximum=60, description=_("For example: 1910, or before.")
    )
    after = node_choice(_("Later picture"), "image")
    after_label = f.line(_("When the later one was"), maximum=60)
    text = f.text(
        _("What has changed"),
        maximum=2_000,
        rows=3,
        description=_("In words, for those who do not see the pictures."),
    )


def structured(request: Request, block: Any) -> dict[str, Any] | None:
    """Return both pictures as a gallery."""
    pairs = [
        (block.data.get(name), block.data.get(f"{name}_label")) for name in ("before", "after")
    ]
    made = [
        request.media_object(block.nodes[number], name=label or "")
        for number, label in pairs
        if number in block.nodes
    ]
    pictures = [one for one in made if one is not None]
    if not pictures:
        return None
    return {
        "@type": "ImageGallery",
        "name": block.data.get("title") or "",
        "description": block.data.get("text") or "",
        "associatedMedia": pictures,
    }
