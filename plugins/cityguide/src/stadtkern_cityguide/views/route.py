"""Drawing a tour: its line on a map, its stops in a table, all on one screen.

The table works without a script; the map is a help. Nothing is stored before “Save”.
"""

import secrets
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPForbidden, HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import (
    Conflict,
    ContentRefused,
    Node,
    Resource,
    locks,
    resource_by_id,
    resource_for,
)
from stadtkern.db import MAX_ID, whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.site import drafted, drafted_new, render_framed
from stadtkern.web.headers import frame_own_pages
from stadtkern_cityguide import office_queries, queries, tracks
from stadtkern_cityguide.figures import Line, decode_line, fingerprint_of
from stadtkern_cityguide.geometry import bounding_box
from stadtkern_cityguide.gpx import GpxError, read_limited
from stadtkern_cityguide.gpx.model import MAX_NAME
from stadtkern_cityguide.i18n import SMOOTHED, _
from stadtkern_cityguide.intake import Defaults, IntakeError
from stadtkern_cityguide.permissions import CityGuidePermission
from stadtkern_cityguide.route import saving, screen
from stadtkern_cityguide.route.edits import RouteError, applied, snapped, whole
from stadtkern_cityguide.route.figures import Figures, figures
from stadtkern_cityguide.route.screen import Held, State
from stadtkern_cityguide.route.stops import Row, judged, moved, posted_rows, stored_rows, wrong
from stadtkern_cityguide.route.taking import take
from stadtkern_cityguide.schemas import MAX_STOPS
from stadtkern_cityguide.services import ImportRefused, folder_for
from stadtkern_cityguide.sketch import sketch

SPARE = 2
SNAP_M = 500.0
"""Stops farther from the line than this (metres) are left where they are."""


def tour(request: Request) -> Resource:
    """Return the tour of ``{id}`` in its place."""
    number = int(request.matchdict["id"])
    found = resource_by_id(request, number) if number <= MAX_ID else None
    if found is None or found.node.type != "tour" or "tour" not in request.content.types:
        raise HTTPNotFound
    return found


