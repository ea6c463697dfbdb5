"""Fields that choose nodes of the tenant: one of a library's type, or any pages by address."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import colander
import deform.widget as w
from markupsafe import Markup
from pyramid.request import Request
from sqlalchemy import select

from stadtkern.content.models import Node
from stadtkern.content.scope import office_view, sees_all
from stadtkern.db import MAX_ID, whole_number
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_CHOICES = 500
"""Titles that a drop-down offers; one that is chosen already is always among them."""
MAX_PATH = 900
HIDDEN = _("Chosen by somebody else, not visible to you")
_KEPT = re.compile(r"#([0-9]{1,9})\b")
"""How a line begins that stands for a page which the person may not see."""


class _Library:
    """The titles of some types' nodes, read once a request and kept as HTML.

    Only those that the person may see: titles of drafts in other parts of the site are nobody
    else's business. What a page refers to already may stay chosen, without its title.
    """

    def __init__(self, request: Request, types: tuple[str, ...]) -> None:
        self.request = request
        self.types = types
        self.titles = dict(self._read())
        self._html: Markup | None = None

    def _read(self, node_id: int | None = None) -> Iterable[tuple[str, str]]:
        statement = (
            select(Node.id, Node.title, Node.language)
            .where(Node.type.in_(self.types), Node.deleted_at.is_(None), office_view(self.request))
            .order_by(Node.title, Node.id)
            .limit(MAX_CHOICES)
        )
        if node_id is not None:
            statement = statement.where(Node.id == node_id)
        for row in self.request.db.execute(statement):
            yield str(row.id), f"{row.title} ({row.language})"

    def knows(self, value: str) -> bool:
        """Tell whether a node may be chosen; asks for the one that the list has no room for."""
        if value in self.titles:
            return True
        number = whole_number(value)
        if number is None:
            return False
        if len(self.titles) >= MAX_CHOICES:
            self.titles.update(self._read(number))
        if value not in self.titles and self._is_kept(number):
            self.titles[value] = f"{self.request.translate(HIDDEN)} ({value})"
        self._html = None
        return value in self.titles

    def _is_kept(self, number: int) -> bool:
        if not _referred(self.request, [number]):
            return False
        return bool(
            self.request.db.scalar(
                select(Node.id).where(
                    Node.id == number, Node.type.in_(self.types), Node.deleted_at.is_(None)
                )
            )
        )

    def options(self, chosen: str) -> Markup:
        """Return the options; thirty pictures of a page do not render them thirty times."""
        known = self.knows(chosen)
        if self._html is None:
            self._html = Markup("\n").join(
                Markup('<option value="{}">{}</option>').format(value, title)
                for value, title in self.titles.items()
            )
        if not known:
            return self._html
        mark = f'<option value="{chosen}"'
        return Markup(str(self._html).replace(mark, f"{mark} selected", 1))  # noqa: S704 - built above


def _referred(request: Request, ids: Iterable[int]) -> set[int]:
    """Return which of these ids the page that is being edited names already.

    Hidden ones may stay: somebody else has chosen them.
    """
    node = getattr(request.context, "node", None)
    if node is None or sees_all(request):
        return set()
    stored = request.content.get(node.id)
    bodies = [node.body, stored.body, request.content.working_copy(stored).body]
    return set(ids) & {number for body in bodies for number in _numbers(body)}


def _numbers(stored: Any) -> Iterator[int]:
    """Yield all whole numbers of a stored body."""
    if isinstance(stored, dict):
        stored = list(stored.values())
    if isinstance(stored, list):
        for value in stored:
            yield from _numbers(value)
    elif isinstance(stored, int) and not isinstance(stored, bool):
        yield stored


def _library(request: Request, types: tuple[str, ...]) -> _Library:
    known: dict[tuple[str, ...], _Library] = request.__dict__.setdefault("_choices", {})
    if types not in known:
        known[types] = _Library(request, types)
    return known[types]


class NodeSelect(w.Widget):
    """A drop-down of nodes."""

    template = "node_select"

    def __init__(self, request: Request | None, types: tuple[str, ...]) -> None:
        super().__init__()
        self.request = request
        self.types = types

    def serialize(self, field: Any, cstruct: Any = None, **kw: Any) -> Any:
        """Render the titles, the chosen one selected."""
        chosen = "" if cstruct in (colander.null, None) else str(cstruct)
        options = (
            Markup() if self.request is None else _library(self.request, self.types).options(chosen)
        )
        return field.renderer(self.template, options=options, field=field, **kw)

    def deserialize(self, _field: Any, pstruct: Any) -> Any:
        """Return the posted id, or null for none."""
        return pstruct if isinstance(pstruct, str) and pstruct else colander.null


class NodeId(f.Whole):
    """A node's id; sixteen digits would be no id of ours."""

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return an int; ``colander.Invalid`` for anything else."""
        value = super().deserialize(node, cstruct)
        if value is not colander.null and not 0 < value <= MAX_ID:
            raise colander.Invalid(node, _("Please choose one of the list."))
        return value


def node_choice(title: str, *types: str, required: bool = True, **kw: Any) -> Any:
    """Return a choice among the tenant's nodes of these types; the value is the node's id."""

    @colander.deferred
    def widget(_node: Any, bound: dict[str, Any]) -> Any:
        return NodeSelect(bound.get("request"), types)

    @colander.deferred
    def validator(_node: Any, bound: dict[str, Any]) -> Any:
        request = bound.get("request")

        def check(node: Any, value: int) -> None:
            if request is not None and not _library(request, types).knows(str(value)):
                raise colander.Invalid(node, _("Please choose one of the list."))

        return check

    if not required:
        kw |= {"missing": None, "default": colander.null}
    return colander.SchemaNode(
        NodeId(), title=title, widget=widget, validator=validator, missing_msg=f.REQUIRED, **kw
    )


class Pages(colander.SchemaType):
    """Pages of the site: typed as addresses, one a line; stored as ids, so that moves do no harm.

    Needs ``request`` at binding to read and show addresses. The addresses of a whole form are
    asked for together where ``remember_paths`` was told the ids before.
    """

    def serialize(self, node: Any, appstruct: Any) -> Any:
        """Return the addresses; pages that are gone are left out, hidden ones are numbers."""
        if appstruct is colander.null or not appstruct:
            return colander.null
        request = (node.bindings or {}).get("request")
        if request is None:
            return colander.null
        paths = remember_paths(request, appstruct)
        return "\n".join(paths[number] for number in appstruct if number in paths)

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return ids; ``colander.Invalid`` names the addresses at which there is no page."""
        if isinstance(cstruct, list):
            return [number for number in cstruct if isinstance(number, int)]
        if not isinstance(cstruct, str) or not cstruct.strip():
            return colander.null
        wanted = list(dict.fromkeys(line.strip() for line in cstruct.splitlines() if line.strip()))
        request = (node.bindings or {}).get("request")
        if request is None:
            return colander.null
        maximum = getattr(node, "maximum", 12)
        if len(wanted) > maximum:
            raise colander.Invalid(
                node, _("Please name at most ${n} pages.", mapping={"n": maximum})
            )
        lines = [line for line in wanted if len(line) <= MAX_PATH]
        found = remember_ids(request, {_path(line) for line in lines if not _KEPT.match(line)})
        kept = {int(number[1]) for line in lines if (number := _KEPT.match(line))}
        if kept:
            found |= {f"#{number}": number for number in known_ids(request, kept)}
        missing = [line for line in wanted if _path(line) not in found]
        if missing:
            raise colander.Invalid(
                node,
                _(
                    "There is no page at “${address}”. Please use the address of a page of this "
                    "site, such as /rathaus.",
                    mapping={"address": missing[0][:120]},
                ),
            )
        return list(dict.fromkeys(found[_path(line)] for line in wanted))


