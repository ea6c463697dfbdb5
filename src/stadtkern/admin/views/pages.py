"""The list of pages: narrowed, sorted, and changed many at a time."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from sqlalchemy import select, true

from stadtkern import search
from stadtkern.accounts import Permission
from stadtkern.admin import queries as lists
from stadtkern.admin.views.base import add_page, back
from stadtkern.content import ContentRefused, bulk
from stadtkern.content.scope import mine, office_view, sees_all
from stadtkern.db import whole_number
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 50
SHOWN = 200
"""Nodes that a report names."""
FILTERS = ("q", "type", "state", "language", "author", "since", "mark")


def state_titles(request: Request) -> dict[str, str]:
    """Return all states of the workflows that the town has, with their titles."""
    titles: dict[str, str] = {}
    for flow in request.content.workflows.values():
        titles |= flow.states
    return titles


MARKS = {
    "working": _("with a working copy"),
    "scheduled": _("scheduled"),
    "expiring": _("ending within 14 days"),
    "outdated": _("outdated translation"),
    "mine": _("written by me"),
    "menus": _("shown in menus"),
    "hidden": _("not in menus"),
}


def _wanted(request: Request, asked: Mapping[str, str]) -> lists.Wanted:
    zone = ZoneInfo(request.tenant.timezone)
    since = None
    try:
        day = datetime.strptime(asked.get("since", ""), "%Y-%m-%d")  # noqa: DTZ007 - zoned next
        since = datetime.combine(day.date(), time(), tzinfo=zone)
    except ValueError:
        since = None
    text = " ".join(asked.get("q", "").replace("\0", " ").split())[:200]
    return lists.Wanted(
        text=text,
        type=asked.get("type", "")[:60],
        state=asked.get("state", "")[:30],
        language=asked.get("language", "")[:12],
        author=whole_number(asked.get("author")),
        since=since,
        mark=asked.get("mark", "")[:20],
        account_id=request.identity.account_id,
        held=search.holding(request, text) if text else None,
        # Of others' public pages the working copy is nobody's business.
        working=true() if sees_all(request) else mine(request),
    )


def pages(request: Request) -> dict[str, Any]:
    """Show the list."""
    wanted = _wanted(request, request.GET)
    sort = request.GET.get("sort", "-updated")
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    if name not in lists.SORTS:
        descending, name = True, "updated"
    number = page_number(request)
    rows = lists.pages(
        request.db,
        office_view(request),
        wanted,
        sort=name,
        descending=descending,
        limit=PAGE,
        offset=(number - 1) * PAGE,
    )
    if not rows and number > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    asked = {key: value for key in FILTERS if (value := request.GET.get(key, "")[:200])}

    def here(**query: Any) -> str:
        return str(request.route_path("admin.pages", _query=asked | {"sort": sort} | query))

    return {
        "rows": rows,
        "total": total,
        "page": number,
        "pages": max(1, -(-total // PAGE)),
        "asked": asked,
        "query": request.route_path("admin.pages", _query=asked).partition("?")[2],
        "sorted": name,
        "descending": descending,
        "here": here,
        "types": request.content.types,
        "states": state_titles(request),
        "authors": lists.authors(request.db),
        "marks": MARKS,
        "actions": bulk.ACTIONS,
        "most": bulk.MOST,
    }


def _chosen(request: Request) -> list[tuple[int, int]]:
    """Return the ids and versions that were ticked, or all that the list's filter finds."""
    if request.POST.get("all"):
        wanted = _wanted(request, dict(parse_qsl(request.POST.get("filter", "")[:2_000])))
        return lists.matching(request.db, office_view(request), wanted, limit=bulk.MOST + 1)
    chosen = []
    for entry in request.POST.getall("node")[: bulk.MOST + 1]:
        number, version = (whole_number(part) for part in (entry.partition(":")[::2]))
        if number is not None and version is not None:
            chosen.append((number, version))
    # The report names each page: none that this person could not meet in the list.
    seen = lists.seen_of(request.db, office_view(request), [number for number, _v in chosen])
    return [pair for pair in chosen if pair[0] in seen]


