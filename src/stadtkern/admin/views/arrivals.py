"""Whole municipalities that operators bring in: an archive sent, checked, taken in by a job."""

from datetime import datetime
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.db import MAX_ID, whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.towns import TownRefused, arriving, standing
from stadtkern.web.i18n import _

LIST, ONE = "admin.arrivals", "admin.arrival"


def _sending(request: Request) -> Form:
    schema = colander.Schema()
    schema.add(
        f.upload(
            _("Archive file"),
            name="upload",
            accept=".zip,application/zip",
            maximum=arriving.maximum(request.registry),
            description=_(
                "The ZIP file that another installation has written. It is only checked at first."
            ),
        )
    )
    return Form(request, schema)


def page(request: Request) -> Any:
    """Show what this operator has sent; take an archive and check it."""
    form = _sending(request)
    shown = {
        "form": form,
        "rows": arriving.listed(request.db, request.identity.account_id),
        "days": arriving.KEPT.days,
    }
    if request.method != "POST":
        return shown
    request.limit("town-import", "20/hour", str(request.identity.account_id))
    try:
        values = form.validate(read_controls(request))
        row = arriving.receive(
            request.db, request.registry, request.identity.account_id, values["upload"].file
        )
    except Failure:
        request.response.status_int = 422
        return shown
    except TownRefused as refused:
        form.fail("upload", refused.args[0])
        request.response.status_int = 422
        return shown
    return back(request, ONE, id=row.id)


class NamesSchema(colander.MappingSchema):
    """Under which names the municipality comes."""

    slug = f.line(
        _("Short name"),
        maximum=63,
        description=_("Lower-case letters, digits and hyphens; commands name the town by it."),
    )
    host = f.line(
        _("Host name"),
        maximum=253,
        description=_("Without https://, such as www.musterstadt.example."),
    )
    suspended = f.yes(
        _("Do not let it serve yet"),
        description=_("Visitors read “not in service” until stadtkern tenants resume."),
    )


def _left(row: Any) -> Any:
    """Return the field that agrees to losing the data of plugins that are not here."""
    return f.yes(
        _(
            "Leave the data of these plugins out: ${names}",
            mapping={"names": ", ".join(row.report["missing"])},
        ),
        name="leave_out",
        validator=_agreed,
    )


def _agreed(node: Any, value: bool) -> None:  # noqa: FBT001 - colander calls it so
    if not value:
        raise colander.Invalid(
            node, _("Please agree, or have the plugins installed first and send the archive again.")
        )


def _found(request: Request) -> Any:
    number = int(request.matchdict["id"])
    account_id = request.identity.account_id
    row = arriving.one(request.db, account_id, number) if number <= MAX_ID else None
    if row is None:
        raise HTTPNotFound
    return row


def _naming(request: Request, row: Any) -> Form:
    slug, host = row.report["slug"], row.report["host"]
    taken = arriving.refusals(request.db, slug, host)
    values = {
        "slug": "" if "slug" in taken else slug,
        "host": "" if "host" in taken else host,
    }
    schema = NamesSchema()
    if row.report["missing"]:
        schema.add(_left(row))
    return Form(request, schema, values)


def _written(row: Any) -> datetime | None:
    """Return when the archive says that it was written, if that is a moment."""
    try:
        found = datetime.fromisoformat(row.report["made_at"])
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def one(request: Request) -> dict[str, Any]:
    """Show what an archive holds, how far it has come, or what it has become."""
    row = _found(request)
    return {
        "row": row,
        "form": _naming(request, row) if arriving.waits(row) else None,
        "job": standing.job_of(request.db, row),
        "stands": standing.stands(request.db, row),
        "reason": arriving.reason_of(row),
        "written": _written(row),
        "days": arriving.KEPT.days,
    }


def begin(request: Request) -> Any:
    """Have an archive taken in; one that stopped goes on."""
    row = _found(request)
    if standing.stands(request.db, row):
        arriving.go_on(request.db, request.registry, row)
    if not arriving.waits(row):
        return back(request, ONE, id=row.id)
    form = _naming(request, row)
    try:
        values = form.validate(read_controls(request))
        slug, host = values["slug"].strip(), values["host"].strip()
        against = arriving.refusals(request.db, slug, host)
        for name, message in against.items():
            form.fail(name, message)
    except Failure:
        against = {"": ""}
    if against:
        request.response.status_int = 422
        shown = {"job": None, "stands": False, "reason": None, "days": arriving.KEPT.days}
        return {"row": row, "form": form, "written": _written(row), **shown}
    arriving.begin(
        request.db,
        request.registry,
        row,
        slug=slug,
        host=host,
        suspended=values["suspended"],
    )
    return back(request, ONE, id=row.id)


def remove(request: Request) -> Response:
    """Throw an archive away, and what has come of it so far."""
    number = whole_number(request.POST.get("arrival"))
    account_id = request.identity.account_id
    row = None if number is None else arriving.one(request.db, account_id, number)
    if row is None:
        raise HTTPNotFound
    running = arriving.runs(row)
    arriving.give_up(request.db, request.registry, row)
    said = _("What has come so far is being deleted.") if running else _("The archive was deleted.")
    return back(request, LIST, said)


def includeme(config: Configurator) -> None:
    """Register the pages and their deeds, all of them the operator's."""
    may = {"permission": Permission.OPERATE}
    config.add_route(LIST, "/admin/arrivals")
    config.add_route(f"{LIST}.remove", "/admin/arrivals/remove")
    config.add_route(ONE, "/admin/arrivals/{id:[0-9]{1,10}}")
    add_page(config, page, LIST, "arrivals", request_method=("GET", "POST"), fresh=True, **may)
    add_page(config, one, ONE, "arrival", **may)
    add_page(config, begin, ONE, "arrival", request_method="POST", fresh=True, **may)
    add_deed(config, remove, f"{LIST}.remove", **may)
    config.add_admin_item(
        "arrivals",
        title=_("Bring in a municipality"),
        route=LIST,
        section=OPERATION,
        order=247,
        **may,
    )
