"""A picture of everything around, with points to look at in it."""

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _

MAX_POINTS = 30
ROUND = 0.05
"""How far from 2:1 an equirectangular picture's sides may be, as a part of the width."""


class PanoramaPoint(colander.MappingSchema):
    """Something in the picture, by where one looks."""

    title = f.line(_("What is there"), maximum=120)
    text = f.text(_("Text"), maximum=1_000, rows=2, required=False)
    yaw = f.number(
        _("Degrees to the right"),
        minimum=-180,
        maximum=180,
        whole=False,
        description=_("From the middle of the picture; to the left with a minus."),
    )
    pitch = f.number(
        _("Degrees up"),
        minimum=-90,
        maximum=90,
        whole=False,
        required=False,
        description=_("From the horizon; down with a minus. Left empty: straight ahead."),
    )
    link = f.line(
        _("Address"),
        maximum=500,
        required=False,
        validator=f.address,
        attributes={"data-page": "address"},
    )


class PanoramaBlock(colander.MappingSchema):
    """A picture of 360 by 180 degrees (equirectangular, twice as wide as high)."""

    title = f.line(_("What the panorama shows"), maximum=160)
    image = node_choice(
        _("Picture of 360 degrees"),
        "image",
        description=_("Twice as wide as high, as cameras for panoramas store it."),
    )
    yaw = f.number(
        _("Where one looks first, in degrees to the right"),
        minimum=-180,
        maximum=180,
        whole=False,
        required=False,
    )
    points = f.rows(
        _("Points in the picture"), PanoramaPoint(title=""), maximum=MAX_POINTS, spare=1
    )

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse a picture that is not twice as wide as high."""
        request = (node.bindings or {}).get("request")
        if request is None or not values.get("image"):
            return
        stored = (request.content.get(values["image"]).body or {}).get("fields", {}).get("stored")
        width, height = (stored or {}).get("width"), (stored or {}).get("height")
        if width and height and abs(width - 2 * height) > ROUND * width:
            error = colander.Invalid(node)
            error["image"] = _(
                "This picture is ${width} × ${height} pixels. A panorama of 360 degrees is twice "
                "as wide as high.",
                mapping={"width": width, "height": height},
            )
            raise error


def structured(request: Request, block: Any) -> dict[str, Any] | None:
    """Return the picture."""
    node = block.nodes.get(block.data.get("image"))
    made: dict[str, Any] | None = node and request.media_object(
        node, name=block.data.get("title") or ""
    )
    return made
