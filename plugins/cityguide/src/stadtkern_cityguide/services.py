"""Writes of the guide: importing tours, and keeping the tables beside the nodes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import colander
from pyramid.registry import Registry
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.content import Content, Node
from stadtkern.content.events import NodeEvent
from stadtkern.notify.emitting import emit
from stadtkern.tenants import Tenant
from stadtkern_cityguide import areas, queries, tracks
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.models import Area, Filing, Point, Stop
from stadtkern_cityguide.plan import Plan
from stadtkern_cityguide.recurrence import keeping
from stadtkern_cityguide.schemas import upgrade_place

TOUR_IMPORTED = "cityguide.tour_imported"
"""What other systems can be told: a tour has come in from a file and is public."""
DEFAULT_FOLDER = "/entdecken"


class ImportRefused(Exception):  # noqa: N818 - the word that editors read
    """An import cannot be done; ``args[0]`` is a translatable sentence."""

    def __str__(self) -> str:
        """Return the untranslated sentence with its values filled in."""
        message = self.args[0]
        return str(message.interpolate() if hasattr(message, "interpolate") else message)


@dataclass(frozen=True)
class Imported:
    """What an import did: ``status`` is ``imported`` or ``unchanged`` (the same file again)."""

    status: str
    node_id: int
    path: str
    title: str
    published: bool


def folder_for(content: Content, settings: Mapping[str, Any]) -> Node:
    """Return the node below which imported tours go; ``ImportRefused`` if it is gone."""
    wanted = str(settings.get("folder") or "")
    if wanted:
        node = content.by_path("/" + wanted.strip("/"))
        if node is None:
            raise ImportRefused(
                _(
                    "There is no page at ${path}, where tours shall go. Please correct “Where "
                    "imported tours go” in the settings of the city guide.",
                    mapping={"path": wanted},
                )
            )
        return node
    found = content.by_path(DEFAULT_FOLDER) or content.by_path("/")
    if found is None:
        raise ImportRefused(_("The town has no front page yet."))
    return found


def import_tour(
    content: Content,
    plan: Plan,
    folder: Node,
    *,
    publish: bool,
    key: str | None = None,
    slug: str | None = None,
) -> Imported:
    """Make a tour from a plan, in the caller's transaction; the same file again changes nothing.

    ``ContentRefused`` where the tree refuses it (a title that is too long, a folder that takes
    no tours).
    """
    session = content.session
    content.queue(alone=False)
    # Two people with the same file at once: the second waits here and then finds the first's.
    content.get(folder.id, lock=True)
    same = queries.same_file(session, plan.sha256)
    if same is not None:
        return Imported("unchanged", same.id, same.path, same.title, same.state == "published")
    node = content.create(
        folder,
        "tour",
        title=plan.title,
        slug=slug,
        summary=plan.summary,
        fields=plan.fields(),
        blocks=_text_block(content, plan.description),
        key=key or f"gpx-{plan.sha256}",
    )
    tracks.remember(session, node.id, plan.line, source_name=plan.source_name, sha256=plan.sha256)
    tracks.follow(session, node)
    if publish:
        content.publish(node.id)
        # Drafts are nobody else's business.
        emit(
            session,
            content.registry,
            content.tenant.id,
            TOUR_IMPORTED,
            id=node.id,
            path=node.path,
            stops=len(plan.stops),
        )
    return Imported("imported", node.id, node.path, node.title, publish)


def _text_block(content: Content, text: str) -> list[dict[str, Any]]:
    """Return a stranger's text as a block, through the block's own checks."""
    kind = content.block_types.get("text")
    if not text or kind is None:
        return []
    try:
        data = kind.schema().bind().deserialize({"html": text})
    except colander.Invalid:
        return []
    return [{"id": "00000001", "type": "text", "data": data}] if data.get("html") else []


# Keeping the tables beside the nodes


def keep_index(event: NodeEvent) -> None:
    """Follow a place or tour that was made or saved."""
    if event.node.type == "place":
        _keep_point(event.session, event.node)
    elif event.node.type == "tour":
        tracks.follow(event.session, event.node)
        _keep_stops(event.session, event.node)


def _keep_point(session: Session, node: Node) -> None:
    fields = upgrade_place(node.body_version, (node.body or {}).get("fields", {}))
    lat, lon = fields.get("lat"), fields.get("lon")
    row = session.get(Point, node.id)
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        if row is not None:
            session.delete(row)
        _keep_area(session, node.id, "")
        return
    if row is None:
        row = Point(node_id=node.id)
        session.add(row)
    row.kind, row.lat, row.lon = str(fields.get("kind") or "poi"), float(lat), float(lon)
    row.hours = str(fields.get("opening_hours") or "")
    row.step_free = str(fields.get("step_free") or "")
    row.spoken = spoken(fields)
    for name in ("closed_until", "valid_from", "valid_to"):
        setattr(row, name, date.fromisoformat(fields[name]) if fields.get(name) else None)
    _keep_area(session, node.id, str(fields.get("area") or ""))
    _keep_filing(session, node.id, fields.get("categories") or ())


def _keep_area(session: Session, node_id: int, text: str) -> None:
    row = session.get(Area, node_id)
    area = areas.stored(text)
    if area is None:
        if row is not None:
            session.delete(row)
        return
    box = areas.box_of(area)
    session.merge(
        Area(node_id=node_id, south=box.south, west=box.west, north=box.north, east=box.east)
    )


def spoken(fields: Mapping[str, Any]) -> str:
    """Return the languages of a place as the index has them; staff who sign speak ``gsg``."""
    codes = set(fields.get("spoken_languages") or ())
    if "sign_language" in (fields.get("access") or ()):
        codes.add("gsg")
    return f" {' '.join(sorted(codes))} " if codes else ""


def _keep_filing(session: Session, node_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
    wanted = {int(row["category"]) for row in rows if row.get("category")}
    filed = {row.category_id: row for row in queries.filings(session, node_id)}
    for gone in filed.keys() - wanted:
        session.delete(filed[gone])
    for new in sorted(wanted - filed.keys()):
        session.add(Filing(node_id=node_id, category_id=new))


def _keep_stops(session: Session, node: Node) -> None:
    """Index a tour's stops by their position; two statements, whatever their number."""
    session.execute(delete(Stop).where(Stop.node_id == node.id))
    rows = [
        {"node_id": node.id, "position": position, "lat": stop["lat"], "lon": stop["lon"]}
        for position, stop in enumerate((node.body or {}).get("fields", {}).get("stops", ()), 1)
        if stop.get("lat") is not None and stop.get("lon") is not None
    ]
    session.add_all(Stop(**row) for row in rows)


def seed(session: Session, registry: Registry, tenant: Tenant) -> None:
    """Index the places that are here already; what is indexed is left alone."""
    del registry
    rows = session.scalars(
        select(Node)
        .outerjoin(Point, Point.node_id == Node.id)
        .where(Node.type == "place", Node.deleted_at.is_(None), Point.node_id.is_(None))
    )
    for node in rows:
        _keep_point(session, node)
    session.flush()
    last: int | None = 0
    while last is not None:
        last = keeping.fill(session, ZoneInfo(tenant.timezone), last)
