"""Webhooks: which other systems are told what, and whether it arrives."""

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
from stadtkern.notify import webhooks
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE_SIZE = 50
STATES = (
    ("", _("All")),
    ("waiting", _("waiting")),
    ("delivered", _("delivered")),
    ("failed", _("failed")),
    ("dropped", _("not sent")),
)
TITLES = dict(STATES)
PROBLEMS = {
    "status": _("The receiver answered with an error."),
    "dns": _("There is no such name."),
    "connect": _("Nothing answers there."),
    "connection": _("The connection broke off."),
    "tls": _("The certificate is not valid."),
    "too-slow": _("It took too long."),
    "inner": _("The address lies in an inner network, which must not be called."),
    "redirect": _("The receiver leads elsewhere, which is not followed."),
}
OTHER_PROBLEM = _("The address must not be called from here.")


def _schema(request: Request, *, active: bool) -> colander.Schema:
    schema = colander.Schema()
    schema.add(
        f.line(
            _("Name"),
            name="name",
            maximum=120,
            autocomplete="off",
            description=_("Which system receives the messages, so that you know it again."),
        )
    )
    schema.add(
        f.line(
            _("Address"),
            name="url",
            maximum=2000,
            kind="url",
            autocomplete="off",
            description=_("Begins with https:// and can be reached from the internet."),
        )
    )
    schema.add(
        f.several(
            _("What is told"),
            [
                (kind.name, kind.title)
                for kind in webhooks.events_of(request.registry, request.plugins.enabled)
            ],
            name="events",
        )
    )
    if active:
        schema.add(f.yes(_("Switched on"), name="active"))
    return schema


def _endpoint(request: Request) -> webhooks.WebhookEndpoint:
    number = min(int(request.matchdict["id"]), MAX_ID)
    found = webhooks.endpoint(request.db, number, lock=request.method == "POST")
    if found is None:
        raise HTTPNotFound
    return found


def overview(request: Request) -> dict[str, Any]:
    """List the receivers."""
    kinds = webhooks.events_of(request.registry, request.plugins.enabled)
    return {
        "rows": webhooks.endpoints(request.db),
        "titles": {kind.name: kind.title for kind in kinds},
    }


def new(request: Request) -> dict[str, Any]:
    """Add a receiver; its secret is shown this once."""
    form = Form(request, _schema(request, active=False), {})
    page = {"form": form, "problem": None, "secret": None, "endpoint": None}
    if request.method == "GET":
        return page
    try:
        values = form.validate(read_controls(request))
        endpoint, secret = webhooks.add(request.db, request.registry, **values)
    except Failure:
        request.response.status_int = 422
        return page
    except webhooks.WebhookRefused as error:
        return page | {"problem": _refused(request, form, error)}
    # Not by way of a redirect: the session's cookie would have to carry the secret.
    return page | {"secret": secret, "endpoint": endpoint}


def _refused(request: Request, form: Form, error: webhooks.WebhookRefused) -> Any:
    request.response.status_int = 422
    if error.field is not None:
        form.fail(error.field, error.args[0])
        return None
    return error.args[0]


