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
    data = block.data
    pairs = [(data.get(name), data.get(f"{name}_label") or "") for name in ("before", "after")]
    made: dict[str, Any] | None = request.image_gallery(block, pairs)
    return made and made | {"description": data.get("text") or ""}
