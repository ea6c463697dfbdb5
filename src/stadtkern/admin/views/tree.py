"""The tree of all pages: opened level by level, moved by mouse, touch or keyboard.

It is a list of lists whose entries unfold, not a widget of the role ``tree``: the entries hold
links and buttons, which that role does not allow (ARIA Authoring Practices, “Tree View” and
“Disclosure Navigation”). What is open stands in the address, so all of it works without scripts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.admin import queries as lists
from stadtkern.admin.notices import Undo, tell
from stadtkern.admin.views.base import add_deed, add_page
from stadtkern.content import ContentRefused, queries
from stadtkern.content.models import Node
from stadtkern.content.scope import areas, office_view, sees_all
from stadtkern.content.traversal import resource_for
from stadtkern.db import whole_number
from stadtkern.web.i18n import _

PER_LEVEL = 50
"""Children that one node shows; the list of pages has all."""
MOST_OPEN = 200
MOST_FOUND = 100


@dataclass
class Branch:
    """A node of the tree with what is shown below it."""

    row: Any
    lineage: tuple[int, ...]
    """Its own id and those above it, for roles on parts of the site."""
    children: "list[Branch]" = field(default_factory=list)
    total: int = 0
    """How many stand below it, if it is open."""
    open: bool = False

    @property
    def more(self) -> int:
        """Return how many children are not shown."""
        return max(0, self.total - len(self.children))


class Tree:
    """What one request shows of the tree."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.text = " ".join(request.GET.get("q", "").split())[:200]
        self.opened = _numbers(request.GET.get("open", ""))
        allowed = office_view(request)
        self.hits: set[int] = set()
        if self.text:
            rows, self.hits = lists.found_branches(request.db, allowed, self.text, limit=MOST_FOUND)
            self.opened = {row.id for row in rows}
        else:
            if "open" not in request.GET:
                self.opened = {row.id for row in queries.roots(request.db)}
            rows = lists.branches(request.db, allowed, self.opened, per_level=PER_LEVEL)
        self.branches = self._grown(rows)

    def _grown(self, rows: Sequence[Any]) -> list[Branch]:
        below: dict[int | None, list[Any]] = {}
        shown = {row.id for row in rows}
        for row in rows:
            below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)
        # What hangs on nothing shown: front pages; a child of a closed node is not shown at all.
        tops = [row for row in below.get(None, []) if row.parent_id is None or self.text]
        return [self._branch(row, (), below) for row in sorted(tops, key=lambda row: row.path)]

    def _branch(
        self, row: Any, above: tuple[int, ...], below: dict[int | None, list[Any]]
    ) -> Branch:
        lineage = (row.id, *above)
        found = below.get(row.id, [])
        children = [self._branch(child, lineage, below) for child in found]
        total = found[0].siblings if found else 0
        return Branch(row, lineage, children, total, bool(children))

    def toggled(self, number: int) -> str:
        """Return the address that opens or closes a node."""
        opened = self.opened ^ {number}
        return self._address({"open": _joined(opened)})

    def address(self, **query: Any) -> str:
        """Return this view's address with a further question."""
        kept = {"q": self.text} if self.text else {"open": _joined(self.opened)}
        return self._address(kept | query)

    def _address(self, query: dict[str, Any]) -> str:
        moving = self.request.GET.get("move")
        if moving and "move" not in query and whole_number(moving):
            query["move"] = moving
        query = {name: value for name, value in query.items() if value is not None}
        return str(self.request.route_path("admin.tree", _query=query))

    def may(self, permission: str, branch: Branch) -> bool:
        """Tell whether a role allows something on a node; no SQL."""
        found = permissions_of(self.request, self.request.identity, branch.lineage)
        return permission in found


def tree(request: Request) -> dict[str, Any]:
    """Show the tree, or with ``move`` the places to which a node can go."""
    shown = Tree(request)
    moving, pointing = _moving(request), 0
    if moving is not None:
        pointing = lists.pointing_at(request.db, moving)
    return {
        "tree": shown,
        "types": request.content.types,
        "moving": moving,
        "pointing": pointing,
        "opened": _joined(shown.opened),
        "areas": () if sees_all(request) else areas(request),
        "fits": lambda branch: _fits(request, shown, moving, branch),
        "permissions": Permission,
    }


