"""``stadtkern cityguide tiles``."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from stadtkern.db import work
from stadtkern.storage import TooLarge
from stadtkern.tenants import TenantRefused
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english
from stadtkern_cityguide.console import content_of
from stadtkern_cityguide.tiles import drawing, queries
from stadtkern_cityguide.tiles.adopting import AdoptError, look
from stadtkern_cityguide.tiles.files import keep
from stadtkern_cityguide.tiles.town import draw_town

MEGABYTE = 1_000_000


@click.command("tiles")
@click.option("--tenant", "slug", required=True, help="Short name of the municipality.")
@click.option(
    "--adopt",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take this PMTiles file instead of drawing one.",
)
@click.option("--attribution", default="", help="What maps show; else what the file says.")
@click.option(
    "--max-zoom",
    "zoom",
    type=click.IntRange(0, drawing.MAX_ZOOM),
    default=drawing.DEFAULT_ZOOM,
    show_default=True,
    help="How deep the map is drawn.",
)
@json_option
@click.pass_obj
def tiles(
    console: Console,
    *,
    slug: str,
    adopt: Path | None,
    attribution: str,
    zoom: int,
    as_json: bool,
) -> None:
    """Make the town's map in one file (PMTiles), for the web and for tours without a network.

    Draws lines of tours, areas and places that are public, or takes an extract that others made,
    for example of basemap.de or Protomaps. The same contents again change nothing.
    """
    registry = console.registry()
    notices: list[Any] = []
    with (
        console.refusing(TenantRefused, AdoptError, OSError),
        work(console.database(), write=True) as session,
    ):
        content, settings = content_of(registry, session, slug)
        maximum = int(settings.get("map_mb") or 100) * MEGABYTE
        town = content.tenant
        if adopt is None:
            found = draw_town(session, town, attribution=attribution, zoom=zoom)
            if found is None:
                raise Refused(f"{town.name} has no public tour, place or area to draw.")
            drawn, facts = found
            notices = drawn.notices
            stream: Any = io.BytesIO(drawn.data)
        else:
            facts = look(adopt, attribution=attribution, near=queries.surroundings(session))
            stream = adopt.open("rb")
        try:
            with stream:
                made, changed = keep(registry, session, town.id, stream, facts, maximum=maximum)
        except TooLarge:
            raise Refused(
                f"The map is larger than {maximum // MEGABYTE} MB, which the settings of the city"
                " guide allow. Cut a smaller part out, or allow more."
            ) from None
    zooms = f"zoom {made.min_zoom} to {made.max_zoom}"
    lines = [
        f"{'New map' if changed else 'Unchanged'}: {made.bytes:,} bytes, {zooms}, {made.url}",
        *(f"Note: {in_english(one)}" for one in notices),
    ]
    console.say("\n".join(lines), {"changed": changed} | asdict(made), as_json=as_json)
