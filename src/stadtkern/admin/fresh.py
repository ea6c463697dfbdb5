"""The view option ``fresh``: asks for the password again if the last proof is too long ago.

``config.add_view(…, fresh=True)``, or a ``timedelta`` instead of ten minutes. A page is opened
after the proof; what a form holds is carried through the question and sent on, so that nothing
typed is lost (chosen files are: no page may send a file again by itself).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import services
from stadtkern.db import utcnow
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

LIMIT = timedelta(minutes=10)
PASSWORD, CODE = "fresh_password", "fresh_code"
TEMPLATE = "stadtkern.admin:templates/prove.jinja2"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def proof_form(request: Request) -> Form:
    """Return the question: the password, and a code where there is a second factor."""
    schema = colander.Schema()
    schema.add(f.secret(_("Password"), name=PASSWORD))
    if request.identity.has_factor:
        schema.add(
            f.line(
                _("Code of your app, or a recovery code"),
                name=CODE,
                maximum=40,
                autocomplete="one-time-code",
            )
        )
    return Form(request, schema, {})


def answered(request: Request, form: Form) -> bool:
    """Tell whether the request proves who sends it; the form shows what is wrong."""
    request.limit("prove", "10/minute", str(request.identity.account_id))
    try:
        values = form.validate(read_controls(request))
    except Failure:
        return False
    if services.prove_again(request, values[PASSWORD], values.get(CODE, "")):
        return True
    form.fail(PASSWORD, _("This does not fit, or there were too many attempts."))
    return False


def fresh_deriver(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Let a view with ``fresh`` answer only shortly after a proof."""
    wanted = info.options.get("fresh")
    if not wanted:
        return view
    limit = LIMIT if wanted is True else wanted

    def checked(context: object, request: Request) -> Response:
        identity = request.identity
        if identity is None or utcnow() - identity.proved_at <= limit:
            return view(context, request)
        if request.method in SAFE:
            where = request.route_path("account.prove", _query={"next": request.path_qs})
            return HTTPFound(location=where)
        form = proof_form(request)
        if PASSWORD in request.POST and answered(request, form):
            for name in (PASSWORD, CODE):
                request.POST.pop(name, None)
            return view(context, request)
        return _ask(request, form)

    return checked


fresh_deriver.options = ("fresh",)  # type: ignore[attr-defined]


def _ask(request: Request, form: Form) -> Response:
    kept = [
        (name, value)
        for name, value in request.POST.items()
        if name not in {PASSWORD, CODE, "csrf_token"} and isinstance(value, str)
    ]
    values = {"form": form, "action": request.path_qs, "kept": kept}
    response = render_to_response(TEMPLATE, values, request=request)
    response.status_int = 403
    response.headers["Cache-Control"] = "no-store"
    return response


def directives(config: Configurator) -> None:
    """Offer the view option."""
    # Below the proof of origin: nobody else's page may try passwords.
    config.add_view_deriver(fresh_deriver, "fresh", under="csrf_view", over="owrapped_view")
