"""What a file would change here: the dry run. Only reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from stadtkern.accounts import Permission
from stadtkern.content import Content, Node
from stadtkern_cityguide import queries
from stadtkern_cityguide.categories import Category, arranged
from stadtkern_cityguide.geometry import haversine_m
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake import details
from stadtkern_cityguide.intake.model import Invalid, Item, Reading, Repair, words
from stadtkern_cityguide.models import Origin
from stadtkern_cityguide.schemas.places import MAX_CATEGORIES

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
NO_RIGHT = _("Not changed: no right to edit this page.")
Permitted = Callable[[str, Sequence[Node]], set[int]]
"""Returns the numbers of the pages on which somebody holds a permission."""
SAME_PLACE_M = 100.0
"""Two places of one name that are nearer than this are the same."""


@dataclass(frozen=True)
class Decision:
    """What becomes of one item. ``fields``: typed, what an editor has changed kept.

    ``block``: the same of an event's block, as ``details`` names it; empty where it has none.
    """

    item: Item
    deed: str
    title: str
    summary: str
    fields: dict[str, Any]
    node: Node | None = None
    origin: Origin | None = None
    path: str = ""
    filed: tuple[int, ...] = ()
    block: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    """Whether the change waits in a working copy: what is public is somebody else's to publish."""


@dataclass
class Judged:
    """Decisions on all items of a file, and what has to be told of it."""

    reading: Reading
    decisions: list[Decision] = field(default_factory=list)
    repaired: list[Repair] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)

    def count(self, deed: str) -> int:
        """Return how many items become this."""
        return sum(decision.deed == deed for decision in self.decisions)

    def report(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            NEW: self.count(NEW),
            CHANGED: self.count(CHANGED),
            UNCHANGED: self.count(UNCHANGED),
            "repaired": [
                {"item": one.item, "field": one.field, "from": one.before, "to": one.after}
                for one in self.repaired
            ],
            "invalid": [
                {"item": one.item, "field": one.field, "reason": words(one.reason)}
                for one in self.invalid
            ],
        }


def judge(content: Content, reading: Reading, permitted: Permitted | None = None) -> Judged:
    """Hold a file's items against what is here; the number of queries does not grow with them.

    ``permitted`` tells on which pages the person holds a permission; without it (an operator's
    command) every page may be changed.
    """
    session = content.session
    known = {
        origin.item: (origin, node) for origin, node in queries.origins(session, reading.source)
    }
    fresh = [item for item in reading.items if item.key not in known]
    own = {node.id for _origin, node in known.values()}
    twins: dict[str, list[Any]] = {}
    titles = {item.title for item in fresh if item.type == "place"}
    for row in queries.named_places(session, titles) if titles else ():
        if row.id not in own:
            twins.setdefault(row.title, []).append(row)
    judged = Judged(
        reading,
        repaired=list(reading.repaired),
        invalid=list(reading.invalid),
        notices=list(reading.notices),
    )
    language = content.tenant.default_locale
    categories = (
        arranged(queries.categories(session), language, language)
        if any(item.words for item in reading.items)
        else []
    )
    for item in reading.items:
        fields = dict(item.fields)
        chosen = tuple(_filed(item, categories))
        if chosen:
            fields["categories"] = [{"category": number} for number in chosen]
        origin, node = known.get(item.key, (None, None))
        if origin is not None and node is not None:
            if node.type == item.type and node.deleted_at is None:
                judged.decisions.append(
                    replace(_again(content, item, fields, origin, node), filed=chosen)
                )
            else:
                # Somebody has deleted it, or made something else of it: their word counts.
                judged.decisions.append(Decision(item, UNCHANGED, item.title, "", {}, node))
            continue
        twin = _twin(item, twins)
        if twin is not None:
            judged.invalid.append(
                Invalid(
                    item.title,
                    "title",
                    _(
                        "A place of this name is here already: ${path}. It is not taken a second "
                        "time.",
                        mapping={"path": twin.path},
                    ),
                )
            )
            continue
        judged.decisions.append(replace(_first(content, item, fields, judged), filed=chosen))
    if permitted is not None:
        _within_rights(judged, permitted)
    return judged


