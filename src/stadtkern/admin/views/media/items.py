"""One file: what it is, where it is used, its focal point, replacing it."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import back
from stadtkern.admin.views.media.uploads import ACCEPTED
from stadtkern.content import Conflict, ContentRefused, Node, Resource
from stadtkern.content.scope import office_view
from stadtkern.content.workflows import PUBLISHED
from stadtkern.db import whole_number
from stadtkern.media import queries as library
from stadtkern.media import services
from stadtkern.media.crops import focal_of
from stadtkern.media.errors import MediaRefused
from stadtkern.media.limits import maximum
from stadtkern.media.renditions import RATIOS, made_of
from stadtkern.media.rules import lacks
from stadtkern.media.types import KINDS
from stadtkern.web.i18n import _


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
