"""The city guide: places and tours, as lists and on maps; tours from GPX files."""

from pyramid.config import Configurator
from sqlalchemy import false

from stadtkern.accounts import Permission
from stadtkern.plugins import Plugin
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.schemas import (
    CategorySchema,
    CityGuideSettings,
    EventDetails,
    PlaceSchema,
    TourSchema,
    upgrade_place,
)

plugin = Plugin(
    name="cityguide",
    title=_("City guide"),
    description=_(
        "Places and tours in the town, as a list and on a map. "
        "Tours can be taken along as a GPX file."
    ),
    permissions=CityGuidePermission,
    settings=CityGuideSettings,
    migrations="stadtkern_cityguide:migrations",
    commands="stadtkern_cityguide.cli:group",
    on_enable="stadtkern_cityguide.services:seed",
)


def includeme(config: Configurator) -> None:
    """Bring types, pages, the import and the door on the front page."""
    config.add_audit_kind("cityguide_point", title=_("Point on the map"), of="node")
    config.add_audit_kind("cityguide_origin", title=_("Origin of an import"), of="node")
    config.add_audit_kind("cityguide_track", title=_("Line of a tour"), of="node")
    config.add_audit_kind("cityguide_code", title=_("Code on a sign"), of="node")
    # They import the models, which the command line's help must not wait for.
    from stadtkern_cityguide import (  # noqa: PLC0415
        demo,
        happenings,
        models,
        resources,
        services,
        slots,
        structured,
    )
    from stadtkern_cityguide.codes import models as code_models  # noqa: PLC0415
    from stadtkern_cityguide.codes import services as code_services  # noqa: PLC0415
    from stadtkern_cityguide.offline import models as packs  # noqa: PLC0415
    from stadtkern_cityguide.tiles import files as map_files  # noqa: PLC0415
    from stadtkern_cityguide.tiles import models as map_models  # noqa: PLC0415

    config.add_locale_dir("stadtkern_cityguide")
    config.add_asset_package("stadtkern_cityguide")
    config.add_content_type(
        "place",
        title=_("Place"),
        description=_("A sight or a facility with its point on the map."),
        schema=PlaceSchema,
        resource=resources.Place,
        structured_data=structured.place,
        version=2,
        upgrade=upgrade_place,
    )
    config.add_content_type(
        "guide_category",
        title=_("Category of places"),
        description=_("What places are filed under; categories may stand below one another."),
        schema=CategorySchema,
        resource=resources.Category,
        contains=("guide_category",),
        blocks=False,
        in_sitemap=False,
    )
    config.add_block_type(
        "guide_event",
        title=_("In the city guide"),
        description=_("Where in the guide the event takes place, its price and whose text it is."),
        icon="map",
        schema=EventDetails,
        template="stadtkern_cityguide:templates/event.jinja2",
        references=("place",),
        only_on=("event",),
        live=True,
        load=happenings.load,
        structured_data=structured.happening,
    )
    config.add_content_type(
        "tour",
        title=_("Tour"),
        schema=TourSchema,
        resource=resources.Tour,
        addable=False,
        structured_data=structured.tour,
    )
    for event in ("NodeCreated", "NodeChanged"):
        config.add_subscriber(services.keep_index, f"stadtkern.content.events.{event}")
    config.add_subscriber(code_services.follow, "stadtkern.content.events.NodeChanged")
    config.add_subscriber(demo.load, "stadtkern.plugins.events.DemoLoading")
    for role in ("editor", "administrator"):
        for permission in (
            CityGuidePermission.IMPORT,
            CityGuidePermission.CODES,
            CityGuidePermission.ADOPT,
        ):
            config.grant_permission(role, permission)
    config.grant_permission("administrator", CityGuidePermission.OFFER)
    config.add_role(
        "guide_editor",
        title=_("Editor of the city guide"),
        permissions=(
            Permission.OFFICE,
            Permission.VIEW_DRAFTS,
            # What somebody has imported and nobody has published stays theirs to import anew.
            Permission.EDIT_OWN,
            CityGuidePermission.IMPORT,
            CityGuidePermission.CODES,
            CityGuidePermission.ADOPT,
            CityGuidePermission.FEEDBACK,
        ),
    )
    config.add_town_data("cityguide_point", models.Point, references={"node_id": "node"})
    config.add_town_data(
        "cityguide_filing",
        models.Filing,
        references={"node_id": "node", "category_id": "node"},
    )
    config.add_town_data("cityguide_area", models.Area, references={"node_id": "node"})
    config.add_town_data("cityguide_stop", models.Stop, references={"node_id": "node"})
    config.add_town_data("cityguide_origin", models.Origin, references={"node_id": "node"})
    config.add_town_data("cityguide_track", models.Track, references={"node_id": "node"})
    config.add_town_data("cityguide_code", code_models.Code, references={"node_id": "node"})
    config.add_town_data(
        "cityguide_map",
        map_models.Map,
        files=lambda row: [row["sha256"]],
        store=map_files.store_of,
    )
    # Packs hold what is made anew from pages: none of their rows travels.
    for name, model in (("cityguide_bundle", packs.Bundle), ("cityguide_asset", packs.Asset)):
        config.add_town_data(name, model, only=false)
    config.registry["cityguide_counts"] = slots.Counts()
    config.add_webhook_event(
        services.TOUR_IMPORTED,
        title=_("A tour was imported and published"),
        example={"id": 1234, "path": "/entdecken/waldrunde", "stops": 7},
    )
    config.add_sitemap_source("cityguide", structured.pages)
    config.include("stadtkern_cityguide.finding")
    config.add_slot("front.door", "cityguide", slots.door, order=20)
    config.add_admin_item(
        "cityguide.import",
        title=_("Import"),
        route="cityguide.import",
        permission=CityGuidePermission.IMPORT,
    )
    config.add_admin_item(
        "cityguide.codes",
        title=_("Codes and signs"),
        route="cityguide.sheets",
        permission=CityGuidePermission.CODES,
    )
    config.add_dashboard_tile(
        "cityguide",
        title=_("City guide"),
        render=slots.tile,
        permission=CityGuidePermission.IMPORT,
    )
    for name in (
        *("blocks", "counts", "sharing", "offline.jobs", "push", "feedback"),
        *("editing", "api", "ogc", "feeds", "views"),
    ):
        config.include(f"stadtkern_cityguide.{name}")
