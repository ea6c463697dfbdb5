"""Withdrawing an official announcement, the one thing that can be done to it."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_node_route, add_page, back, refused
from stadtkern.content import ContentRefused, Resource
from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.municipal import is_official, withdraw
from stadtkern.web.i18n import _


class WithdrawSchema(colander.MappingSchema):
    """Why."""

    reason = f.text(
        _("Reason"),
        maximum=500,
        rows=3,
        required=False,
        optional_mark=False,
        description=_("Everybody reads it above the announcement."),
    )


def page(context: Resource, request: Request) -> Any:
    """Ask for the reason; then mark the announcement as withdrawn."""
    if not is_official(context.node) or context.fields.get("withdrawn_at"):
        raise HTTPNotFound
    form = Form(request, WithdrawSchema())
    problem = None
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
            withdraw(
                request.content,
                context.node.id,
                values["reason"],
                version=whole_number(request.POST.get("version")),
            )
        except Failure:
            request.response.status_int = 422
        except ContentRefused as error:
            problem = refused(request, form, error)
        else:
            return back(
                request,
                "admin.node",
                _("The announcement is withdrawn. It stays to be seen, with the reason."),
                id=context.node.id,
            )
    return {"form": form, "version": context.node.version, "problem": problem}


def includeme(config: Configurator) -> None:
    """Register the page."""
    add_node_route(config, "admin.node.withdraw", "/withdraw")
    add_page(
        config,
        page,
        "admin.node.withdraw",
        "withdraw",
        permission=Permission.PUBLISH,
        request_method=("GET", "POST"),
    )
