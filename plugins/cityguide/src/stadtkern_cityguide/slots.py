"""The guide's door on the front page and its tile in the back office."""

from collections import OrderedDict
from typing import Any

from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.web.headers import frame_own_pages
from stadtkern_cityguide import office_queries, queries
from stadtkern_cityguide.care import queries as care
from stadtkern_cityguide.views.hours import meaning

MAX_KEPT = 1_024
KINDS = ("place", "tour", "event")
"""What the guide has screens of its own for."""


class Counts:
    """How many tours and places are public, by tenant and language, until that changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], dict[str, int]] = OrderedDict()

    def get(self, request: Request) -> dict[str, int]:
        """Return the counts; one query where something has changed, else none."""
        tenant = request.tenant
        key = (tenant.id, request.locale_name, tenant.generation("content", "plugins", "tenant"))
        found = self._kept.get(key)
        if found is None:
            found = queries.counts(request.db, request.locale_name, tenant.default_locale)
            self._kept[key] = found
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return found


def _render(request: Request, name: str, **values: Any) -> str:
    template = request.registry["jinja"].get_template(f"stadtkern_cityguide:templates/{name}")
    return str(template.render(request=request, **values))


def door(request: Request, _context: object) -> str | None:
    """Return the door to the guide, where there is something behind it."""
    counts = request.registry["cityguide_counts"].get(request)
    return _render(request, "door.jinja2", counts=counts) if counts else None


def deeds(request: Request, context: Any) -> str | None:
    """Return the ways from a node's page to the guide's own screens."""
    kind = context.node.type
    if kind not in KINDS or not request.has_permission(Permission.EDIT, context):
        return None
    imported = care.origin(request.db, context.node.id) is not None
    return _render(request, "deeds.jinja2", context=context, imported=imported)


def above_form(request: Request, about: Any) -> str | None:
    """Return what stands above the form of a tour or place, and the draft beside it."""
    kind = about["kind"].name
    if kind not in KINDS:
        return None
    context = None if about["adding"] else about["resource"]
    frame_own_pages(request.response)
    imported = context is not None and care.origin(request.db, context.node.id) is not None
    said = None
    if kind == "place" and context is not None:
        copy = request.content.working_copy(request.content.get(context.node.id))
        fields = request.content.fields_of(about["kind"], copy)
        said = meaning(request, str(fields.get("opening_hours") or ""))
    return _render(
        request,
        "above.jinja2",
        context=context,
        resource=about["resource"],
        kind=kind,
        imported=imported,
        meaning=said,
    )


def tile(request: Request) -> str | None:
    """Return what the dashboard says of the guide."""
    counts = request.registry["cityguide_counts"].get(request)
    hidden = office_queries.hidden_pages(request.db, request.tenant.locales)
    return _render(request, "tile.jinja2", counts=counts, hidden=hidden)
