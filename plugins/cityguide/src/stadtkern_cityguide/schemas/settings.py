"""What a town sets."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_NAME
from stadtkern_cityguide.i18n import _


class CityGuideSettings(colander.MappingSchema):
    """How the guide presents itself, and where imports go."""

    intro_de = f.text(_("Introduction in German"), maximum=1000, rows=3, required=False)
    intro_en = f.text(_("Introduction in English"), maximum=1000, rows=3, required=False)
    push = f.yes(
        _("Visitors can ask for messages on their device"),
        description=_(
            "Messages travel encrypted through the services of browser makers (Apple, Google, "
            "Mozilla). Only those who press the button at “Saved on this device” get them."
        ),
    )
    feedback_mail = f.mail(
        _("Mail address that is told of visitors' feedback"),
        required=False,
        description=_(
            "The mail names the page and leads to the back office; what the visitor wrote stays "
            "there. Empty: only the overview says that feedback is waiting."
        ),
    )
    online_map = f.yes(
        _("Maps take their background from basemap.de where the town has no map file of its own"),
        description=_(
            "This server fetches the pieces of the map from the Federal Agency for Cartography "
            "and Geodesy (BKG) and passes them on. It sends the numbers of the pieces only; "
            "nothing about visitors leaves this server. Tours kept on a device do without it."
        ),
    )
    folder = f.line(
        _("Where imported tours go"),
        maximum=900,
        required=False,
        description=_(
            "The address of a page, for example /entdecken. Empty: /entdecken if it exists, else "
            "the front page."
        ),
    )
    licence = f.line(
        _("Licence where a file names none"),
        maximum=MAX_NAME,
        required=False,
        description=_("Short name such as CC-BY-4.0, or the address of the licence's text."),
    )
    share_with = f.text(
        _("Towns that may adopt our tours"),
        maximum=5000,
        rows=2,
        required=False,
        description=_(
            "Short names, one a line. Empty: every town of this installation. Counts for what is "
            "offered from now on."
        ),
    )
    trigger_radius_m = f.number(
        _("Metres around a stop that count as being there"),
        minimum=5,
        maximum=1000,
        default=40,
        description=_("Handed to apps that read the guide's data."),
    )
    bundle_mb = f.number(
        _("Megabytes that a tour may have at most to be kept on a device"),
        minimum=1,
        maximum=2000,
        default=200,
        description=_("A larger tour can be read on the web only; films are what weighs most."),
    )
    map_mb = f.number(
        _("Megabytes that the map background may have at most"),
        minimum=1,
        maximum=1000,
        default=100,
        description=_("It is one file, which visitors keep with a tour if they want to."),
    )
    counts_days = f.number(
        _("Days for which daily numbers are kept"),
        minimum=30,
        maximum=3650,
        default=800,
        description=_(
            "How often codes were used, tours taken along and rallies finished. No persons."
        ),
    )
