"""``stadtkern cityguide …``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from stadtkern.content import ContentRefused
from stadtkern.db import work
from stadtkern.tenants import TenantRefused
from stadtkern.web.console import Console, Refused, json_option
from stadtkern_cityguide.codes.cli import codes
from stadtkern_cityguide.console import content_of
from stadtkern_cityguide.gpx import GpxError, read_limited
from stadtkern_cityguide.intake import Defaults, IntakeError, Judged, judge, read, store
from stadtkern_cityguide.intake.judging import CHANGED, NEW, UNCHANGED
from stadtkern_cityguide.intake.model import words
from stadtkern_cityguide.offline.cli import bundle
from stadtkern_cityguide.services import ImportRefused, folder_for
from stadtkern_cityguide.tiles.cli import tiles


@click.group(name="cityguide")
def group() -> None:
    """Tours, places and events of the city guide."""


group.add_command(bundle)
group.add_command(codes)
group.add_command(tiles)


@group.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH…"
)
@click.option("--tenant", "slug", required=True, help="Short name of the municipality.")
@click.option("--licence", default="", help="Counts where a file names none.")
@click.option("--attribution", default="", help="Counts where a file names nobody.")
@click.option("--publish", is_flag=True, help="Publish what is new and complete at once.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@click.pass_obj
def import_(
    console: Console,
    *,
    paths: tuple[Path, ...],
    slug: str,
    licence: str,
    attribution: str,
    publish: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take places, events and tours from files: GPX, GeoJSON, CSV, iCalendar, OpenStreetMap XML.

    A PATH is a file, or a folder whose files are taken. The same file twice changes nothing, and
    what editors have changed since stays as they left it. One file that cannot be read at all
    stops everything.
    """
    with console.refusing(GpxError, OSError):
        files = [(path, _bytes(path)) for path in _files(paths)]
    registry = console.registry()
    with (
        console.refusing(TenantRefused, ImportRefused, ContentRefused, GpxError, IntakeError),
        work(console.database(), write=not dry_run) as session,
    ):
        content, settings = content_of(registry, session, slug)
        defaults = Defaults(
            licence=licence or settings.get("licence") or "",
            attribution=attribution,
            language=content.tenant.default_locale,
            timezone=content.tenant.timezone,
        )
        readings = [_reading(path, data, defaults) for path, data in files]
        folder = folder_for(content, settings)
        done = []
        for reading in readings:
            judged = judge(content, reading)
            if not dry_run:
                store(content, judged, folder, publish=publish)
            done.append(judged)
    console.say(_sentences(done, dry_run=dry_run), _report(done), as_json=as_json)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file())
        else:
            yield path


def _bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return read_limited(stream)


def _reading(path: Path, data: bytes, defaults: Defaults) -> Any:
    """Read one file; a refusal names it, since there may be several."""
    try:
        return read(data, path.name, defaults)
    except (GpxError, IntakeError) as error:
        raise Refused(f"{path.name}: {error}") from error


def _report(done: Sequence[Judged]) -> dict[str, Any]:
    """Add up the reports of all files."""
    reports = [judged.report() for judged in done]
    return {
        name: sum((report[name] for report in reports), start=[] if listed else 0)
        for name, listed in (
            (NEW, False),
            (CHANGED, False),
            (UNCHANGED, False),
            ("repaired", True),
            ("invalid", True),
        )
    }


def _sentences(done: Sequence[Judged], *, dry_run: bool) -> str:
    report = _report(done)
    told = ", ".join(f"{report[deed]} {deed}" for deed in (NEW, CHANGED, UNCHANGED))
    lines = [f"{'Would be' if dry_run else 'Done'}: {told}."]
    lines += [
        f"Mended: {one['item']}, {one['field']}: “{one['from']}” is now “{one['to']}”."
        for one in report["repaired"]
    ]
    lines += [
        f"Not taken: {one['item']}, {one['field']}: {one['reason']}" for one in report["invalid"]
    ]
    lines += [f"Note: {words(notice)}" for judged in done for notice in judged.notices]
    return "\n".join(lines)