def _moving(request: Request) -> Any:
    number = whole_number(request.GET.get("move"))
    if number is None:
        return None
    rows = queries.by_ids(request.db, [number], drafts=True)
    row = rows.get(number)
    if row is None or row.parent_id is None:
        return None
    context = resource_for(request, row)
    return context.node if request.has_permission(Permission.MOVE, context) else None


def _fits(request: Request, shown: Tree, moving: Any, branch: Branch) -> bool:
    """Tell whether the node that is being moved may stand below a branch."""
    row, types = branch.row, request.content.types
    kind, parent = types.get(moving.type), types.get(row.type)
    return (
        kind is not None
        and parent is not None
        and parent.accepts(kind)
        and row.language == moving.language
        and moving.id not in branch.lineage
        and (row.id == moving.parent_id or shown.may(Permission.ADD, branch))
    )


def move(request: Request) -> Response:
    """Put a node below another one or before one of its children.

    ``to`` is ``below:ID`` or ``before:ID``; ``version`` the one that was shown.
    """
    post = request.POST
    where, _colon, name = post.get("to", "").partition(":")
    number, target_id = whole_number(post.get("node")), whole_number(name)
    version = whole_number(post.get("version"))
    here = {"open": _joined(_numbers(post.get("open", "")))}
    target = request.route_path("admin.tree", _query=here)
    content = request.content
    try:
        node = content.get(number or 0)
        other = content.get(target_id or 0)
        parent_id = other.parent_id if where == "before" else other.id
        if parent_id is None or where not in {"below", "before"}:
            raise ContentRefused(_("A page cannot stand beside a front page."))  # noqa: TRY301
        undo = _way_back(request, node)
        parent = content.get(parent_id)
        may_place(request, node, parent)
        before = other.id if where == "before" else 0
        content.move(node.id, parent.id, version=version, before=before)
    except ContentRefused as error:
        tell(request, error.args[0], "error")
        return Response(status=303, location=target)
    request.db.flush()
    # Its new place is opened, so that it is seen there.
    here["open"] = _joined(_numbers(here["open"]) | set(resource_for(request, parent).lineage_ids))
    tell(
        request,
        _(
            "“${title}” now stands below “${parent}”.",
            mapping={"title": node.title, "parent": parent.title},
        ),
        undo=undo(node.version),
    )
    target = request.route_path("admin.tree", _query=here, _anchor=f"node-{node.id}")
    return Response(status=303, location=target)


def _way_back(request: Request, node: Node) -> Any:
    """Return what makes the button that puts a node back to where it stands now."""
    after = lists.next_sibling(request.db, node)
    place = f"before:{after}" if after is not None else f"below:{node.parent_id}"
    opened = request.POST.get("open", "")

    def undo(version: int) -> Undo:
        return Undo(
            request.route_path("admin.tree.move"),
            {"node": node.id, "to": place, "version": version, "open": opened},
        )

    return undo


def may_place(request: Request, node: Node, parent: Node) -> None:
    """Demand the rights to take a node from its place and to put it below another one."""
    source, target = resource_for(request, node), resource_for(request, parent)
    if not request.has_permission(Permission.MOVE, source):
        raise HTTPForbidden
    if node.parent_id == parent.id:
        return
    if not request.has_permission(Permission.ADD, target):
        raise HTTPForbidden
    if request.content.is_public_below(node.path) and not request.has_permission(
        Permission.PUBLISH, target
    ):
        # Moving what is published publishes it there.
        raise HTTPForbidden


def _numbers(text: str) -> set[int]:
    numbers = {whole_number(part) for part in text.split(".")[:MOST_OPEN]}
    return {number for number in numbers if number is not None}


def _joined(numbers: set[int]) -> str:
    return ".".join(str(number) for number in sorted(numbers)[:MOST_OPEN])


def includeme(config: Configurator) -> None:
    """Register the tree."""
    config.add_route("admin.tree", "/admin/content")
    config.add_route("admin.tree.move", "/admin/content/move")
    add_page(config, tree, "admin.tree", "tree", permission=Permission.OFFICE)
    add_deed(config, move, "admin.tree.move", permission=Permission.OFFICE)
    config.add_admin_item("content", title=_("Pages"), route="admin.tree", order=10)
