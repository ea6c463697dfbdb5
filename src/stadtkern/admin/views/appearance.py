"""The town's face: name, colour, coat of arms."""

import re
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_page, back
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import ACCEPT_IMAGE, MAX_IMAGE, store_image
from stadtkern.tenants.services import set_appearance
from stadtkern.web.i18n import _

COLOUR = re.compile(r"#[0-9a-f]{6}")


def colour(node: Any, value: str) -> None:
    """Accept ``#rrggbb``."""
    if not COLOUR.fullmatch(value):
        raise colander.Invalid(node, _("Please enter a colour such as #1d3f8f."))


class AppearanceSchema(colander.MappingSchema):
    """What every page shows of the town."""

    name = f.line(_("Name of the municipality"), maximum=200)
    accent = f.line(
        _("Colour"),
        maximum=7,
        kind="color",
        validator=colour,
        description=_(
            "For links, buttons and headings. It is darkened or lightened until text can be read."
        ),
    )
    arms = f.upload(
        _("Coat of arms"),
        accept=ACCEPT_IMAGE,
        maximum=MAX_IMAGE,
        required=False,
        description=_("A PNG or a plain SVG. Left empty, the present one stays."),
    )


def appearance(request: Request) -> Any:
    """Show and save it."""
    tenant = request.tenant
    form = Form(request, AppearanceSchema(), {"name": tenant.name, "accent": tenant.accent})
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
            arms = tenant.arms
            if values.get("arms") is not None:
                sent = values["arms"]
                arms = store_image(request.registry["storage"], sent.file, sent.filename).sha
        except Failure:
            request.response.status_int = 422
        except MediaRefused as error:
            form.fail("arms", error.args[0])
            request.response.status_int = 422
        else:
            set_appearance(
                request.db,
                request.registry["tenants"],
                tenant.id,
                name=values["name"],
                accent=values["accent"],
                arms=arms,
            )
            return back(request, "admin.appearance", _("Saved."))
    return {"form": form}


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.appearance", "/admin/appearance")
    add_page(
        config,
        appearance,
        "admin.appearance",
        "appearance",
        permission=Permission.SETTINGS,
        request_method=("GET", "POST"),
    )
    config.add_admin_item(
        "appearance",
        title=_("Name, colour, coat of arms"),
        route="admin.appearance",
        section=ADMINISTRATION,
        permission=Permission.SETTINGS,
        order=205,
    )
