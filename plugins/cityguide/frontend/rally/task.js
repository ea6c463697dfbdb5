import { element } from "../blocks/dom.js";
import { controls } from "./controls.js";
import { code } from "./normal.js";
import { locate, metres } from "./place.js";
import { isRight } from "./sealing.js";

const MOST_TRUSTED = 100; // metres of uncertainty that are given away at most

/** One task: its controls, its hint, its clock. */
export class Task {
  constructor(host, rally) {
    this.host = host;
    this.rally = rally;
    this.task = JSON.parse(host.dataset.task);
    this.words = rally.words;
    this.status = element("p", { className: "guide-rally__status" });
    this.status.setAttribute("role", "status");
    this.box = element("div", { className: "guide-rally__box" });
    this.title = host.querySelector("[data-question]")?.textContent ?? "";
    this.items = [...host.querySelectorAll("[data-shown] > li")];
    this.shown = this.items.map((item) => item.textContent);
    const at = host.querySelector("[data-at]");
    at.append(`${at.children.length > 0 ? " · " : ""}${this.fill("worth", { points: this.task.points })}`);
    host.append(this.box, this.status);
  }

  get known() {
    return this.rally.progress.of(this.task.id);
  }

  set(values) {
    this.rally.progress.set(this.task.id, values);
    this.rally.board();
  }

  fill(word, values) {
    return this.words[word].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  say(text, mood = "") {
    this.status.textContent = text;
    this.status.className = `guide-rally__status ${mood}`;
  }

  /** Show the task as it stands: to be started, open, solved or given up. */
  show() {
    clearInterval(this.ticking);
    this.box.replaceChildren();
    const hint = this.host.querySelector("[data-hint]");
    const shown = this.host.querySelector("[data-shown]");
    const { done, points, been, order } = this.known;
    this.host.classList.toggle("is-done", done === "right");
    if (shown) {
      shown.hidden = !done;
      shown.append(...this.items, ...(order ?? []).map((place) => this.items[place]).filter(Boolean));
    }
    if (hint) hint.hidden = !done && !this.known.hint;
    if (done) {
      const text = been ? this.words.been : done === "right" ? this.fill("solved", { points }) : this.words.failed;
      this.box.append(element("p", { className: `guide-rally__done ${done}`, textContent: text }));
      return;
    }
    if (this.timed && !this.known.started) {
      this.button(this.fill("start", { seconds: this.task.seconds }), () => {
        this.set({ started: Date.now() });
        this.show();
        this.box.querySelector("input, button")?.focus();
      });
      return;
    }
    this.open(hint);
    if (this.timed) this.clock();
  }

  get timed() {
    return this.task.seconds > 0 && this.rally.progress.state.clock;
  }

  get late() {
    return this.timed && Date.now() - (this.known.started ?? 0) > this.task.seconds * 1000;
  }

  button(text, act, quiet = false) {
    const made = element("button", { type: "button", className: `button small${quiet ? " quiet" : ""}`, textContent: text });
    made.addEventListener("click", act);
    this.box.append(made);
    return made;
  }

  open(hint) {
    const { task } = this;
    if (task.kind === "checkin" && task.at) this.button(this.words.here, () => this.compare());
    if (task.kind !== "checkin" || task.hashes.length > 0) {
      const form = element("form", { noValidate: true });
      this.control = controls(task, this.words, this.shown, (text) => this.say(text));
      form.append(this.control.part, element("button", { type: "submit", className: "button small", textContent: this.words.check }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.check();
      });
      this.box.append(form);
    }
    if (task.kind === "checkin") this.button(this.words.hereFree, () => this.finish("right", 0, { been: true }), true);
    if (hint && !this.known.hint) {
      const words = task.hintCost ? this.fill("hintCost", { points: task.hintCost }) : this.words.hint;
      const button = this.button(words, () => {
        this.set({ hint: true });
        hint.hidden = false;
        hint.open = true;
        button.remove();
        hint.querySelector("summary").focus();
      }, true);
    }
  }

  clock() {
    const left = element("p", { className: "guide-rally__clock" });
    const tick = () => {
      const seconds = Math.ceil(this.task.seconds - (Date.now() - this.known.started) / 1000);
      left.textContent = seconds > 0 ? this.fill("seconds", { seconds }) : this.words.late;
      if (seconds <= 0) clearInterval(this.ticking);
    };
    this.box.prepend(left);
    this.ticking = setInterval(tick, 1000);
    tick();
  }

  /** The points that a right answer brings now. */
  worth() {
    const full = this.late ? Math.floor(this.task.points / 2) : this.task.points;
    return Math.max(0, full - (this.known.hint ? this.task.hintCost : 0));
  }

  async check() {
    const answer = this.control.read();
    if (answer === null || answer === "") {
      this.say(answer === null ? this.words.noNumber : this.words.empty);
      return;
    }
    if (this.busy || this.known.done) return;
    this.busy = true;
    const right = await isRight(this.task, answer).finally(() => {
      this.busy = false;
    });
    if (right) {
      // What was put in order stays so, also on the next visit.
      this.finish("right", this.worth(), this.task.kind === "order" ? { order: answer.split(",") } : {});
      return;
    }
    const tries = (this.known.tries ?? 0) + 1;
    const left = this.task.tries - tries;
    this.set({ tries });
    if (this.task.tries && left <= 0) this.finish("failed", 0);
    else this.say(this.task.tries ? this.fill("left", { tries: left }) : this.words.wrong, "wrong");
  }

  finish(done, points, more = {}) {
    const before = this.rally.points;
    this.set({ done, points, ...more });
    this.show();
    const text = more.been ? this.words.been : done === "right" ? this.fill("right", { points }) : this.words.over;
    const earned = this.rally.badges.filter((badge) => badge.points > before && badge.points <= this.rally.points);
    this.say([text, ...earned.map((badge) => this.fill("badge", badge))].join(" "), done);
    this.host.focus({ preventScroll: true });
  }

  async compare() {
    this.say(this.words.locating);
    try {
      const { at, within } = await locate();
      const [lat, lon, radius] = this.task.at;
      const away = metres(at, [lat, lon]);
      if (away <= radius + Math.min(within, MOST_TRUSTED)) this.finish("right", this.worth());
      else this.say(this.fill("far", { metres: Math.round(away) }), "wrong");
    } catch {
      this.say(this.words.unlocated);
    }
  }

  /** A code that a sign's address has brought along; true if it is this task's. */
  async brought(text) {
    if (this.known.done || !["qr", "checkin"].includes(this.task.kind)) return false;
    if (!(await isRight(this.task, code(text)))) return false;
    this.finish("right", this.worth());
    this.host.scrollIntoView({ block: "center" });
    this.host.focus({ preventScroll: true });
    return true;
  }
}
