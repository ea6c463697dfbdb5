"""Links to the form on public pages: the same for all, so that the pages stay cached."""

from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.notify.subscriptions.models import SEARCH, SECTION, TYPE
from stadtkern.web.i18n import _

_LINK = Markup('<p class="row subscribe"><a href="{}" rel="nofollow">{}</a></p>')
_TWO = Markup(
    '<p class="row subscribe"><a href="%s" rel="nofollow">%s</a> '
    '<a href="%s" rel="nofollow" type="application/atom+xml">%s</a></p>'
)
WITH_PARENT = frozenset({"news", "event"})
"""Types whose pages offer the list in which they stand."""
ANYWHERE = {"announcement": "announcement", "announcement_list": "announcement"}
"""Types whose pages offer all of a type, wherever those stand."""


def offered(request: Request) -> bool:
    """Tell whether the town offers subscriptions."""
    return bool(request.settings_of("subscriptions").get("offered"))


def about(context: Any) -> tuple[str, str] | None:
    """Return name and title of what a page's link offers; None where a link would be noise.

    Lists and whole branches of the menu, and for news and events the list that they stand in.
    """
    if not isinstance(context, Resource):
        return None
    kind, section = context.node.type, context.__parent__
    if kind in ANYWHERE:
        return f"{TYPE}:{ANYWHERE[kind]}", context.title if kind != ANYWHERE[kind] else ""
    if kind == "folder" or (
        kind == "page" and section is not None and section.node.parent_id is None
    ):
        section = context
    elif kind not in WITH_PARENT:
        return None
    if section is None or section.node.parent_id is None:
        return "", ""
    return f"{SECTION}:{section.node.id}", section.title


def after_page(request: Request, context: object) -> str | None:
    """Return the link below a page."""
    found = about(context)
    if found is None or not offered(request):
        return None
    name, title = found
    place = request.site.link("subscribe", **({"about": name} if name else {}))
    words = request.translate(_("Get what is new in “${title}” by mail"), title=title)
    return _LINK.format(place, words if title else request.translate(_("Get news by mail")))


def after_search(request: Request, found: Any) -> str | None:
    """Return the link below the results of a search."""
    if not offered(request):
        return None
    kind = found.chosen.get("kind", "")
    place = request.site.link("subscribe", about=f"{SEARCH}:{kind}:{found.text}")
    words = request.translate(_("Get new results of this search by mail"))
    feed = request.site.link("search.feed", q=found.text, **({"kind": kind} if kind else {}))
    return _TWO % (place, words, feed, request.translate(_("New results as a feed (Atom)")))


def front(request: Request, _context: object) -> str | None:
    """Return the link below the front page."""
    if not offered(request):
        return None
    return _LINK.format(request.site.link("subscribe"), request.translate(_("Get news by mail")))


def configure(config: Configurator) -> None:
    """Fill the slots."""
    config.add_slot("page.after", "subscribe", after_page, order=900)
    config.add_slot("search.after", "subscribe", after_search, order=900)
    config.add_slot("front.after", "subscribe", front, order=900)
