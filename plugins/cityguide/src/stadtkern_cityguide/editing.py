"""What the guide adds to the back office for those who write it."""

from pyramid.config import Configurator

from stadtkern_cityguide import models, slots
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission


def includeme(config: Configurator) -> None:
    """Register tables, menu entries and what stands on pages and forms of the core."""
    config.add_town_data("cityguide_line", models.DrawnLine, references={"node_id": "node"})
    config.add_town_data(
        "cityguide_occurrence",
        models.Occurrence,
        references={"node_id": "node", "place_id": "node"},
    )
    config.include("stadtkern_cityguide.recurrence.keeping")
    config.include("stadtkern_cityguide.recurrence.calendars")
    config.add_admin_item(
        "cityguide.tour.new",
        title=_("Draw a tour"),
        route="cityguide.tour.new",
        permission=CityGuidePermission.IMPORT,
        order=101,
    )
    config.add_admin_item(
        "cityguide.missing",
        title=_("What is missing"),
        route="cityguide.missing",
        permission=CityGuidePermission.IMPORT,
        order=102,
    )
    config.add_slot("office.deeds", "cityguide.route", slots.deeds)
    config.add_slot("office.edit", "cityguide.route", slots.above_form)
    config.include("stadtkern_cityguide.views.route")
    config.include("stadtkern_cityguide.views.care")
    config.include("stadtkern_cityguide.views.hours")
    config.include("stadtkern_cityguide.views.events")
