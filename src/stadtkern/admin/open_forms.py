"""What stands around an open form: who else has it open, what was typed before, what it began with.

A form for a node posts ``version`` and ``base`` (number of the revision that it shows), from which
the next save tells what others did meanwhile, and ``lock``, the name of this very form.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.request import Request

from stadtkern.admin.editor import LeftOut, NodeForm
from stadtkern.content import ContentType, Resource, autosaves, locks
from stadtkern.content.models import Node
from stadtkern.db import whole_number
from stadtkern.forms import nested
from stadtkern.web.bodies import MAX_CONTROLS
from stadtkern.web.i18n import _

OWN = frozenset({"csrf_token", "do", "at", "lock", "anyway"})
"""Controls that belong to one sending of a form, not to what was typed."""
MAX_TOKEN = 64


@dataclass
class OpenForm:
    """What the template needs beside the form itself."""

    place: str
    lock: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    base: int = 0
    taken: locks.Holder | None = None
    """Who has the node's form open, if it is somebody else."""
    left: "Left | None" = None
    """What the same person typed here and did not save."""
    anyway: str = ""

    @property
    def since(self) -> str:
        """Return what names the present lease, for saving in spite of it."""
        return "" if self.taken is None else self.taken.since.isoformat()


@dataclass(frozen=True)
class Left:
    """Text that waits to be restored: when it was typed and which parts it concerns."""

    saved_at: datetime
    parts: list[str]


def shown_revision(node: Node) -> int:
    """Return the number of the revision that the node's form shows."""
    return node.draft_revision or node.live_revision


def opened(request: Request, form: NodeForm, place: str, node: Node | None) -> OpenForm:
    """Return what a form that is opened must know: two questions to the database."""
    found = OpenForm(place, base=0 if node is None else shown_revision(node))
    if node is not None:
        found.taken = other_holder(request, node.id)
    row = autosaves.find(request.db, request.identity.account_id, place)
    if row is not None:
        typed = again(request, form.kind, node, row.controls)
        parts = form.differences(typed)
        if parts:
            found.left = Left(row.saved_at, parts)
    return found


def posted(request: Request, place: str) -> OpenForm:
    """Return the same of a form that was posted."""
    given = request.POST.get("lock", "")
    found = OpenForm(place, base=whole_number(request.POST.get("base")) or 0)
    if isinstance(given, str) and 0 < len(given) <= MAX_TOKEN:
        found.lock = given
    found.anyway = str(request.POST.get("anyway", ""))
    return found


def other_holder(request: Request, node_id: int) -> locks.Holder | None:
    """Return who else has a node's form open."""
    holder = locks.holder(request.db, node_id)
    if holder is None or holder.account_id == request.identity.account_id:
        return None
    return holder


def again(request: Request, kind: ContentType, node: Node | None, controls: list[Any]) -> NodeForm:
    """Return a form as it was when its controls were kept."""
    shown = None if node is None else request.content.working_copy(node)
    form = NodeForm(request, kind, node=shown, adding=node is None)
    pairs = [(str(name), value) for name, value in controls if name not in OWN]
    form.read(nested([*pairs, ("do", "return")]))
    return form


@dataclass(frozen=True)
class Unsaved:
    """Contents that are typed and not saved, for previews, and sentences on what is not shown.

    ``draft`` is None where nothing is kept of a stored page's form.
    """

    draft: Any
    left_out: list[str]


def unsaved(request: Request, place: str, kind: ContentType, node: Node | None) -> Unsaved:
    """Return what this person has typed into a form, read and judged as its save would.

    What is wrong shows what is stored; a new page of which nothing is kept is empty. Only reads.
    """
    row = autosaves.find(request.db, request.identity.account_id, place)
    if row is None and node is not None:
        return Unsaved(None, [])
    content = request.content
    shown = None if node is None else content.working_copy(node)
    form = NodeForm(request, kind, node=shown, adding=node is None)
    controls = [] if row is None else row.controls
    form.read(nested([(str(name), value) for name, value in controls if name not in OWN]))
    values, left_out = form.so_far(request.registry)
    core = values["core"]
    draft = content.unsaved(
        kind,
        node,
        title=core["title"] or request.translate(_("No title yet")),
        summary=core["summary"] or "",
        in_nav=bool(core["in_nav"]),
        fields=values["fields"],
        blocks=values["blocks"],
    )
    return Unsaved(draft, [_not_shown(request, one) for one in left_out])


def _not_shown(request: Request, one: LeftOut) -> str:
    words = _(
        "“${field}” is not shown yet: ${reason}",
        mapping={"field": one.field, "reason": one.reason},
    )
    return str(request.translate(words))


def typed(request: Request) -> list[tuple[str, str]]:
    """Return the posted texts of a form, in order; files cannot be kept."""
    pairs = [
        (name, value)
        for name, value in request.POST.items()
        if name not in OWN and isinstance(value, str)
    ]
    return pairs[:MAX_CONTROLS]


def done(request: Request, place: str, node_id: int | None) -> None:
    """Forget what was kept of a form that is saved, and give its lease back."""
    account_id = request.identity.account_id
    autosaves.drop(request.db, account_id, place)
    if node_id is not None:
        locks.release(request.db, node_id, account_id)


def place_of(context: Resource, kind: ContentType | None = None) -> str:
    """Return the name of a form's place."""
    return autosaves.place_of(context.node.id, None if kind is None else kind.name)
