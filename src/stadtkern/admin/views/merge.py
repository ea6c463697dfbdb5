"""Two people saved the same page: both versions side by side, and one page made of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPForbidden, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select
from webob.cookies import SignedSerializer

from stadtkern.accounts import Permission
from stadtkern.accounts.models import Account
from stadtkern.admin import open_forms
from stadtkern.admin.in_words import in_words
from stadtkern.admin.views.base import TEMPLATES, add_deed, add_node_route, back
from stadtkern.content import Conflict, ContentRefused, Contradictory, Resource
from stadtkern.content.diffing import words
from stadtkern.content.merging import ORDER, Contents, Merge, Piece, merge, resolve
from stadtkern.content.models import Node, Revision
from stadtkern.content.types import ContentType
from stadtkern.db import whole_number
from stadtkern.web.i18n import _
from stadtkern.web.sessions import secret

CORE_TITLES = {"title": _("Title"), "summary": _("Summary"), "in_nav": _("Show in menus")}


@dataclass(frozen=True)
class Row:
    """One piece as the page shows it: plain texts of the three versions."""

    piece: Piece
    title: str
    base: str
    mine: str
    theirs: str
    chosen: str

    @property
    def mine_marked(self) -> list[tuple[str, str]]:
        """Return what I changed, word by word."""
        return list(words(self.base, self.mine))

    @property
    def theirs_marked(self) -> list[tuple[str, str]]:
        """Return what they changed, word by word."""
        return list(words(self.base, self.theirs))

    @property
    def only_marks(self) -> bool:
        """Whether a change does not show in the text: emphasis, or what a form hides."""
        return self.piece.side != "same" and self.base == self.mine == self.theirs


def begin(
    context: Resource,
    request: Request,
    base: int,
    values: Mapping[str, Any],
    *,
    publish: bool,
) -> Response:
    """Answer a save that came too late: nothing is stored, nothing is lost.

    ``base``: number of the revision that the form began with. ``values``: what was typed.
    """
    content = request.content
    node = content.get(context.node.id)
    mine = content.typed_contents(
        node,
        title=values["core"]["title"],
        summary=values["core"]["summary"],
        in_nav=values["core"]["in_nav"],
        fields=values["fields"],
        blocks=values["blocks"],
    )
    return _page(request, context, node, base, mine, {}, publish=publish)


def finish(context: Resource, request: Request) -> Response:
    """Take the choices and save the page that results on top of the other's."""
    content = request.content
    node = content.get(context.node.id)
    sent = _read(request, node.id)
    mine, base, publish = Contents(**sent["mine"]), int(sent["base"]), bool(sent["publish"])
    if publish and not request.has_permission(Permission.PUBLISH, context):
        raise HTTPForbidden
    shown: dict[str, Any] = {"publish": publish, "opened": bool(sent["opened"])}
    merged = _merge(request, node, base, mine, opened=shown["opened"])
    choices = {piece.key: request.POST.get(f"choice-{piece.key}", "") for piece in merged.conflicts}
    if whole_number(request.POST.get("version")) != node.version or merged.missing(choices):
        # A third one has saved since, or a choice is open: what was chosen stays chosen.
        return _page(request, context, node, base, mine, choices, again=True, **shown)
    try:
        # What cannot be published is not stored either: the page below still holds both versions.
        with request.db.begin_nested():
            content.save_contents(
                node.id,
                resolve(merged, choices),
                version=node.version,
                # As in the form: visitors see no change until it is published.
                draft=not publish,
                note=request.translate(_("Merged from two versions")),
            )
            if publish:
                content.publish(node.id)
    except Conflict:
        return _page(request, context, node, base, mine, choices, again=True, **shown)
    except Contradictory as error:
        # Fields that were taken over by themselves do not go together: each is a choice now.
        one_sided = {piece.key: piece.side for piece in merged.fields}
        shown["opened"] = True
        choices = one_sided | choices
        return _page(request, context, node, base, mine, choices, problem=error.args[0], **shown)
    except ContentRefused as error:
        return _page(request, context, node, base, mine, choices, problem=error.args[0], **shown)
    open_forms.done(request, open_forms.place_of(context), node.id)
    return back(request, "admin.node", _("Both versions are merged and saved."), id=node.id)


