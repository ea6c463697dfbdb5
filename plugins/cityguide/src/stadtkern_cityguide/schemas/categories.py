"""Categories of places: a tree of pages, since they have translations and an order like pages."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _

ICONS = [
    ("pin", _("Pin")),
    ("castle", _("Castle or ruin")),
    ("church", _("Church")),
    ("museum", _("Museum")),
    ("nature", _("Nature")),
    ("view", _("View")),
    ("food", _("Food and drink")),
    ("market", _("Market or shop")),
    ("play", _("Playing and sports")),
    ("water", _("Water")),
    ("transport", _("Bus, train, parking")),
    ("help", _("Help and service")),
]
COLOURS = [
    ("town", _("The town's colour")),
    ("green", _("Green")),
    ("blue", _("Blue")),
    ("red", _("Red")),
    ("yellow", _("Yellow")),
    ("violet", _("Violet")),
    ("grey", _("Grey")),
]


class CategorySchema(colander.MappingSchema):
    """How a category is drawn, and by which words imports find it."""

    icon = f.choice(_("Drawing"), ICONS, default="pin")
    colour = f.choice(_("Colour"), COLOURS, default="town")
    words = f.text(
        _("Also called in files"),
        maximum=1000,
        rows=4,
        required=False,
        description=_(
            "One a line: other names, or tags of OpenStreetMap such as amenity=marketplace. An "
            "import files its places here by them."
        ),
    )
