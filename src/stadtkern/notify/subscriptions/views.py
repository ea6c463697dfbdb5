"""Pages for subscribing, confirming, managing and ending. No account; codes come by mail."""

import hmac
from datetime import timedelta
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request

from stadtkern.content.queries import by_ids
from stadtkern.db import utcnow, whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.notify.subscriptions import queries, services, targets
from stadtkern.notify.subscriptions.models import FREQUENCIES, Subscriber
from stadtkern.notify.subscriptions.showing import offered
from stadtkern.web.i18n import _

TEMPLATES = "stadtkern.notify:templates"
PROVED = "subscriber"
"""What the session calls who has proved to read an address's mails: town, number, proof, end."""
KEPT = 4
"""So many values."""
LASTING = timedelta(minutes=30)
ASKING, CODES, MAILS = "20/hour", "30/hour", "5/hour"
"""Requests of one network; codes tried by one network; mails to one address."""


class CodeSchema(colander.MappingSchema):
    """The code."""

    code = f.line(
        _("Code from the mail"),
        maximum=20,
        autocomplete="one-time-code",
        attributes={"data-from-address": ""},
    )


class MailSchema(colander.MappingSchema):
    """Where to send a code."""

    mail = f.mail(_("Mail address"))


def _limit_mail(request: Request, mail: str) -> None:
    # Before anything is looked up: known and unknown addresses are slowed down alike.
    request.limit("subscriptions mail", MAILS, str(request.tenant.id), mail)


def _check_offered(request: Request) -> None:
    if not offered(request):
        raise HTTPNotFound


def _quiet(request: Request) -> None:
    """Keep a page from search engines, and its address from everybody."""
    request.response.headers["X-Robots-Tag"] = "noindex"
    request.response.headers["Referrer-Policy"] = "no-referrer"


def subscribe(request: Request) -> Any:
    """Ask what, how often and to which address; then mail a code there."""
    _check_offered(request)
    _quiet(request)
    wanted = targets.named(request, str(request.params.get("about", "")))
    choices = {one.name: one for one in targets.common(request)}
    if wanted is not None:
        choices = {wanted.name: wanted} | choices
    schema = colander.Schema()
    schema.add(
        f.choice(_("What"), [(name, one.title) for name, one in choices.items()], name="about")
    )
    schema.add(f.choice(_("How often"), targets.OFTEN, name="frequency"))
    schema.add(f.mail(_("Mail address"), name="mail"))
    form = Form(
        request,
        schema,
        {"about": next(iter(choices), ""), "frequency": "daily"}
        if request.method == "GET"
        else None,
    )
    if request.method == "POST":
        request.limit("subscriptions ask", ASKING, request.network)
        if request.POST.get("website"):
            # A field that people do not see: who fills it is a machine.
            return HTTPFound(location=request.site.link("subscribe.code"))
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
        else:
            _limit_mail(request, values["mail"])
            services.ask(request, values["mail"], choices[values["about"]], values["frequency"])
            request.session.flash("asked", "subscriptions")
            return HTTPFound(location=request.site.link("subscribe.code"))
    return {"form": form}


def code(request: Request) -> Any:
    """Take the code of a mail: it confirms a subscription, or lets manage all of an address."""
    _check_offered(request)
    _quiet(request)
    form = Form(request, CodeSchema())
    asked = request.session.pop_flash("subscriptions") if request.method == "GET" else []
    page = {"form": form, "asked": "asked" in asked, "failed": False}
    if request.method == "GET":
        return page
    request.limit("subscriptions code", CODES, request.network)
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return page
    redeemed = services.redeem(request, values["code"])
    if redeemed is None:
        request.response.status_int = 422
        return page | {"failed": True}
    person, fresh = redeemed
    # A new session: whoever sat here before learns nothing of this address.
    request.session.invalidate()
    until = (utcnow() + LASTING).timestamp()
    request.session[PROVED] = [request.tenant.id, person.id, services.proof_of(person), until]
    if fresh is not None:
        request.session.flash("confirmed", "subscriptions")
    return HTTPFound(location=request.site.link("subscribe.manage"))


