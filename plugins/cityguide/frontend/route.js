/**
 * The screen on which a tour is drawn (`form[data-route]`). The table of stops and the pasted line work without this
 * file; it adds the map, undo and redo, and figures that follow while one draws. What is stored is computed anew by the
 * server, which is also asked for the figures.
 */
import { Canvas } from "./route/canvas.js";
import { History } from "./route/history.js";
import { applied, message, nearest, same, stored } from "./route/line.js";
import { Stops, fill } from "./route/stops.js";

const PAUSE = 500;
const PREVIEW_PAUSE = 1_500;
const SNAP_M = 500;

class Editor {
  constructor(form) {
    this.form = form;
    this.tool = "move";
    this.field = form.querySelector("input[data-line]");
    this.base = stored(form.dataset.base);
    this.pieces = applied(this.base, this.field.value);
    this.ready = false;
    this.stops = new Stops(form, form.querySelector("[data-stops]"), (step) => this.stopsChanged(step));
    this.history = new History(this.state);
    this.ready = true;
    form.querySelector("[data-tools]").hidden = false;
    form.querySelector('[data-deed="add"]').hidden = false;
    form.addEventListener("click", (event) => this.pressed(event));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("find-stop", (event) => this.find(event.detail));
    form.addEventListener("change", (event) => {
      if (event.target.name === "mode") this.ask();
    });
    form.addEventListener("input", () => this.preview());
    this.choose("move");
    this.update();
    // What came back unsaved is not what the frame shows.
    if ("unsaved" in form.dataset) this.preview();
  }

  async open() {
    try {
      const L = await import("leaflet/dist/leaflet-src.esm.js");
      this.canvas = new Canvas(L, this.form, this);
      this.canvas.draw();
    } catch (error) {
      console.warn(error);
      this.say(this.form.dataset.textError);
    }
  }

  get state() {
    return { pieces: this.pieces, stops: this.stops.state };
  }

  say(text) {
    this.form.querySelector("[data-said]").textContent = text;
  }

  // The line

  /** Put pieces in place as one step that can be undone. */
  line(pieces, mark = null) {
    this.pieces = pieces.filter((piece) => piece.length > 0);
    this.history.push(this.state, mark);
    this.update();
  }

  with(piece, points) {
    return this.pieces.map((old, number) => (number === piece ? points : old));
  }

  move({ piece, before, after }, { lat, lng }, byKey = false) {
    const points = this.pieces[piece];
    const first = points.slice(0, Math.max(before + 1, 0));
    const gone = after - before - 2;
    const made = [...first, { lat, lng }, ...points.slice(after)];
    if (this.canvas) {
      this.canvas.rubber?.remove();
      this.canvas.chosen = { piece, index: first.length };
    }
    this.line(this.with(piece, made), byKey ? `point ${piece} ${first.length}` : null);
    if (gone > 0) this.say(fill(this.form.dataset.textReplaced, { number: gone }));
  }

  remove({ piece, before, after }) {
    const points = this.pieces[piece];
    const made = [...points.slice(0, Math.max(before + 1, 0)), ...points.slice(after)];
    // A single point is no line.
    if (this.canvas) this.canvas.chosen = { piece, index: Math.max(before, 0) };
    this.line(this.with(piece, made.length > 1 ? made : []));
    this.say(this.form.dataset.textRemoved);
    this.canvas?.focusHandle();
  }

  insert(place) {
    const found = nearest(this.pieces, place);
    if (found) this.insertAt(found.piece, found.index + 1, { lat: found.lat, lng: found.lng });
  }

  insertAfter({ piece, index }) {
    const points = this.pieces[piece];
    const other = points[index + 1] ?? points[index - 1];
    const here = points[index];
    const middle = { lat: (here.lat + other.lat) / 2, lng: (here.lng + other.lng) / 2 };
    this.insertAt(piece, index + 1 < points.length ? index + 1 : index, middle);
    this.canvas?.focusHandle();
  }

  insertAt(piece, index, point) {
    const points = this.pieces[piece];
    if (this.canvas) this.canvas.chosen = { piece, index };
    this.line(this.with(piece, [...points.slice(0, index), point, ...points.slice(index)]));
    this.say(this.form.dataset.textAdded);
  }

  /** A click on the ground, or Enter with the map in focus. */
  click({ lat, lng }) {
    if (this.tool === "draw") {
      const last = this.pieces.length - 1;
      this.line(last < 0 ? [[{ lat, lng }]] : this.with(last, [...this.pieces[last], { lat, lng }]));
      this.say(this.form.dataset.textAdded);
    } else if (this.tool === "stop") {
      this.stops.add(this.canvas ? this.canvas.snapped({ lat, lng }) : { lat, lng });
    }
  }

  // The stops

  stopsChanged(step) {
    if (!this.ready) return;
    if (step) this.history.push(this.state);
    this.update();
  }

