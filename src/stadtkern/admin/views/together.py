"""Working together: who has a form open, text kept while typing, logging in again in between."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import audit
from stadtkern.accounts import Permission
from stadtkern.admin import open_forms
from stadtkern.admin.views.base import TEMPLATES, add_deed, add_node_route, add_page, back
from stadtkern.content import ContentRefused, Resource, autosaves, locks
from stadtkern.db import whole_number
from stadtkern.web.bodies import MAX_CONTROLS
from stadtkern.web.i18n import _
from stadtkern.web.templating import time_text

CARRYING = ("admin.node.edit", "admin.node.add", "admin.node.translate")
"""Routes of forms whose text survives the end of a login."""


def lock(context: Resource, request: Request) -> Response:
    """Take, prolong, give back or take over the lease of a node's form."""
    node_id, account_id = context.node.id, request.identity.account_id
    token = str(request.POST.get("lock", ""))[: open_forms.MAX_TOKEN]
    deed = request.POST.get("do", "")
    if deed == "over":
        if open_forms.other_holder(request, node_id) is not None:
            audit.record(request.db, "node.takeover", "node", node_id)
        locks.take(request.db, node_id, account_id, token, over=True)
        return back(request, "admin.node.edit", id=node_id)
    if deed == "reserve":
        holder = locks.take(request.db, node_id, account_id, token)
        mine = holder is not None and holder.account_id == account_id
        message = _("Others now see that you edit this page.") if mine else ""
        return back(request, "admin.node.edit", message, id=node_id)
    if deed == "release":
        locks.release(request.db, node_id, account_id, token=token)
        return Response(status=204)
    write = locks.take if deed == "take" else locks.renew
    return _answer(request, write(request.db, node_id, account_id, token), token)


def _answer(request: Request, holder: locks.Holder | None, token: str, **more: Any) -> Response:
    """Tell a form's script whether the lease is its own, and if not, whose in words."""
    lost = ""
    if holder is not None and holder.token != token:
        if holder.account_id == request.identity.account_id:
            lost = _("You have opened this page in another window. Please write in one only.")
        else:
            lost = _(
                "${name} edits this page since ${time}. What you write here is kept. If both of "
                "you save, the second one merges both versions.",
                mapping={"name": holder.name, "time": _clock(request, holder.since)},
            )
    return Response(json_body={"lost": request.translate(lost) if lost else "", **more})


def _clock(request: Request, moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(request.tenant.timezone))
    return str(time_text(local.time(), format="short", locale=request.locale_name))


def autosave(context: Resource, request: Request) -> Response:
    """Keep what was typed into a node's form, and its lease with it."""
    return _keep(request, open_forms.place_of(context), context.node.id)


def autosave_new(context: Resource, request: Request) -> Response:
    """Keep what was typed into the form for a new node."""
    kind = request.content.types.get(request.matchdict["type"])
    if kind is None:
        raise HTTPNotFound
    return _keep(request, open_forms.place_of(context, kind), None)


def _keep(request: Request, place: str, node_id: int | None) -> Response:
    account_id = request.identity.account_id
    if request.POST.get("do") == "discard":
        autosaves.drop(request.db, account_id, place)
        _deed, number, *kind = place.split(":")
        if kind:
            return back(request, "admin.node.add", id=number, type=kind[0])
        return back(request, "admin.node.edit", id=number)
    request.limit("autosave", "60/minute", str(account_id))
    if len(request.POST) > MAX_CONTROLS:
        raise HTTPBadRequest
    version = whole_number(request.POST.get("version")) or 0
    try:
        row = autosaves.keep(
            request.db, account_id, place, open_forms.typed(request), base_version=version
        )
    except ContentRefused as error:
        return Response(json_body={"refused": request.translate(error.args[0])}, status=413)
    kept = request.translate(
        _("Your text is kept, ${time}.", mapping={"time": _clock(request, row.saved_at)})
    )
    holder, token = None, str(request.POST.get("lock", ""))
    if node_id is not None:
        holder = locks.renew(request.db, node_id, account_id, token)
    return _answer(request, holder, token, kept=kept)


def login_state(request: Request) -> Response:
    """Tell an open form's script who is logged in, with a fresh proof of origin for its form."""
    identity = request.identity
    account = None if identity is None else identity.account_id
    token = "" if identity is None else get_csrf_token(request)
    return Response(json_body={"account": account, "csrf": token})


def returned(request: Request) -> dict[str, Any]:
    """Say after a login in a second window that the first one goes on."""
    return {"identity": request.identity}


def carried(_error: Exception, request: Request) -> Response:
    """Answer a form whose login or proof of origin has ended with all that was typed in it.

    Nothing is stored for somebody who is not logged in: the answer itself holds the text, and
    sends it back to the form, not to be saved, once there is a login.
    """
    # What another site sends is nobody's text here.
    own = request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
    response = render_to_response(
        f"{TEMPLATES}/carried.jinja2",
        {
            "controls": open_forms.typed(request) if own else [],
            "logged_in": request.identity is not None,
        },
        request,
    )
    response.status_int = 403 if request.identity is None else 400
    response.headers["Cache-Control"] = "no-store"
    return response


def includeme(config: Configurator) -> None:
    """Register the deeds, and what forms answer when the login has ended."""
    add_node_route(config, "admin.node.lock", "/lock")
    add_node_route(config, "admin.node.autosave", "/autosave")
    add_node_route(config, "admin.node.add.autosave", "/add/{type:[a-z][a-z0-9_]{0,58}}/autosave")
    config.add_route("admin.login_state", "/admin/login-state")
    config.add_route("admin.returned", "/admin/returned")
    add_deed(config, lock, "admin.node.lock", permission=Permission.EDIT)
    add_deed(config, autosave, "admin.node.autosave", permission=Permission.EDIT)
    add_deed(config, autosave_new, "admin.node.add.autosave", permission=Permission.ADD)
    config.add_view(
        login_state, route_name="admin.login_state", request_method="GET", uses_session=True
    )
    add_page(config, returned, "admin.returned", "returned", permission=Permission.OFFICE)
    for route in CARRYING:
        config.add_exception_view(carried, context=BadCSRFToken, route_name=route)
        config.add_forbidden_view(
            carried, route_name=route, request_method="POST", is_authenticated=False
        )
