"""Languages: a page's translations, the form with the source beside it, what is missing where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin import open_forms
from stadtkern.admin.editor import BlockForm, NodeForm, block_form
from stadtkern.admin.in_words import fetch_titles, in_words
from stadtkern.admin.items import CONTENT
from stadtkern.admin.open_forms import OpenForm
from stadtkern.admin.views import merge
from stadtkern.admin.views.base import add_deed, add_node_route, add_page, back
from stadtkern.content import Conflict, ContentRefused, Resource, locks, resource_for
from stadtkern.content.blocks import new_block
from stadtkern.content.diffing import same, words
from stadtkern.content.models import Node
from stadtkern.content.services.translating import SIGNED, gaps, outdated
from stadtkern.db import whole_number
from stadtkern.forms import Failure, read_controls
from stadtkern.site import page_number
from stadtkern.web.i18n import _
from stadtkern.web.languages import LANGUAGES

NATIVE = {code: language.name for code, language in LANGUAGES.items()}
"""Languages by their own names."""
FILM = "video"
PAGE = 50


@dataclass(frozen=True)
class Beside:
    """A part of the source: its words, marked where they changed since the last translation."""

    title: str
    marks: list[tuple[str, str]]
    changed: bool


@dataclass(frozen=True)
class Pair:
    """A block of the source and the one that translates it; either may be missing."""

    source: Beside | None
    target: BlockForm | None


def overview(context: Resource, request: Request) -> dict[str, Any]:
    """Show a page in all languages of the town, with what can be done."""
    content = request.content
    node = content.get(context.node.id)
    rows = content.translations(node)
    return {"rows": rows, "node": node, "native": NATIVE, "source": content.source(node)}


def change(context: Resource, request: Request) -> Response:
    """Make, link or unlink a translation."""
    content, node_id = request.content, context.node.id
    deed, language = request.POST.get("do", ""), request.POST.get("language", "")
    try:
        if deed == "create":
            node = content.get(node_id)
            place, exact = content.place_for(node, language)
            if not request.has_permission(Permission.ADD, resource_for(request, place)):
                raise HTTPForbidden
            title = request.POST.get("title", "").strip()
            made = content.translate(node_id, language, title=title or node.title)
            message = _("A draft is made from the structure of the source. Please translate it.")
            if not exact:
                message = _(
                    "A draft is made below “${place}”, because the page above is not translated "
                    "yet. Please translate it.",
                    mapping={"place": place.title},
                )
            return back(request, "admin.node.translate", message, "info", id=made.id)
        if deed == "link":
            other = content.by_path("/" + request.POST.get("path", "").strip("/"))
            if other is None:
                raise ContentRefused(_("There is no page at this address."))  # noqa: TRY301
            _may_edit(request, other)
            content.link(node_id, other.id)
            return back(request, "admin.node.translations", _("Linked."), id=node_id)
        if deed == "unlink":
            other = content.get(whole_number(request.POST.get("node")) or 0)
            _may_edit(request, other)
            content.unlink(other.id)
            return back(
                request, "admin.node.translations", _("Unlinked. Both pages stay."), id=node_id
            )
        revision = whole_number(request.POST.get("revision")) or 0
        content.caught_up(node_id, revision)
    except ContentRefused as error:
        return back(request, "admin.node.translations", error.args[0], "error", id=node_id)
    return back(request, "admin.node.translations", _("Marked as up to date."), id=node_id)


def _may_edit(request: Request, node: Node) -> None:
    if not request.has_permission(Permission.EDIT, resource_for(request, node)):
        raise HTTPForbidden


def translate(context: Resource, request: Request) -> Any:
    """Translate a page with its source beside it, part by part."""
    content = request.content
    node = content.get(context.node.id)
    source = content.source(node)
    kind = content.types.get(node.type)
    if source is None or kind is None:
        raise HTTPNotFound
    form = NodeForm(request, kind, node=content.working_copy(node))
    place = open_forms.place_of(context)
    if request.method == "GET":
        around = open_forms.opened(request, form, place, node)
        if around.taken is not None or around.left is not None:
            # What stands in the way is said by the page's own form.
            return HTTPFound(location=request.route_path("admin.node.edit", id=node.id))
        if node.language == SIGNED:
            _film_first(request, form)
        return _page(request, context, form, around, node, source, version=node.version)
    around = open_forms.posted(request, place)
    controls = read_controls(request)
    form.read(controls)
    version = whole_number(request.POST.get("version")) or 0
    around.taken = open_forms.other_holder(request, node.id)
    unseen = around.taken is not None and around.anyway != around.since
    if form.rearranged or unseen:
        form.show(controls)
        if unseen:
            request.response.status_int = 409
        else:
            locks.take(request.db, node.id, request.identity.account_id, around.lock)
        return _page(request, context, form, around, node, source, version=version)
    return _save(request, context, form, around, node, source, version)


def _save(
    request: Request,
    context: Resource,
    form: NodeForm,
    around: OpenForm,
    node: Node,
    source: Node,
    version: int,
) -> Any:
    content = request.content
    seen = whole_number(request.POST.get("seen")) or 0
    try:
        values = form.validate(request.registry, unfinished=content.may_be_unfinished(node))
        content.save_draft(
            node.id,
            version=version,
            title=values["core"]["title"],
            summary=values["core"]["summary"],
            in_nav=values["core"]["in_nav"],
            fields=values["fields"],
            blocks=values["blocks"],
        )
        if request.POST.get("up_to_date"):
            content.caught_up(node.id, seen)
    except Failure:
        request.response.status_int = 422
        return _page(request, context, form, around, node, source, version=version)
    except Conflict:
        return merge.begin(context, request, around.base, values, publish=False)
    except ContentRefused as error:
        request.response.status_int = 422
        problem = None if form.fail(error.field, error.args[0]) else error.args[0]
        return _page(request, context, form, around, node, source, version=version, problem=problem)
    open_forms.done(request, around.place, node.id)
    return back(request, "admin.node", _("Saved."), id=node.id)


def _film_first(request: Request, form: NodeForm) -> None:
    """Begin a page in sign language with a film, where it has none yet."""
    if FILM in request.content.block_types and not any(b.name == FILM for b in form.blocks):
        form.blocks.insert(0, block_form(request, new_block(FILM)))


def _page(
    request: Request,
    context: Resource,
    form: NodeForm,
    around: OpenForm,
    node: Node,
    source: Node,
    *,
    version: int,
    problem: str | None = None,
) -> dict[str, Any]:
    content = request.content
    before = content.seen_source(node)
    old = before if before is not None else source
    fetch_titles(request, old.body, source.body)
    return {
        "context": context,
        "form": form,
        "around": around,
        "version": version,
        "problem": problem,
        "source": source,
        "outdated": outdated(node, source),
        "native": NATIVE,
        "fields": _fields(request, form, old, source),
        "pairs": _pairs(request, form, old, source),
    }


def _fields(request: Request, form: NodeForm, old: Any, source: Node) -> list[Beside]:
    body, was = (source.body or {}).get("fields", {}), (old.body or {}).get("fields", {})
    found = [
        _beside(_("Title"), old.title, source.title),
        _beside(_("Summary"), old.summary, source.summary),
    ]
    found += [
        _beside(
            child.title,
            in_words(request, was.get(child.name), child.schema),
            in_words(request, body.get(child.name), child.schema),
        )
        for child in form.fields.deform.children
        if body.get(child.name) is not None
    ]
    return found


def _pairs(request: Request, form: NodeForm, old: Any, source: Node) -> list[Pair]:
    """Put each block beside the source's one of the same id, in the order of the form."""
    known = request.content.block_types
    was = {str(block.get("id")): block for block in (old.body or {}).get("blocks", [])}
    shown = {}
    for block in (source.body or {}).get("blocks", []):
        key = str(block.get("id"))
        kind = known.get(str(block.get("type")))
        title = kind.title if kind is not None else str(block.get("type"))
        before = in_words(request, was.get(key)) if key in was else ""
        shown[key] = _beside(
            title,
            before,
            in_words(request, block),
            changed=not same(was.get(key), block),
        )
    targets = {block.id for block in form.blocks}
    pairs = [Pair(shown.get(block.id), block) for block in form.blocks]
    pairs += [Pair(beside, None) for key, beside in shown.items() if key not in targets]
    return pairs


