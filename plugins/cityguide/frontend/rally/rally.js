import { element } from "../blocks/dom.js";
import { certificate } from "./certificate.js";
import { Progress } from "./keeping.js";
import { possible } from "./sealing.js";
import { Task } from "./task.js";

const FOUND = /^#found=([A-Za-z0-9-]{3,40})$/;

/** A rally of the page: its tasks, and the board with points, badges and buttons. */
export class Rally {
  constructor(section) {
    this.section = section;
    this.words = JSON.parse(section.dataset.words);
    this.title = section.querySelector("h2").textContent;
    this.badges = JSON.parse(section.querySelector("[data-badges]")?.dataset.badges ?? "[]");
    this.badges.sort((one, other) => one.points - other.points);
  }

  start() {
    const lacking = this.section.querySelector("[data-lacking]");
    if (!possible()) {
      lacking.textContent = this.words.unsafe;
      return;
    }
    lacking.remove();
    this.progress = new Progress(this.section.dataset.rally);
    this.tasks = [...this.section.querySelectorAll("[data-task]")].map((host) => new Task(host, this));
    for (const task of this.tasks) task.show();
    this.board();
    const found = FOUND.exec(location.hash);
    if (found) this.bring(found[1]);
    window.addEventListener("hashchange", () => {
      const later = FOUND.exec(location.hash);
      if (later) this.bring(later[1]);
    });
  }

  async bring(text) {
    for (const task of this.tasks) if (await task.brought(text)) break;
  }

  get points() {
    return this.tasks.reduce((sum, task) => sum + (task.known.points ?? 0), 0);
  }

  get earned() {
    return this.badges.filter((badge) => badge.points <= this.points);
  }

  board() {
    const board = this.section.querySelector("[data-board]");
    const { words, progress, tasks } = this;
    const most = tasks.reduce((sum, { task }) => sum + task.points, 0);
    const done = tasks.filter((task) => task.known.done).length;
    const values = { points: this.points, most, done, all: tasks.length };
    const parts = [element("p", { className: "guide-rally__points", textContent: words.points.replace(/\{(\w+)\}/g, (_whole, name) => values[name]) })];
    const bar = element("progress", { max: tasks.length, value: done });
    bar.setAttribute("aria-label", parts[0].textContent);
    parts.push(bar);
    if (this.earned.length > 0) {
      const list = element("ul", { className: "guide-rally__badges" }, ...this.earned.map((badge) => element("li", { textContent: `★ ${badge.title}` })));
      list.setAttribute("aria-label", words.badges);
      parts.push(list);
    }
    if (tasks.some(({ task }) => task.seconds > 0)) parts.push(this.clockless());
    const row = element("p", { className: "row" });
    const button = (text, act) => {
      const made = element("button", { type: "button", className: "button quiet small", textContent: text });
      made.addEventListener("click", act);
      row.append(made);
    };
    if (done > 0) button(words.certificate, () => certificate(this));
    if (progress.begun) {
      button(words.forget, () => this.forget());
      parts.push(element("p", { className: "muted", textContent: progress.kept ? words.kept : words.unkept }));
    }
    if (row.children.length > 0) parts.push(row);
    // Whoever stood on a button of the board stays on it.
    const held = board.contains(document.activeElement) ? document.activeElement.textContent : null;
    board.replaceChildren(...parts);
    this.finish(done === tasks.length);
    if (held) [...board.querySelectorAll("button")].find((one) => one.textContent === held)?.focus();
  }

  /** Below the last task stands what a finished rally brings; the board is far up by then. */
  finish(over) {
    if (!over) {
      this.end?.remove();
      this.end = null;
      return;
    }
    if (this.end) return;
    const button = element("button", { type: "button", className: "button", textContent: this.words.certificate });
    button.addEventListener("click", () => certificate(this));
    this.end = element("div", { className: "guide-rally__end" }, element("p", { textContent: this.words.over_all }), element("p", { className: "row" }, button));
    this.section.querySelector(".guide-rally__tasks").after(this.end);
  }

  clockless() {
    const input = element("input", { type: "checkbox", checked: !this.progress.state.clock });
    input.addEventListener("change", () => {
      this.progress.state.clock = !input.checked;
      this.progress.write();
      for (const task of this.tasks) task.show();
    });
    return element("p", {}, element("label", { className: "guide-rally__check" }, input, this.words.clock));
  }

  forget() {
    this.progress.forget();
    for (const task of this.tasks) {
      task.say("");
      task.show();
    }
    this.board();
    const board = this.section.querySelector("[data-board]");
    const note = element("p", { textContent: this.words.forgotten, tabIndex: -1 });
    note.setAttribute("role", "status");
    board.append(note);
    note.focus();
  }
}
