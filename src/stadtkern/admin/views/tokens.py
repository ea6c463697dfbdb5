"""Access tokens of programs: one's own, and those of services."""

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission, tokens
from stadtkern.accounts.models import Account
from stadtkern.accounts.schemas import LONGEST_DAYS
from stadtkern.accounts.services import tell
from stadtkern.accounts.tokens import TokenRefused
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.admin.views.people import role_choices
from stadtkern.admin.views.revisions import names
from stadtkern.content import queries
from stadtkern.db import MAX_ID, utcnow
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

DAYS = (7, 30, 90, 180, 365)


def _named(request: Request, scope: Any) -> str:
    """Return what a scope allows, with the name by which documents and errors call it."""
    return f"{request.translate(scope.title)} ({scope.name})"


def _schema(request: Request, *, service: bool) -> colander.Schema:
    longest = request.settings_of("security").get("token_days") or LONGEST_DAYS
    days = [number for number in DAYS if number < longest] + [longest]
    schema = colander.Schema()
    schema.add(
        f.line(
            _("Name"),
            name="name",
            maximum=120,
            autocomplete="off",
            description=_("Which program uses it, so that you know it again."),
        )
    )
    schema.add(
        f.several(
            _("What it may do"),
            [(scope.name, _named(request, scope)) for scope in tokens.scopes_here(request)],
            name="scopes",
        )
    )
    schema.add(
        f.choice(
            _("Valid for"),
            [(str(number), _("${n} days", mapping={"n": number})) for number in days],
            name="days",
            default=str(min(tokens.DEFAULT_DAYS, longest)),
        )
    )
    if service:
        # A second person reviews, not a program: that role gives a service nothing.
        schema.add(f.several(_("Roles"), role_choices(request), name="roles"))
        schema.add(
            f.line(
                _("Only below the page"),
                name="path",
                maximum=900,
                required=False,
                description=_("For example /aktuelles. Left empty, the roles count everywhere."),
            )
        )
    return schema


def _rows(request: Request, found: list[Any]) -> list[dict[str, Any]]:
    now = utcnow()
    titles = {scope.name: scope.title for scope in tokens.scopes_here(request)}
    people = {token.account_id for token in found} | {token.created_by for token in found}
    known = names(request, people)
    there = tokens.answering(request.db, found)
    places = queries.by_ids(request.db, (t.node_id for t in found if t.node_id), drafts=True)
    return [
        {
            "token": token,
            "owner": known.get(token.account_id),
            "maker": known.get(token.created_by),
            "place": getattr(places.get(token.node_id), "path", None),
            "scopes": [titles.get(name, name) for name in token.scopes],
            "state": "revoked"
            if token.revoked_at is not None
            else "expired"
            if token.expires_at <= now
            else "stopped"
            if token.account_id is None and token.created_by not in there
            else "works",
        }
        for token in found
    ]


def _may_have_own(request: Request) -> bool:
    return request.settings_of("security").get("personal_tokens") is not False


def own(request: Request) -> dict[str, Any]:
    """List one's own tokens."""
    found = tokens.listed(request.db, request.identity.account_id)
    return {"rows": _rows(request, found), "service": False, "allowed": _may_have_own(request)}


def everybody(request: Request) -> dict[str, Any]:
    """List all tokens of the municipality."""
    return {"rows": _rows(request, tokens.listed(request.db)), "service": True, "allowed": True}


