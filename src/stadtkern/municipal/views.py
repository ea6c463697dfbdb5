"""Public pages of services, offices, contacts and announcements. Thin; SQL is in ``queries``."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.content import queries as nodes
from stadtkern.municipal import queries, resources
from stadtkern.municipal.lists import (
    Entry,
    by_letter,
    hours_of,
    letter,
    lines,
    matching,
    surname,
)
from stadtkern.municipal.structured import related
from stadtkern.site import page_number

TEMPLATES = "stadtkern.municipal:templates"
PAGE = 30
LONGEST = 100


def _words(request: Request) -> str:
    return " ".join(request.GET.get("q", "").split())[:LONGEST]


def service(context: resources.Service, request: Request) -> dict[str, Any]:
    """Show a service: what it needs and costs, and who is responsible."""
    fields = request.content.fields(context.node)
    return {
        "fields": fields,
        "lines": lines,
        "fields_of": request.content.fields,
        "hours_of": hours_of,
        **related(request, fields, "office", "contact"),
    }


def office(context: resources.Office, request: Request) -> dict[str, Any]:
    """Show an office with its people and services."""
    rows = queries.visible_referrers(request.db, context.node.id, ("contact", "service"))
    return {
        "fields": request.content.fields(context.node),
        "fields_of": request.content.fields,
        "hours_of": hours_of,
        "contacts": [row for row in rows if row.type == "contact"],
        "services": [row for row in rows if row.type == "service"],
    }


def contact(context: resources.Contact, request: Request) -> dict[str, Any]:
    """Show somebody to turn to."""
    fields = request.content.fields(context.node)
    return {"fields": fields, **related(request, fields, "office", "image")}


def service_list(context: resources.ServiceList, request: Request) -> dict[str, Any]:
    """Show all services of the language from A to Z, other names too. One query."""
    rows = queries.all_of(request.db, ("service",), context.node.language)
    known = {row.id: request.content.fields(row) for row in rows}
    entries = [Entry(row.title, row) for row in rows]
    entries += [
        Entry(name, row, see=row.title)
        for row in rows
        for name in lines(known[row.id].get("names"))
        if name != row.title
    ]
    words = _words(request)
    if words:
        entries = matching(entries, words, lambda one: (one.title, one.row.summary or ""))
    return {"groups": by_letter(entries), "words": words, "total": len(rows)}


def directory(context: resources.Directory, request: Request) -> dict[str, Any]:
    """Show all offices with their people, or all people from A to Z. One query."""
    rows = queries.all_of(request.db, ("office", "contact"), context.node.language)
    known = {row.id: request.content.fields(row) for row in rows}
    offices = {row.id: row for row in rows if row.type == "office"}
    people = [
        Entry(surname(row.title, known[row.id].get("family_name")), row)
        for row in rows
        if row.type == "contact"
    ]
    words = _words(request)

    def texts(entry: Entry) -> tuple[str, ...]:
        fields = known[entry.row.id]
        own = offices.get(fields.get("office") or 0)
        return (entry.row.title, str(fields.get("function") or ""), own.title if own else "")

    shown = matching(people, words, texts) if words else people
    groups = by_letter(shown)
    ordered = [entry.row for _letter, entries in groups for entry in entries]
    by_office = [
        (one, [row for row in ordered if known[row.id].get("office") == number])
        for number, one in offices.items()
    ]
    if words:
        by_office = [
            (one, rows)
            for one, rows in by_office
            if rows or matching([Entry(one.title, one)], words, lambda entry: (entry.title,))
        ]
    return {
        "by_name": request.GET.get("by") == "name",
        "groups": groups,
        "offices": by_office,
        "alone": [row for row in ordered if known[row.id].get("office") not in offices],
        "office_of": {row.id: offices.get(known[row.id].get("office") or 0) for row in ordered},
        "fields": known,
        "words": words,
    }


def announcement(context: resources.Announcement, request: Request) -> dict[str, Any]:
    """Show an announcement with its date, its files and its hash."""
    fields = request.content.fields(context.node)
    ids = [row.get("file") for row in fields.get("attachments") or () if row.get("file")]
    found = nodes.by_ids(request.db, ids)
    return {"fields": fields, "files": [found[number] for number in ids if number in found]}


def announcement_list(context: resources.AnnouncementList, request: Request) -> dict[str, Any]:
    """Show one year's announcements, newest first. Two queries."""
    zone = request.tenant.timezone
    years = queries.years(request.db, context.node.language, zone)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None  # noqa: PLR2004
    if year is not None and year not in years:
        raise HTTPNotFound
    year = year or (years[0] if years else None)
    number = page_number(request)
    rows = (
        queries.announced(
            request.db,
            context.node.language,
            year,
            zone,
            limit=PAGE,
            offset=(number - 1) * PAGE,
        )
        if year is not None
        else ()
    )
    if not rows and number > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    return {
        "years": years,
        "year": year,
        "rows": [(row, request.content.fields(row)) for row in rows],
        "page": number,
        "pages": max(1, -(-total // PAGE)),
    }


def includeme(config: Configurator) -> None:
    """Register the pages; all cached but for editors."""
    for view, context, template, params in (
        (service, resources.Service, "service", ()),
        (office, resources.Office, "office", ()),
        (contact, resources.Contact, "contact", ()),
        (announcement, resources.Announcement, "announcement", ()),
        (service_list, resources.ServiceList, "service_list", ("q",)),
        (directory, resources.Directory, "directory", ("q", "by")),
        (announcement_list, resources.AnnouncementList, "announcement_list", ("year", "page")),
    ):
        config.add_view(
            view,
            context=context,
            renderer=f"{TEMPLATES}/{template}.jinja2",
            permission=Permission.VIEW,
            request_method="GET",
            page_cache={"params": params},
        )


__all__ = ["hours_of", "includeme", "letter"]
