"""“Your notice explained”: by code for the taxpayer, as a preview for the clerk."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern_finance.i18n import language_of
from stadtkern_finance.issuing import letterheads, opening, queries
from stadtkern_finance.issuing.explaining import Explained, explained
from stadtkern_finance.issuing.models import StoredNotice
from stadtkern_finance.law.explanation import LANGUAGES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views import base
from stadtkern_finance.views.notices import found

PUBLIC, PREVIEW = "finance.open", "finance.notice.explained"
PER_MINUTE, PER_HOUR = "10/minute", "60/hour"
LONGEST = 80
NAMES = {"de": "Deutsch", "en": "English"}


def _explained(request: Request, row: StoredNotice, language: str) -> Explained:
    version = None
    if row.letterhead_id is not None:
        version = queries.letterhead(request.db, row.letterhead_id)
    if version is None:
        version = queries.letterhead_on(request.db, row.day)
    if version is None or not row.facts:
        raise HTTPNotFound
    town = letterheads.town(version.facts, version.valid_from, request.tenant)
    return explained(row, town, language)


def _chosen(request: Request, given: Any) -> str:
    language = given.get("language")
    return language if language in LANGUAGES else language_of(request)


def _asking(number: str = "", *, failed: bool = False) -> dict[str, Any]:
    return {"page": None, "row": None, "failed": failed, "number": number, "names": NAMES}


def ask(_request: Request) -> dict[str, Any]:
    """Ask for Kassenzeichen and code; no cookie is set."""
    return _asking()


def look(request: Request) -> Any:
    """Show the notice that both open, or hand out its file.

    No proof of origin is asked for: nobody's session is used, and whoever has the code may look.
    """
    request.limit("finance.open", PER_MINUTE, request.network)
    request.limit("finance.open.hour", PER_HOUR, request.network)
    number = str(request.POST.get("number", ""))[:LONGEST]
    code = str(request.POST.get("code", ""))[:LONGEST]
    row = opening.opened(request.db, number, code)
    request.response.headers["Cache-Control"] = "no-store"
    if row is None:
        request.response.status_int = 422
        return _asking(number, failed=True)
    kind = request.POST.get("do")
    if kind in {"pdf", "xml"}:
        response: Response = base.kept_file(
            request, row.xml_sha if kind == "xml" else row.pdf_sha, f"{row.stem}.{kind}"
        )
        response.headers["Cache-Control"] = "no-store"
        return response
    return {
        "page": _explained(request, row, _chosen(request, request.POST)),
        "row": row,
        "failed": False,
        "number": row.number,
        "code": code,
        "names": NAMES,
    }


def preview(request: Request) -> dict[str, Any]:
    """Show a clerk what the taxpayer sees."""
    row = found(request)
    page = _explained(request, row, _chosen(request, request.GET))
    return {"page": page, "row": row, "names": NAMES}


def includeme(config: Configurator) -> None:
    """Register both pages; the public one goes with the plugin."""
    config.add_route(PUBLIC, "/finance/notice")
    config.add_route(PREVIEW, f"/admin/finance/notices/{base.NUMBER}/explained")
    template = f"{base.TEMPLATES}/open.jinja2"
    config.add_view(
        ask, route_name=PUBLIC, request_method="GET", renderer=template, page_cache=True
    )
    config.add_view(look, route_name=PUBLIC, request_method="POST", renderer=template, machine=True)
    pages = ((preview, PREVIEW, "GET", "explained", FinancePermission.READ),)
    base.add_pages(config, *pages)
    config.add_sitemap_source("finance.open", lambda request: [request.route_path(PUBLIC)])
