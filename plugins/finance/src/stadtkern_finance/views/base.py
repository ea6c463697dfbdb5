"""What the pages of the finance interface share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from babel.numbers import format_currency
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileIter, Response

from stadtkern.audit import record
from stadtkern.db import MAX_ID
from stadtkern.web.sheets import Cell, handed_out, workbook
from stadtkern_finance.i18n import language_of
from stadtkern_finance.intake.keys import TAXES, party_name
from stadtkern_finance.issuing import keeping
from stadtkern_finance.law.rounding import EURO
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput

TEMPLATES = "stadtkern_finance:templates"
PAGE_SIZE = 50
DIGITS = "[0-9]{1,10}"
"""An id in an address; ``number_of`` says 404 for those beyond ``MAX_ID``."""
NUMBER = f"{{id:{DIGITS}}}"
TYPES = {"pdf": "application/pdf", "xml": "text/xml", "zip": "application/zip"}


def add_page(config: Configurator, view: Any, route: str, template: str, **kw: Any) -> None:
    """Register a page of the treasury: to read, with session, GET unless said otherwise."""
    kw.setdefault("request_method", "GET")
    kw.setdefault("permission", FinancePermission.READ)
    renderer = f"{TEMPLATES}/{template}.jinja2"
    config.add_view(view, route_name=route, renderer=renderer, uses_session=True, **kw)


def add_deed(config: Configurator, view: Any, route: str, **kw: Any) -> None:
    """Register what has no page of its own: what leads back to one, or hands out a file."""
    kw.setdefault("request_method", "POST")
    kw.setdefault("permission", FinancePermission.EDIT)
    config.add_view(view, route_name=route, uses_session=True, **kw)


def add_pages(config: Configurator, *pages: tuple[Any, str, str, str | None, Any]) -> None:
    """Register views: view, route, method, template (None: a file or a way back), permission."""
    for view, route, method, template, permission in pages:
        if template is None:
            add_deed(config, view, route, permission=permission, request_method=method)
        else:
            add_page(config, view, route, template, permission=permission, request_method=method)


def number_of(request: Request, name: str = "id") -> int:
    """Return the number in the address; 404 for one that no row can have."""
    number = int(request.matchdict[name])
    if number > MAX_ID:
        raise HTTPNotFound
    return number


def say(request: Request, message: Any, kind: str = "success") -> None:
    """Keep a sentence for the next page."""
    request.session.flash([kind, request.translate(message)], "notice")


def back(
    request: Request, route: str, message: Any = "", kind: str = "success", **kw: Any
) -> Response:
    """Lead to a page, with a message for it."""
    if message:
        say(request, message, kind)
    return HTTPFound(location=request.route_path(route, **kw))


def said(request: Request, error: BadInput) -> list[str]:
    """Return what does not fit in the language of the page."""
    return error.sentences(language_of(request))


def euros(request: Request) -> Callable[[int | None], str]:
    """Return what writes whole cents as euros for this reader; nothing for None."""
    locale = language_of(request)

    def shown(cents: int | None) -> str:
        if cents is None:
            return ""
        return str(format_currency(Decimal(cents).scaleb(-2), "EUR", locale=locale))

    return shown


def whole_euros(request: Request) -> Callable[[int], str]:
    """Return what writes cents as full euros, for figures that a phone shows in one line."""
    locale = language_of(request)

    def shown(cents: int) -> str:
        amount = Decimal(cents).scaleb(-2).quantize(EURO, ROUND_HALF_UP)
        pattern = "#,##0\xa0¤" if locale == "de" else "¤#,##0"
        return str(format_currency(amount, "EUR", pattern, locale=locale, currency_digits=False))

    return shown


def in_euros(cents: int | None) -> Decimal | None:
    """Return whole cents as euros for a table."""
    return None if cents is None else Decimal(cents).scaleb(-2)


def names_of(owners: Iterable[Mapping[str, Any]]) -> str:
    """Return the names of owners in one line."""
    return ", ".join(name for name in map(party_name, owners) if name)


def owners_of(row: TaxAccount) -> str:
    """Return the names of an account's owners in one line."""
    return names_of(row.owners)


def street_of(place: Mapping[str, Any] | None) -> str:
    """Return where a plot lies in one line, its postcode and town behind."""
    place = place or {}
    street = " ".join(str(place[one]) for one in ("street", "house_number") if place.get(one))
    town = " ".join(str(place[one]) for one in ("postcode", "town") if place.get(one))
    return ", ".join(one for one in (street, town) if one)


def shared(request: Request, **values: Any) -> dict[str, Any]:
    """Return a page's values with what all templates of the treasury use."""
    return {
        "taxes": TAXES,
        "euros": euros(request),
        "whole_euros": whole_euros(request),
        "owners_of": owners_of,
        "street_of": street_of,
        "party_name": party_name,
        "names_of": names_of,
        "may_edit": FinancePermission.EDIT in request.permissions,
        "may_release": FinancePermission.RELEASE in request.permissions,
        **values,
    }


def table_of(
    request: Request,
    title: Any,
    head: Sequence[Any],
    rows: Iterable[Sequence[Cell]],
    *,
    about: tuple[str, Any],
    name: str,
) -> Response:
    """Hand out rows as a table (XLSX); the history says who took along what it is about."""
    translate = request.translate
    data = workbook(translate(title), [translate(one) for one in head], rows)
    record(request.db, "finance.table", *about)
    return handed_out(data, name)


def kept_file(request: Request, sha: str | None, name: str, *, inline: bool = False) -> Response:
    """Hand out a kept file under a name; 404 where it is gone."""
    path = None if sha is None else keeping.store_of(request.registry, request.tenant.id).path(sha)
    if path is None or not path.is_file():
        raise HTTPNotFound
    response = headed(Response(content_type=TYPES[name.rpartition(".")[2]]), name, inline=inline)
    response.content_length = path.stat().st_size
    response.app_iter = FileIter(path.open("rb"))
    return response


def headed(response: Response, name: str, *, inline: bool = False) -> Response:
    """Give a file's answer its name; as all answers with a session it is kept out of caches."""
    response.charset = None
    kind = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(name)}"
    return response