def ask(request: Request) -> Any:
    """Say what will be done with how many pages, and ask for what it needs; then do it."""
    action = request.POST.get("action", "")
    chosen = _chosen(request)
    listed = request.POST.get("filter", "")[:2_000]
    if action not in bulk.ACTIONS or not chosen:
        message = (
            _("Please choose at least one page.")
            if action in bulk.ACTIONS
            else _("Please choose what shall be done.")
        )
        return back(request, "admin.pages", message, "error", _query=dict(parse_qsl(listed)))
    problem, field = None, ""
    if request.POST.get("sure"):
        try:
            run = bulk.begin(request.content, action, chosen, _values(request, action))
        except ContentRefused as error:
            request.response.status_int = 422
            problem, field = error.args[0], error.field or ""
        else:
            bulk.do(request.content, run)
            return back(request, "admin.pages.run", id=run.id)
    return {
        "action": action,
        "title": bulk.ACTIONS[action],
        "chosen": chosen,
        "all": bool(request.POST.get("all")),
        "filter": listed,
        "parent": request.POST.get("parent", "")[:900],
        "expire_at": request.POST.get("expire_at", "")[:20],
        "problem": problem,
        "field": field,
    }


def _values(request: Request, action: str) -> dict[str, Any]:
    if action == "move":
        target = request.content.by_path("/" + request.POST.get("parent", "").strip("/ "))
        if target is None:
            raise ContentRefused(_("There is no page at this address."), "parent")
        return {"parent": target.id}
    if action == "expire":
        text = request.POST.get("expire_at", "")
        if not text:
            return {"expire_at": None}
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ContentRefused(_("Please enter day and time."), "expire_at") from error
        zone = ZoneInfo(request.tenant.timezone)
        return {"expire_at": moment.replace(tzinfo=moment.tzinfo or zone).isoformat()}
    return {}


def _own_run(request: Request) -> bulk.BulkRun:
    """Return a run of whoever asks; administrators may look at all."""
    number = whole_number(request.matchdict["id"])
    found = None if number is None else request.db.get(bulk.BulkRun, number)
    if found is None or (
        found.account_id != request.identity.account_id
        and Permission.PEOPLE not in request.permissions
    ):
        raise HTTPNotFound
    return found


def run(request: Request) -> dict[str, Any]:
    """Report what was done with which page, and why not with others."""
    found = _own_run(request)
    counts = bulk.counts(request.db, found.id)
    refused = request.db.scalars(
        select(bulk.BulkItem)
        .where(bulk.BulkItem.run_id == found.id, bulk.BulkItem.outcome == bulk.REFUSED)
        .order_by(bulk.BulkItem.position)
        .limit(SHOWN)
    ).all()
    done = request.db.scalars(
        select(bulk.BulkItem)
        .where(bulk.BulkItem.run_id == found.id, bulk.BulkItem.outcome != bulk.REFUSED)
        .order_by(bulk.BulkItem.position)
        .limit(SHOWN)
    ).all()
    return {
        "run": found,
        "title": bulk.ACTIONS.get(found.action, found.action),
        "counts": counts,
        "total": sum(counts.values()),
        "left": counts.get(None, 0),
        "refused": refused,
        "done": done,
        "message_of": bulk.message_of,
    }


def includeme(config: Configurator) -> None:
    """Register the list, the question and the report."""
    config.add_route("admin.pages", "/admin/pages")
    config.add_route("admin.pages.change", "/admin/pages/change")
    config.add_route("admin.pages.run", "/admin/pages/runs/{id:[0-9]{1,10}}")
    add_page(config, pages, "admin.pages", "pages", permission=Permission.OFFICE)
    add_page(
        config,
        ask,
        "admin.pages.change",
        "bulk",
        permission=Permission.OFFICE,
        request_method="POST",
    )
    add_page(config, run, "admin.pages.run", "bulk_run", permission=Permission.OFFICE)
    config.add_admin_item("pages", title=_("List of pages"), route="admin.pages", order=12)
