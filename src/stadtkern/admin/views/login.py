"""In and out: login, logout, a new password by mailed code."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import forget, remember

from stadtkern.accounts import services, tickets
from stadtkern.accounts.factors import factor_of
from stadtkern.accounts.passwords import PasswordRefused
from stadtkern.admin.views.base import TEMPLATES, back
from stadtkern.audit import record
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _
from stadtkern.web.locations import header_safe


class LoginSchema(colander.MappingSchema):
    """Mail and password."""

    mail = f.mail(_("Mail address"), autocomplete="username")
    password = f.secret(_("Password"))


class ResetSchema(colander.MappingSchema):
    """Where to send the code."""

    mail = f.mail(_("Mail address"), autocomplete="username")


class CodeSchema(colander.MappingSchema):
    """The code and the new password."""

    mail = f.mail(_("Mail address"), autocomplete="username")
    code = f.line(_("Code from the mail"), maximum=20, autocomplete="one-time-code")
    password = f.secret(
        _("New password"),
        new=True,
        description=_("At least 12 characters. Several words are good."),
    )


def safe_next(text: str | None) -> str:
    """Return where to go after the login: a path of this site, else the back office."""
    if (
        text
        and text.startswith("/")
        and not text.startswith(("//", "/\\"))
        and text.isprintable()
        and "\\" not in text
    ):
        return text
    return "/admin"


def login(request: Request) -> Any:
    """Ask for mail and password. One message for every mistake: it tells a guesser nothing."""
    target = safe_next(request.params.get("next"))
    if request.identity is not None and request.method == "GET":
        return HTTPFound(location=header_safe(target))
    form = Form(request, LoginSchema(), {})
    if request.method == "GET":
        return {"form": form, "next": target, "failed": False}
    request.limit("login", "20/minute", request.network)
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return {"form": form, "next": target, "failed": False}
    account = services.log_in(request, values["mail"], values["password"])
    if account is None:
        request.response.status_int = 422
        return {"form": form, "next": target, "failed": True}
    # A new session against fixation; a new ticket by itself.
    request.session.invalidate()
    token = tickets.issue(request, account, "password")
    if factor_of(request.db, account.id) is not None:
        target = request.route_path("login.code", _query={"next": target})
    return HTTPFound(location=header_safe(target), headers=remember(request, token))


def logout(request: Request) -> Response:
    """End this login; on all devices if asked."""
    identity = request.identity
    if identity is not None:
        if request.POST.get("everywhere"):
            tickets.revoke_all(request.db, identity.account_id)
            record(request.db, "login.everywhere", "account", identity.account_id)
        else:
            tickets.revoke_current(request)
            record(request.db, "login.out", "account", identity.account_id)
    request.session.invalidate()
    request.session.flash(["success", request.translate(_("You are logged out."))], "notice")
    return HTTPFound(location=request.route_path("login"), headers=forget(request))


def reset(request: Request) -> Any:
    """Ask where to send the code; the answer is the same whether or not there is an account."""
    form = Form(request, ResetSchema(), {})
    if request.method == "GET":
        return {"form": form}
    request.limit("reset", "5/minute", request.network)
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return {"form": form}
    request.limit("reset.mail", "5/hour", values["mail"], request.network)
    request.limit("reset.mail.all", "30/hour", values["mail"])
    services.start_reset(request, values["mail"])
    request.session["reset"] = values["mail"]
    return back(
        request,
        "reset.code",
        _("If there is an account with this address, a code is on its way to it."),
        "info",
    )


def reset_code(request: Request) -> Any:
    """Take the code and the new password."""
    form = Form(request, CodeSchema(), {"mail": request.session.get("reset", "")})
    if request.method == "GET":
        return {"form": form, "failed": False}
    request.limit("reset.code", "20/minute", request.network)
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return {"form": form, "failed": False}
    try:
        done = services.finish_reset(request, values["mail"], values["code"], values["password"])
    except PasswordRefused as error:
        form.fail("password", error.args[0])
        request.response.status_int = 422
        return {"form": form, "failed": False}
    if not done:
        request.response.status_int = 422
        return {"form": form, "failed": True}
    return back(request, "login", _("Your password is changed. Please log in."))


def includeme(config: Configurator) -> None:
    """Register the way in."""
    for view, route, template in (
        (login, "login", "login"),
        (reset, "reset", "reset"),
        (reset_code, "reset.code", "reset_code"),
    ):
        config.add_view(
            view,
            route_name=route,
            renderer=f"{TEMPLATES}/{template}.jinja2",
            request_method=("GET", "POST"),
            uses_session=True,
        )
    config.add_view(logout, route_name="logout", request_method="POST", uses_session=True)
