"""Registers the municipal content types."""

from pyramid.config import Configurator

from stadtkern.municipal import resources, schemas
from stadtkern.web.i18n import _


def configure(config: Configurator) -> None:
    """Name them; lists contain anything, so that towns arrange their pages as they like."""
    config.add_content_type(
        "service", title=_("Service"), schema=schemas.ServiceSchema, resource=resources.Service
    )
    config.add_content_type(
        "office", title=_("Office"), schema=schemas.OfficeSchema, resource=resources.Office
    )
    config.add_content_type(
        "contact", title=_("Contact"), schema=schemas.ContactSchema, resource=resources.Contact
    )
    config.add_content_type(
        "announcement",
        title=_("Official announcement"),
        schema=schemas.AnnouncementSchema,
        resource=resources.Announcement,
        sort_at=schemas.announcement_sort,
        workflow="announcement",
    )
    for name, title, resource in (
        ("service_list", _("Services from A to Z"), resources.ServiceList),
        ("directory", _("Offices and staff"), resources.Directory),
        ("announcement_list", _("List of official announcements"), resources.AnnouncementList),
    ):
        config.add_content_type(
            name,
            title=title,
            schema=schemas.ListSchema,
            resource=resource,
            contains=("*",),
            in_nav=True,
        )