  moveStop(row, place, mark = null) {
    this.stops.place(row, place);
    this.history.push(this.state, mark);
    this.update();
  }

  snap() {
    const near = this.stops.shown
      .map((stop) => ({ ...stop, found: nearest(this.pieces, stop) }))
      .filter(({ found }) => found && found.metres <= SNAP_M);
    for (const { row, found } of near) this.stops.place(row, found);
    this.history.push(this.state);
    this.update();
    this.say(fill(this.form.dataset.textSnapped, { number: near.length }));
  }

  find(row) {
    const stop = this.stops.shown.find((one) => one.row === row);
    if (!stop || !this.canvas) return;
    this.canvas.map.setView([stop.lat, stop.lng], Math.max(this.canvas.map.getZoom(), 15), { animate: false });
    const marker = this.canvas.markers.get(row);
    marker?.button.focus();
    marker?.button.scrollIntoView({ block: "center" });
  }

  // Tools

  choose(tool) {
    this.tool = tool;
    for (const one of this.form.querySelectorAll("[data-tool]")) {
      one.setAttribute("aria-pressed", String(one.dataset.tool === tool));
    }
    for (const one of this.form.querySelectorAll("[data-hint]")) one.hidden = one.dataset.hint !== tool;
    this.form.querySelector("[data-canvas]").dataset.drawing = tool;
    this.canvas?.drawHandles();
  }

  pressed(event) {
    const one = event.target.closest("button[data-tool], button[data-deed]");
    if (!one) return;
    if (one.dataset.tool) {
      this.choose(one.dataset.tool);
      return;
    }
    event.preventDefault();
    const deeds = {
      undo: () => this.travel("undo"),
      redo: () => this.travel("redo"),
      reverse: () => this.line([...this.pieces].reverse().map((piece) => [...piece].reverse())),
      delete: () => this.canvas && this.removeChosen(),
      snap: () => this.snap(),
      add: () => this.addRow(),
    };
    deeds[one.dataset.deed]?.();
  }

  addRow() {
    const row = this.stops.add(null);
    if (row) this.stops.field(row, "title").focus();
  }

  removeChosen() {
    const handle = this.canvas.points.getLayers().find((one) => this.canvas.isChosen(one.handle))?.handle;
    if (handle) this.remove(handle);
  }

  travel(deed) {
    const state = this.history[deed]();
    if (!state) return;
    this.pieces = state.pieces;
    this.stops.state = state.stops;
    this.update();
    this.say(deed === "undo" ? this.form.dataset.textUndone : this.form.dataset.textRedone);
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input, textarea")) return;
    const deed = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    this.travel(deed);
  }

  // What follows

  update() {
    this.field.value = same(this.pieces, this.base) ? "" : message(this.pieces);
    for (const [deed, states] of [["undo", this.history.past], ["redo", this.history.future]]) {
      this.form.querySelector(`[data-deed="${deed}"]`).setAttribute("aria-disabled", String(states.length === 0));
    }
    this.canvas?.draw();
    this.ask();
  }

  /** Ask the server for the figures, a moment after the last change; an older answer is passed over. */
  ask() {
    clearTimeout(this.waiting);
    // What was just opened shows its figures already.
    if (!this.asked) {
      this.asked = 1;
      return;
    }
    this.preview();
    this.waiting = setTimeout(async () => {
      const turn = (this.asked += 1);
      try {
        const answer = await this.post("check", "application/json");
        if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(String(answer.status));
        const { html } = await answer.json();
        // Our own template: what editors typed is escaped there.
        if (turn === this.asked) this.form.querySelector("[data-figures]").innerHTML = html;
      } catch (error) {
        console.warn(error);
        if (turn === this.asked) this.say(this.form.dataset.textFailed);
      }
    }, PAUSE);
  }

  /** Post what is drawn so far, to be looked at and not to be stored. */
  post(deed, accept) {
    const body = new FormData(this.form);
    body.delete("upload");
    body.delete("pasted");
    body.set("do", deed);
    return fetch(this.form.action, { method: "POST", body, headers: { Accept: accept } });
  }

  /** Hand the page as it is drawn so far to the frame, a moment after the last change. */
  preview() {
    const looks = document.querySelector("[data-looks]");
    clearTimeout(this.pausing);
    this.pausing = setTimeout(async () => {
      const turn = (this.previewed = (this.previewed ?? 0) + 1);
      try {
        const answer = await this.post("phone", "text/html");
        if (!answer.ok) throw new Error(String(answer.status));
        const detail = await answer.text();
        if (turn === this.previewed) looks.dispatchEvent(new CustomEvent("show-page", { detail }));
      } catch (error) {
        // The frame goes on showing what it showed, and says what that is.
        console.warn(error);
      }
    }, PREVIEW_PAUSE);
  }
}

for (const form of document.querySelectorAll("form[data-route]")) new Editor(form).open();
