"""What is missing, what is there twice, what a source says: lists for those who write the guide."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPFound, HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.content import Conflict, ContentRefused, Resource, links, resource_by_id
from stadtkern.db import MAX_ID, whole_number
from stadtkern.site import page_number
from stadtkern_cityguide.care import queries, source
from stadtkern_cityguide.care.twins import Pair, twins
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.schemas import LANGUAGES

TITLES = {
    "picture": _("No picture"),
    "alt": _("Picture without alternative text"),
    "transcript": _("Sound or film without transcript"),
    "licence": _("No licence"),
    "hours": _("No opening hours"),
    "links": _("Links that lead nowhere"),
    "news": _("News of the source that your own text hides"),
}
UNLIKE = _("These two no longer look alike; nothing was done.")
LANGUAGE = "language-"
STOPS = "stops"


def missing(request: Request) -> dict[str, Any]:
    """Show how much is missing of each kind, and the pages that lack the chosen one."""
    tenant = request.tenant
    conditions = {
        f"{LANGUAGE}{locale}": queries.untranslated(tenant.default_locale, locale)
        for locale in tenant.locales
        if locale != tenant.default_locale
    } | queries.CONDITIONS
    bare = [(row, count) for row in queries.tours(request) if (count := _bare(row.body or {})) > 0]
    counts = queries.counts(request, conditions)
    counts[STOPS] = len(bare)
    chosen = request.GET.get("show", "")
    if chosen not in counts:
        chosen = next((name for name, number in counts.items() if number), "")
    page = page_number(request)
    rows: list[Any] = []
    if chosen and chosen != STOPS:
        rows = list(queries.lacking(request, conditions[chosen], page))
        if not rows and page > 1:
            raise HTTPNotFound
    total = rows[0].total if rows else 0
    return {
        "counts": counts,
        "titles": TITLES,
        "languages": {
            f"{LANGUAGE}{locale}": dict(LANGUAGES).get(locale, locale) for locale in tenant.locales
        },
        "chosen": chosen,
        "rows": rows,
        "bare": bare,
        "page": page,
        "pages": max(1, -(-total // queries.PAGE_SIZE)),
        "types": request.content.types,
    }


def _bare(body: dict[str, Any]) -> int:
    """Return how many stops of a tour have neither a text nor a place."""
    stops = (body.get("fields") or {}).get("stops") or ()
    return sum(not (stop.get("text") or stop.get("place")) for stop in stops)


def duplicates(request: Request) -> dict[str, Any]:
    """Show pairs of places that look like one, with those who refer to each."""
    pairs = twins(queries.placed(request))
    ids = {place.id for pair in pairs for place in (pair.first, pair.second)}
    return {"pairs": pairs, "referring": links.references_to(request.db, ids)}


def merge(request: Request) -> Any:
    """Put one of two into the trash; what refers to it is listed and stays as it is."""
    numbers = [whole_number(request.POST.get(name)) for name in ("keep", "drop")]
    keep, drop = (None if number is None else resource_by_id(request, number) for number in numbers)
    if keep is None or drop is None or keep.node.id == drop.node.id:
        raise HTTPNotFound
    if not request.has_permission(Permission.DELETE, drop):
        raise HTTPForbidden
    pairs: list[Pair] = twins(queries.placed(request))
    wanted = {keep.node.id, drop.node.id}
    try:
        if not any({pair.first.id, pair.second.id} == wanted for pair in pairs):
            raise ContentRefused(UNLIKE)  # noqa: TRY301 - shown like the core's refusals
        request.content.delete(drop.node.id)
    except ContentRefused as error:
        request.session.flash(["error", request.translate(error.args[0])], "notice")
    else:
        text = _(
            "“${gone}” lies in the trash, “${kept}” stays.",
            mapping={"gone": drop.title, "kept": keep.title},
        )
        undo = {
            "action": request.route_path("admin.trash.restore", id=drop.node.id),
            "fields": {},
        }
        request.session.flash(["success", request.translate(text), undo], "notice")
    return HTTPFound(location=request.route_path("cityguide.duplicates"))


class Source:
    """The source of an imported page, field by field."""

    def __init__(self, context: Resource, request: Request) -> None:
        self.context, self.request = context, request
        self.node = request.content.get(context.node.id)
        found = queries.origin(request.db, self.node.id)
        if found is None:
            raise HTTPNotFound
        self.origin = found

    def show(self, problem: Any = None) -> dict[str, Any]:
        """List the fields that an editor has changed."""
        content = self.request.content
        return {
            "context": self.context,
            "copy": content.working_copy(self.node),
            "origin": self.origin,
            "rows": source.differences(content, self.node, self.origin),
            "version": self.node.version,
            "problem": problem,
        }

    def post(self) -> Any:
        """Take the source's value of one field or of all, or say that one's own stays."""
        request = self.request
        deed, _colon, name = str(request.POST.get("do", "")).partition(":")
        rows = source.differences(request.content, self.node, self.origin)
        names = [row.name for row in rows if name in {row.name, "all"}]
        if deed == "keep":
            source.settle(self.origin, names)
            message = _("Your text stays; it is no longer pointed out.")
        else:
            try:
                source.reset(
                    request.content,
                    request.content.get(self.node.id, lock=True),
                    self.origin,
                    names,
                    version=whole_number(request.POST.get("version")) or 0,
                    note=request.translate(_("Reset to the source")),
                )
            except (Conflict, ContentRefused) as error:
                request.response.status_int = 409 if isinstance(error, Conflict) else 422
                self.node = request.content.get(self.node.id)
                return self.show(error.args[0])
            message = _("Reset to what the source says.")
        request.session.flash(["success", request.translate(message)], "notice")
        return HTTPFound(location=request.route_path("cityguide.source", id=self.node.id))


def imported(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place."""
    number = int(request.matchdict["id"])
    found = resource_by_id(request, number) if number <= MAX_ID else None
    if found is None or found.node.type not in request.content.types:
        raise HTTPNotFound
    return found


def includeme(config: Configurator) -> None:
    """Register the lists."""
    config.add_route("cityguide.missing", "/admin/cityguide/missing")
    config.add_route("cityguide.duplicates", "/admin/cityguide/duplicates")
    config.add_route(
        "cityguide.source", r"/admin/cityguide/nodes/{id:\d{1,10}}/source", factory=imported
    )
    for view, route, method, permission in (
        (missing, "cityguide.missing", "GET", CityGuidePermission.IMPORT),
        (duplicates, "cityguide.duplicates", "GET", CityGuidePermission.IMPORT),
        (merge, "cityguide.duplicates", "POST", CityGuidePermission.IMPORT),
    ):
        config.add_view(
            view,
            route_name=route,
            renderer=f"stadtkern_cityguide:templates/{route.partition('.')[2]}.jinja2",
            request_method=method,
            permission=permission,
            uses_session=True,
        )
    for attr, method in (("show", "GET"), ("post", "POST")):
        config.add_view(
            Source,
            attr=attr,
            route_name="cityguide.source",
            renderer="stadtkern_cityguide:templates/source.jinja2",
            request_method=method,
            permission=Permission.EDIT,
            uses_session=True,
        )