class Screen:
    """One request of the screen; ``context`` is the tour, or the root for a new one."""

    new = False

    def __init__(self, context: Any, request: Request) -> None:
        self.context, self.request = context, request
        content = request.content
        self.node = None if self.new else content.get(context.node.id)
        self.copy: Any = None if self.node is None else content.working_copy(self.node)
        self.fields: dict[str, Any] = (
            {} if self.copy is None else content.fields_of(content.types["tour"], self.copy)
        )
        language = request.tenant.default_locale if self.node is None else self.node.language
        self.places = office_queries.places_for_stops(request, language)
        self.take = Form(request, screen.TakeSchema(), prefix="take")
        self.head = Form(
            request,
            screen.NewTourSchema() if self.new else screen.RouteSchema(),
            {"licence": request.settings_of("cityguide").get("licence")}
            if self.new
            else self.fields,
            prefix="head",
        )
        self.mode = str(self.fields.get("mode") or "foot")
        self.version = 0 if self.node is None else self.node.version

    # Showing

    def show(self) -> Any:
        """Show what is stored; of a published tour its working copy."""
        request = self.request
        line = self._stored_line(str(self.fields.get("line") or ""))
        stops = self.fields.get("stops") or ()
        # Those that no list offers: of another language, or without a point.
        linked = {stop["place"] for stop in stops if stop.get("place")}
        others = office_queries.titles(request, linked - {place.id for place in self.places})
        state = State(rows=stored_rows(stops, [*self.places, *others]))
        state.base = state.line = line
        state.base_name = _name(line)
        return self._page(state)

    def _stored_line(self, name: str) -> Line | None:
        """Return one of the tour's lines by its fingerprint, else the present one."""
        if self.node is None:
            return None
        drawn = queries.drawn_line(self.request.db, self.node.id, name)
        if drawn is not None:
            return decode_line(drawn.line, drawn.elevations)
        return tracks.line_of(queries.track(self.request.db, self.node.id))

    def _page(self, state: State, status: int = 200) -> dict[str, Any]:
        request = self.request
        request.response.status_int = status
        frame_own_pages(request.response)
        rows = [row for row in state.rows if not row.empty]
        spare = max(0, min(SPARE, MAX_STOPS - len(rows)))
        positions = [row.position for row in rows if row.position is not None]
        flow = request.content.workflow_of_type(request.content.types["tour"])
        return {
            "new": self.new,
            "context": self.context,
            "copy": self.copy,
            "head": self.head,
            "take": self.take,
            "state": state,
            "figures": self._figures(state, rows),
            "rows": rows + [Row() for _number in range(spare)],
            "blank": Row(),
            "places": self.places,
            "smoothing": SMOOTHED,
            "version": self.version,
            "around": self._held(),
            "sketch": sketch(state.line, positions) if state.line is not None else None,
            "base": whole(state.base) if state.base is not None else "",
            "publishes": not self.new
            and flow.direct
            and request.has_permission(Permission.PUBLISH, self.context),
            "view": self._view(),
            "most": MAX_STOPS,
        }

    def _view(self) -> str:
        """Return the town's box (south, west, north, east) where there is no line to show yet."""
        if not self.places:
            return ""
        box = bounding_box((place.lat, place.lon) for place in self.places)
        return ",".join(f"{degrees:.5f}" for degrees in box)

    def _held(self) -> Held:
        given = self.request.POST.get("lock") if self.request.method == "POST" else None
        held = Held(str(given or "")[:64] or secrets.token_urlsafe(12))
        if self.node is not None:
            holder = locks.holder(self.request.db, self.node.id)
            if holder is not None and holder.account_id != self.request.identity.account_id:
                held.taken, held.since = holder, holder.since.isoformat()
        return held

    def _figures(self, state: State, rows: list[Row]) -> Figures | None:
        try:
            return figures(state.line, rows, self.mode)
        except GpxError as error:
            state.problem = state.problem or error.message
            return None

    # Taking in

    def post(self) -> Any:
        """Do what the pressed button says."""
        controls = read_controls(self.request)
        state = State(rows=posted_rows(controls), written=str(controls.get("line", "")))
        self.head.fill(controls)
        head = controls.get("head")
        self.mode = str((head if isinstance(head, dict) else {}).get("mode") or self.mode)
        posted = whole_number(controls.get("version"))
        self.version = self.version if posted is None else posted
        state.base_name = str(controls.get("base_line", ""))[:64]
        state.base = self._stored_line(state.base_name)
        try:
            if state.base_name != _name(state.base):
                raise RouteError(screen.GONE)  # noqa: TRY301 - shown like the other refusals
            state.line = applied(state.base, state.written)
        except RouteError as error:
            state.line, state.written, state.problem = state.base, "", error.message
            state.base_name = _name(state.base)
        # Some buttons stand within a row's mapping.
        deed = str(self.request.POST.get("do", "save"))
        if deed in {"check", "phone"}:
            return self._checked(state) if deed == "check" else self._framed(state, controls)
        if state.problem:
            return self._page(state, 422)
        if deed == "preview":
            return self._taken(state, controls)
        if deed == "snap":
            return self._snapped(state)
        if deed.startswith(("up:", "down:")):
            state.rows = moved([row for row in state.rows if not row.empty], deed)
            return self._page(state)
        return self._save(state, controls, publish=deed == "publish")

    def _checked(self, state: State) -> Response:
        """Answer the script: the figures in words, and where each stop meets the line."""
        rows = [row for row in state.rows if not (row.empty or row.drop)]
        found = self._figures(state, rows)
        template = self.request.registry["jinja"].get_template(
            "stadtkern_cityguide:templates/_figures.jinja2"
        )
        words = template.render(
            request=self.request, figures=found, smoothing=SMOOTHED, problem=state.problem
        )
        return Response(json_body={"html": words})

    def _framed(self, state: State, controls: dict[str, Any]) -> Response:
        """Answer the script: the page as it is drawn so far, for its frame. Only reads."""
        request = self.request
        content = request.content
        stops = judged(state.rows, self.fields.get("stops") or (), self.places)
        values, wrong_ones = self.head.so_far(controls, self.fields)
        title = values.pop("title", None)
        left_out = screen.not_shown(request, state, wrong_ones)
        kind = content.types["tour"]
        draft = content.unsaved(
            kind,
            self.node,
            title=(self.copy.title if self.copy else title) or request.translate(screen.UNTITLED),
            summary=self.copy.summary if self.copy else "",
            in_nav=bool(self.copy and self.copy.in_nav),
            fields=self.fields | values | {"stops": [stop for stop in stops if stop["title"]]},
        )
        draft.drawn = state.line
        if self.node is not None:
            shown = drafted(request, self.node, draft)
        else:
            try:
                parent = resource_for(request, self._folder())
            except ImportRefused as error:
                raise HTTPNotFound from error
            shown = drafted_new(request, parent, kind, draft)
        try:
            return render_framed(request, shown, left_out=left_out)
        except GpxError as error:
            # A line on which no stop can be placed: the figures say so.
            raise HTTPBadRequest from error

    def _folder(self) -> Node:
        return folder_for(self.request.content, self.request.settings_of("cityguide"))

    def _taken(self, state: State, controls: dict[str, Any]) -> Any:
        """Show another line in place of the present one, with what changes; nothing is stored."""
        request = self.request
        try:
            values = self.take.validate(controls)
            upload = values["upload"]
            pasted = (values["pasted"] or "").encode()
            # Not by truth: an uploaded file has none.
            data = pasted if upload is None else read_limited(upload.file)
            settings = request.settings_of("cityguide")
            defaults = Defaults(
                licence=str(settings.get("licence") or ""),
                language=request.tenant.default_locale,
                timezone=request.tenant.timezone,
            )
            taken = take(data, "route" if upload is None else upload.filename, defaults)
        except Failure:
            return self._page(state, 422)
        except (GpxError, IntakeError, RouteError) as error:
            self.take.fail("pasted", error.message)
            return self._page(state, 422)
        rows = [row for row in state.rows if not row.empty]
        state.before = self._figures(state, rows)
        state.line, state.written = taken.line, whole(taken.line)
        state.notices = list(taken.notices)
        if not rows:
            stops = [
                {"title": stop.title[:MAX_NAME], "lat": stop.lat, "lon": stop.lon}
                for stop in taken.stops[:MAX_STOPS]
            ]
            state.rows = stored_rows(stops, self.places)
            for row in state.rows:
                row.was = ""
        self.take.show({"pasted": None})
        return self._page(state)

    def _snapped(self, state: State) -> Any:
        """Put stops that are near enough onto the line."""
        if state.line is None:
            return self._page(state)
        placed = [(row, row.position) for row in state.rows if row.position is not None]
        try:
            found = snapped(state.line, [position for _row, position in placed if position])
        except GpxError as error:
            state.problem = error.message
            return self._page(state, 422)
        for (row, _position), (place, off) in zip(placed, found, strict=True):
            if off <= SNAP_M:
                row.lat, row.lon = f"{place[0]:.6f}", f"{place[1]:.6f}"
        return self._page(state)

    def _save(self, state: State, controls: dict[str, Any], *, publish: bool) -> Any:
        request = self.request
        if publish and (self.new or not request.has_permission(Permission.PUBLISH, self.context)):
            raise HTTPForbidden
        stops = judged(state.rows, self.fields.get("stops") or (), self.places)
        try:
            values = self.head.validate(controls)
        except Failure:
            return self._page(state, 422)
        if state.line is None:
            state.problem = screen.NO_LINE
        if state.line is None or wrong(state.rows):
            return self._page(state, 422)
        try:
            # All or nothing: what is refused leaves neither a line nor a revision behind.
            with request.db.begin_nested():
                node = self._stored(state.line, stops, values)
        except Conflict as error:
            # What was drawn is relative to a line that is kept: it can be saved on top.
            self.version, state.problem = error.node.version, screen.MEANWHILE
            return self._page(state, 409)
        except (ContentRefused, ImportRefused, GpxError) as error:
            state.problem = getattr(error, "message", error.args[0])
            return self._page(state, 422)
        locks.release(request.db, node.id, request.identity.account_id)
        return self._done(node.id, publish=publish)

    def _stored(self, line: Line, stops: list[dict[str, Any]], values: dict[str, Any]) -> Any:
        content = self.request.content
        if self.node is None:
            return saving.create(
                content,
                self._folder(),
                title=values.pop("title"),
                line=line,
                stops=stops,
                fields=values,
            )
        node = content.get(self.node.id, lock=True)
        return saving.save(
            content, node, version=self.version, line=line, stops=stops, mode=values["mode"]
        )

    def _done(self, node_id: int, *, publish: bool) -> Any:
        request = self.request
        kind, message = "success", _("Saved.")
        if publish:
            try:
                request.content.publish(node_id)
                message = _("Saved and published.")
            except ContentRefused as error:
                kind, message = "warning", error.args[0]
        elif request.content.get(node_id).draft_revision is not None:
            message = _("Saved as a working copy: visitors see it when you publish it.")
        request.session.flash([kind, request.translate(message)], "notice")
        return HTTPFound(location=request.route_path("cityguide.route", id=node_id))


class NewScreen(Screen):
    """The same for a tour that is not there yet."""

    new = True


def _name(line: Line | None) -> str:
    return "" if line is None else fingerprint_of(line)


def includeme(config: Configurator) -> None:
    """Register both screens."""
    config.add_route("cityguide.route", r"/admin/cityguide/tours/{id:\d{1,10}}/route", factory=tour)
    config.add_route("cityguide.tour.new", "/admin/cityguide/tours/new")
    for view, route, permission in (
        (Screen, "cityguide.route", Permission.EDIT),
        (NewScreen, "cityguide.tour.new", CityGuidePermission.IMPORT),
    ):
        common = {
            "route_name": route,
            "renderer": "stadtkern_cityguide:templates/route.jinja2",
            "permission": permission,
            "uses_session": True,
        }
        config.add_view(view, attr="show", request_method="GET", **common)
        config.add_view(view, attr="post", request_method="POST", **common)
