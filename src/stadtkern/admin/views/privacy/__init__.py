"""Data protection: one person's data, retention, holds, certificates, the register."""

from typing import Any

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_deed, add_page
from stadtkern.admin.views.privacy import holds, persons, register, retention
from stadtkern.web.i18n import _

MAY: dict[str, Any] = {"permission": Permission.PRIVACY, "fresh": True}


def includeme(config: Configurator) -> None:
    """Register the pages. Whoever opens one has proved lately who they are."""
    place = "/admin/privacy"
    for name, rest in (
        ("privacy", ""),
        ("privacy.person", "/person"),
        ("privacy.archive", "/person/archive"),
        ("privacy.erase", "/person/erase"),
        ("privacy.certificates", "/certificates"),
        ("privacy.certificate", "/certificates/{id:[0-9]{1,10}}"),
        ("privacy.retention", "/retention"),
        ("privacy.retention.run", "/retention/run"),
        ("privacy.holds", "/holds"),
        ("privacy.hold.lift", "/holds/{id:[0-9]{1,10}}/lift"),
        ("privacy.register", "/register"),
        ("privacy.register.file", "/register.{kind:csv|json}"),
    ):
        config.add_route(f"admin.{name}", place + rest)
    post: dict[str, Any] = {**MAY, "request_method": "POST"}
    add_page(config, persons.ask, "admin.privacy", "privacy/ask", **MAY)
    add_page(config, persons.person, "admin.privacy.person", "privacy/person", **post)
    add_page(config, persons.erase, "admin.privacy.erase", "privacy/person", **post)
    add_deed(config, persons.archive, "admin.privacy.archive", **MAY)
    for view, name in (
        (persons.certificates, "certificates"),
        (persons.certificate, "certificate"),
        (register.register, "register"),
    ):
        add_page(config, view, f"admin.privacy.{name}", f"privacy/{name}", **MAY)
    for view, name in ((retention.retention, "retention"), (holds.holds, "holds")):
        add_page(config, view, f"admin.privacy.{name}", f"privacy/{name}", **MAY)
        add_page(config, view, f"admin.privacy.{name}", f"privacy/{name}", **post)
    add_deed(config, retention.run, "admin.privacy.retention.run", **MAY)
    add_deed(config, holds.lift, "admin.privacy.hold.lift", **MAY)
    config.add_view(
        register.file,
        route_name="admin.privacy.register.file",
        request_method="GET",
        uses_session=True,
        **MAY,
    )
    config.add_admin_item(
        "privacy",
        title=_("Data protection"),
        route="admin.privacy",
        section=ADMINISTRATION,
        permission=Permission.PRIVACY,
        order=222,
    )