def _beside(title: str, old: str, new: str, *, changed: bool | None = None) -> Beside:
    return Beside(title, list(words(old, new)), old != new if changed is None else changed)


def missing(request: Request) -> Mapping[str, Any]:
    """List what is missing or outdated in the other languages."""
    content = request.content
    others = [code for code in request.tenant.locales if code != request.tenant.default_locale]
    language = request.GET.get("language", "")
    state = request.GET.get("state", "")
    number = page_number(request)
    rows = gaps(
        content.session,
        source=request.tenant.default_locale,
        languages=[language] if language in others else others,
        types=[name for name, kind in content.types.items() if kind.listed],
        state=state if state in {"missing", "outdated"} else "",
        limit=PAGE,
        offset=(number - 1) * PAGE,
    )
    if not rows and number > 1:
        raise HTTPNotFound
    return {
        "rows": rows,
        "others": others,
        "language": language,
        "state": state,
        "native": NATIVE,
        "page": number,
        "pages": max(1, -(-(rows[0].total if rows else 0) // PAGE)),
        "total": rows[0].total if rows else 0,
    }


def includeme(config: Configurator) -> None:
    """Register the pages."""
    both = ("GET", "POST")
    config.add_route("admin.translations", "/admin/translations")
    for name in ("translations", "translate"):
        add_node_route(config, f"admin.node.{name}", f"/{name}")
    add_page(
        config,
        overview,
        "admin.node.translations",
        "translations",
        permission=Permission.VIEW_DRAFTS,
    )
    add_deed(config, change, "admin.node.translations", permission=Permission.EDIT)
    add_page(
        config,
        translate,
        "admin.node.translate",
        "translate",
        permission=Permission.EDIT,
        request_method=both,
    )
    add_page(
        config, missing, "admin.translations", "untranslated", permission=Permission.VIEW_DRAFTS
    )
    config.add_admin_item(
        "translations",
        title=_("Translations"),
        route="admin.translations",
        section=CONTENT,
        permission=Permission.VIEW_DRAFTS,
        order=35,
    )
