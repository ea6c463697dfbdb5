"""How long data are kept, and what the nightly run has deleted."""

from typing import Any

import colander
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.admin.views.base import back
from stadtkern.audit import record
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.jobs import enqueue
from stadtkern.plugins.services import save_settings
from stadtkern.privacy import queries
from stadtkern.privacy.kinds import rules, rules_of
from stadtkern.privacy.retention import JOB, days_of
from stadtkern.web.i18n import _

SHOWN = 10


def _name(rule: str) -> str:
    return "days-" + rule.replace(".", "-")


def _schema(request: Request) -> colander.Schema:
    schema = colander.Schema()
    for rule in rules_of(request.registry, request.plugins.enabled):
        bounds = request.translate(
            _("${least} to ${most} days; without a choice of yours ${days}."),
            least=rule.least,
            most=rule.most,
            days=rule.days,
        )
        schema.add(
            f.number(
                rule.title,
                name=_name(rule.name),
                minimum=rule.least,
                maximum=rule.most,
                description=f"{request.translate(rule.basis)}. {bounds}",
            )
        )
    return schema


def retention(request: Request) -> Any:
    """Show the rules' periods and the latest reports; on POST store the periods."""
    known = rules_of(request.registry, request.plugins.enabled)
    present = {_name(rule.name): days_of(request.plugins, rule) for rule in known}
    form = Form(request, _schema(request), present)
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
        else:
            stored = request.settings_of("privacy")
            # Periods of plugins that are switched off stay as they were.
            periods = dict(stored.get("periods") or {})
            for rule in known:
                periods[rule.name] = values[_name(rule.name)]
                if periods[rule.name] == rule.days:
                    del periods[rule.name]
            save_settings(
                request.db,
                request.registry,
                request.tenant,
                "privacy",
                {**stored, "periods": periods},
            )
            return back(request, "admin.privacy.retention", _("Saved."))
    titles = {name: rule.title for name, rule in rules(request.registry).items()}
    return {"form": form, "runs": queries.runs(request.db, limit=SHOWN), "titles": titles}


def run(request: Request) -> Response:
    """Run the rules now instead of tonight."""
    enqueue(request.db, request.registry, JOB, tenant_id=request.tenant.id, unique="by hand")
    record(request.db, "privacy.run", "retention_run", "now")
    message = _("Deletion has been started. Load this page again in a moment to see the report.")
    return back(request, "admin.privacy.retention", message)
