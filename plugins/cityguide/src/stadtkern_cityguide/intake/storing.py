"""Carrying out what was judged, in the caller's transaction."""

from __future__ import annotations

from typing import Any

from stadtkern.content import Content, Node
from stadtkern.db import utcnow
from stadtkern_cityguide import tracks
from stadtkern_cityguide.care import source
from stadtkern_cityguide.intake import details
from stadtkern_cityguide.intake.judging import CHANGED, NEW, Decision, Judged, typed
from stadtkern_cityguide.intake.model import Item
from stadtkern_cityguide.models import Origin
from stadtkern_cityguide.services import import_tour


def store(content: Content, judged: Judged, folder: Node, *, publish: bool) -> list[Node]:
    """Make and change nodes; ``ContentRefused`` where the tree refuses one, then nothing is kept.

    ``publish``: new ones go public at once, as far as nothing that is required is missing.
    """
    content.queue(alone=False)
    # Two people with the same file at once: the second waits here.
    content.get(folder.id, lock=True)
    done = []
    for decision in judged.decisions:
        if decision.deed == NEW:
            node = _new(content, decision, folder, publish=publish)
            content.session.add(
                Origin(
                    node_id=node.id,
                    source=judged.reading.source,
                    item=decision.item.key,
                    given=_given(decision.item, decision),
                )
            )
            done.append(node)
        elif decision.deed == CHANGED and decision.node is not None:
            done.append(_changed(content, decision, decision.node))
        if decision.origin is not None:
            _tell_source(content, decision, decision.origin)
    content.session.flush()
    return done


def _tell_source(content: Content, decision: Decision, origin: Origin) -> None:
    """Keep what the file says now, and which of its news an editor's word hides."""
    given = _given(decision.item, decision)
    before = {name: value for name, value in origin.given.items() if name != "fresh"}
    if before == given:
        return
    new = {"title": decision.item.title, "summary": decision.item.summary} | typed(
        content, decision.item.type, given["fields"]
    )
    present = {"title": decision.title, "summary": decision.summary} | decision.fields
    if decision.item.details:
        block = details.told(content, decision.item.details)
        new |= block
        # Who has taken the block away has no say in its fields any more.
        present |= decision.block or block
    taken = {name for name, value in new.items() if present.get(name) == value}
    fresh = source.news(origin.given, given, taken)
    origin.given, origin.imported_at = given | {"fresh": fresh}, utcnow()
    origin.fresh = len(fresh)


def _given(item: Item, decision: Decision) -> dict[str, Any]:
    """Return what the file says, to be held against the page the next time."""
    fields = dict(item.fields)
    if decision.filed:
        fields["categories"] = [{"category": number} for number in decision.filed]
    found: dict[str, Any] = {"title": item.title, "summary": item.summary, "fields": fields}
    if item.plan is not None:
        found["sha256"] = item.plan.sha256
    if item.details:
        found["details"] = dict(item.details)
    return found


def _new(content: Content, decision: Decision, folder: Node, *, publish: bool) -> Node:
    item = decision.item
    if item.plan is not None:
        plan = (
            item.plan
            if decision.title == item.plan.title
            else item.plan.changed({"title": decision.title})
        )
        complete = bool(plan.licence and plan.attribution)
        made = import_tour(content, plan, folder, publish=publish and complete)
        return content.get(made.node_id)
    blocks = [{"type": "guide_event", "data": item.details}] if item.details else []
    node = content.create(
        folder,
        item.type,
        title=decision.title,
        summary=decision.summary,
        fields=decision.fields,
        blocks=blocks,
    )
    if publish and not content.lacks(node):
        content.publish(node.id)
    return node


def _changed(content: Content, decision: Decision, node: Node) -> Node:
    if decision.item.plan is not None:
        plan = decision.item.plan
        tracks.keep_first(content.session, node.id)
        tracks.remember(
            content.session,
            node.id,
            plan.line,
            source_name=plan.source_name,
            sha256=plan.sha256,
        )
    # What an editor has not published yet is not published by an import either.
    direct = node.draft_revision is None and not decision.waits
    save = content.save if direct else content.save_draft
    copy = content.working_copy(node)
    return save(
        node.id,
        version=node.version,
        title=decision.title,
        summary=decision.summary,
        in_nav=copy.in_nav,
        fields=decision.fields,
        blocks=details.blocks(content, copy, decision.block),
    )
