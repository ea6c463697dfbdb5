"""All SQL that reads offers and adoptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern_cityguide.models import Origin
from stadtkern_cityguide.sharing.models import Adoption, Offer

MOST = 300
"""Tours and offers that a page lists."""

_SOURCES = (
    select(Node).where(VISIBLE, Node.id.in_(bindparam("ids", expanding=True))).order_by(Node.id)
)
_OURS = (
    select(*LIGHT, Node.live_revision, Offer)
    .outerjoin(Offer, (Offer.node_id == Node.id) & (Offer.town_id == bindparam("town")))
    .where(VISIBLE, Node.type == "tour")
    .order_by(Node.title, Node.id)
    .limit(MOST)
)
_OFFERED = (
    select(
        Offer.id,
        Offer.town,
        Offer.address,
        Offer.language,
        Offer.title,
        Offer.summary,
        Offer.licence,
        Offer.attribution,
        Offer.stops,
        Offer.places,
        Offer.media,
        Offer.rev,
    )
    .where(
        Offer.withdrawn_at.is_(None),
        Offer.town_id != bindparam("town"),
        or_(Offer.towns == "", Offer.towns.contains(bindparam("slug"))),
    )
    .order_by(Offer.town, Offer.title, Offer.id)
    .limit(MOST)
)
_ADOPTED = (
    select(Adoption, Offer.rev.label("rev_now"), Offer.withdrawn_at, *LIGHT)
    .join(Node, Node.id == Adoption.node_id)
    .outerjoin(Offer, Offer.id == Adoption.offer_id)
    .where(Node.deleted_at.is_(None))
    .order_by(Node.title, Node.id)
)
_PARTS = (
    select(Origin, Node)
    .join(Node, Node.id == Origin.node_id)
    .where(Origin.source == bindparam("source"))
)


def sources(session: Session, ids: Collection[int]) -> list[Node]:
    """Return the public nodes among these."""
    return list(session.scalars(_SOURCES, {"ids": sorted(ids)})) if ids else []


def ours(session: Session, town: int) -> Sequence[Any]:
    """Return the town's public tours, each with its offer."""
    return session.execute(_OURS, {"town": town}).all()


def offered(session: Session, town: int, slug: str) -> Sequence[Any]:
    """Return what others offer to a town, without the packages."""
    return session.execute(_OFFERED, {"town": town, "slug": f" {slug} "}).all()


def adopted(session: Session) -> Sequence[Any]:
    """Return the adopted tours with the revision that is offered now."""
    return session.execute(_ADOPTED).all()


def adoption(session: Session, node_id: int) -> Adoption | None:
    """Return where a tour was adopted from, if it was."""
    return session.get(Adoption, node_id)


def adoption_of(session: Session, offer_id: int) -> Adoption | None:
    """Return the tour of this town that came from an offer and is not in the trash."""
    return session.scalars(
        select(Adoption)
        .join(Node, Node.id == Adoption.node_id)
        .where(Adoption.offer_id == offer_id, Node.deleted_at.is_(None))
    ).first()


def offer_of(session: Session, town: int, node_id: int) -> Offer | None:
    """Return a town's offer of a tour, withdrawn or not."""
    return session.scalars(
        select(Offer).where(Offer.town_id == town, Offer.node_id == node_id)
    ).first()


def open_to(session: Session, offer_id: int, town: int, slug: str) -> Offer | None:
    """Return an offer if this town may adopt it now."""
    return session.scalars(
        select(Offer).where(
            Offer.id == offer_id,
            Offer.withdrawn_at.is_(None),
            Offer.town_id != town,
            or_(Offer.towns == "", Offer.towns.contains(f" {slug} ")),
        )
    ).first()


def hidden(session: Session, town: int) -> list[Offer]:
    """Return a town's open offers of tours that nobody may see any more."""
    return list(
        session.scalars(
            select(Offer).where(
                Offer.town_id == town,
                Offer.withdrawn_at.is_(None),
                Offer.node_id.not_in(select(Node.id).where(VISIBLE, Node.type == "tour")),
            )
        )
    )


def naming(session: Session, town: int, node_id: int) -> list[Offer]:
    """Return a town's open offers that hold a place or a medium of its own."""
    # As ``packing`` writes its parts: canonical JSON, in which no text can look like this.
    part = f'"id":{node_id},"summary":'
    return list(
        session.scalars(
            select(Offer).where(
                Offer.town_id == town, Offer.withdrawn_at.is_(None), Offer.package.contains(part)
            )
        )
    )


def parts(session: Session, source: str) -> dict[str, tuple[Origin, Node]]:
    """Return what came from an offer by its name there, in the trash too."""
    rows = session.execute(_PARTS, {"source": source})
    return {origin.item: (origin, node) for origin, node in rows}
