"""What the pages of the treasury share."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import models
from stadtkern_finance.records.reading import BadInput

TEMPLATES = "stadtkern_finance:templates"
STATES = {
    models.RENDERED: _("made"),
    models.DELIVERED: _("delivered"),
    "answered_in_part": _("answered in part"),
    models.ACKNOWLEDGED: _("acknowledged"),
    models.PARTIALLY_REJECTED: _("partially rejected"),
}
LOOKS = {
    models.DELIVERED: "neutral",
    "answered_in_part": "neutral",
    models.ACKNOWLEDGED: "good",
    models.PARTIALLY_REJECTED: "warn",
}
PROBLEMS = {
    "no-folder": _("Your operator has named no folder for booking files (finance.export_folder)."),
    "folder": _("The folder cannot be written to. Please tell your operator."),
    "exists": _("There is another file of this name already. Nothing was written over."),
    "host-key": _(
        "The server shows another key than the one in the delivery's settings. Nothing was sent. "
        "Compare the key with the server's operator before you change it."
    ),
    "login": _("The server refuses user name, password or key."),
    "key": _("The private key cannot be read, or has a passphrase."),
    "half": _("The file did not arrive whole; the part was removed."),
    "too-slow": _("The server did not answer in time."),
    "connect": _("Nothing answers at this address."),
    "connection": _("The connection broke off."),
    "dns": _("There is no server of this name."),
    "tls": _("The server's certificate is not valid."),
    "status": _("The server answered with an error."),
    "port": _("This port is not open for calls from here. Your operator opens it (egress.ports)."),
    "inner": _("The server lies in an inner network. Your operator allows it (egress.networks)."),
    "proxy": _("All calls go through a proxy here, which carries web addresses only."),
    "broken": _("The batch no longer is what it was. Please tell your operator its number."),
}
OTHER_PROBLEM = _("The address must not be called from here.")


def euros(cents: int) -> str:
    """Return cents as people read amounts; the template puts the sign for the currency."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole:,}".replace(",", ".") + f",{part:02d}"


def say(request: Request, message: Any, kind: str = "success") -> None:
    """Keep a sentence for the next page."""
    request.session.flash([kind, request.translate(message)], "notice")


def problems_of(request: Request, error: BadInput) -> list[str]:
    """Return what is wrong in the language of the page."""
    return error.sentences("de" if request.locale_name.startswith("de") else "en")


def add_pages(config: Configurator, *pages: tuple[Any, str, str, str | None, str]) -> None:
    """Register ``(view, route, method, template or None, permission)``, each with a session."""
    for view, route, method, template, permission in pages:
        renderer = {} if template is None else {"renderer": f"{TEMPLATES}/{template}.jinja2"}
        config.add_view(
            view,
            route_name=route,
            request_method=method,
            permission=permission,
            uses_session=True,
            **renderer,
        )
