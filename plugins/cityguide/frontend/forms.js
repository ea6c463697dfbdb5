/**
 * Opening hours in the form of a place: a week to fill in, which writes the notation into the field, and what the field
 * means in the next 14 days. Both come from the server, so that there is one reading of the notation.
 */
const PAUSE = 400;
const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH"];

const element = (tag, properties = {}, children = []) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

class Hours {
  constructor(field, words) {
    this.field = field;
    this.words = words.dataset;
    this.said = element("div", { className: "hours-said" });
    this.said.setAttribute("role", "status");
    this.summary = element("summary", { textContent: this.words.grid });
    this.body = element("div", { className: "hours-grid" });
    this.details = element("details", {}, [this.summary, this.body]);
    field.after(this.details, this.said);
    field.addEventListener("input", () => this.later({ text: field.value }, true));
    this.ask({ text: field.value }, true);
  }

  later(question, redraw) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(question, redraw), PAUSE);
  }

  async ask(question, redraw) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const answer = await fetch(`${this.words.check}?${new URLSearchParams(question)}`, { headers: { Accept: "application/json" } });
      if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(String(answer.status));
      const { text, html, grid } = await answer.json();
      if (turn !== this.turn) return;
      // Our own template: what was typed is escaped there.
      this.said.innerHTML = html;
      if (question.grid !== undefined) {
        this.field.value = text;
        this.field.dispatchEvent(new Event("change", { bubbles: true }));
      }
      if (redraw) this.draw(grid);
    } catch (error) {
      console.warn(error);
    }
  }

  /** Show the week, or say that the text is more than a week. */
  draw(grid) {
    if (grid === null) {
      this.body.replaceChildren(element("p", { className: "muted", textContent: this.words.more }));
      return;
    }
    const rows = DAYS.map((day) => this.row(day, grid[day] ?? [], day in grid));
    this.body.replaceChildren(...rows);
  }

  row(day, spans, known) {
    const name = this.words[`day${day[0]}${day[1].toLowerCase()}`];
    const row = element("fieldset", { className: "hours-row" }, [element("legend", { textContent: name })]);
    row.dataset.day = day;
    const list = element("div", { className: "hours-spans" });
    if (day === "PH") {
      const like = element("input", { type: "checkbox", checked: !known });
      like.dataset.like = "";
      like.addEventListener("change", () => {
        list.hidden = like.checked;
        this.write();
      });
      list.hidden = !known;
      row.append(element("label", { className: "hours-like" }, [like, ` ${this.words.like}`]));
    }
    for (const span of spans) list.append(this.span(name, span));
    const more = element("button", { type: "button", className: "button quiet small", textContent: this.words.add });
    more.setAttribute("aria-label", `${this.words.add}: ${name}`);
    more.addEventListener("click", () => {
      const made = this.span(name, ["", ""]);
      more.before(made);
      made.querySelector("input").focus();
    });
    list.append(more);
    row.append(list);
    return row;
  }

  span(name, [first, last]) {
    const clock = (word, value) => {
      const made = element("input", { type: "time", value: value === "24:00" ? "00:00" : value, className: "kern-form-input__input" });
      made.setAttribute("aria-label", `${name}, ${word}`);
      made.addEventListener("change", () => this.write());
      return made;
    };
    const gone = element("button", { type: "button", className: "button quiet small", textContent: "×" });
    gone.setAttribute("aria-label", `${this.words.remove}: ${name}`);
    const made = element("span", { className: "hours-span" }, [clock(this.words.from, first), " – ", clock(this.words.to, last), gone]);
    gone.addEventListener("click", () => {
      const next = made.parentElement.querySelector(":scope > button");
      made.remove();
      next.focus();
      this.write();
    });
    return made;
  }

  write() {
    const grid = {};
    for (const row of this.body.querySelectorAll(".hours-row")) {
      if (row.querySelector("[data-like]")?.checked) continue;
      grid[row.dataset.day] = [...row.querySelectorAll(".hours-span")]
        .map((span) => [...span.querySelectorAll("input")].map((one) => one.value.slice(0, 5)))
        .filter(([first, last]) => first && last);
    }
    this.later({ grid: JSON.stringify(grid) }, false);
  }
}

const words = document.querySelector("[data-hours-words]");
if (words) for (const field of document.querySelectorAll('input[name="opening_hours"]')) new Hours(field, words);
