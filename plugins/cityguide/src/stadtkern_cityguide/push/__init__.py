"""Messages to devices that asked for them: web push (RFC 8030, 8188, 8291, 8292)."""

from pyramid.config import Configurator
from sqlalchemy import false

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission


def includeme(config: Configurator) -> None:
    """Bring tables, the job that sends, the editors' page and the devices' address."""
    from stadtkern_cityguide.push import models  # noqa: PLC0415

    config.add_audit_kind("cityguide_message", title=_("Message to devices"))
    # A device has agreed to messages of this site under its key: none of it holds elsewhere.
    config.add_town_data("cityguide_push_key", models.PushKey, only=false)
    config.add_town_data("cityguide_device", models.Device, only=false)
    config.add_town_data(
        "cityguide_message", models.Message, only=false, references={"author_id": "account"}
    )
    config.add_vault_field(models.PushKey.sealed, context=lambda row: row.context)
    config.add_vault_field(models.Device.sealed, context=lambda row: row.context)
    for role in ("editor", "administrator"):
        config.grant_permission(role, CityGuidePermission.MESSAGE)
    config.add_admin_item(
        "cityguide.messages",
        title=_("Messages to devices"),
        route="cityguide.messages",
        permission=CityGuidePermission.MESSAGE,
    )
    config.include("stadtkern_cityguide.push.jobs")
    config.include("stadtkern_cityguide.views.push")
