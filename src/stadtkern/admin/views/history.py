"""Who did what: a page's history, a person's, and the whole municipality's."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from sqlalchemy import select

from stadtkern import audit
from stadtkern.accounts import Permission
from stadtkern.accounts.models import Account, Membership
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_node_route, add_page
from stadtkern.audit.kinds import kinds_of
from stadtkern.audit.queries import actors, kinds_used
from stadtkern.content import Resource
from stadtkern.content.models import Node
from stadtkern.db import whole_number
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 50


def _rows(request: Request, wanted: audit.Wanted) -> dict[str, Any]:
    number = page_number(request)
    found = audit.find(request.db, wanted, page=number, size=PAGE)
    if not found.rows and number > 1:
        raise HTTPNotFound
    people = {row.actor_id for row in found.rows if row.actor_id is not None}
    accounts = {
        int(row.subject)
        for row in found.rows
        if row.kind in kinds_of(request.registry, "account") and row.subject.isdigit()
    }
    nodes = {
        int(row.subject)
        for row in found.rows
        if row.kind in kinds_of(request.registry, "node") and row.subject.isdigit()
    }
    names = _names(request, people | accounts)
    statement = select(Node.id, Node.title).where(Node.id.in_(nodes))
    titles = {found_id: title for found_id, title in request.db.execute(statement)}  # noqa: C416
    return {
        "rows": [_row(request, row, names, titles) for row in found.rows],
        "page": number,
        "pages": max(1, -(-found.total // PAGE)),
        "total": found.total,
    }


def _names(request: Request, ids: set[int]) -> dict[int, str]:
    statement = select(Account.id, Account.name).where(Account.id.in_(ids))
    return {number: name for number, name in request.db.execute(statement)}  # noqa: C416


def _row(request: Request, row: Any, names: dict[int, str], titles: dict[int, str]) -> Any:
    deed, kind = audit.title_of(request.registry, row.deed, row.kind)
    number = int(row.subject) if row.subject.isdigit() else None
    subject, link = row.subject, None
    if row.kind in kinds_of(request.registry, "node") and number is not None:
        subject = titles.get(number) or _("no longer there (${id})", mapping={"id": number})
        link = request.route_path("admin.node", id=number) if number in titles else None
    elif row.kind in kinds_of(request.registry, "account") and number is not None:
        subject = names.get(number) or _("no longer there (${id})", mapping={"id": number})
    elif row.subject == "*":
        subject = _("several at once")
    return {
        "at": row.at,
        "who": _who(row, names),
        "deed": deed,
        "kind": kind,
        "subject": subject,
        "link": link,
        "content": row.content,
    }


def _who(row: Any, names: dict[int, str]) -> str:
    if row.actor_id is not None:
        known = names.get(row.actor_id)
        return known or _("Account ${id}, deleted", mapping={"id": row.actor_id})
    if row.origin.startswith("token:"):
        return _("Access token ${id}", mapping={"id": row.origin.partition(":")[2]})
    return {"web": _("a visitor"), "job": _("by itself"), "command": _("a command")}.get(
        row.origin, row.origin
    )


def node(context: Resource, request: Request) -> dict[str, Any]:
    """Show what was done to a page."""
    kinds = kinds_of(request.registry, "node")
    return _rows(request, audit.Wanted(about=(kinds, str(context.node.id))))


def person(request: Request) -> dict[str, Any]:
    """Show what a member has done here, and what was done to their account."""
    number = whole_number(request.matchdict["id"])
    member = None if number is None else request.db.get(Membership, (request.tenant.id, number))
    if member is None:
        raise HTTPNotFound
    account = request.db.get(Account, member.account_id)
    kinds = kinds_of(request.registry, "account")
    return {"account": account} | _rows(request, audit.Wanted(person=(member.account_id, kinds)))


def everything(request: Request) -> dict[str, Any]:
    """Show all entries, by person, kind and time."""
    who = whole_number(request.GET.get("who"))
    kind = request.GET.get("kind") or None
    since, until = (_day(request.GET.get(name)) for name in ("since", "until"))
    zone = ZoneInfo(request.tenant.timezone)
    wanted = audit.Wanted(
        actor_id=who,
        kind=kind,
        since=None if since is None else datetime.combine(since, time(), zone),
        until=None if until is None else datetime.combine(until + timedelta(days=1), time(), zone),
    )
    names = _names(request, set(actors(request.db)))
    chosen = {
        "who": "" if who is None else str(who),
        "kind": kind or "",
        "since": "" if since is None else since.isoformat(),
        "until": "" if until is None else until.isoformat(),
    }
    kinds = [
        (name, audit.title_of(request.registry, "", name)[1]) for name in kinds_used(request.db)
    ]
    return _rows(request, wanted) | {
        "people": sorted(names.items(), key=lambda item: item[1].lower()),
        "kinds": kinds,
        "chosen": chosen,
    }


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    # The day after must still be one.
    return None if found is None or found.year in {1, 9999} else found


def includeme(config: Configurator) -> None:
    """Register the pages."""
    add_node_route(config, "admin.node.history", "/history")
    config.add_route("admin.person.history", "/admin/people/{id:[0-9]{1,10}}/history")
    config.add_route("admin.audit", "/admin/audit")
    add_page(config, node, "admin.node.history", "node_history", permission=Permission.VIEW_DRAFTS)
    add_page(config, person, "admin.person.history", "person_history", permission=Permission.PEOPLE)
    add_page(config, everything, "admin.audit", "audit", permission=Permission.AUDIT)
    for kind, title in (("job", _("Job")), ("link_check", _("Link to another site"))):
        config.add_audit_kind(kind, title=title)
    for deed, title in (
        ("job.retry", _("tried again")),
        ("job.cancel", _("cancelled")),
        ("link.ignore", _("no longer reported")),
        ("link.heed", _("reported again")),
    ):
        config.add_audit_deed(deed, title=title)
    config.add_admin_item(
        "audit",
        title=_("Who did what"),
        route="admin.audit",
        section=OPERATION,
        permission=Permission.AUDIT,
        order=230,
    )
