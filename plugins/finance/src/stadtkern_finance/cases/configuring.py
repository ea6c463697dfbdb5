"""What is kept beside accounts tells the rooms of the core."""

from pyramid.config import Configurator
from pyramid.renderers import render
from pyramid.request import Request

from stadtkern_finance.cases import limits, people
from stadtkern_finance.cases.models import (
    Deputy,
    FollowUp,
    Note,
    Objection,
    OwnerChange,
    ReleaseLimit,
    Suspension,
)
from stadtkern_finance.i18n import _
from stadtkern_finance.permissions import FinancePermission

TEMPLATE = "stadtkern_finance:templates/due.jinja2"
SHOWN = 1_000


def tile(request: Request) -> str | None:
    """Return how many follow-ups are due; None without any."""
    mine, day = request.identity.account_id, request.tenant.today()
    persons = limits.served_by(request.db, mine, day)
    number = len(people.due(request.db, persons, day, SHOWN))
    return str(render(TEMPLATE, {"number": number}, request=request)) if number else None


def includeme(config: Configurator) -> None:
    """Name the tables in the history and in archives of a town, and show what is due."""
    beside = {"account_id": "finance_account"}
    for name, title, model, references in (
        ("note", _("Note on an account"), Note, beside | {"author_id": "account"}),
        (
            "follow_up",
            _("Follow-up"),
            FollowUp,
            beside | dict.fromkeys(("person_id", "done_by", "instead_of"), "account"),
        ),
        (
            "owner_change",
            _("Change of owner"),
            OwnerChange,
            beside | {"created_by": "account"},
        ),
        ("objection", _("Objection"), Objection, beside),
        ("suspension", _("Suspension of an amount"), Suspension, beside),
        (
            "deputy",
            _("Deputy"),
            Deputy,
            dict.fromkeys(("person_id", "deputy_id"), "account"),
        ),
        ("release_limit", _("Limit of release"), ReleaseLimit, {"person_id": "account"}),
    ):
        config.add_audit_kind(f"finance_{name}", title=title)
        config.add_town_data(f"finance_{name}", model, references=references)
    config.add_audit_deed("finance.stand_in", title=_("released in the name of"))
    config.add_dashboard_tile(
        "finance.followups",
        title=_("Follow-ups"),
        render=tile,
        permission=FinancePermission.READ,
    )
