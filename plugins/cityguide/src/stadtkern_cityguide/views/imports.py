"""Importing a tour in the back office: choose a file, see what it would be, confirm."""

import base64
import binascii
import zlib
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.content import ContentRefused
from stadtkern.forms import Failure, Form, read_controls
from stadtkern_cityguide import queries
from stadtkern_cityguide.gpx import MAX_BYTES, GpxError, read_limited
from stadtkern_cityguide.i18n import SMOOTHED, _
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.plan import Plan, plan_tour, safe_name
from stadtkern_cityguide.schemas import ConfirmSchema, UploadSchema
from stadtkern_cityguide.services import ImportRefused, folder_for, import_tour, twin_of


def pack(data: bytes) -> str:
    """Return a file's bytes so that a form can carry them to its second step."""
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def unpack(text: str) -> bytes:
    """Read what ``pack`` wrote, never more than a file may have; ``HTTPBadRequest`` otherwise."""
    try:
        packed = base64.b64decode(text, validate=True)
        reader = zlib.decompressobj()
        data = reader.decompress(packed, MAX_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise HTTPBadRequest from error
    if len(data) > MAX_BYTES or not reader.eof:
        raise HTTPBadRequest
    return data


class Import:
    """One request of the import."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def show(self) -> dict[str, Any]:
        """Ask for a file."""
        return self._first(Form(self.request, UploadSchema()))

    def check(self) -> dict[str, Any]:
        """Read the file and show what it would be; nothing is stored."""
        form = Form(self.request, UploadSchema())
        try:
            upload = form.validate(read_controls(self.request))["upload"]
            data = read_limited(upload.file)
            plan = self._plan(data, upload.filename)
        except Failure:
            return self._failed(self._first(form))
        except GpxError as error:
            form.fail("upload", error.message)
            return self._failed(self._first(form))
        values = {
            "title": plan.title,
            "summary": plan.summary,
            "mode": plan.mode,
            "licence": plan.licence,
            "attribution": plan.attribution,
        }
        return self._second(self._confirm(values), plan, pack(data))

    def store(self) -> Any:
        """Make the tour from the file that the form has carried here."""
        request = self.request
        packed = str(request.POST.get("file", ""))
        name = safe_name(str(request.POST.get("file_name", "")))
        try:
            plan = self._plan(unpack(packed), name)
        except GpxError as error:
            raise HTTPBadRequest from error
        form = self._confirm()
        controls = read_controls(request)
        controls.pop("file", None)
        try:
            values = form.validate(controls)
        except Failure:
            return self._failed(self._second(form, plan, packed))
        try:
            folder = folder_for(request.content, request.settings_of("cityguide"))
            done = import_tour(
                request.content,
                plan.changed(values),
                folder,
                publish=bool(values.get("publish")) and self.may_publish,
            )
        except (ContentRefused, ImportRefused) as error:
            form.fail(getattr(error, "field", None) or "title", error.args[0])
            return self._failed(self._second(form, plan, packed))
        kind, text = (
            ("success", _("The tour “${title}” was imported.", mapping={"title": done.title}))
            if done.status == "imported"
            else (
                "info",
                _(
                    "This file is here already, as “${title}”. Nothing was changed.",
                    mapping={"title": done.title},
                ),
            )
        )
        request.session.flash([kind, request.translate(text)], "notice")
        return HTTPFound(location=request.route_path("admin.node", id=done.node_id))

    @property
    def may_publish(self) -> bool:
        """Whether this person may publish pages."""
        return bool(self.request.has_permission(Permission.PUBLISH))

    def _confirm(self, values: dict[str, Any] | None = None) -> Form:
        schema = ConfirmSchema()
        if not self.may_publish:
            del schema["publish"]
        return Form(self.request, schema, values)

    def _plan(self, data: bytes, name: str) -> Plan:
        request = self.request
        return plan_tour(
            data,
            name,
            language=request.tenant.default_locale,
            licence=request.settings_of("cityguide").get("licence") or "",
        )

    def _failed(self, values: dict[str, Any]) -> dict[str, Any]:
        self.request.response.status_int = 422
        return values

    def _first(self, form: Form) -> dict[str, Any]:
        return {"form": form, "plan": None}

    def _second(self, form: Form, plan: Plan, packed: str) -> dict[str, Any]:
        request = self.request
        same = queries.same_file(request.db, plan.sha256)
        problem = folder = None
        try:
            folder = folder_for(request.content, request.settings_of("cityguide"))
        except ImportRefused as error:
            problem = error.args[0]
        return {
            "form": form,
            "plan": plan,
            "packed": packed,
            "same": same,
            "twin": None if same is not None else twin_of(request.db, plan),
            "folder": folder,
            "problem": problem,
            "smoothing": SMOOTHED,
        }


def step(request: Request) -> Any:
    """Take the posted step."""
    view = Import(request)
    return view.store() if request.POST.get("step") == "store" else view.check()


def includeme(config: Configurator) -> None:
    """Register the import."""
    config.add_route("cityguide.import", "/admin/cityguide/import")
    common = {
        "route_name": "cityguide.import",
        "renderer": "stadtkern_cityguide:templates/import.jinja2",
        "permission": CityGuidePermission.IMPORT,
        "uses_session": True,
    }
    config.add_view(Import, attr="show", request_method="GET", **common)
    config.add_view(step, request_method="POST", **common)
