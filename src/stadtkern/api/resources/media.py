"""The media library: pictures, files, sound and film with their bytes."""

from io import SEEK_END
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.bodies import NodePatch
from stadtkern.api.errors import refusal
from stadtkern.api.operations import ROOT, Describes, Operation
from stadtkern.api.reading import invalid
from stadtkern.api.representing import summaries
from stadtkern.api.resources import nodes, writing
from stadtkern.api.resources.finding import node_context
from stadtkern.content import Node, Resource, resource_for, scope
from stadtkern.db import MAX_ID, whole_number
from stadtkern.forms import clean
from stadtkern.media import files, services
from stadtkern.media.errors import MediaRefused
from stadtkern.media.types import KINDS
from stadtkern.web.i18n import _
from stadtkern.web.problems import Problem

MULTIPART = "multipart/form-data"
MAX_TITLE = 200


def media_context(request: Request) -> Resource:
    """Return a node of the library in its place; 404 for other nodes."""
    found = node_context(request)
    if found.node.type not in KINDS:
        raise HTTPNotFound
    return found


class Upload:
    """A form with a file; what kind of file it is, its bytes say."""

    media_types: tuple[str, ...] = (MULTIPART,)

    def __init__(self, *, adding: bool) -> None:
        self.adding = adding

    def describe(self, document: Describes, media_type: str) -> dict[str, Any]:
        """Return the schema of the form's parts."""
        del media_type
        parts: dict[str, Any] = {
            "file": {
                "type": "string",
                "contentMediaType": "application/octet-stream",
                "description": document.translate(_("The bytes, with the file's name.")),
            }
        }
        if self.adding:
            parts["parent"] = {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_ID,
                "description": document.translate(
                    _("Id of a folder; without it the media library.")
                ),
            }
            parts["title"] = {"type": "string", "maxLength": MAX_TITLE}
        return {
            "type": "object",
            "properties": parts,
            "required": ["file"],
            "additionalProperties": False,
        }

    def read(self, _context: Any, request: Request) -> dict[str, Any]:
        """Return the parts: ``file`` as a stream with its name, ``parent`` and ``title``."""
        if request.content_type != MULTIPART:
            raise Problem(
                415,
                "media-type",
                _("The body must be a form with a file"),
                _("Send it as “Content-Type: ${kind}”.", mapping={"kind": MULTIPART}),
                headers={"Accept": MULTIPART},
            )
        try:
            given = request.POST
            sent = given.getall("file")
        except (ValueError, UnicodeError):
            raise Problem(400, "unreadable", _("The body cannot be read")) from None
        known = {"file", "parent", "title"} if self.adding else {"file"}
        # A part of a form need not have a name: it is called None then.
        wrong = [
            {"pointer": f"#/{(name or '')[:60]}", "detail": _("There is no such field.")}
            for name in given
            if name not in known
        ]
        if len(sent) != 1 or not getattr(sent[0], "filename", None):
            wrong.append({"pointer": "#/file", "detail": _("Please choose a file.")})
        parent, title = given.get("parent"), given.get("title")
        number = None
        if parent is not None:
            number = whole_number(parent)
            if not number:
                wrong.append({"pointer": "#/parent", "detail": _("There is no page with this id.")})
        if title is not None:
            title = clean(title).strip() if isinstance(title, str) else ""
            if not 0 < len(title) <= MAX_TITLE:
                detail = _("A title has 1 to 200 characters.")
                wrong.append({"pointer": "#/title", "detail": detail})
        if wrong:
            raise invalid(wrong)
        return {"file": sent[0], "parent": number, "title": title}


def _file(row: Any) -> dict[str, Any] | None:
    stored = ((row.body or {}).get("fields") or {}).get("stored")
    if not stored or not stored.get("sha"):
        return None
    return {
        "name": stored.get("name", ""),
        "type": stored.get("type", ""),
        "size": stored.get("size", 0),
        "width": stored.get("width"),
        "height": stored.get("height"),
        "sha256": stored["sha"],
        "url": files.path_of(row, stored),
    }


