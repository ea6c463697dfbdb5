"""People and their roles in this municipality."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission, queries, services, tokens
from stadtkern.accounts.errors import AccountRefused
from stadtkern.accounts.factors import factor_of
from stadtkern.accounts.models import Account, Membership
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.content.models import Node
from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.mail import compose
from stadtkern.plugins.services import save_settings
from stadtkern.tenants import origin
from stadtkern.web.i18n import _

ROLE_HELP = {
    "administrator": _(
        "May do all that editors may, and settings, plugins, people and rights besides."
    ),
    "editor": _("Writes, publishes, moves and deletes all pages; answers reports on barriers."),
    "author": _("Writes drafts and changes own drafts; somebody else publishes them."),
    "reviewer": _("Reads what was submitted, and publishes it or returns it with a comment."),
}
"""What the core's roles may do, in words."""


def role_choices(request: Request) -> list[tuple[str, str]]:
    """Return the roles that can be given here: the core's and those of enabled plugins."""
    return [
        (role.name, role.title)
        for role in request.registry["roles"].values()
        if role.owner is None or request.plugin_enabled(role.owner)
    ]


def _person_schema(request: Request, *, new: bool) -> colander.Schema:
    schema = colander.Schema()
    if new:
        schema.add(f.mail(_("Mail address"), name="mail", autocomplete="off"))
        schema.add(f.line(_("Name"), maximum=120, name="name", autocomplete="off"))
    schema.add(f.several(_("Roles"), role_choices(request), name="roles"))
    return schema


def people(request: Request) -> dict[str, Any]:
    """All members with their roles."""
    titles = {name: role.title for name, role in request.registry["roles"].items()}
    roles = [(name, title, ROLE_HELP.get(name)) for name, title in role_choices(request)]
    return {"members": queries.members(request.db), "titles": titles, "roles": roles}


def invite(request: Request) -> Any:
    """Make somebody a member; a mail says how to set a password."""
    form = Form(request, _person_schema(request, new=True), {})
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
            account = services.ensure_account(request.db, values["mail"], values["name"])
            if request.db.get(Membership, (request.tenant.id, account.id)) is not None:
                raise AccountRefused(_("This person is a member here already."))  # noqa: TRY301
            services.set_roles(request.db, request.registry, account, values["roles"])
        except Failure:
            request.response.status_int = 422
        except AccountRefused as error:
            request.response.status_int = 422
            form.fail("mail", error.args[0])
        else:
            compose(
                request.db,
                request.registry["outbox"],
                recipient=account.mail,
                subject=request.translate(_("Your access to ${town}"), town=request.tenant.name),
                body=request.translate(
                    _(
                        "You can now work on the site of ${town}.\n\nSet your password here: "
                        "${address}\n"
                    ),
                    town=request.tenant.name,
                    address=request.route_url("reset", _app_url=origin(request)),
                ),
            )
            return back(request, "admin.person", _("Invited by mail."), id=account.id)
    return {"form": form}


def _person(request: Request) -> tuple[Account, Membership]:
    number = whole_number(request.matchdict["id"])
    member = None if number is None else request.db.get(Membership, (request.tenant.id, number))
    account = None if member is None else request.db.get(Account, number)
    if member is None or account is None:
        raise HTTPNotFound
    return account, member


def person(request: Request) -> Any:
    """One member: roles here, roles on parts of the tree."""
    account, member = _person(request)
    choices = {name for name, _title in role_choices(request)}
    form = Form(
        request,
        _person_schema(request, new=False),
        {"roles": set(member.roles) & choices},
    )
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
            # Roles of plugins that are switched off are kept, though not shown.
            hidden = {role for role in member.roles if role not in choices}
            known = hidden & set(request.registry["roles"])
            services.set_roles(request.db, request.registry, account, {*values["roles"], *known})
        except Failure:
            request.response.status_int = 422
        except AccountRefused as error:
            request.response.status_int = 422
            form.fail("roles", error.args[0])
        else:
            return back(request, "admin.person", _("Saved."), id=account.id)
    local = queries.local_roles(request.db, account.id)
    paths = {
        node.id: node.path
        for node in request.db.execute(
            select(Node.id, Node.path).where(Node.id.in_([row.node_id for row in local]))
        )
    }
    return {
        "account": account,
        "form": form,
        "has_factor": factor_of(request.db, account.id) is not None,
        "local": [(row, paths.get(row.node_id, "–")) for row in local],
        "roles": role_choices(request),
    }


