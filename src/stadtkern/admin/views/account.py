"""My account: language, password, my logins."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.security import forget

from stadtkern.accounts import Permission, services
from stadtkern.accounts.models import Account
from stadtkern.accounts.passwords import PasswordRefused, verify_password
from stadtkern.admin.views.base import add_page, back
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import INTERFACE_LOCALES, _

NATIVE = {"de": "Deutsch", "en": "English"}


class AccountSchema(colander.MappingSchema):
    """Name and language."""

    name = f.line(_("Name"), maximum=120, autocomplete="name")
    locale = f.choice(
        _("Language of the back office"),
        [(code, NATIVE[code]) for code in INTERFACE_LOCALES],
        required=False,
        description=_("Without a choice your browser's language counts."),
    )


class PasswordSchema(colander.MappingSchema):
    """The old and the new password."""

    old = f.secret(_("Current password"))
    new = f.secret(
        _("New password"),
        new=True,
        description=_("At least 12 characters. Several words are good."),
    )


def account(request: Request) -> Any:
    """Show and save what a person sets for themselves."""
    row = request.db.get(Account, request.identity.account_id)
    form = Form(
        request, AccountSchema(), {"name": row.name, "locale": row.locale or ""}, prefix="me"
    )
    password = Form(request, PasswordSchema(), {}, prefix="password", counter=form.deform.counter)
    if request.method == "GET":
        return {"form": form, "password": password}
    controls = read_controls(request)
    try:
        if "password" in controls:
            request.limit("password", "10/hour", str(row.id))
            values = password.validate(controls)
            if not verify_password(row.password_hash, values["old"]):
                password.fail("old", _("This is not your current password."))
                request.response.status_int = 422
                return {"form": form, "password": password}
            services.change_password(
                request.db,
                row,
                values["new"],
                tenant=request.tenant,
                breached_file=request.registry.settings.get("accounts.breached_passwords"),
            )
            request.session.flash(
                ["success", request.translate(_("Your password is changed. Please log in again."))],
                "notice",
            )
            return HTTPFound(location=request.route_path("login"), headers=forget(request))
        values = form.validate(controls)
    except PasswordRefused as error:
        password.fail("new", error.args[0])
    except Failure:
        pass
    else:
        row.name, row.locale = values["name"], values["locale"] or None
        return back(request, "account", _("Saved."))
    request.response.status_int = 422
    return {"form": form, "password": password}


def includeme(config: Configurator) -> None:
    """Register the page."""
    add_page(
        config,
        account,
        "account",
        "account",
        request_method=("GET", "POST"),
        permission=Permission.OFFICE,
    )
