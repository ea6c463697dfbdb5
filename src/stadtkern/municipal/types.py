"""Registers the municipal content types."""

import colander
from pyramid.config import Configurator

from stadtkern.content import Resource
from stadtkern.municipal import resources, schemas, structured
from stadtkern.web.i18n import _


def configure(config: Configurator) -> None:
    """Name them; lists contain anything, so that towns arrange their pages as they like."""
    group = _("Town hall")
    entries: tuple[tuple[str, str, str, type[colander.Schema], type[Resource]], ...] = (
        (
            "service",
            _("Service"),
            _("What people apply for: documents, fees, who is in charge."),
            schemas.ServiceSchema,
            resources.Service,
        ),
        (
            "office",
            _("Office"),
            _("A department with its address and hours."),
            schemas.OfficeSchema,
            resources.Office,
        ),
        (
            "contact",
            _("Contact"),
            _("A person with telephone and mail."),
            schemas.ContactSchema,
            resources.Contact,
        ),
    )
    for name, title, description, schema, resource in entries:
        config.add_content_type(
            name,
            title=title,
            description=description,
            group=group,
            schema=schema,
            resource=resource,
            structured_data=structured.MAKERS.get(name),
            search_names=("names",) if name == "service" else (),
            search_weight=1.3 if name == "service" else 1.0,
        )
    config.add_content_type(
        "announcement",
        title=_("Official announcement"),
        description=_("Its date stays once it is published."),
        group=group,
        schema=schemas.AnnouncementSchema,
        resource=resources.Announcement,
        sort_at=schemas.announcement_sort,
        workflow="announcement",
        live_blocks=False,
    )
    lists: tuple[tuple[str, str, str, type[Resource]], ...] = (
        (
            "service_list",
            _("Services from A to Z"),
            _("Finds all services by itself."),
            resources.ServiceList,
        ),
        (
            "directory",
            _("Offices and staff"),
            _("Finds all offices and people by itself."),
            resources.Directory,
        ),
        (
            "announcement_list",
            _("List of official announcements"),
            _("Finds all announcements by itself, the newest first."),
            resources.AnnouncementList,
        ),
    )
    for name, title, description, finder in lists:
        config.add_content_type(
            name,
            title=title,
            description=description,
            group=group,
            schema=schemas.ListSchema,
            resource=finder,
            contains=("*",),
            in_nav=True,
        )
