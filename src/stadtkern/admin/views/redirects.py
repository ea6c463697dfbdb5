"""Redirects: those of moved pages, and those that editors set."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import CONTENT
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.content import ContentRefused, redirect_table, redirects
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.site import misses, page_number
from stadtkern.web.i18n import _

PAGE_SIZE = 50
KINDS = (
    ("", _("All")),
    (redirects.MOVED, _("Moved pages")),
    (redirects.MANUAL, _("Set by hand")),
)
PERMANENCE = [
    ("permanent", _("for good (301)")),
    ("temporary", _("for the time being (302)")),
]


class RedirectSchema(colander.MappingSchema):
    """From where to where."""

    path = f.line(
        _("Old address"),
        maximum=900,
        description=_("Begins with /, for example /alte-seite."),
    )
    target = f.line(
        _("Leads to"),
        maximum=900,
        description=_("A page of this site (/neue-seite) or, with permission, an https address."),
    )
    permanence = f.choice(_("Valid"), PERMANENCE, default="permanent")
    below = f.yes(_("Also for all addresses below it"))


class ImportSchema(colander.MappingSchema):
    """A table of redirects."""

    upload = f.upload(
        _("CSV file"),
        accept=".csv,text/csv",
        maximum=redirect_table.MAX_BYTES,
        description=_("Columns: from, to, permanent, below. Nothing is stored before you agree."),
    )


def _outside(request: Request) -> bool:
    return Permission.REDIRECTS_OUTSIDE in request.permissions


def overview(request: Request) -> dict[str, Any]:
    """List redirects, with a search."""
    page = page_number(request)
    search, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    rows = redirects.listing(
        request.db, search=search, kind=kind, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    total = rows[0].total if rows else 0
    query = {"q": search, "kind": kind}
    return {
        "rows": rows,
        "search": search,
        "kind": kind,
        "kinds": KINDS,
        "total": total,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "part": lambda number: request.route_path(
            "admin.redirects", _query={**query, "page": number}
        ),
    }


def remove(request: Request) -> Response:
    """Delete one redirect."""
    path = request.POST.get("path", "")
    if not redirects.remove(request.db, path):
        raise HTTPNotFound
    message = _("${path} leads nowhere any more.", mapping={"path": path})
    return back(request, "admin.redirects", message)


def _values(request: Request) -> dict[str, Any]:
    """Return what the form begins with: the redirect of ``path``, or that path alone."""
    path = request.GET.get("path", "")[:900]
    found = redirects.one(request.db, path) if path else None
    if found is None:
        return {"path": path}
    rule, node_path, _total = found
    return {
        "path": rule.path,
        "target": rule.target or node_path or "",
        "permanence": "permanent" if rule.permanent else "temporary",
        "below": rule.below,
    }


def edit(request: Request) -> Any:
    """Add or change one redirect; what it would cover is shown before it is stored."""
    if request.method != "POST":
        values = _values(request)
        was = values["path"] if "target" in values else ""
        return {"form": Form(request, RedirectSchema(), values), "was": was, "warning": None}
    form = Form(request, RedirectSchema())
    was = request.POST.get("was", "")
    warning = None
    try:
        values = form.validate(read_controls(request))
        wanted = redirects.check(
            request.db,
            request.tenant,
            path=values["path"],
            target=values["target"],
            permanent=values["permanence"] == "permanent",
            below=bool(values["below"]),
            outside=_outside(request),
        )
    except Failure:
        request.response.status_int = 422
        return {"form": form, "was": was, "warning": None}
    except ContentRefused as error:
        form.fail(error.field or "path", error.args[0])
        request.response.status_int = 422
        return {"form": form, "was": was, "warning": None}
    if wanted.covers is not None:
        warning = _(
            "The page “${title}” stands at this address and goes first: the redirect works only "
            "once that page is gone or hidden.",
            mapping={"title": wanted.covers},
        )
    elif wanted.replaces is not None and was != wanted.path:
        warning = _("This address leads elsewhere already. Saving replaces that.")
    if warning is not None and request.POST.get("agreed") != "1":
        request.response.status_int = 422
        return {"form": form, "was": was, "warning": warning}
    if was and was != wanted.path:
        redirects.remove(request.db, was)
    redirects.store(request.db, request.tenant, wanted)
    misses.forget(request.db, wanted.path)
    message = _("${path} leads elsewhere from now on.", mapping={"path": wanted.path})
    return back(request, "admin.redirects", message)


def export(request: Request) -> Response:
    """Return all redirects as a table."""
    rows = redirects.listing(request.db, limit=100_000)
    response = Response(redirect_table.write(rows), content_type="text/csv", charset="utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="redirects.csv"'
    return response


def take_in(request: Request) -> Any:
    """Show what a table would do; store it when somebody has agreed."""
    form = Form(request, ImportSchema())
    shown: dict[str, Any] = {"form": form, "lines": None, "text": "", "good": 0}
    if request.method != "POST":
        return shown
    agreed = request.POST.get("step") == "store"
    try:
        if agreed:
            text = redirect_table.decoded(request.POST.get("table", "").encode())
        else:
            text = redirect_table.decoded(
                form.validate(read_controls(request))["upload"].file.read()
            )
        lines = redirect_table.take_in(
            request.db, request.tenant, text, outside=_outside(request), dry=not agreed
        )
    except Failure:
        request.response.status_int = 422
        return shown
    except ContentRefused as error:
        form.fail("upload", error.args[0])
        request.response.status_int = 422
        return shown
    good = sum(line.problem is None for line in lines)
    if agreed:
        message = _("${n} redirects were stored.", mapping={"n": good})
        return back(request, "admin.redirects", message)
    return shown | {"lines": lines, "text": text, "good": good}


def missed(request: Request) -> dict[str, Any]:
    """List what visitors ask for in vain, the most frequent first."""
    page, ignored = page_number(request), request.GET.get("ignored") == "1"
    rows = misses.listing(
        request.db, ignored=ignored, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    total = rows[0].total if rows else 0
    query = {"ignored": "1"} if ignored else {}
    return {
        "rows": rows,
        "ignored": ignored,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "days": misses.KEPT_FOR.days,
        "part": lambda number: request.route_path("admin.misses", _query={**query, "page": number}),
    }


def ignore(request: Request) -> Response:
    """Take an address out of the report, or back into it."""
    ignored = request.POST.get("ignored") != "0"
    if not misses.ignore(request.db, request.POST.get("path", ""), ignored=ignored):
        raise HTTPNotFound
    return back(request, "admin.misses", _("Done."))


def includeme(config: Configurator) -> None:
    """Register the pages."""
    may = {"permission": Permission.REDIRECTS}
    both = {"request_method": ("GET", "POST")}
    config.add_route("admin.redirects", "/admin/redirects")
    config.add_route("admin.redirect", "/admin/redirects/edit")
    config.add_route("admin.redirects.export", "/admin/redirects.csv")
    config.add_route("admin.redirects.import", "/admin/redirects/import")
    config.add_route("admin.misses", "/admin/misses")
    add_page(config, overview, "admin.redirects", "redirects", **may)
    add_deed(config, remove, "admin.redirects", **may)
    add_page(config, edit, "admin.redirect", "redirect", **may, **both)
    config.add_view(export, route_name="admin.redirects.export", request_method="GET", **may)
    add_page(config, take_in, "admin.redirects.import", "redirects_import", **may, **both)
    add_page(config, missed, "admin.misses", "misses", **may)
    add_deed(config, ignore, "admin.misses", **may)
    for name, title, order in (
        ("redirects", _("Redirects"), 50),
        ("misses", _("Missing pages"), 52),
    ):
        config.add_admin_item(
            name, title=title, route=f"admin.{name}", section=CONTENT, order=order, **may
        )