def _merge(
    request: Request, node: Node, base: int, mine: Contents, *, opened: bool = False
) -> Merge:
    content = request.content
    kind = content.types.get(node.type)
    if kind is None:
        raise HTTPNotFound
    theirs = content.contents(kind, content.working_copy(node))
    began = request.db.scalars(
        select(Revision).where(Revision.node_id == node.id, Revision.number == base)
    ).first()
    # A form of before there were revisions: everything that differs then asks for a choice.
    start = Contents(title="", blocks=()) if began is None else content.contents(kind, began)
    merged = merge(start, mine, theirs)
    return merged.opened() if opened else merged


def _page(
    request: Request,
    context: Resource,
    node: Node,
    base: int,
    mine: Contents,
    choices: Mapping[str, str],
    *,
    publish: bool,
    opened: bool = False,
    again: bool = False,
    problem: str | None = None,
) -> Response:
    request.db.refresh(node)
    merged = _merge(request, node, base, mine, opened=opened)
    kind = request.content.kind(node.type)
    missing = merged.missing(choices) if again else ()
    rows = [_row(request, kind, piece, choices) for piece in merged.pieces]
    last = request.db.execute(
        select(Account.name, Revision.created_at)
        .select_from(Revision)
        .outerjoin(Account, Account.id == Revision.account_id)
        .where(Revision.node_id == node.id, Revision.number == open_forms.shown_revision(node))
    ).first()
    response = render_to_response(
        f"{TEMPLATES}/merge.jinja2",
        {
            "context": context,
            "rows": [row for row in rows if row.piece.side not in {"same", "both"}],
            "missing": {piece.key for piece in missing},
            "conflicts": len(merged.conflicts),
            "version": node.version,
            "last": last,
            "publish": publish,
            "problem": problem,
            "carried": _sign(
                request,
                node.id,
                {"mine": mine.__dict__, "base": base, "publish": publish, "opened": opened},
            ),
        },
        request,
    )
    response.status_int = 422 if missing or problem else 409
    return response


def _row(request: Request, kind: ContentType, piece: Piece, choices: Mapping[str, str]) -> Row:
    if piece.key == ORDER:
        title: Any = _("Order of the blocks")
    elif piece.key.startswith("block:"):
        block = piece.theirs or piece.mine or piece.base
        known = request.content.block_types.get(str(block.get("type")))
        title = known.title if known is not None else str(block.get("type"))
    elif piece.key in CORE_TITLES:
        title = CORE_TITLES[piece.key]
    else:
        found = next((node for node in kind.schema().children if node.name == piece.name), None)
        title = piece.name if found is None else found.title
    shown = [in_words(request, value) for value in (piece.base, piece.mine, piece.theirs)]
    return Row(piece, title, shown[0], shown[1], shown[2], choices.get(piece.key, ""))


def _signer(request: Request, node_id: int) -> SignedSerializer:
    # What is carried holds facts that forms do not show (a stored file's hash): only as we gave it
    # out for this page.
    salt = f"merge:{request.tenant.id}:{node_id}"
    return SignedSerializer(secret(request.registry.settings), salt, hashalg="sha256")


def _sign(request: Request, node_id: int, values: Mapping[str, Any]) -> str:
    text = json.loads(json.dumps(values))
    return str(_signer(request, node_id).dumps(text).decode("ascii"))


def _read(request: Request, node_id: int) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _signer(request, node_id).loads(
            str(request.POST.get("carried", "")).encode("ascii", "replace")
        )
    except ValueError as error:
        raise HTTPBadRequest from error
    return found


def includeme(config: Configurator) -> None:
    """Register the deed; the page is the edit form's answer to a save that came too late."""
    add_node_route(config, "admin.node.merge", "/merge")
    add_deed(config, finish, "admin.node.merge", permission=Permission.EDIT)
