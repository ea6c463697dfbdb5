"""Devices say what they want to be told; editors write it."""

import json
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPForbidden, HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.tenants import origin
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.push import queries, services
from stadtkern_cityguide.push.models import EVENTS, TOPICS, WARNINGS, Message
from stadtkern_cityguide.push.sealing import BadDevice, address_of

ROUTE = "cityguide.messages"
MAX_BODY = 4_000
TITLES = {EVENTS: _("What takes place"), WARNINGS: _("Warnings and closures")}


def offered(request: Request) -> str:
    """Return the town's public key where it offers messages; else an empty text."""
    if not request.settings_of("cityguide").get("push"):
        return ""
    return queries.public_key(request.db) or ""


def agree(request: Request) -> Response:
    """Keep, change or end what one device wants; its address is what proves that it may."""
    if not offered(request):
        raise HTTPNotFound
    # Another site's page must not speak for its visitors: browsers say where they come from.
    if request.headers.get("Origin", origin(request)) != origin(request):
        raise HTTPForbidden
    request.limit("cityguide.push", "30/hour", request.network)
    if len(request.body) > MAX_BODY:
        raise HTTPBadRequest
    try:
        data = json.loads(request.body)
        address = address_of(data)
        topics = {str(topic) for topic in data.get("topics", ())}
    except (BadDevice, RecursionError, TypeError, ValueError) as error:
        raise HTTPBadRequest from error
    if not topics <= set(TOPICS):
        raise HTTPBadRequest
    try:
        services.agree(request.db, request.registry, request.tenant.id, address, topics)
    except services.Full:
        return Response(status=503)
    return Response(status=204)


class MessageSchema(colander.MappingSchema):
    """What an editor writes."""

    topic = f.choice(_("Whom it is for"), tuple(TITLES.items()), ask=True)
    title = f.line(_("Title"), maximum=80)
    text = f.text(_("Text"), maximum=300, rows=3)
    path = f.line(
        _("Page that opens"),
        maximum=900,
        required=False,
        description=_("The address of a page of this website, for example /entdecken/turm."),
        validator=colander.Regex(r"^/(?!/)[^\s\\]*$", _("Please begin with a single slash.")),
    )


class Messages:
    """One request of the editors' page."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def show(self) -> dict[str, Any]:
        """Show the form, how many devices there are, and what was sent."""
        return self._page(Form(self.request, MessageSchema()))

    def send(self) -> Any:
        """Show what would arrive on how many devices; queue it when that was looked at."""
        request = self.request
        form = Form(request, MessageSchema())
        if not offered(request):
            raise HTTPNotFound
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
            return self._page(form)
        if request.POST.get("step") != "send":
            form.show(values)
            return self._page(form) | {"asked": values}
        message = Message(
            topic=values["topic"],
            title=values["title"],
            text=values["text"],
            path=values.get("path") or "/guide",
            author_id=request.identity.account_id,
        )
        services.send(request.db, request.registry, request.tenant.id, message)
        request.session.flash(
            ["success", request.translate(_("The message is on its way."))], "notice"
        )
        return HTTPFound(location=request.route_path(ROUTE))

    def _page(self, form: Form) -> dict[str, Any]:
        events, warnings = queries.counts(self.request.db)
        return {
            "form": form,
            "asked": None,
            "offered": bool(offered(self.request)),
            "wished": bool(self.request.settings_of("cityguide").get("push")),
            "devices": {EVENTS: events, WARNINGS: warnings},
            "messages": queries.messages(self.request.db),
            "titles": TITLES,
        }


def includeme(config: Configurator) -> None:
    """Register the device's address and the editors' page."""
    config.add_request_method(offered, "guide_push_key")
    config.add_route("cityguide.push", "/guide/push")
    # No cookie and no proof of origin beside the header: a device has no login.
    config.add_view(agree, route_name="cityguide.push", request_method="POST", machine=True)
    config.add_route(ROUTE, "/admin/cityguide/messages")
    common = {
        "route_name": ROUTE,
        "permission": CityGuidePermission.MESSAGE,
        "uses_session": True,
        "renderer": "stadtkern_cityguide:templates/messages.jinja2",
    }
    config.add_view(Messages, attr="show", request_method="GET", **common)
    config.add_view(Messages, attr="send", request_method="POST", **common)
