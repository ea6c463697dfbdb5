"""Sharing tours with other towns, in the back office."""

from functools import partial
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import ContentRefused, permitted
from stadtkern.db import whole_number
from stadtkern.tenants import origin
from stadtkern.web.languages import spoken
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.services import ImportRefused
from stadtkern_cityguide.sharing import ShareRefused, queries, services
from stadtkern_cityguide.sharing.adopting import publish

ROUTE = "cityguide.sharing"


def show(request: Request) -> dict[str, Any]:
    """Show what is adopted, what others offer and what this town offers."""
    town = request.tenant
    adopted = queries.adopted(request.db)
    taken = {row.Adoption.offer_id: row for row in adopted}
    return {
        "adopted": adopted,
        "taken": taken,
        "offered": queries.offered(request.db, town.id, town.slug),
        "ours": queries.ours(request.db, town.id) if _may_offer(request) else None,
        "may_publish": permitted(request, Permission.PUBLISH, adopted),
        "licence_of": licence_of,
        "spoken": spoken,
    }


def act(request: Request) -> Response:
    """Do what a button says."""
    deed = request.POST.get("do", "")
    number = whole_number(request.POST.get("id"))
    if number is None:
        raise HTTPNotFound
    if deed in {"offer", "withdraw"} and not _may_offer(request):
        raise HTTPForbidden
    try:
        message = DEEDS[deed](request, number) if deed in DEEDS else None
    except (ShareRefused, ContentRefused, ImportRefused) as error:
        # Nothing may stay half: what was made before the refusal goes, too.
        request.tm.doom()
        return _back(request, error.args[0], "error")
    if message is None:
        raise HTTPNotFound
    return _back(request, message)


def _offer(request: Request, number: int) -> Any:
    row = services.offer(request.content, number, request.settings_of("cityguide"), origin(request))
    return _("“${title}” is offered to other towns.", mapping={"title": row.title})


def _withdraw(request: Request, number: int) -> Any:
    services.withdraw(request.content, number)
    return _("The tour is no longer offered. Towns that have adopted it keep their copies.")


def _adopt(request: Request, number: int) -> Any:
    node = services.adopt(request.content, number, request.settings_of("cityguide"))
    return _(
        "“${title}” is here, with its places and media, as drafts. Look at it, change what you "
        "like and publish it.",
        mapping={"title": node.title},
    )


def _take(request: Request, number: int) -> Any:
    node, refused = services.take_over(
        request.content, number, request.settings_of("cityguide"), partial(permitted, request)
    )
    if refused:
        return _(
            "The changes of “${title}” are taken over but for these pages. Not changed, no right "
            "to edit them: ${pages}",
            mapping={"title": node.title, "pages": ", ".join(refused)},
        )
    return _(
        "The changes of “${title}” are taken over; what you had changed has stayed. What was "
        "public waits in working copies.",
        mapping={"title": node.title},
    )


def _publish(request: Request, number: int) -> Any:
    adoption = services.adopted(request.content, number)
    allowed = partial(permitted, request)
    if not allowed(Permission.PUBLISH, [request.content.get(number)]):
        raise HTTPForbidden
    lacking, refused = publish(request.content, adoption, allowed)
    if refused:
        return _(
            "Published but for these pages. No right to publish them: ${pages}",
            mapping={"pages": ", ".join(node.title for node in refused)},
        )
    if lacking:
        return _(
            "Published, but for “${title}”: something is missing there.",
            mapping={"title": lacking[0].title},
        )
    return _("The tour is published with its places and media.")


DEEDS = {
    "offer": _offer,
    "withdraw": _withdraw,
    "adopt": _adopt,
    "take": _take,
    "publish": _publish,
}


def _may_offer(request: Request) -> bool:
    return bool(request.has_permission(CityGuidePermission.OFFER))


def _back(request: Request, message: Any, kind: str = "success") -> Response:
    request.session.flash([kind, request.translate(message)], "notice")
    return HTTPFound(location=request.route_path(ROUTE))


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route(ROUTE, "/admin/cityguide/sharing")
    common = {
        "route_name": ROUTE,
        "permission": CityGuidePermission.ADOPT,
        "uses_session": True,
    }
    config.add_view(
        show,
        request_method="GET",
        renderer="stadtkern_cityguide:templates/sharing.jinja2",
        **common,
    )
    config.add_view(act, request_method="POST", **common)
    config.add_admin_item(
        "cityguide.sharing",
        title=_("Sharing with towns"),
        route=ROUTE,
        permission=CityGuidePermission.ADOPT,
    )