def _make(request: Request, *, service: bool) -> dict[str, Any]:
    """Show the form; on POST make a token and show its secret this once."""
    form = Form(request, _schema(request, service=service), {})
    page = {"form": form, "service": service, "secret": None, "token": None, "problem": None}
    if request.method == "GET":
        return page
    request.limit("token", "30/hour", str(request.identity.account_id))
    try:
        values = form.validate(read_controls(request))
        place = _place(request, values) if service else None
        token, secret = tokens.make_token(
            request.db,
            name=values["name"],
            scopes=values["scopes"],
            days=int(values["days"]),
            made_by=request.identity.account_id,
            account_id=None if service else request.identity.account_id,
            roles=values.get("roles", ()),
            node_id=place,
        )
    except Failure:
        request.response.status_int = 422
        return page
    except TokenRefused as error:
        request.response.status_int = 422
        if error.field in form.deform:
            form.fail(str(error.field), error.args[0])
        else:
            page["problem"] = error.args[0]
        return page
    if not service:
        tell(
            request,
            request.db.get(Account, request.identity.account_id),
            _("A new access token for your account"),
            _("Somebody, probably you, has made an access token for programs at ${town}."),
        )
    # Not by way of a redirect: the session's cookie would have to carry the secret.
    return page | {"secret": secret, "token": token}


def _place(request: Request, values: Mapping[str, Any]) -> int | None:
    if not values["path"]:
        return None
    node = request.content.by_path("/" + values["path"].strip("/"))
    if node is None:
        raise TokenRefused(_("There is no page at this address."), "path")
    return int(node.id)


def new_own(request: Request) -> dict[str, Any]:
    """Make a token that acts for oneself."""
    if not _may_have_own(request):
        raise HTTPForbidden
    return _make(request, service=False)


def new_service(request: Request) -> dict[str, Any]:
    """Make a token with roles of its own."""
    return _make(request, service=True)


def revoke_own(request: Request) -> Response:
    """End one of one's own tokens."""
    me = request.identity.account_id
    done = tokens.revoke(request.db, _number(request), account_id=me)
    return _revoked(request, "account.tokens", done=done)


def revoke_any(request: Request) -> Response:
    """End any token of the municipality."""
    return _revoked(request, "admin.tokens", done=tokens.revoke(request.db, _number(request)))


def take_over(request: Request) -> Response:
    """Answer for a service's token whose maker has left: it works again."""
    me = request.identity.account_id
    if tokens.take_over(request.db, _number(request), me):
        message = _("Taken over. The token works again, and you answer for it.")
        return back(request, "admin.tokens", message)
    return back(request, "admin.tokens", _("This token has ended already."), "error")


def _number(request: Request) -> int:
    return min(int(request.matchdict["id"]), MAX_ID)


def _revoked(request: Request, route: str, *, done: bool) -> Response:
    if done:
        return back(request, route, _("Revoked. It opens nothing any more."))
    return back(request, route, _("This token has ended already."), "error")


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("account.tokens", "/account/tokens")
    config.add_route("account.tokens.new", "/account/tokens/new")
    config.add_route("account.tokens.revoke", "/account/tokens/{id:[0-9]{1,10}}/revoke")
    config.add_route("admin.tokens", "/admin/tokens")
    config.add_route("admin.tokens.new", "/admin/tokens/new")
    config.add_route("admin.tokens.revoke", "/admin/tokens/{id:[0-9]{1,10}}/revoke")
    config.add_route("admin.tokens.adopt", "/admin/tokens/{id:[0-9]{1,10}}/take-over")
    # It gives access, as making one does.
    add_deed(config, take_over, "admin.tokens.adopt", permission=Permission.PEOPLE, fresh=True)
    for name, permission, views in (
        ("account.tokens", Permission.OFFICE, (own, new_own, revoke_own)),
        ("admin.tokens", Permission.PEOPLE, (everybody, new_service, revoke_any)),
    ):
        page, new, revoke = views
        add_page(config, page, name, "tokens", permission=permission)
        add_page(config, new, f"{name}.new", "token", permission=permission, fresh=True)
        add_page(
            config,
            new,
            f"{name}.new",
            "token",
            permission=permission,
            fresh=True,
            request_method="POST",
        )
        # Not asked again who it is: a stolen token is to be ended at once.
        add_deed(config, revoke, f"{name}.revoke", permission=permission)
    config.add_admin_item(
        "tokens",
        title=_("Access for programs"),
        route="admin.tokens",
        section=OPERATION,
        permission=Permission.PEOPLE,
        order=222,
    )
