"""The library: looking through it, uploading, describing, the focal point, replacing."""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_node_route, add_page
from stadtkern.admin.views.media.details import details
from stadtkern.admin.views.media.items import item, replace, set_focal
from stadtkern.admin.views.media.library import index
from stadtkern.admin.views.media.uploads import upload
from stadtkern.web.i18n import _


def includeme(config: Configurator) -> None:
    """Register the library."""
    config.add_route("admin.media", "/admin/media")
    config.add_route("admin.media.upload", "/admin/media/upload")
    config.add_route("admin.media.details", "/admin/media/details")
    add_node_route(config, "admin.node.media", "/media")
    add_node_route(config, "admin.node.focal", "/media/focal")
    add_node_route(config, "admin.node.replace", "/media/replace")
    both = ("GET", "POST")
    office = {"permission": Permission.OFFICE}
    add_page(config, index, "admin.media", "media", **office)
    add_page(config, upload, "admin.media.upload", "media_upload", request_method=both, **office)
    add_page(
        config,
        details,
        "admin.media.details",
        "media_details",
        request_method=both,
        **office,
    )
    add_page(config, item, "admin.node.media", "media_item", permission=Permission.VIEW_DRAFTS)
    for view, route in (
        (set_focal, "admin.node.focal"),
        (replace, "admin.node.replace"),
    ):
        add_page(
            config, view, route, "media_item", request_method="POST", permission=Permission.EDIT
        )
    config.add_admin_item("media", title=_("Media"), route="admin.media", order=12)