def _path(line: str) -> str:
    """Return the path that a typed or pasted address means, or the number of a hidden page."""
    if kept := _KEPT.match(line):
        return f"#{int(kept[1])}"
    rest = line.partition("://")[2]
    path = "/" + rest.partition("/")[2] if rest else line
    path = path.partition("?")[0].partition("#")[0]
    return "/" + path.strip("/")


def remember_paths(request: Request, ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of nodes; each is asked for once a request, all of a call together.

    Of a page that the person may not see only its number is told.
    """
    known: dict[int, str | None] = request.__dict__.setdefault("_paths", {})
    wanted = sorted({number for number in ids if number not in known})
    if wanted:
        rows = request.db.execute(
            select(Node.id, Node.path, office_view(request).label("seen")).where(
                Node.id.in_(wanted), Node.deleted_at.is_(None)
            )
        )
        hidden = request.translate(HIDDEN)
        shown = {row.id: row.path if row.seen else f"#{row.id} ({hidden})" for row in rows}
        known |= dict.fromkeys(wanted) | shown
    return {number: path for number in ids if (path := known.get(number)) is not None}


def remember_ids(request: Request, paths: Collection[str]) -> dict[str, int]:
    """Return the ids of the pages at addresses; those that the request knows are not asked for."""
    known: dict[int, str | None] = request.__dict__.setdefault("_paths", {})
    found = {path: number for number, path in known.items() if path is not None and path in paths}
    wanted = sorted(set(paths) - found.keys())
    if wanted:
        rows = request.db.execute(
            select(Node.id, Node.path).where(
                Node.path.in_(wanted), Node.deleted_at.is_(None), office_view(request)
            )
        )
        asked = {row.id: row.path for row in rows}
        known |= asked
        found |= {path: number for number, path in asked.items()}
    return found


def pages(title: str, *, maximum: int = 12, **kw: Any) -> Any:
    """Return a choice of any pages of the site, in an order; the value is a list of ids."""
    return colander.SchemaNode(
        Pages(),
        title=title,
        missing=[],
        default=[],
        maximum=maximum,
        widget=w.TextAreaWidget(rows=3, attributes={"data-pages": str(maximum)}),
        **kw,
    )


def known_ids(request: Request, ids: Collection[int]) -> set[int]:
    """Return which of these ids may be chosen: of pages that the person sees, or that stand there.

    One query, and one more where some are hidden from the person.
    """
    if not ids:
        return set()
    rows = request.db.execute(
        select(Node.id, office_view(request).label("seen")).where(
            Node.id.in_(ids), Node.deleted_at.is_(None)
        )
    ).all()
    hidden = {row.id for row in rows if not row.seen}
    return {row.id for row in rows if row.seen} | (_referred(request, hidden) if hidden else set())
