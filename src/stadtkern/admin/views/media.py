"""The library: looking through it, uploading, describing, the focal point, replacing."""

from collections.abc import Iterable, Mapping
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_node_route, add_page, back, whole_number
from stadtkern.content import Conflict, ContentRefused, Node, Resource
from stadtkern.content.scope import office_view, reaching
from stadtkern.content.traversal import resource_for
from stadtkern.content.workflows import PUBLISHED
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.media import queries as library
from stadtkern.media import services
from stadtkern.media.crops import focal_of
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import ACCEPT_AUDIO, ACCEPT_FILE, ACCEPT_IMAGE, ACCEPT_VIDEO
from stadtkern.media.limits import DEFAULTS, MEGABYTE, maximum
from stadtkern.media.renditions import RATIOS, made_of
from stadtkern.media.rules import lacks
from stadtkern.media.schemas import LICENCES
from stadtkern.media.types import KINDS
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 24
BATCH = 50
"""Files described, or sent without JavaScript, at one time."""
ACCEPTED = {
    "image": ACCEPT_IMAGE,
    "file": ACCEPT_FILE,
    "audio": ACCEPT_AUDIO,
    "video": ACCEPT_VIDEO,
}


def index(request: Request) -> dict[str, Any]:
    """Show the library, newest first."""
    words = " ".join(request.GET.get("q", "").split())[:100]
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else KINDS
    number = page_number(request)
    rows = library.library(
        request.db,
        kinds=kinds,
        words=words,
        seen=office_view(request),
        limit=PAGE,
        offset=(number - 1) * PAGE,
    )
    if not rows and number > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    return {
        "rows": rows,
        "total": total,
        "page": number,
        "pages": max(1, -(-total // PAGE)),
        "q": words,
        "kind": kind if kind in KINDS else "",
        "kinds": [(name, request.content.types[name].title) for name in KINDS],
        "types": request.content.types,
        "lacks": lacks,
        "may_add": bool(_places(request)),
    }


def _places(request: Request) -> list[tuple[str, str]]:
    """Return (id, title with address) of the folders that this person may add to.

    An empty id stands for the town's own folder for media, which is made when it is needed.
    """
    if Permission.ADD in request.permissions:
        rows = library.places(request.db)
        found = [(str(row.id), f"{row.title} ({row.path})") for row in rows]
        if not any(row.type == "media_folder" for row in rows):
            found.insert(0, ("", request.translate(_("Media (a folder made for it)"))))
        return found
    return [
        (str(row.id), f"{row.title} ({row.path})")
        for row in library.places(request.db, reaching(request, Permission.ADD))
    ]


def upload(request: Request) -> Any:
    """Take in several files; each becomes a draft that is described on the next page."""
    places = _places(request)
    if not places:
        raise HTTPForbidden
    if request.method == "GET":
        return _upload_page(request, places, [], request.GET.get("place", ""))
    place = request.POST.get("place", "")
    own = not place and Permission.ADD in request.permissions
    if not own and place not in {value for value, _title in places}:
        raise HTTPForbidden
    sent = [one for one in request.POST.getall("file") if getattr(one, "filename", None)][:BATCH]
    made, refused = _take_in(request, place, sent)
    if "application/json" in request.headers.get("Accept", ""):
        return _as_json(request, made, refused)
    if not sent:
        request.response.status_int = 422
        return _upload_page(request, places, [("", _("Please choose a file."))], place)
    if not made:
        request.response.status_int = 422
        return _upload_page(request, places, refused, place)
    for name, message in refused:
        text = f"{name}: {request.translate(message)}"
        request.session.flash(["error", text], "notice")
    ids = ",".join(str(node.id) for node in made)
    return back(request, "admin.media.details", _query={"ids": ids})


def _upload_page(
    request: Request, places: list[tuple[str, str]], refused: Iterable[Any], place: str
) -> dict[str, Any]:
    limits = {kind: maximum(request.registry, kind) for kind in DEFAULTS}
    return {
        "places": places,
        "place": place,
        "refused": list(refused),
        "accept": ",".join(dict.fromkeys(ACCEPTED.values())),
        "limits": {kind: size // MEGABYTE for kind, size in limits.items()},
        "largest": max(limits.values()),
    }


def _take_in(
    request: Request, place: str, sent: Iterable[Any]
) -> tuple[list[Node], list[tuple[str, str]]]:
    """Keep what can be kept; return nodes, and (file name, why not) of the rest."""
    content = request.content
    number = whole_number(place)
    parent = None
    made: list[Node] = []
    refused: list[tuple[str, str]] = []
    for one in sent:
        try:
            if parent is None:
                parent = services.place(content) if number is None else content.get(number)
                if number is not None and not request.has_permission(
                    Permission.ADD, resource_for(request, parent)
                ):
                    raise HTTPForbidden
            made.append(services.add_upload(content, parent, one.file, one.filename))
        except (MediaRefused, ContentRefused) as error:
            refused.append((one.filename, error.args[0]))
    return made, refused


def _as_json(request: Request, made: list[Node], refused: list[tuple[str, str]]) -> Response:
    if not made:
        request.response.status_int = 422
    message = refused[0][1] if refused else _("Please choose a file.")
    request.response.json_body = {
        "ids": [node.id for node in made],
        "error": "" if made else request.translate(message),
    }
    request.response.content_type = "application/json"
    return request.response


class DetailSchema(colander.MappingSchema):
    """What is asked of each upload; nothing is required of a draft but its title."""

    title = f.line(_("Title"), maximum=200)
    alt = f.text(
        _("Alternative text"),
        maximum=500,
        rows=2,
        required=False,
        optional_mark=False,
        description=_("What the picture shows, for those who do not see it."),
    )
    decorative = f.yes(_("Only decoration: needs no alternative text"))
    credit = f.line(_("Credit"), required=False, optional_mark=False)
    licence = f.choice(_("Licence"), LICENCES, required=False, optional_mark=False)


class CommonSchema(colander.MappingSchema):
    """What counts for all uploads that say nothing else."""

    credit = f.line(
        _("Credit for all"),
        required=False,
        description=_("Taken over where the field below is empty."),
    )
    licence = f.choice(_("Licence for all"), LICENCES, required=False)


def details(request: Request) -> Any:
    """Describe several uploads on one page; publish those that are complete."""
    nodes = _asked(request)
    common = Form(request, CommonSchema(), prefix="all")
    forms = [_detail_form(request, node) for node in nodes]
    problems: list[str] = []
    if request.method == "POST":
        try:
            problems = _describe(request, nodes, forms, common)
        except Failure:
            request.response.status_int = 422
        else:
            if not problems:
                return back(request, "admin.media", _("Saved."))
            request.response.status_int = 422
            forms = [_detail_form(request, node) for node in nodes]
    return {
        "nodes": nodes,
        "forms": forms,
        "common": common,
        "problems": problems,
        "lacks": lacks,
        "ids": ",".join(str(node.id) for node in nodes),
        "types": request.content.types,
        "may_publish": any(
            request.has_permission(Permission.PUBLISH, one) for one in _resources(request, nodes)
        ),
    }


def _asked(request: Request) -> list[Node]:
    """Return the nodes of ``?ids=``; all of them the person may edit, or it is forbidden."""
    numbers = [whole_number(part) for part in request.GET.get("ids", "").split(",")[:BATCH]]
    nodes = library.several(request.db, [one for one in numbers if one is not None])
    if not nodes:
        raise HTTPNotFound
    for resource in _resources(request, nodes):
        if not request.has_permission(Permission.EDIT, resource):
            raise HTTPForbidden
    return nodes


def _resources(request: Request, nodes: Iterable[Node]) -> list[Resource]:
    """Return nodes in their places; ancestors are looked up once for each folder."""
    parents: dict[int | None, Resource] = {}
    found = []
    for node in nodes:
        if node.parent_id not in parents:
            whole = resource_for(request, node)
            if whole.__parent__ is None:
                raise HTTPNotFound
            parents[node.parent_id] = whole.__parent__
        kind = request.content.types[node.type].resource
        found.append(kind(node, parents[node.parent_id], {}))
    return found


def _detail_form(request: Request, node: Node) -> Form:
    copy = request.content.working_copy(node)
    stored = (copy.body or {}).get("fields") or {}
    schema = DetailSchema()
    if node.type != "image":
        schema.children = [one for one in schema.children if one.name not in {"alt", "decorative"}]
    if node.type == "file":
        schema.children = [one for one in schema.children if one.name == "title"]
    values = {"title": copy.title} | {
        name: stored.get(name) for name in ("alt", "decorative", "credit", "licence")
    }
    return Form(request, schema, values, prefix=f"item-{node.id}")


def _describe(request: Request, nodes: list[Node], forms: list[Form], common: Form) -> list[str]:
    """Store what was typed; return sentences about what could not be stored or published."""
    controls = read_controls(request)
    shared = _valid([common, *forms], controls)
    given = shared[0]
    versions = controls.get("versions", {})
    publish = request.POST.get("do") == "publish"
    problems: list[str] = []
    for node, values in zip(nodes, shared[1:], strict=True):
        title = values.pop("title")
        for name in ("credit", "licence"):
            if name in values:
                values[name] = values[name] or given.get(name) or ""
        version = whole_number(str(versions.get(f"v{node.id}", ""))) or 0
        resource = _resources(request, [node])[0]
        try:
            may = request.has_permission(Permission.PUBLISH, resource)
            waits = node.state == PUBLISHED and node.draft_revision is not None
            saved = services.describe(
                request.content, node.id, version=version, title=title, values=values, live=may
            )
            if publish and may and waits:
                others = _(
                    "Its working copy holds other changes, too, and was not published. Please "
                    "publish it on its page."
                )
                problems += [f"{title}: {request.translate(others)}"]
            elif publish and may:
                missing = lacks(saved.type, request.content.working_copy(saved).body)
                if missing:
                    problems += [f"{title}: {request.translate(missing[0][1])}"]
                else:
                    request.content.publish(saved.id)
        except ContentRefused as error:
            problems.append(f"{title}: {request.translate(error.args[0])}")
    return problems


def _valid(forms: list[Form], controls: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every form's values, or raise ``Failure`` after all have shown their errors."""
    failed: Failure | None = None
    values = []
    for form in forms:
        try:
            values.append(form.validate(controls))
        except Failure as error:
            failed = error
    if failed is not None:
        raise failed
    return values


def item(context: Resource, request: Request) -> dict[str, Any]:
    """Show a media node: the picture with its focal point, where it is used, replacing it."""
    return _item_page(context, request, None)


def _item_page(context: Resource, request: Request, problem: str | None) -> dict[str, Any]:
    if context.node.type not in KINDS:
        raise HTTPNotFound
    node = request.content.get(context.node.id)
    shown = request.content.working_copy(node)
    # The picture here is the one on the site, and what is done here is done to it.
    live = node.state == PUBLISHED and request.has_permission(Permission.PUBLISH, context)
    fields = (node.body or {}).get("fields") or {}
    x, y = focal_of(fields)
    users, hidden = library.used_in(request.db, node.id, office_view(request))
    return {
        "node": node,
        "live": live,
        "fields": fields,
        "x": x,
        "y": y,
        "version": node.version,
        "source": request.media_path(node),
        "made": made_of(node),
        "ratios": sorted(RATIOS),
        "lacks": lacks(node.type, shown.body),
        "users": users,
        "hidden_users": hidden,
        "types": request.content.types,
        "accept": ACCEPTED[node.type],
        "largest": maximum(request.registry, node.type),
        "problem": problem,
    }


def set_focal(context: Resource, request: Request) -> Any:
    """Set the focal point; with a script a click on the picture fills in both numbers."""
    x, y = _percent(request.POST.get("x")), _percent(request.POST.get("y"))
    if x is None or y is None:
        request.response.status_int = 422
        return _item_page(context, request, _("Please enter two numbers from 0 to 100."))
    version = whole_number(request.POST.get("version")) or 0
    try:
        node = services.set_focal(
            request.content, context.node.id, version=version, x=x, y=y, live=_may(context, request)
        )
    except ContentRefused as error:
        return _refused(context, request, error)
    message = _waits(context, request, node) or _("The focal point is set.")
    return back(request, "admin.node.media", message, id=context.node.id)


def _may(context: Resource, request: Request) -> bool:
    return bool(request.has_permission(Permission.PUBLISH, context))


def _waits(context: Resource, request: Request, node: Node) -> Any:
    """Return the sentence for what only the working copy has got; None where all is live."""
    if node.state != PUBLISHED:
        return None
    if _may(context, request) and request.content.workflow(node).direct:
        return None
    return _("Kept in the working copy: visitors see it once that is published.")


def _percent(text: str | None) -> float | None:
    """Return a typed number from 0 to 100; None for anything else."""
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None  # noqa: PLR2004


def replace(context: Resource, request: Request) -> Any:
    """Put another file in its place."""
    sent = request.POST.get("file")
    if not getattr(sent, "filename", None):
        request.response.status_int = 422
        return _item_page(context, request, _("Please choose a file."))
    version = whole_number(request.POST.get("version")) or 0
    try:
        node = services.replace(
            request.content,
            context.node.id,
            version=version,
            stream=sent.file,
            name=sent.filename,
            live=_may(context, request),
        )
    except (ContentRefused, MediaRefused) as error:
        return _refused(context, request, error)
    message = _waits(context, request, node) or _("The file is replaced wherever it is used.")
    return back(request, "admin.node.media", message, id=context.node.id)


def _refused(context: Resource, request: Request, error: Exception) -> dict[str, Any]:
    request.response.status_int = 409 if isinstance(error, Conflict) else 422
    return _item_page(context, request, error.args[0])


def includeme(config: Configurator) -> None:
    """Register the library."""
    config.add_route("admin.media", "/admin/media")
    config.add_route("admin.media.upload", "/admin/media/upload")
    config.add_route("admin.media.details", "/admin/media/details")
    add_node_route(config, "admin.node.media", "/media")
    add_node_route(config, "admin.node.focal", "/media/focal")
    add_node_route(config, "admin.node.replace", "/media/replace")
    both = ("GET", "POST")
    office = {"permission": Permission.OFFICE}
    add_page(config, index, "admin.media", "media", **office)
    add_page(config, upload, "admin.media.upload", "media_upload", request_method=both, **office)
    add_page(config, details, "admin.media.details", "media_details", request_method=both, **office)
    add_page(config, item, "admin.node.media", "media_item", permission=Permission.VIEW_DRAFTS)
    for view, route in ((set_focal, "admin.node.focal"), (replace, "admin.node.replace")):
        add_page(
            config, view, route, "media_item", request_method="POST", permission=Permission.EDIT
        )
    config.add_admin_item("media", title=_("Media"), route="admin.media", order=12)
