"""``stadtkern cityguide …``."""

from pathlib import Path
from typing import Any

import click

from stadtkern.content import Content, ContentRefused
from stadtkern.db import TenantSession, bind_tenant, work
from stadtkern.tenants import TenantRefused, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option
from stadtkern_cityguide import queries
from stadtkern_cityguide.geometry import SMOOTHING_LABEL
from stadtkern_cityguide.gpx import GpxError, read_limited
from stadtkern_cityguide.plan import Plan, plan_tour, read_route
from stadtkern_cityguide.services import ImportRefused, folder_for, import_tour, twin_of


@click.group(name="cityguide")
def group() -> None:
    """Tours and places of the city guide."""


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, help="Short name of the municipality.")
@click.option("--title", help="Title of the tour (default: the name in the file).")
@click.option("--publish", is_flag=True, help="Publish the tour at once.")
@click.option("--dry-run", is_flag=True, help="Only say what would be made.")
@json_option
@click.pass_obj
def import_(
    console: Console,
    *,
    file: Path,
    slug: str,
    title: str | None,
    publish: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a tour from FILE (GPX). The same file twice changes nothing."""
    with console.refusing(GpxError, OSError):
        with file.open("rb") as stream:
            data = read_limited(stream)
        # Refused before the database is even opened.
        route = read_route(data)
    registry = console.registry()
    with (
        console.refusing(TenantRefused, ImportRefused, ContentRefused),
        work(console.database(), write=not dry_run) as session,
    ):
        content, settings = _content(registry, session, slug)
        plan = plan_tour(
            data,
            file.name,
            language=content.tenant.default_locale,
            licence=settings.get("licence") or "",
            route=route,
        )
        if title is not None:
            plan = plan.changed({"title": title})
        report = _run(content, settings, plan, publish=publish, dry_run=dry_run)
    console.say(_sentences(report), report, as_json=as_json)


def _content(registry: Any, session: TenantSession, slug: str) -> tuple[Content, Any]:
    tenant = tenant_by_slug(session, slug)
    bind_tenant(session, tenant.id)
    state = registry["plugin_states"].of_id(tenant.id, session)
    if not state.has("cityguide"):
        raise Refused(
            f"The city guide is switched off for {slug}. "
            f"`stadtkern plugins enable cityguide --tenant {slug}` switches it on."
        )
    content = Content(registry, session, tenant, plugins=state.enabled)
    return content, state.settings("cityguide")


def _run(
    content: Content, settings: Any, plan: Plan, *, publish: bool, dry_run: bool
) -> dict[str, Any]:
    """Do it, or only look; return what to report."""
    folder = folder_for(content, settings)
    same = queries.same_file(content.session, plan.sha256)
    twin = twin_of(content.session, plan) if same is None else None
    report: dict[str, Any] = {
        "status": "dry-run",
        "tenant": content.tenant.slug,
        "folder": folder.path,
        "path": None,
        "published": False,
        "duplicate_of": same.path if same is not None else None,
        "similar_to": twin.path if twin is not None else None,
    } | plan.report()
    if not dry_run:
        done = import_tour(content, plan, folder, publish=publish)
        report |= {
            "status": done.status,
            "id": done.node_id,
            "path": done.path,
            "title": done.title,
            "published": done.published,
        }
    return report


def _sentences(report: dict[str, Any]) -> str:
    if report["status"] == "unchanged":
        return (
            f"Unchanged: this file is here already as “{report['title']}”, {report['path']}. "
            "Nothing was stored."
            + (
                ""
                if report["published"]
                else " It is still a draft: publish it in the back office."
            )
        )
    did = {
        "dry-run": f"Would import “{report['title']}” below {report['folder']}",
        "imported": f"Imported “{report['title']}” as {report['path']}"
        + (" (published)" if report["published"] else " (draft)"),
    }[report["status"]]
    lines = [
        f"{did}.",
        f"Length: {report['length_m'] / 1000:.1f} km.",
        f"Points: {report['points']}, stops: {len(report['stops'])}.",
    ]
    if report["ascent_m"] is not None:
        lines.append(
            f"Ascent {report['ascent_m']:.0f} m, descent {report['descent_m']:.0f} m "
            f"({SMOOTHING_LABEL})."
        )
    lines.append(
        f"Licence: {report['licence'] or 'none named'}. "
        f"Attribution: {report['attribution'] or 'none named'}."
    )
    if report["duplicate_of"]:
        lines.append(f"This file is here already: {report['duplicate_of']}.")
    if report["similar_to"]:
        lines.append(f"A tour of this name is here already: {report['similar_to']}.")
    lines += [f"Note: {notice}" for notice in report["notices"]]
    return "\n".join(lines)
