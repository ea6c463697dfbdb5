"""``stadtkern tenants …``: the operator's commands."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.termui import progressbar

from stadtkern import audit, towns
from stadtkern.db import bind_tenant, work
from stadtkern.tenants import services
from stadtkern.tenants.events import TenantCreated
from stadtkern.tenants.services import TenantRefused
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english
from stadtkern.web.languages import LANGUAGES


@click.group(name="tenants")
def group() -> None:
    """Municipalities of this installation."""


@group.command("list")
@json_option
@click.pass_obj
def list_(console: Console, *, as_json: bool) -> None:
    """List all tenants with their hosts."""
    with work(console.database(), write=False) as session:
        rows = services.list_tenants(session)
    console.table(rows, ("slug", "name", "ags", "status", "hosts"), as_json=as_json)


@group.command()
@click.argument("slug")
@click.option("--host", required=True, help="Canonical host name, without port.")
@click.option("--name", required=True, help="Name of the municipality.")
@click.option("--ags", required=True, help="AGS (8 digits) or ARS (12 digits).")
@click.option("--locale", "locales", multiple=True, help="Language; the first has no prefix.")
@json_option
@click.pass_obj
def add(
    console: Console,
    *,
    slug: str,
    host: str,
    name: str,
    ags: str,
    locales: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add a municipality with an empty front page."""
    registry = console.registry()
    with console.refusing(TenantRefused), work(console.database()) as session:
        services.add_tenant(
            session,
            slug=slug,
            host=host,
            name=name,
            ags=ags,
            locales=locales or services.LOCALES,
        )
        tenant = services.tenant_by_slug(session, slug)
        bind_tenant(session, tenant.id)
        registry.notify(TenantCreated(session, tenant))
    console.say(
        f"Added {slug} at {tenant.host}.",
        {"slug": slug, "host": tenant.host},
        as_json=as_json,
    )


@group.command()
@click.argument("slug")
@click.option("--host", required=True, help="Further host name; it redirects.")
@json_option
@click.pass_obj
def alias(console: Console, *, slug: str, host: str, as_json: bool) -> None:
    """Add a host name that redirects to the canonical one."""
    with console.refusing(TenantRefused), work(console.database()) as session:
        name = services.add_alias(session, slug, host)
    console.say(
        f"{name} now redirects to {slug}'s own host.",
        {"slug": slug, "alias": name},
        as_json=as_json,
    )


@group.command()
@click.argument("slug")
@click.argument("locale", type=click.Choice(list(LANGUAGES)))
@json_option
@click.pass_obj
def language(console: Console, *, slug: str, locale: str, as_json: bool) -> None:
    """Let a tenant have pages in a further language, with an empty front page to begin with."""
    registry = console.registry()
    with console.refusing(TenantRefused), work(console.database()) as session:
        bind_tenant(session, services.tenant_by_slug(session, slug).id)
        tenant = services.add_locale(session, registry, None, slug, locale)
    console.say(
        f"{slug} has pages in {', '.join(tenant.locales)}.",
        {"slug": slug, "locales": list(tenant.locales)},
        as_json=as_json,
    )


def _bar(label: str) -> Any:
    make: Any = progressbar
    return make(length=1, label=label, file=sys.stderr)


def _show(bar: Any, done: int, total: int) -> None:
    bar.length = max(total, 1)
    bar.update(done - bar.pos)


