"""Codes in the back office: make them, print their sheets, withdraw them."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPFound, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.site import page_number
from stadtkern.tenants import origin
from stadtkern.web.languages import spoken
from stadtkern_cityguide import codes
from stadtkern_cityguide.codes import printing, queries
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission

ROUTE = "cityguide.sheets"


def show(request: Request) -> dict[str, Any]:
    """List places and tours with their stops and codes."""
    search = str(request.GET.get("q", ""))[:100].strip()
    page = page_number(request)
    rows = queries.items(request.db, request.tenant.default_locale, search, page)
    total = rows[0].total if rows else 0

    def part(number: int) -> str:
        query = {"q": search} if search else {}
        return str(request.route_path(ROUTE, _query={**query, "page": number}))

    return {
        "items": codes.items_of(request.content, rows),
        "search": search,
        "page": page,
        "pages": max(1, -(-total // queries.PAGE_SIZE)),
        "part": part,
        "sizes": printing.SIZES,
        "languages": [(code, spoken(code).name) for code in request.tenant.locales],
        "door": f"{origin(request)}/guide/c".partition("://")[2],
    }


def act(request: Request) -> Response:
    """Make codes for what was chosen, and lead to their sheets; or withdraw one."""
    gone = request.POST.get("withdraw")
    if gone:
        sure = request.POST.get("sure") == "1"
        return _withdraw(request, str(gone)) if sure else _asked(request, str(gone))
    chosen = _chosen(request)
    back = request.route_path(
        ROUTE, _query={name: request.POST[name] for name in ("q", "page") if request.POST.get(name)}
    )
    if not chosen:
        request.session.flash(
            ["error", request.translate(_("Nothing is chosen. Tick what shall have a sheet."))],
            "notice",
        )
        return HTTPFound(location=back)
    made = codes.make(request.content, chosen)
    size = request.POST.get("print")
    if size in printing.SIZES:
        query = [("size", size), ("language", str(request.POST.get("language", "")))]
        query += [("code", one.code) for one in made.codes]
        return HTTPFound(location=request.route_path("cityguide.sheets.pdf", _query=query))
    request.session.flash(
        ["success", request.translate(_("New codes: ${n}.", mapping={"n": made.new}))], "notice"
    )
    return HTTPFound(location=back)


def _asked(request: Request, text: str) -> Response:
    """Ask before a code ends: nobody can bring it back."""
    code = codes.normalised(text)
    row = next(iter(queries.named(request.db, {code})), None) if code is not None else None
    if row is None:
        raise HTTPNotFound
    asking = {"code": code, "title": row.title, "stop": row.Code.stop.get("title") or ""}
    return render_to_response(
        "stadtkern_cityguide:templates/withdraw.jinja2", asking, request=request
    )


def _withdraw(request: Request, text: str) -> Response:
    code = codes.normalised(text)
    if code is None or not codes.withdraw(request.db, code):
        raise HTTPNotFound
    request.session.flash(
        [
            "success",
            request.translate(
                _(
                    "The code ${code} leads nowhere any more. Please take its signs down.",
                    mapping={"code": code},
                )
            ),
        ],
        "notice",
    )
    return HTTPFound(location=request.route_path(ROUTE))


def _chosen(request: Request) -> list[codes.Item]:
    """Return the items that the form names; those of other towns are not here."""
    wanted = set(request.POST.getall("item"))
    if len(wanted) > printing.MOST:
        raise HTTPBadRequest
    ids = {int(key.partition(".")[0]) for key in wanted if _number(key)}
    rows = queries.by_ids(request.db, ids)
    return [
        item
        for group in codes.items_of(request.content, rows)
        for item in group
        if item.key in wanted
    ]


def _number(key: str) -> bool:
    head = key.partition(".")[0]
    return head.isascii() and head.isdigit() and len(head) <= 9  # noqa: PLR2004 - PostgreSQL's


def pdf(request: Request) -> Response:
    """Return the sheets of the codes in the address as PDF."""
    size = request.GET.get("size", "a4")
    language = request.GET.get("language") or request.tenant.default_locale
    if language not in request.tenant.locales:
        language = request.tenant.default_locale
    asked = request.GET.getall("code")[: printing.MOST]
    wanted = [code for code in map(codes.normalised, asked) if code is not None]
    found = printing.sheets(request.content, request.registry, wanted, origin(request), language)
    if size not in printing.SIZES or not found:
        raise HTTPNotFound
    data = printing.printed(request.registry, request.tenant, found, size=size, language=language)
    response = Response(data, content_type="application/pdf", charset=None)
    response.headers["Content-Disposition"] = f'inline; filename="codes-{size}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def includeme(config: Configurator) -> None:
    """Register the page and the print."""
    config.add_route(ROUTE, "/admin/cityguide/codes")
    config.add_route("cityguide.sheets.pdf", "/admin/cityguide/codes.pdf")
    common = {"permission": CityGuidePermission.CODES, "uses_session": True}
    config.add_view(
        show,
        route_name=ROUTE,
        request_method="GET",
        renderer="stadtkern_cityguide:templates/codes.jinja2",
        **common,
    )
    config.add_view(act, route_name=ROUTE, request_method="POST", **common)
    config.add_view(
        pdf,
        route_name="cityguide.sheets.pdf",
        request_method="GET",
        permission=CityGuidePermission.CODES,
    )
