"""The second factor: setting up, the second step of the login, recovery codes, switching off."""

from typing import Any

import colander
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import remember

from stadtkern.accounts import Permission, factors, services, tickets
from stadtkern.accounts.models import Account
from stadtkern.admin.views.base import TEMPLATES, add_page, back
from stadtkern.admin.views.login import safe_next
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _
from stadtkern.web.locations import header_safe


class CodeSchema(colander.MappingSchema):
    """One code."""

    code = f.line(
        _("Code of your app, or a recovery code"), maximum=40, autocomplete="one-time-code"
    )


class ConfirmSchema(colander.MappingSchema):
    """The first code of a new app."""

    code = f.line(
        _("Code that the app shows now"),
        maximum=20,
        autocomplete="one-time-code",
        description=_("Six digits; a new one every 30 seconds."),
    )


def second_step(request: Request) -> Any:
    """Ask for the code after the password; nothing else works before."""
    target = safe_next(request.params.get("next"))
    form = Form(request, CodeSchema(), {})
    found = {"form": form, "next": target, "failed": False}
    if request.identity is not None:
        return HTTPFound(location=header_safe(target))
    if request.method == "POST":
        return _take_step(request, target, found)
    if tickets.half(request) is None:
        return HTTPFound(location=request.route_path("login", _query={"next": target}))
    return found


def _take_step(request: Request, target: str, found: dict[str, Any]) -> Any:
    request.limit("login.code", "20/minute", request.network)
    try:
        values = found["form"].validate(read_controls(request))
        done = services.second_step(request, values["code"])
    except Failure:
        request.response.status_int = 422
        return found
    except LookupError:
        return back(request, "login", _("Please begin again with your password."), "info")
    if done is None:
        request.response.status_int = 422
        return found | {"failed": True}
    return _logged_in(request, done[0], done[1], target)


def _logged_in(request: Request, account: Account, step: str, target: str) -> Response:
    request.session.invalidate()
    token = tickets.issue(request, account, "password", step)
    if step == "recovery":
        left = factors.codes_left(request.db, account.id)
        request.session.flash(
            ["warning", request.translate(_("Recovery codes left: ${n}"), n=left)], "notice"
        )
    return HTTPFound(location=header_safe(target), headers=remember(request, token))


def factor(request: Request) -> Any:
    """Show and change one's second factor."""
    account = request.db.get(Account, request.identity.account_id)
    if request.method == "POST":
        deed = request.POST.get("do", "")
        if deed == "start":
            factors.begin(request.db, request.registry, account)
            return back(request, "account.factor")
        if deed == "confirm":
            return _confirm(request, account)
        if deed == "codes" and request.identity.has_factor:
            codes = factors.new_codes(request.db, request.registry, account)
            return _page(request, account, codes=codes)
        if deed == "off":
            return _off(request, account)
        return back(request, "account.factor")
    return _page(request, account)


def _page(
    request: Request, account: Account, *, form: Form | None = None, codes: Any = ()
) -> dict[str, Any]:
    found = factors.factor_of(request.db, account.id, confirmed=False)
    open_secret = None
    if found is not None and found.confirmed_at is None:
        open_secret = factors.secret_of(request.db, request.registry, found)
    drawn = ""
    if open_secret is not None:
        text = factors.address(open_secret, account, request.tenant.name)
        drawn = factors.picture(text)
    return {
        "form": form or Form(request, ConfirmSchema(), {}),
        "on": found is not None and found.confirmed_at is not None,
        "secret": " ".join(_groups(open_secret)) if open_secret else "",
        "picture": Markup(drawn),  # noqa: S704 - drawn by us of numbers
        "codes": codes,
        "left": factors.codes_left(request.db, account.id),
        "must": _must(request, account),
    }


def _groups(secret: str) -> list[str]:
    return [secret[i : i + 4] for i in range(0, len(secret), 4)]


def _must(request: Request, account: Account) -> bool:
    identity = request.identity
    roles = identity.roles.union(*identity.local.values())
    return tickets.must_have_factor(request, roles, operator=account.operator)


def _confirm(request: Request, account: Account) -> Any:
    request.limit("factor", "20/hour", str(account.id))
    form = Form(request, ConfirmSchema(), {})
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return _page(request, account, form=form)
    codes = factors.confirm(request.db, request.registry, account, values["code"])
    if codes is None:
        form.fail(
            "code",
            _(
                "This code does not fit. Is the clock of your phone right? Enter the code that the "
                "app shows now."
            ),
        )
        request.response.status_int = 422
        return _page(request, account, form=form)
    # This login has just shown the factor; others have not and end.
    ticket = tickets.current(request)
    if ticket is not None:
        ticket.steps = [*ticket.steps, "totp"]
    tickets.prove(request)
    tickets.revoke_other(request, account.id, None)
    services.tell(
        request,
        account,
        _("Your second factor is set up"),
        _("Your account at ${town} now asks for a code of your app at each login."),
    )
    return _page(request, account, codes=codes)


def _off(request: Request, account: Account) -> Any:
    if _must(request, account):
        message = _("Your role here needs a second factor: it cannot be switched off.")
        return back(request, "account.factor", message, "error")
    if factors.switch_off(request.db, account.id):
        services.tell(
            request,
            account,
            _("Your second factor is switched off"),
            _("Your account at ${town} no longer asks for a code."),
        )
        return back(request, "account.factor", _("Your second factor is switched off."))
    return back(request, "account.factor")


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("login.code", "/login/code")
    config.add_route("account.factor", "/account/factor")
    both = ("GET", "POST")
    config.add_view(
        second_step,
        route_name="login.code",
        renderer=f"{TEMPLATES}/login_code.jinja2",
        request_method=both,
        uses_session=True,
    )
    add_page(
        config,
        factor,
        "account.factor",
        "factor",
        request_method=both,
        permission=Permission.OWN,
        fresh=True,
    )