def _proved(request: Request) -> Subscriber | None:
    """Return whose subscriptions this session may manage.

    The cookie is signed for the whole installation, and numbers of deleted rows are given out
    again: town and proof must fit, too.
    """
    kept = request.session.get(PROVED)
    if not isinstance(kept, list) or len(kept) != KEPT:
        return None
    tenant_id, number, proof, until = kept
    if tenant_id != request.tenant.id or until < utcnow().timestamp():
        return None
    person = queries.one_subscriber(request.db, number)
    if person is None or not hmac.compare_digest(services.proof_of(person), proof):
        return None
    return person


def manage(request: Request) -> Any:
    """Show somebody's subscriptions; without a proof ask for the address and mail a code."""
    _quiet(request)
    if request.method == "POST":
        return _send_code(request)
    said = request.session.pop_flash("subscriptions")
    person = _proved(request)
    if person is None:
        return {"form": Form(request, MailSchema()), "rows": None, "said": said, "mail": ""}
    rows = queries.confirmed(request.db, person.id)
    nodes = by_ids(request.db, {row.node_id for row in rows if row.node_id is not None})
    types = targets.telling(request.registry, request.plugins.enabled)
    return {
        "form": None,
        "rows": [(row, targets.title_of(row, types, nodes)) for row in rows],
        "often": targets.OFTEN,
        "said": said,
        "mail": services.address(request.db, request.registry, person),
    }


def _send_code(request: Request) -> Any:
    request.limit("subscriptions ask", ASKING, request.network)
    form = Form(request, MailSchema())
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return {"form": form, "rows": None, "said": [], "mail": ""}
    _limit_mail(request, values["mail"])
    services.mail_code(request, values["mail"])
    request.session.flash("asked", "subscriptions")
    return HTTPFound(location=request.site.link("subscribe.code"))


def change(request: Request) -> Any:
    """Change or end one subscription of whoever has proved to be its subscriber, or all."""
    person = _proved(request)
    back = HTTPFound(location=request.site.link("subscribe.manage"))
    if person is None:
        return back
    if request.POST.get("do") == "end-all":
        services.end_all(request.db, person)
        request.session.pop(PROVED, None)
        request.session.flash("ended", "subscriptions")
        return back
    row = queries.one(request.db, whole_number(request.POST.get("id")) or 0, person.id)
    frequency = request.POST.get("frequency")
    if row is None:
        raise HTTPNotFound
    if request.POST.get("do") == "end":
        services.end(request.db, row)
        if not queries.confirmed(request.db, person.id):
            request.session.pop(PROVED, None)
        request.session.flash("ended", "subscriptions")
    elif frequency in FREQUENCIES:
        services.change(request.db, row, frequency)
        request.session.flash("changed", "subscriptions")
    return back


def ending(request: Request) -> dict[str, Any]:
    """Show what one press ends. A look at it ends nothing: programs look at links, too."""
    request.keyed = True
    _quiet(request)
    return {"done": not services.key_ends(request.db, request.matchdict["key"])}


def ended(request: Request) -> dict[str, Any]:
    """End it (RFC 8058). The same answer for a key that ends nothing any more."""
    request.keyed = True
    _quiet(request)
    services.end_by_key(request.db, request.matchdict["key"])
    return {"done": True}


def includeme(config: Configurator) -> None:
    """Register the pages; none is cached."""
    config.add_route("subscribe", "/abonnieren")
    config.add_route("subscribe.code", "/abonnieren/code")
    config.add_route("subscribe.manage", "/abonnieren/verwalten")
    config.add_route("subscribe.change", "/abonnieren/aendern")
    config.add_route("subscribe.end", "/abonnieren/abmelden/{key:[0-9a-f]{40}}")
    for view, route, template in (
        (subscribe, "subscribe", "subscribe"),
        (code, "subscribe.code", "subscription_code"),
        (manage, "subscribe.manage", "subscriptions"),
    ):
        config.add_view(
            view,
            route_name=route,
            renderer=f"{TEMPLATES}/{template}.jinja2",
            request_method=("GET", "POST"),
            uses_session=True,
        )
    config.add_view(change, route_name="subscribe.change", request_method="POST", uses_session=True)
    kw = {"route_name": "subscribe.end", "renderer": f"{TEMPLATES}/subscription_end.jinja2"}
    config.add_view(ending, request_method="GET", **kw)
    # No cookie and no proof of origin: mail programs post here, and the key is the proof.
    config.add_view(ended, request_method="POST", machine=True, **kw)