def listing(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """List the library."""
    query = asked.query
    size = query["limit"] or cursors.SIZE
    order = query["sort"] or "-id"
    rows = queries.nodes(
        request.db,
        types=KINDS,
        seen=scope.office_view(request),
        wanted=query,
        order=order,
        after=cursors.unpack(request, query),
        limit=size + 1,
        columns=(*queries.SUMMARY, Node.body),
        few=True,
    )
    show = summaries(request)
    return cursors.page(
        request,
        asked,
        rows,
        size,
        key=queries.sort_key(order),
        show=lambda row: {**show(row), "file": _file(row)},
    )


def get(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Return a node of the library."""
    found = nodes.get(context, request, asked)
    copy = request.content.get(context.node.id)
    if asked.query["copy"] == "working":
        copy = request.content.working_copy(copy)
    return found | {"file": _file_of(context.node.id, copy)}


def _file_of(node_id: int, stored: Any) -> dict[str, Any] | None:
    return _file(_Row(node_id, stored.body))


class _Row:
    """A body with the id of its node: revisions have ids of their own."""

    def __init__(self, node_id: int, body: Any) -> None:
        self.id = node_id
        self.body = body


def _shown(request: Request, asked: Asked, node: Node) -> dict[str, Any]:
    found = writing.shown(request, asked, node)
    return found | {"file": _file_of(node.id, request.content.working_copy(node))}


def upload(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Take a file in, as a draft of the library."""
    content, body = request.content, asked.body
    if body["parent"] is not None:
        parent = writing.place_of(request, body["parent"])
        may = request.has_permission(Permission.ADD, resource_for(request, parent))
    else:
        may = Permission.ADD in request.permissions
    if not may:
        raise HTTPForbidden
    if body["parent"] is None:
        parent = services.place(content)
    sent = body["file"]
    _check_size(sent.file)
    try:
        node = services.add_upload(content, parent, sent.file, sent.filename)
    except MediaRefused as error:
        raise refusal(error.args[0], "file") from error
    if body["title"] is not None:
        node = services.describe(
            content, node.id, version=node.version, title=body["title"], values={}, live=False
        )
    asked.headers["Location"] = f"{ROOT}/media/{node.id}"
    return _shown(request, asked, node)


def _check_size(stream: Any) -> None:
    stream.seek(0, SEEK_END)
    empty = stream.tell() == 0
    stream.seek(0)
    if empty:
        raise refusal(_("Please choose a file."), "file")


def change(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Describe a node of the library."""
    found = writing.change(context, request, asked)
    node = request.content.get(context.node.id)
    return found | {"file": _file_of(node.id, request.content.working_copy(node))}


def replace(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Put other bytes in a node's place: address, words and uses stay."""
    node = request.content.get(context.node.id)
    asked.expect(node.version)
    sent = asked.body["file"]
    _check_size(sent.file)
    try:
        node = services.replace(
            request.content,
            node.id,
            version=node.version,
            stream=sent.file,
            name=sent.filename,
            live=_publishes(context, request),
        )
    except MediaRefused as error:
        raise refusal(error.args[0], "file") from error
    return _shown(request, asked, node)


def _publishes(context: Resource, request: Request) -> bool:
    """Tell whether token and person may change what visitors see."""
    may = bool(request.has_permission(Permission.PUBLISH, context))
    return may and "nodes:publish" in request.identity.token.scopes


def content_of(context: Resource, request: Request, _asked: Asked) -> Response:
    """Return the bytes that visitors see, drafts' too for those who may see them."""
    node = request.content.get(context.node.id)
    stored = _file(node)
    if stored is None:
        raise HTTPNotFound
    request.matchdict["node_id"], request.matchdict["sha"] = str(node.id), stored["sha256"][:12]
    response = files.serve(request)
    # Read with a token: no shared cache keeps it.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


ONE: dict[str, Any] = {"context": media_context, "tagged": True, "answer": schemas.MediaAnswer}

OPERATIONS = (
    Operation(
        "GET",
        "",
        listing,
        _("List the media library"),
        permission=Permission.OFFICE,
        query=schemas.MediaQuery,
        answer=schemas.MediaSummary,
        paged=True,
    ),
    Operation(
        "POST",
        "",
        upload,
        _("Upload a file"),
        # On the folder that it is put into.
        permission=Permission.OFFICE,
        description=_(
            "It becomes a draft. Describe it by PATCH, then publish it as any node: pictures need "
            "an alternative text, credit and licence before."
        ),
        body=Upload(adding=True),
        answer=schemas.MediaAnswer,
        tagged=True,
        status=201,
        refusals=(413, 422),
    ),
    Operation(
        "GET",
        "/{id}",
        get,
        _("Read a node of the library"),
        permission=Permission.VIEW,
        query=schemas.CopyQuery,
        refusals=(404,),
        **ONE,
    ),
    Operation(
        "PATCH",
        "/{id}",
        change,
        _("Describe a node of the library"),
        permission=Permission.EDIT,
        description=_("A merge patch, as for nodes."),
        body=NodePatch(),
        if_match=True,
        refusals=writing.CHANGED,
        **ONE,
    ),
    Operation(
        "GET",
        "/{id}/file",
        content_of,
        _("Read the bytes"),
        permission=Permission.VIEW,
        context=media_context,
        answer_type="*/*",
        refusals=(404,),
    ),
    Operation(
        "PUT",
        "/{id}/file",
        replace,
        _("Put another file in its place"),
        permission=Permission.EDIT,
        description=_("Page, address, words and uses stay; a picture stays a picture."),
        body=Upload(adding=False),
        if_match=True,
        refusals=(*writing.CHANGED, 413),
        **ONE,
    ),
)


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "media",
        title=_("Media"),
        description=_("Pictures, files, sound and film. They are nodes, too."),
        operations=OPERATIONS,
        scopes={
            "media:read": _("Read the media library"),
            "media:write": _("Upload, describe and replace media"),
        },
    )