def _log(request: Request, endpoint: webhooks.WebhookEndpoint) -> dict[str, Any]:
    page = page_number(request)
    state = request.GET.get("state", "")
    state = state if state in TITLES else ""
    rows, total = webhooks.log(
        request.db, endpoint.id, state=state, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    known = webhooks.events_of(request.registry, request.plugins.enabled)
    return {
        "endpoint": endpoint,
        "rows": rows,
        "state": state,
        "states": STATES,
        "titles": {kind.name: kind.title for kind in known} | {webhooks.TEST: _("Test")},
        "state_titles": TITLES,
        "problems": PROBLEMS,
        "other_problem": OTHER_PROBLEM,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "part": lambda number: request.route_path(
            "admin.webhook", id=endpoint.id, _query={"state": state, "page": number}
        ),
    }


def one(request: Request) -> Any:
    """Show a receiver with its log; on POST store what the form says."""
    endpoint = _endpoint(request)
    schema = _schema(request, active=True)
    if request.method == "GET":
        values = {name: getattr(endpoint, name) for name in ("name", "url", "active")} | {
            "events": set(endpoint.events)
        }
        return _log(request, endpoint) | {"form": Form(request, schema, values), "problem": None}
    form = Form(request, schema)
    try:
        values = form.validate(read_controls(request))
        webhooks.change(request.db, request.registry, endpoint, **values)
    except Failure:
        request.response.status_int = 422
        return _log(request, endpoint) | {"form": form, "problem": None}
    except webhooks.WebhookRefused as error:
        problem = _refused(request, form, error)
        return _log(request, endpoint) | {"form": form, "problem": problem}
    return back(request, "admin.webhook", _("Saved."), id=endpoint.id)


def rotate(request: Request) -> dict[str, Any]:
    """Give a new secret and show it this once."""
    endpoint = _endpoint(request)
    secret = webhooks.rotate(request.db, request.registry, endpoint)
    return {"form": None, "problem": None, "secret": secret, "endpoint": endpoint}


def test(request: Request) -> Response:
    """Send a message without content."""
    endpoint = _endpoint(request)
    request.limit("webhook test", "30/hour", str(request.tenant.id))
    webhooks.send_test(request.db, request.registry, endpoint)
    message = _("A test was sent. Load this page again in a moment to see what became of it.")
    return back(request, "admin.webhook", message, id=endpoint.id)


def remove(request: Request) -> Response:
    """Delete a receiver."""
    endpoint = _endpoint(request)
    message = _("“${name}” gets no more messages.", mapping={"name": endpoint.name})
    webhooks.remove(request.db, endpoint)
    return back(request, "admin.webhooks", message)


def replay(request: Request) -> Response:
    """Send a message again."""
    endpoint = _endpoint(request)
    number = whole_number(request.POST.get("delivery"))
    try:
        if number is None:
            raise HTTPNotFound
        webhooks.replay(request.db, request.registry, number, endpoint_id=endpoint.id)
    except LookupError:
        raise HTTPNotFound from None
    except webhooks.WebhookRefused as error:
        return back(request, "admin.webhook", error.args[0], "error", id=endpoint.id)
    return back(request, "admin.webhook", _("The message is sent again."), id=endpoint.id)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    may = {"permission": Permission.WEBHOOKS}
    place = "/admin/webhooks/{id:[0-9]{1,10}}"
    config.add_route("admin.webhooks", "/admin/webhooks")
    config.add_route("admin.webhooks.new", "/admin/webhooks/new")
    config.add_route("admin.webhook", place)
    add_page(config, overview, "admin.webhooks", "webhooks", **may)
    for method in ("GET", "POST"):
        kw: dict[str, Any] = {**may, "request_method": method}
        add_page(config, new, "admin.webhooks.new", "webhook_new", fresh=True, **kw)
    add_page(config, one, "admin.webhook", "webhook", **may)
    add_page(config, one, "admin.webhook", "webhook", fresh=True, request_method="POST", **may)
    for name in ("secret", "test", "delete", "replay"):
        config.add_route(f"admin.webhook.{name}", f"{place}/{name}")
    add_page(
        config,
        rotate,
        "admin.webhook.secret",
        "webhook_new",
        fresh=True,
        request_method="POST",
        **may,
    )
    add_deed(config, test, "admin.webhook.test", **may)
    add_deed(config, remove, "admin.webhook.delete", **may)
    add_deed(config, replay, "admin.webhook.replay", **may)
    config.add_admin_item(
        "webhooks",
        title=_("Webhooks"),
        route="admin.webhooks",
        section=OPERATION,
        order=224,
        **may,
    )
    config.add_audit_kind("webhook_endpoint", title=_("Receiver of webhooks"))
    for deed, title in (
        ("webhook.add", _("added")),
        ("webhook.delete", _("deleted")),
        ("webhook.rotate", _("secret changed")),
        ("webhook.test", _("test sent")),
        ("webhook.replay", _("message sent again")),
    ):
        config.add_audit_deed(deed, title=title)