@group.command("export")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@click.pass_obj
def export_(console: Console, *, slug: str, file: Path, force: bool, as_json: bool) -> None:
    """Write a municipality with all that is its own into FILE, a ZIP archive."""
    registry = console.registry()
    if file.exists() and not force:
        raise Refused(f"{file} is there already. --force writes over it.")
    if not file.absolute().parent.is_dir():
        raise Refused(f"There is no folder {file.absolute().parent}.")
    database = console.database()
    with console.refusing(TenantRefused), work(database, write=False) as session:
        tenant = services.tenant_by_slug(session, slug)
    if tenant.status == "importing":
        raise Refused(f"“{slug}” is coming in from an archive itself: let that end first.")
    with _bar(slug) as bar, towns.whole_file(file.absolute()) as target:
        done = towns.export_town(registry, database, tenant, target, progress=partial(_show, bar))
    with work(database, tenant.id) as session:
        audit.record(session, "town.export", "town", tenant.id)
    console.say(
        f"{sum(done.rows.values())} rows and {done.files} files of {slug} are in {file}."
        + (f" {done.missing} files were named but are not here." if done.missing else ""),
        {
            "slug": slug,
            "file": str(file),
            "rows": dict(done.rows),
            "files": done.files,
            "missing": done.missing,
            "digest": done.digest,
        },
        as_json=as_json,
    )


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--slug", default=None, help="Short name here (default: the one it had).")
@click.option("--host", default=None, help="Host name here (default: the one it had).")
@click.option("--leave-out", multiple=True, help="Plugin that is not here: leave its data out.")
@click.option("--suspended", is_flag=True, help="Do not let it serve yet.")
@click.option("--check", is_flag=True, help="Only read and check the archive.")
@json_option
@click.pass_obj
def import_(
    console: Console,
    *,
    file: Path,
    slug: str | None,
    host: str | None,
    leave_out: tuple[str, ...],
    suspended: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Take a municipality in from FILE. What was interrupted goes on when called again."""
    registry = console.registry()
    database = console.database()
    with console.refusing(towns.TownRefused, TenantRefused), towns.Archive(file) as archive:
        source = archive.manifest.source
        name, place = slug or str(source.get("slug")), host or str(source.get("host"))
        importer = towns.TownImporter(registry, database, archive, leave_out=leave_out)
        with _bar("check") as bar:
            importer.check(partial(_show, bar))
        if check:
            rows = {part.name: part.rows for part in archive.manifest.parts.values()}
            console.say(
                f"The archive is whole: {sum(rows.values())} rows, {archive.stored} files.",
                {"rows": rows, "files": archive.stored, "digest": archive.digest},
                as_json=as_json,
            )
            return
        begun = importer.begin(slug=name, host=place, suspended=suspended)
        with _bar(name) as bar:
            done = importer.run(begun, partial(_show, bar))
    console.say(
        f"{done.slug} is here at {done.host}: {sum(done.rows.values())} rows, {done.files} files.",
        {
            "slug": done.slug,
            "host": done.host,
            "rows": done.rows,
            "files": done.files,
            "renumbered": done.renumbered,
            "left_out": list(done.left_out),
        },
        as_json=as_json,
    )


@group.command("import-pages")
@click.argument("slug")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--below", required=True, help="Address of the page that they come below.")
@click.option("--check", is_flag=True, help="Only say what would be done.")
@click.option("--credit", default="", help="Who made the pictures, if that holds for all.")
@click.option("--licence", default="", help="Licence of the pictures, such as own or CC0-1.0.")
@json_option
@click.pass_obj
def import_pages(
    console: Console,
    *,
    slug: str,
    path: Path,
    below: str,
    check: bool,
    credit: str,
    licence: str,
    as_json: bool,
) -> None:
    """Make drafts of PATH: a folder or ZIP of Markdown and HTML, or a WordPress export (XML).

    Pages that are there already are left as they are. Called again, it goes on with what lacks.
    """
    registry = console.registry()
    database = console.database()
    with console.refusing(towns.TownRefused, TenantRefused):
        with work(database, write=False) as session:
            tenant = services.tenant_by_slug(session, slug)
        if tenant.status == "importing":
            raise Refused(f"“{slug}” is coming in from an archive itself: let that end first.")
        source = towns.pages.open_source(path)
        taking = towns.pages.PageImport(
            registry, tenant, source, below=below, credit=credit, licence=licence
        )
        with _bar(slug) as bar:
            report = taking.run(
                partial(work, database, tenant.id), dry=check, progress=partial(_show, bar)
            )
    if as_json:
        console.say("", report.as_json(in_english), as_json=True)
        return
    rows = [
        {**line, "reasons": " ".join(line["reasons"])}
        for line in report.as_json(in_english)["lines"]
    ]
    console.table(rows, ("outcome", "place", "address", "reasons"))
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    console.say(f"{counts}." + (" Nothing was stored." if check else ""))


@group.command()
@click.argument("slug")
@json_option
@click.pass_obj
def discard(console: Console, *, slug: str, as_json: bool) -> None:
    """Give an interrupted import up: delete all of the municipality that has come in so far."""
    registry = console.registry()
    with console.refusing(towns.TownRefused):
        towns.discard(registry, console.database(), slug)
    console.say(f"{slug} was deleted.", {"slug": slug}, as_json=as_json)


@group.command()
@click.argument("slug")
@json_option
@click.pass_obj
def suspend(console: Console, *, slug: str, as_json: bool) -> None:
    """Let a tenant's pages answer “not in service” (503); nothing is deleted."""
    _set_status(console, slug, "suspended", as_json=as_json)


@group.command()
@click.argument("slug")
@json_option
@click.pass_obj
def resume(console: Console, *, slug: str, as_json: bool) -> None:
    """Let a suspended tenant serve again."""
    _set_status(console, slug, "active", as_json=as_json)


def _set_status(console: Console, slug: str, status: str, *, as_json: bool) -> None:
    with console.refusing(TenantRefused), work(console.database()) as session:
        services.set_status(session, None, slug, status)
    console.say(f"{slug} is {status}.", {"slug": slug, "status": status}, as_json=as_json)
