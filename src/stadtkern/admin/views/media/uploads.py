"""Uploading, with and without JavaScript."""

from collections.abc import Iterable
from typing import Any

from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import back
from stadtkern.admin.views.media.details import BATCH
from stadtkern.content import ContentRefused, Node
from stadtkern.content.scope import reaching
from stadtkern.content.traversal import resource_for
from stadtkern.db import whole_number
from stadtkern.media import queries as library
from stadtkern.media import services
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import ACCEPT_AUDIO, ACCEPT_FILE, ACCEPT_IMAGE, ACCEPT_VIDEO
from stadtkern.media.limits import DEFAULTS, maximum
from stadtkern.storage.limits import MEGABYTE
from stadtkern.web.i18n import _

ACCEPTED = {
    "image": ACCEPT_IMAGE,
    "file": ACCEPT_FILE,
    "audio": ACCEPT_AUDIO,
    "video": ACCEPT_VIDEO,
}


def upload(request: Request) -> Any:
    """Take in several files; each becomes a draft that is described on the next page."""
    places = places_for(request)
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


def places_for(request: Request) -> list[tuple[str, str]]:
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
    if not made:
        # Nothing is kept, and so is no folder that was made for it.
        request.tm.doom()
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
