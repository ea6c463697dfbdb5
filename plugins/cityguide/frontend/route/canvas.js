/** The map to draw on: the line on a canvas, its handles and the stops as real buttons that keys move, too. */
import { handles, nearest } from "./line.js";
import { fill } from "./stops.js";

const MOST = 120;
const SNAP_PX = 20;
const STEP_PX = { plain: 8, fine: 1 };
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const button = (properties) => Object.assign(document.createElement("button"), { type: "button", ...properties });

export class Canvas {
  constructor(L, form, editor) {
    this.L = L;
    this.form = form;
    this.editor = editor;
    const host = form.querySelector("[data-canvas]");
    const canvas = document.createElement("div");
    canvas.className = "map__canvas route-canvas";
    canvas.setAttribute("role", "region");
    canvas.setAttribute("aria-label", form.dataset.textMap);
    host.replaceChildren(canvas);
    host.classList.add("map--ready");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = L.map(canvas, {
      attributionControl: false,
      zoomControl: false,
      doubleClickZoom: false,
      scrollWheelZoom: true,
      maxZoom: 19,
      zoomSnap: host.dataset.mapFile ? 1 : 0.25,
      zoomAnimation: !calm,
      fadeAnimation: !calm,
      markerZoomAnimation: !calm,
      inertia: !calm,
    });
    if (host.dataset.mapFile) {
      L.control.attribution({ prefix: false }).addTo(this.map);
      // Nobody waits for it: the line can be drawn at once.
      import("../map/background.js")
        .then((background) => background.lay(L, this.map, host))
        .catch((error) => console.warn(error));
    }
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
    this.zoom().addTo(this.map);
    this.canvas = canvas;
    this.lines = L.layerGroup().addTo(this.map);
    this.points = L.layerGroup().addTo(this.map);
    this.stops = L.layerGroup().addTo(this.map);
    this.renderer = L.canvas({ padding: 0.5, tolerance: 8 });
    this.chosen = null;
    this.drawn = null;
    this.markers = new Map();
    const [south, west, north, east] = form.dataset.view?.split(",").map(Number) ?? [49.4, 7.8, 51.6, 10.2];
    this.map.fitBounds([[south, west], [north, east]], { animate: false });
    this.fit();
    this.map.on("moveend zoomend", () => this.drawHandles());
    this.map.on("click", (event) => editor.click(event.latlng));
    canvas.addEventListener("keydown", (event) => this.keyOnMap(event));
    new ResizeObserver(() => this.map.invalidateSize({ animate: false, pan: false })).observe(canvas);
  }

  zoom() {
    const control = this.L.control({ position: "topright" });
    control.onAdd = () => {
      const box = Object.assign(document.createElement("div"), { className: "map__zooms" });
      for (const [word, sign, step] of [["textZoomIn", "+", 1], ["textZoomOut", "−", -1]]) {
        const made = button({ className: "map__zoom", textContent: sign, title: this.form.dataset[word] });
        made.setAttribute("aria-label", this.form.dataset[word]);
        made.addEventListener("click", () => this.map.setZoom(this.map.getZoom() + step));
        box.append(made);
      }
      this.L.DomEvent.disableClickPropagation(box);
      return box;
    };
    return control;
  }

  /** Show the whole line with all stops. */
  fit() {
    const every = [...this.editor.pieces.flat(), ...this.editor.stops.shown];
    if (every.length === 0) return;
    const bounds = this.L.latLngBounds(every.map(({ lat, lng }) => [lat, lng]));
    this.map.fitBounds(bounds, { padding: [36, 36], maxZoom: 16, animate: false });
  }

  /** Draw what has changed: a field that is left must not take the focus from the marker it goes to. */
  draw() {
    this.drawStops();
    if (this.drawn === this.editor.pieces) return;
    this.drawn = this.editor.pieces;
    this.lines.clearLayers();
    const colour = getComputedStyle(this.form).getPropertyValue("--accent").trim() || "#1f3fa8";
    for (const piece of this.editor.pieces) {
      const line = this.L.polyline(piece, { renderer: this.renderer, color: colour, weight: 5, smoothFactor: 1.5, bubblingMouseEvents: false });
      line.on("click", (event) => {
        if (this.editor.tool === "move") this.editor.insert(event.latlng);
        else this.editor.click(event.latlng);
      });
      line.addTo(this.lines);
    }
    this.drawHandles();
  }

  drawHandles() {
    const focused = this.points.getLayers().some((layer) => layer.button === document.activeElement);
    this.points.clearLayers();
    if (this.editor.tool !== "move") return;
    const view = this.map.getBounds().pad(0.05);
    const found = handles(
      this.editor.pieces,
      ({ lat, lng }) => view.contains([lat, lng]),
      (point) => this.map.latLngToLayerPoint(point),
      MOST,
    );
    const total = this.editor.pieces.reduce((sum, piece) => sum + piece.length, 0);
    let start = 0;
    const starts = this.editor.pieces.map((piece) => {
      start += piece.length;
      return start - piece.length;
    });
    const known = found.some((one) => this.isChosen(one));
    found.forEach((handle, place) => {
      const label = fill(this.form.dataset.textPoint, { number: starts[handle.piece] + handle.index + 1, total });
      const current = known ? this.isChosen(handle) : place === 0;
      const one = this.grip(`route-handle${this.isChosen(handle) ? " is-current" : ""}`, "", label, current);
      const point = this.editor.pieces[handle.piece][handle.index];
      const marker = this.marker(one, point, 24);
      marker.button = one;
      marker.handle = handle;
      one.addEventListener("focus", () => this.choose(handle, one));
      one.addEventListener("keydown", (event) => this.keyOnHandle(event, handle, found));
      marker.on("dragstart", () => this.choose(handle, one));
      marker.on("drag", () => this.stretch(handle, marker.getLatLng()));
      marker.on("dragend", () => this.editor.move(handle, marker.getLatLng()));
      marker.addTo(this.points);
      if (focused && current) one.focus({ preventScroll: true });
    });
  }