def local_role(request: Request) -> Response:
    """Give or take a role on a part of the tree."""
    account, _member = _person(request)
    taken = whole_number(request.POST.get("remove"))
    try:
        if taken is not None:
            services.remove_local_role(request.db, account.id, taken)
            return back(request, "admin.person", _("Taken away."), id=account.id)
        node = request.content.by_path("/" + request.POST.get("path", "").strip("/"))
        role = request.POST.get("role", "")
        if node is None:
            raise AccountRefused(_("There is no page at this address."))  # noqa: TRY301
        if role not in {name for name, _title in role_choices(request)}:
            raise AccountRefused(_("Please choose a role."))  # noqa: TRY301
        services.add_local_role(request.db, account.id, node.id, role)
    except AccountRefused as error:
        return back(request, "admin.person", error.args[0], "error", id=account.id)
    return back(request, "admin.person", _("Given."), id=account.id)


def remove(request: Request) -> Response:
    """End a membership."""
    account, _member = _person(request)
    stopped = len(tokens.answered_for(request.db, account.id))
    try:
        services.remove_member(request.db, account.id)
    except AccountRefused as error:
        return back(request, "admin.person", error.args[0], "error", id=account.id)
    if stopped:
        message = _(
            "Removed. Open logins have ended. Tokens of services that this person answered for "
            "have stopped (${n}): take those over that are still needed.",
            mapping={"n": stopped},
        )
        return back(request, "admin.tokens", message)
    return back(request, "admin.people", _("Removed. Open logins have ended."))


def reset_factor(request: Request) -> Response:
    """Take a member's second factor away, e.g. because the phone is lost."""
    account, _member = _person(request)
    try:
        services.reset_factor(request, account)
    except AccountRefused as error:
        return back(request, "admin.person", error.args[0], "error", id=account.id)
    message = _("The second factor is gone. All logins of this person have ended.")
    return back(request, "admin.person", message, id=account.id)


def security(request: Request) -> Any:
    """Which roles need a second factor here."""
    choices = [*role_choices(request), ("operator", _("Operator of the installation"))]
    schema = colander.Schema()
    schema.add(
        f.several(
            _("Roles that need a second factor"),
            choices,
            name="factor_roles",
            description=_(
                "Whoever has one of these roles and no second factor is led to set one up at the "
                "next page they open, and can do nothing else before."
            ),
        )
    )
    schema.add(f.yes(_("People may make access tokens for themselves"), name="personal_tokens"))
    schema.add(
        f.number(
            _("Days that an access token is valid at most"),
            name="token_days",
            minimum=7,
            maximum=3_650,
            required=False,
        )
    )
    present = request.settings_of("security")
    stored = set(request.settings_of("security").get("factor_roles") or ())
    names = {name for name, _title in choices}
    form = Form(request, schema, {**present, "factor_roles": stored & names})
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
        else:
            # Roles of plugins that are switched off stay as they were.
            wanted = {**values, "factor_roles": set(values["factor_roles"]) | (stored - names)}
            save_settings(request.db, request.registry, request.tenant, "security", wanted)
            return back(request, "admin.people", _("Saved."))
    return {"form": form}


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("admin.people", "/admin/people")
    config.add_route("admin.person.add", "/admin/people/add")
    config.add_route("admin.person", "/admin/people/{id:[0-9]{1,10}}")
    config.add_route("admin.person.local", "/admin/people/{id:[0-9]{1,10}}/local")
    config.add_route("admin.people.security", "/admin/people/security")
    config.add_route("admin.person.factor", "/admin/people/{id:[0-9]{1,10}}/factor")
    config.add_route("admin.person.remove", "/admin/people/{id:[0-9]{1,10}}/remove")
    kw = {"permission": Permission.PEOPLE}
    add_page(config, people, "admin.people", "people", **kw)
    for view, route, template in (
        (invite, "admin.person.add", "invite"),
        (person, "admin.person", "person"),
        (security, "admin.people.security", "security"),
    ):
        add_page(config, view, route, template, **kw)
        add_page(config, view, route, template, request_method="POST", fresh=True, **kw)
    for deed, route in (
        (local_role, "admin.person.local"),
        (remove, "admin.person.remove"),
        (reset_factor, "admin.person.factor"),
    ):
        add_deed(config, deed, route, fresh=True, **kw)
    config.add_admin_item(
        "people",
        title=_("People and rights"),
        route="admin.people",
        section=ADMINISTRATION,
        permission=Permission.PEOPLE,
        order=220,
    )
