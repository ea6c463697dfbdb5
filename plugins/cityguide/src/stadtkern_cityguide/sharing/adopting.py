"""Making pages of an offer, and taking its changes over without touching what was changed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from stadtkern.accounts import Permission
from stadtkern.content import Content, Node
from stadtkern.content.merging import Contents, merge, resolve
from stadtkern.content.moving import Moving, files_in
from stadtkern.db import utcnow
from stadtkern.media import place as library_place
from stadtkern_cityguide import tracks
from stadtkern_cityguide.figures import decode_line, fingerprint_of
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.judging import Permitted
from stadtkern_cityguide.models import Origin
from stadtkern_cityguide.sharing import queries
from stadtkern_cityguide.sharing.errors import ShareRefused
from stadtkern_cityguide.sharing.models import Adoption, Offer

MAX_FILE = 2**32
"""Bytes of one file; whatever the giving town's library took in is taken here."""


class Adopting:
    """Carries one offer into the town of a content service; the caller's transaction."""

    def __init__(self, content: Content, offer: Offer, permitted: Permitted | None = None) -> None:
        """``permitted``: on which pages somebody holds a permission; without it on all."""
        self._content = content
        self.refused: list[str] = []
        """Titles of pages that nothing was changed on: no right to edit them."""
        self._offer = offer
        self._package: dict[str, Any] = json.loads(offer.package)
        self._numbers: dict[int, int] = {}
        self._moving = Moving(content.registry, self._numbers.get)
        self._known = queries.parts(content.session, self._source)
        nodes = [node for _origin, node in self._known.values() if node.deleted_at is None]
        self._editable = (
            {node.id for node in nodes}
            if permitted is None
            else set(permitted(Permission.EDIT, nodes))
        )

    @property
    def _source(self) -> str:
        return f"offer-{self._offer.id}"

    def adopt(self, folder: Node) -> Node:
        """Make drafts of everything; return the tour."""
        self._content.queue(alone=False)
        # Two people at once: the second waits here and then finds the first's tour.
        self._content.get(folder.id, lock=True)
        if queries.adoption_of(self._content.session, self._offer.id) is not None:
            raise ShareRefused(_("This tour is adopted already."))
        if self._offer.language not in self._content.tenant.locales:
            raise ShareRefused(_("The tour is in a language that your town has no pages in."))
        # What an earlier adoption left behind belongs to that one.
        for origin, _node in self._known.values():
            self._content.session.delete(origin)
        self._content.session.flush()
        self._known = {}
        return self._carry(folder)

    def take_over(self, adoption: Adoption, folder: Node) -> Node:
        """Take the changes over; of published pages into their working copies.

        Where some pages were not to be changed (``refused``), the tour stays behind its offer, so
        that somebody else can take the rest over.
        """
        node = self._carry(folder)
        if not self.refused:
            adoption.rev, adoption.licence = self._offer.rev, self._offer.licence
            adoption.adopted_at = utcnow()
        return node

    def _carry(self, folder: Node) -> Node:
        self._keep_files()
        for part in self._package["media"]:
            self._one(part, library_place(self._content))
        for part in self._package["places"]:
            self._one(part, folder)
        tour = self._one(self._package["tour"], folder)
        if queries.adoption(self._content.session, tour.id) is None:
            self._content.session.add(
                Adoption(
                    node_id=tour.id,
                    offer_id=self._offer.id,
                    town=self._offer.town,
                    address=self._offer.address,
                    licence=self._offer.licence,
                    rev=self._offer.rev,
                )
            )
        self._content.session.flush()
        return tour

    def _keep_files(self) -> None:
        """Store each file's bytes once more: from here on they are listed by this town's media."""
        store = self._content.registry["storage"]
        for sha in set(files_in(self._package["media"])):
            if not store.has(sha):
                raise ShareRefused(
                    _(
                        "The other town has removed a file of this tour. Please ask it to offer "
                        "it anew."
                    )
                )
            with store.path(sha).open("rb") as stream:
                store.put(stream, maximum=MAX_FILE)

    def _one(self, part: Mapping[str, Any], folder: Node) -> Node:
        """Make one page, or change the one that was made of this part before."""
        item = f"{part['type']}-{part['id']}"
        origin, node = self._known.get(item, (None, None))
        wanted = self._contents(part)
        if origin is None or node is None:
            node = self._new(part, wanted, folder)
            self._content.session.add(
                Origin(node_id=node.id, source=self._source, item=item, given=_given(wanted))
            )
        elif node.deleted_at is None and node.type == part["type"]:
            self._changed(node, origin, wanted)
        if node.deleted_at is None:
            self._numbers[part["id"]] = node.id
        return node

    def _contents(self, part: Mapping[str, Any]) -> Contents:
        """Return a part with this town's numbers, in the shape of the present schemas."""
        kind = self._content.kind(part["type"])
        body, version = self._moving.body(
            part["type"], {"fields": part["fields"], "blocks": part["blocks"]}, part["version"]
        )
        if part["type"] == "place" and not body["fields"].get("source"):
            body["fields"]["source"] = f"{self._offer.town}, {self._offer.address}"[:500]
        if part["type"] == "tour":
            line = self._line()
            body["fields"]["line"] = None if line is None else fingerprint_of(line)
        stored = SimpleNamespace(
            title=part["title"],
            summary=part["summary"],
            in_nav=False,
            body=body,
            body_version=version,
        )
        return self._content.contents(kind, stored)

    def _line(self) -> Any:
        text = self._package["line"]
        return decode_line(text, self._package["elevations"]) if text else None

    def _new(self, part: Mapping[str, Any], wanted: Contents, folder: Node) -> Node:
        content = self._content
        kind = content.kind(part["type"])
        stored = SimpleNamespace(
            body={"fields": dict(wanted.fields), "blocks": []}, body_version=kind.version
        )
        node = content.create(
            folder,
            part["type"],
            title=wanted.title,
            summary=wanted.summary,
            fields=content.fields_of(kind, stored),
        )
        self._follow_line(node, part)
        if wanted.blocks:
            content.save_contents(node.id, wanted, version=node.version)
        return node

    def _changed(self, node: Node, origin: Origin, wanted: Contents) -> None:
        content = self._content
        kind = content.kind(node.type)
        mine = content.contents(kind, content.working_copy(node))
        merged = merge(Contents(**origin.given), mine, wanted)
        # Where both sides changed the same, this town's word stands.
        result = resolve(merged, {piece.key: "mine" for piece in merged.conflicts})
        if node.id not in self._editable:
            if result != mine:
                self.refused.append(node.title)
            return
        self._follow_line(node, {"type": node.type})
        if result != mine:
            content.save_contents(
                node.id, result, version=node.version, draft=node.state == "published"
            )
        origin.given, origin.imported_at = _given(wanted), utcnow()

    def _follow_line(self, node: Node, part: Mapping[str, Any]) -> None:
        line = self._line() if part["type"] == "tour" else None
        if line is not None:
            tracks.remember(self._content.session, node.id, line)
            tracks.follow(self._content.session, node)


def _given(contents: Contents) -> dict[str, Any]:
    return {
        "title": contents.title,
        "summary": contents.summary,
        "in_nav": contents.in_nav,
        "fields": dict(contents.fields),
        "blocks": [dict(block) for block in contents.blocks],
    }


def publish(
    content: Content, adoption: Adoption, permitted: Permitted | None = None
) -> tuple[list[Node], list[Node]]:
    """Publish an adopted tour with its media and places.

    Return what lacks something still, and what the person has no right to publish.
    """
    parts = queries.parts(content.session, f"offer-{adoption.offer_id}")
    order = {"place": 1, "tour": 2}
    waiting = [
        node
        for _origin, node in sorted(
            parts.values(), key=lambda pair: (order.get(pair[1].type, 0), pair[1].id)
        )
        if node.deleted_at is None
        and (node.state != "published" or node.draft_revision is not None)
    ]
    allowed = (
        {node.id for node in waiting}
        if permitted is None
        else permitted(Permission.PUBLISH, waiting)
    )
    lacking = []
    for node in waiting:
        if node.id not in allowed:
            continue
        if content.lacks(node):
            lacking.append(node)
        else:
            content.publish(node.id)
    return lacking, [node for node in waiting if node.id not in allowed]