  isChosen({ piece, index }) {
    return this.chosen !== null && this.chosen.piece === piece && this.chosen.index === index;
  }

  choose(handle, one) {
    this.chosen = handle;
    for (const other of this.canvas.querySelectorAll(".route-handle")) {
      other.classList.toggle("is-current", other === one);
      other.tabIndex = other === one ? 0 : -1;
    }
  }

  /** Show the way to both neighbours while a point is held. */
  stretch({ piece, before, after }, place) {
    const points = this.editor.pieces[piece];
    this.rubber?.remove();
    const ends = [points[before], place, points[after]].filter(Boolean);
    this.rubber = this.L.polyline(ends, { className: "route-rubber", weight: 3, dashArray: "6 6", interactive: false }).addTo(this.map);
  }

  grip(className, text, label, reachable) {
    const made = button({ className, textContent: text, tabIndex: reachable ? 0 : -1 });
    made.setAttribute("aria-label", label);
    // Points may lie close; the table beside the map does the same (WCAG 2.2, 2.5.8: equivalent).
    made.dataset.alsoElsewhere = "";
    return made;
  }

  marker(one, point, size) {
    const Icon = this.L.Icon.extend({
      createIcon() {
        this._setIconStyles(one, "icon");
        return one;
      },
      createShadow: () => null,
    });
    const icon = new Icon({ iconSize: [size, size], iconAnchor: [size / 2, size / 2], className: one.className });
    one.addEventListener("click", (event) => event.stopPropagation());
    return this.L.marker([point.lat, point.lng], { icon, draggable: true, keyboard: false, autoPan: false });
  }

  drawStops() {
    const shown = this.editor.stops.shown;
    const rows = new Set(shown.map((stop) => stop.row));
    for (const [row, marker] of this.markers) {
      if (!rows.has(row)) {
        marker.remove();
        this.markers.delete(row);
      }
    }
    for (const stop of shown) {
      const marker = this.markers.get(stop.row) ?? this.stopMarker(stop);
      marker.setLatLng([stop.lat, stop.lng]);
      marker.button.textContent = stop.number;
      marker.button.setAttribute("aria-label", fill(this.form.dataset.textStop, stop));
    }
  }

  stopMarker(stop) {
    const { row } = stop;
    const one = this.grip("map__marker route-marker", "", "", true);
    const marker = this.marker(one, stop, 36);
    marker.button = one;
    const light = (on) => row.classList.toggle("is-current", on);
    for (const [name, on] of [["focus", true], ["pointerenter", true], ["blur", false], ["pointerleave", false]]) {
      one.addEventListener(name, () => light(on));
    }
    one.addEventListener("keydown", (event) => {
      const place = this.nudged(event, marker.getLatLng());
      if (place) this.editor.moveStop(row, place, one);
    });
    marker.on("dragend", () => this.editor.moveStop(row, this.snapped(marker.getLatLng())));
    // Above the line's points: a stop at one of them can be taken hold of.
    marker.setZIndexOffset(1000);
    marker.addTo(this.stops);
    this.markers.set(row, marker);
    return marker;
  }

  /** A stop that is dropped beside the line stands on it. */
  snapped(place) {
    const found = nearest(this.editor.pieces, place);
    if (!found) return place;
    const [here, there] = [place, found].map((one) => this.map.latLngToContainerPoint(one));
    return here.distanceTo(there) <= SNAP_PX ? found : place;
  }

  /** Where an arrow key moves something to, null for other keys. */
  nudged(event, { lat, lng }) {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return null;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? STEP_PX.fine : STEP_PX.plain;
    const from = this.map.latLngToContainerPoint([lat, lng]);
    return this.map.containerPointToLatLng(from.add([step[0] * far, step[1] * far]));
  }

  keyOnHandle(event, handle, found) {
    const point = this.editor.pieces[handle.piece][handle.index];
    const place = this.nudged(event, point);
    if (place) {
      this.editor.move(handle, place, true);
      return;
    }
    const steps = { PageUp: -1, PageDown: 1 };
    if (event.key in steps) {
      const next = found[found.findIndex((one) => one === handle) + steps[event.key]];
      if (next) {
        this.chosen = next;
        const layer = this.points.getLayers().find((one) => one.handle === next);
        layer?.button.focus({ preventScroll: true });
      }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.editor.remove(handle);
    } else if (event.key === "Insert") {
      this.editor.insertAfter(handle);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** With the map itself in focus, Enter does in its middle what a click does. */
  keyOnMap(event) {
    if (event.target !== this.canvas || event.key !== "Enter" || this.editor.tool === "move") return;
    event.preventDefault();
    this.editor.click(this.map.getCenter());
  }

  focusHandle() {
    const current = this.canvas.querySelector(".route-handle.is-current") ?? this.canvas.querySelector('.route-handle[tabindex="0"]');
    (current ?? this.canvas).focus({ preventScroll: true });
  }
}