def _within_rights(judged: Judged, permitted: Permitted) -> None:
    """Leave pages alone that the person may not edit, and public ones to those who publish."""
    nodes = [one.node for one in judged.decisions if one.deed == CHANGED and one.node is not None]
    editable = permitted(Permission.EDIT, nodes)
    public = [node for node in nodes if node.id in editable and node.state == "published"]
    publishable = permitted(Permission.PUBLISH, public)
    waiting = {node.id for node in public} - publishable
    for number, one in enumerate(judged.decisions):
        if one.deed != CHANGED or one.node is None:
            continue
        if one.node.id not in editable:
            # Without its origin: the next import, by somebody who may, finds the same news.
            judged.decisions[number] = replace(
                one, deed=UNCHANGED, title=one.node.title, origin=None
            )
            judged.invalid.append(Invalid(one.item.title, "rights", NO_RIGHT))
        elif one.node.id in waiting:
            judged.decisions[number] = replace(one, waits=True)
    if waiting:
        judged.notices.append(
            _(
                "You may not publish these public pages, so what changes waits in working "
                "copies: ${n}",
                mapping={"n": len(waiting)},
            )
        )


def typed(content: Content, type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON values as the content type's schema has them."""
    kind = content.types[type_name]
    stored = SimpleNamespace(body={"fields": dict(fields)}, body_version=kind.version)
    return content.fields_of(kind, stored)


def _first(content: Content, item: Item, fields: Mapping[str, Any], judged: Judged) -> Decision:
    if item.plan is not None:
        same = queries.same_file(content.session, item.plan.sha256)
        if same is not None:
            return Decision(item, UNCHANGED, same.title, "", {}, path=same.path)
        twin = queries.same_name(content.session, item.plan.source_name, item.title)
        if twin is not None:
            judged.notices.append(
                _("A similar tour is here already: ${path}", mapping={"path": twin.path})
            )
    return Decision(item, NEW, item.title, item.summary, typed(content, item.type, fields))


def _again(
    content: Content, item: Item, fields: Mapping[str, Any], origin: Origin, node: Node
) -> Decision:
    """Take what the file says anew, where the page still says what the file said before."""
    present = content.working_copy(node)
    kind = content.types[item.type]
    now = {"title": present.title, "summary": present.summary} | content.fields_of(kind, present)
    given = origin.given
    before = {
        "title": given.get("title"),
        "summary": given.get("summary"),
    } | typed(content, item.type, given.get("fields") or {})
    new = {"title": item.title, "summary": item.summary} | typed(content, item.type, fields)
    if item.details:
        now |= details.present(content, present)
        before |= details.told(content, given.get("details"))
        new |= details.told(content, item.details)
    if item.plan is not None and given.get("sha256") == item.plan.sha256:
        # The very same file says nothing new of the line, whatever it is called by now.
        new["line"] = now.get("line")
    merged = {
        name: new[name] if name in new and value == before.get(name) else value
        for name, value in now.items()
    }
    return Decision(
        item,
        CHANGED if merged != now else UNCHANGED,
        merged.pop("title"),
        merged.pop("summary"),
        {name: value for name, value in merged.items() if not name.startswith(details.PREFIX)},
        node,
        origin,
        node.path,
        block={name: merged[name] for name in merged if name.startswith(details.PREFIX)},
    )


def _twin(item: Item, twins: Mapping[str, list[Any]]) -> Any:
    if item.type != "place":
        return None
    here = (item.fields["lat"], item.fields["lon"])
    return next(
        (
            row
            for row in twins.get(item.title, ())
            if haversine_m(here, (row.lat, row.lon)) <= SAME_PLACE_M
        ),
        None,
    )


def _filed(item: Item, categories: list[Category]) -> list[int]:
    if item.type != "place" or not item.words:
        return []
    return [one.id for one in categories if item.words & {*one.words, one.title.casefold()}][
        :MAX_CATEGORIES
    ]
