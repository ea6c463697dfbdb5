"""Importing in the back office: choose a file, see what it would change, confirm."""

import base64
import binascii
import zlib
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.content import ContentRefused, permitted, resource_for
from stadtkern.forms import Failure, Form, read_controls
from stadtkern_cityguide.gpx import MAX_BYTES, GpxError, read_limited
from stadtkern_cityguide.gpx.model import MAX_NAME
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake import Decision, Defaults, IntakeError, Judged, judge, read, store
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.plan import safe_name
from stadtkern_cityguide.schemas import ConfirmSchema, UploadSchema
from stadtkern_cityguide.services import ImportRefused, folder_for

MAX_ITEMS = 500
"""Items that one request stores; the command takes more."""
CARRIED = ("file_name", "file_licence", "file_attribution")
"""What the second step has of the first one's form, beside the file."""


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
        """Read the file and show what it would change; nothing is stored."""
        form = Form(self.request, UploadSchema())
        try:
            values = form.validate(read_controls(self.request))
            upload = values["upload"]
            pasted = (values["pasted"] or "").encode()
            if upload is None and not pasted.strip():
                raise IntakeError(NOTHING)  # noqa: TRY301 - shown like other refusals
            # Not by truth: an uploaded file has none.
            data = pasted if upload is None else read_limited(upload.file)
            carried = {
                "file_name": safe_name(
                    (values["name"] or "pasted") if upload is None else upload.filename
                ),
                "file_licence": values["licence"],
                "file_attribution": values["attribution"],
            }
            judged = self._judged(data, carried)
        except Failure:
            return self._failed(self._first(form))
        except (GpxError, IntakeError) as error:
            typed = upload is None and bool(pasted.strip())
            form.fail("pasted" if typed else "upload", error.message)
            return self._failed(self._first(form))
        return self._second(self._confirm(), judged, carried | {"file": pack(data)})

    def store(self) -> Any:
        """Store what the file that the form has carried here says."""
        request = self.request
        carried = {name: str(request.POST.get(name, ""))[:MAX_NAME] for name in CARRIED}
        packed = str(request.POST.get("file", ""))
        try:
            judged = self._judged(unpack(packed), carried)
        except (GpxError, IntakeError) as error:
            raise HTTPBadRequest from error
        form = self._confirm()
        controls = read_controls(request)
        for name in ("file", *CARRIED):
            controls.pop(name, None)
        try:
            values = form.validate(controls)
            folder = folder_for(request.content, request.settings_of("cityguide"))
            store(
                request.content,
                judged,
                folder,
                publish=bool(values.get("publish")) and self.may_publish,
            )
        except Failure:
            return self._failed(self._second(form, judged, carried | {"file": packed}))
        except (ContentRefused, ImportRefused) as error:
            return self._failed(
                self._second(form, judged, carried | {"file": packed}, error.args[0])
            )
        text = _(
            "Imported: ${new} new, ${changed} changed, ${unchanged} unchanged.",
            mapping={deed: judged.count(deed) for deed in ("new", "changed", "unchanged")},
        )
        request.session.flash(["success", request.translate(text)], "notice")
        return HTTPFound(location=request.route_path("admin.node", id=folder.id))

    @property
    def may_publish(self) -> bool:
        """Whether this person may publish what comes in, where it comes in."""
        try:
            folder = folder_for(self.request.content, self.request.settings_of("cityguide"))
        except ImportRefused:
            return False
        place = resource_for(self.request, folder)
        return bool(self.request.has_permission(Permission.PUBLISH, place))

    def _confirm(self) -> Form:
        schema = ConfirmSchema()
        if not self.may_publish:
            del schema["publish"]
        return Form(self.request, schema)

    def _judged(self, data: bytes, carried: dict[str, str]) -> Judged:
        request = self.request
        reading = read(
            data,
            carried["file_name"],
            Defaults(
                licence=carried["file_licence"]
                or request.settings_of("cityguide").get("licence")
                or "",
                attribution=carried["file_attribution"],
                language=request.tenant.default_locale,
                timezone=request.tenant.timezone,
            ),
        )
        if len(reading.items) > MAX_ITEMS:
            raise IntakeError(
                _(
                    "The file has more than ${n} items. Please split it, or let your operator "
                    "import it with `stadtkern cityguide import`.",
                    mapping={"n": MAX_ITEMS},
                )
            )
        return judge(request.content, reading, partial(permitted, request))

    def _failed(self, values: dict[str, Any]) -> dict[str, Any]:
        self.request.response.status_int = 422
        return values

    def _first(self, form: Form) -> dict[str, Any]:
        return {"form": form, "judged": None}

    def _second(
        self, form: Form, judged: Judged, carried: dict[str, str], problem: Any = None
    ) -> dict[str, Any]:
        request = self.request
        folder = None
        try:
            folder = folder_for(request.content, request.settings_of("cityguide"))
        except ImportRefused as error:
            problem = error.args[0]
        return {
            "form": form,
            "judged": judged,
            "carried": carried,
            "folder": folder,
            "problem": problem,
            "deeds": DEEDS,
            "fields": FIELDS,
            "moment": self._moment,
            "unlicensed": _unlicensed,
            "bare": sum(map(_unlicensed, judged.decisions)),
        }

    def _moment(self, written: str) -> datetime:
        """Return when an event begins; files are read onto the town's clock."""
        zone = ZoneInfo(self.request.tenant.timezone)
        return datetime.fromisoformat(written).replace(tzinfo=zone)


def _unlicensed(decision: Decision) -> bool:
    """Tell whether a new place or tour would come without a licence; it stays a draft then."""
    item = decision.item
    return decision.deed == "new" and item.type != "event" and not item.fields.get("licence")


NOTHING = _("Please choose a file or paste its text.")
DEEDS = {
    "new": (_("new"), "good"),
    "changed": (_("changed"), "warn"),
    "unchanged": (_("unchanged"), "neutral"),
}
FIELDS = {
    "opening_hours": _("Opening hours"),
    "geometry": _("Position"),
    "title": _("Title"),
    "SUMMARY": _("Title"),
    "DTSTART": _("Begins"),
    "RRULE": _("Repetition"),
    "STATUS": _("State"),
    "rights": _("Rights"),
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
