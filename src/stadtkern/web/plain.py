"""Error pages that need neither tenant nor database."""

from html import escape

from pyramid.request import Request
from pyramid.response import Response

from stadtkern.web.i18n import _, localise
from stadtkern.web.languages import spoken
from stadtkern.web.machine import speaks_json
from stadtkern.web.problems import Problem, problem_response

PAGES = {
    400: (_("This request cannot be read"), _("The address or the host name is malformed.")),
    404: (_("This page does not exist"), _("Please check the address.")),
    413: (
        _("This is too much at once"),
        _("The form or file is larger than accepted. Nothing was stored. Please send less."),
    ),
    500: (
        _("Something went wrong here"),
        _("The mistake is ours and has been noted. Please try again in a few minutes."),
    ),
    503: (
        _("Not available at the moment"),
        _("The system is busy. Please try again in a moment; nothing of yours was stored."),
    ),
}
UNKNOWN_HOST = (
    _("No municipality answers at this address"),
    _("The host name is not known to this installation. Please check the address."),
)
SUSPENDED = (
    _("This site is out of service for now"),
    _("The municipality's pages are switched off at the moment. Please try again later."),
)


def _language(request: Request) -> str:
    try:
        return spoken(str(request.locale_name)).written
    except Exception:  # noqa: BLE001 - what failed the request may fail the choice of language
        request.locale_name = "de"
        return "de"


def plain_page(
    status: int, request: Request, *, unknown_host: bool = False, suspended: bool = False
) -> Response:
    """Return a small page for errors outside the site's layout, with the request's number."""
    title, text = PAGES[status]
    if unknown_host:
        title, text = UNKNOWN_HOST
    if suspended:
        title, text = SUSPENDED
    language = _language(request)
    if speaks_json(request):
        return problem_response(request, Problem(status, "", title, text))
    words = [escape(localise(request, part)) for part in (title, text)]
    number = escape(
        localise(request, _("Request number: ${id}"), {"id": getattr(request, "id", "–")})
    )
    css = escape(request.asset("stadtkern.web:site.css"))
    return Response(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{words[0]}</title><link rel="stylesheet" href="{css}">'
        f'<main class="wrap error-page"><h1>{words[0]}</h1><p>{words[1]}</p>'
        f'<p class="muted">{number}</p></main></html>',
        status=status,
        content_type="text/html",
        charset="utf-8",
    )
