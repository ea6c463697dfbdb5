"""Offering tours, withdrawing them, adopting what others offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound

from stadtkern.audit import record
from stadtkern.content import Content, Node
from stadtkern.content.events import NodeEvent
from stadtkern.db import utcnow
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.judging import Permitted
from stadtkern_cityguide.offline.manifest import digest
from stadtkern_cityguide.services import folder_for
from stadtkern_cityguide.sharing import queries
from stadtkern_cityguide.sharing.adopting import Adopting
from stadtkern_cityguide.sharing.errors import ShareRefused
from stadtkern_cityguide.sharing.models import Adoption, Offer
from stadtkern_cityguide.sharing.packing import MEDIA, pack

Settings = Mapping[str, Any]


def offer(content: Content, node_id: int, settings: Settings, origin: str) -> Offer:
    """Offer a public tour to other towns, or offer it as it is now; ``ShareRefused`` if it cannot.

    Raises ``HTTPNotFound`` for what is no public tour of this town.
    """
    found = [node for node in queries.sources(content.session, [node_id]) if node.type == "tour"]
    if not found:
        raise HTTPNotFound
    tour = found[0]
    if queries.adoption(content.session, tour.id) is not None:
        raise ShareRefused(
            _("This tour was adopted from another town. Only that town can offer it.")
        )
    package = pack(content, tour, origin)
    fields = content.fields(tour)
    row = queries.offer_of(content.session, content.tenant.id, tour.id)
    sha = digest(package.data)
    if row is None:
        row = Offer(town_id=content.tenant.id, node_id=tour.id, rev=1)
        content.session.add(row)
    elif row.sha256 != sha:
        row.rev += 1
    row.town, row.language = content.tenant.name, tour.language
    row.address = f"{origin}{tour.path}"
    row.title, row.summary = tour.title, tour.summary
    row.licence, row.attribution = fields["licence"], fields["attribution"]
    row.stops, row.places, row.media = package.stops, package.places, package.media
    row.revision, row.sha256, row.package = tour.live_revision, sha, package.data.decode()
    slugs = str(settings.get("share_with") or "").split()
    row.towns = f" {' '.join(slugs)} " if slugs else ""
    row.offered_at, row.withdrawn_at = utcnow(), None
    record(content.session, "cityguide.offer", "node", tour.id)
    content.session.flush()
    return row


def withdraw(content: Content, node_id: int) -> None:
    """Offer a tour no longer; copies that were adopted stay, and their towns are told."""
    row = queries.offer_of(content.session, content.tenant.id, node_id)
    if row is None or row.withdrawn_at is not None:
        raise HTTPNotFound
    row.withdrawn_at, row.package = utcnow(), ""
    record(content.session, "cityguide.withdraw", "node", node_id)


def follow(event: NodeEvent) -> None:
    """Withdraw offers of what nobody may see any more: the tour, a place or a medium of it.

    A picture whose rights have ended must not travel on to other towns.
    """
    rows = {row.id: row for row in queries.hidden(event.session, event.tenant_id)}
    if event.node.type in {"place", *MEDIA}:
        for row in queries.naming(event.session, event.tenant_id, event.node.id):
            rows[row.id] = row
    for row in rows.values():
        row.withdrawn_at, row.package = utcnow(), ""
        record(event.session, "cityguide.withdraw", "node", row.node_id)


def adopt(content: Content, offer_id: int, settings: Settings) -> Node:
    """Make drafts of an offered tour, with its places and media; return the tour."""
    row = _open(content, offer_id)
    node = Adopting(content, row).adopt(_folder(content, row, settings))
    record(content.session, "cityguide.adopt", "node", node.id)
    return node


def take_over(
    content: Content, node_id: int, settings: Settings, permitted: Permitted | None = None
) -> tuple[Node, list[str]]:
    """Take an offer's newer revision over into an adopted tour.

    Return the tour, and the titles of pages that were left alone: no right to edit them.
    """
    known = adopted(content, node_id)
    row = _open(content, known.offer_id)
    work = Adopting(content, row, permitted)
    node = work.take_over(known, _folder(content, row, settings))
    record(content.session, "cityguide.take", "node", node.id)
    return node, work.refused


def adopted(content: Content, node_id: int) -> Adoption:
    """Return where a tour of this town was adopted from; ``HTTPNotFound`` if it was not."""
    found = queries.adoption(content.session, node_id)
    if found is None:
        raise HTTPNotFound
    return found


def _open(content: Content, offer_id: int) -> Offer:
    row = queries.open_to(content.session, offer_id, content.tenant.id, content.tenant.slug)
    if row is None:
        raise HTTPNotFound
    return row


def _folder(content: Content, row: Offer, settings: Settings) -> Node:
    if row.language == content.tenant.default_locale:
        return folder_for(content, settings)
    root = content.by_path(f"/{row.language}")
    if root is None:
        raise ShareRefused(_("The tour is in a language that your town has no pages in."))
    return root
