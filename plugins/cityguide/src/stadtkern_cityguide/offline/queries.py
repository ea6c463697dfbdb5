"""All SQL of what is kept on devices. Built once at import, with bind parameters."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import VISIBLE
from stadtkern_cityguide.offline.models import Asset, Bundle

MAX_TOURS = 2_000
"""Of a town, in all of its languages together."""

MAX_REVOKED = 5_000
"""Hashes of withdrawn media and pages that the catalogue names, the latest first."""

CHUNK = 500

_SHOWN = and_(Node.id == Bundle.tour_id, VISIBLE, Node.type == "tour")

_TOURS = (
    select(Node.id, Node.path, Node.title, Node.language)
    .where(VISIBLE, Node.type == "tour")
    .order_by(Node.id)
    .limit(MAX_TOURS)
)
_BUNDLES = (
    select(
        Bundle.tour_id,
        Bundle.language,
        Bundle.title,
        Bundle.rev,
        Bundle.etag,
        Bundle.manifest,
        Node.id.label("shown"),
    )
    .outerjoin(Node, _SHOWN)
    .order_by(Bundle.tour_id)
)
_LISTED = (
    select(Bundle.tour_id, Bundle.language, Bundle.title, Bundle.rev, Bundle.etag)
    .add_columns(Node.id.label("shown"))
    .outerjoin(Node, _SHOWN)
    .order_by(Bundle.tour_id)
)
_MANIFESTS = select(Bundle.etag, Bundle.manifest)
_BUNDLE = _BUNDLES.where(
    Bundle.tour_id == bindparam("tour"), Bundle.language == bindparam("language")
)
_STORED = select(Bundle).where(Bundle.tour_id == bindparam("tour"))
_READY = select(Bundle.tour_id).join(Node, _SHOWN).where(Bundle.tour_id == bindparam("tour"))
_GOOD = or_(Asset.node_id == 0, Node.id.is_not(None))
_OWNER = and_(Node.id == Asset.node_id, VISIBLE)
_REVOKED = (
    select(Asset.sha256)
    .outerjoin(Node, _OWNER)
    .group_by(Asset.sha256)
    .having(func.max(case((_GOOD, 1), else_=0)) == 0)
    .order_by(func.max(Asset.listed_at).desc(), Asset.sha256)
    .limit(MAX_REVOKED)
)
_ASSET = (
    select(
        Asset.sha256,
        Asset.ending,
        Asset.type,
        Asset.bytes,
        Asset.source,
        case((_GOOD, 1), else_=0).label("good"),
    )
    .outerjoin(Node, _OWNER)
    .where(Asset.sha256 == bindparam("sha256"))
    .order_by(case((_GOOD, 0), else_=1), Asset.id)
    .limit(1)
)
_AT = select(Node.path, Node.id).where(
    Node.path.in_(bindparam("paths", expanding=True)), Node.deleted_at.is_(None)
)


def tours(session: Session) -> Sequence[Any]:
    """Return the tours that everybody may see: id, path, title, language."""
    return session.execute(_TOURS).all()


def bundles(session: Session) -> Sequence[Any]:
    """Return all packs without manifests; ``shown`` is None where nobody may see the tour."""
    return session.execute(_LISTED).all()


def manifests(session: Session, etags: Collection[str]) -> dict[str, str]:
    """Return manifests by their hashes; of many at once, one query for each ``CHUNK``."""
    wanted = sorted(etags)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        found |= {
            row.etag: row.manifest
            for row in session.execute(_MANIFESTS.where(Bundle.etag.in_(part)))
        }
    return found


def bundle(session: Session, tour: int, language: str) -> Any:
    """Return one pack as ``bundles`` does, with its manifest, or None."""
    return session.execute(_BUNDLE, {"tour": tour, "language": language}).first()


def stored(session: Session, tour: int) -> Bundle | None:
    """Return the row of a tour's pack."""
    return session.scalars(_STORED, {"tour": tour}).first()


def is_ready(session: Session, tour: int) -> bool:
    """Tell whether a tour can be kept on a device now."""
    return session.execute(_READY, {"tour": tour}).first() is not None


def revoked(session: Session) -> list[str]:
    """Return the hashes of media and pages that were given out and are public no more."""
    return list(session.scalars(_REVOKED))


def asset(session: Session, sha256: str) -> Any:
    """Return where bytes come from, or None; ``good`` is 0 for what was withdrawn."""
    return session.execute(_ASSET, {"sha256": sha256}).first()


def nodes_at(session: Session, paths: Collection[str]) -> dict[str, int]:
    """Return the numbers of the nodes at some addresses; of other addresses nothing."""
    found = session.execute(_AT, {"paths": sorted(paths)})
    return {path: number for path, number in found}  # noqa: C416 - rows are no pairs to mypy


def assets(session: Session, shas: Collection[str]) -> list[Asset]:
    """Return the rows of some hashes."""
    wanted = sorted(shas)
    found: list[Asset] = []
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        found += session.scalars(select(Asset).where(Asset.sha256.in_(part)))
    return found


def note_listed(session: Session, shas: Collection[str], now: datetime) -> None:
    """Note that a manifest names these bytes now."""
    wanted = sorted(shas)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        session.execute(
            update(Asset)
            .where(Asset.sha256.in_(part))
            .values(listed_at=now)
            .execution_options(synchronize_session=False)
        )


def forget_own(session: Session, before: datetime, pages: datetime) -> None:
    """Forget scripts and styles that no manifest has named since ``before``.

    Hashes of pages are known until ``pages``: devices are told when such a page is withdrawn.
    Media stay noted.
    """
    session.execute(
        delete(Asset)
        .where(
            or_(
                and_(Asset.node_id == 0, Asset.listed_at < before),
                and_(Asset.source == "", Asset.listed_at < pages),
            )
        )
        .execution_options(synchronize_session=False)
    )


def own(session: Session, since: datetime) -> set[str]:
    """Return the hashes of the guide's own bytes that a manifest has named since a moment."""
    wanted = select(Asset.sha256).where(Asset.source == "", Asset.listed_at >= since)
    return set(session.scalars(wanted))
