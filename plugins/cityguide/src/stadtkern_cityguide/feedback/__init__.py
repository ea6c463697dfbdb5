"""What visitors tell the guide's editors: by a form, or from a device that had no network."""

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import false

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission


def _tile(request: Request) -> str | None:
    from stadtkern_cityguide.feedback import queries  # noqa: PLC0415 - as below

    number = queries.waiting(request.db)
    if not number:
        return None
    template = request.registry["jinja"].get_template(
        "stadtkern_cityguide:templates/feedback_tile.jinja2"
    )
    return str(template.render(request=request, number=number))


def includeme(config: Configurator) -> None:
    """Bring tables, the form, the list in the back office and the devices' address."""
    # They import the models, which the command line's help must not wait for.
    from stadtkern_cityguide.feedback import models, persons  # noqa: PLC0415

    config.add_audit_kind("cityguide_feedback", title=_("Feedback on the city guide"))
    config.add_town_data(
        "cityguide_feedback", models.Feedback, numbered=True, references={"node_id": "node"}
    )
    # Devices speak to the site that they know.
    config.add_town_data("cityguide_arrived", models.Arrived, only=false)
    config.add_vault_field(models.Feedback.sealed, context=lambda row: row.context)
    persons.configure(config)
    for role in ("editor", "administrator"):
        config.grant_permission(role, CityGuidePermission.FEEDBACK)
    config.add_admin_item(
        "cityguide.feedback.office",
        title=_("Feedback from visitors"),
        route="cityguide.feedback.office",
        permission=CityGuidePermission.FEEDBACK,
    )
    config.add_dashboard_tile(
        "cityguide.feedback",
        title=_("Feedback on the city guide"),
        render=_tile,
        permission=CityGuidePermission.FEEDBACK,
    )
    config.include("stadtkern_cityguide.views.feedback")
    config.include("stadtkern_cityguide.views.outbox")
