/** The stops' table: rows that are added, moved by buttons or by mouse, and tied to the map by their fields. */

/** Fill a text's {names}. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

const number = (text) => {
  const found = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(found) ? null : found;
};

export class Stops {
  /** `changed(step)` is called after each change; `step` tells whether it can be undone by itself. */
  constructor(form, list, changed) {
    this.form = form;
    this.list = list;
    this.changed = changed;
    this.blank = document.querySelector("template[data-blank]").content.firstElementChild;
    this.made = 0;
    list.addEventListener("click", (event) => this.pressed(event));
    list.addEventListener("input", (event) => {
      if (event.target.name === "place") this.placed(event.target);
      this.changed(false);
    });
    list.addEventListener("change", (event) => {
      if (event.target.name === "drop" && event.target.checked) {
        this.remove(event.target.closest("[data-stop-row]"));
        return;
      }
      this.changed(true);
    });
    this.dragging();
    // Empty rows are for those without a script.
    for (const row of this.rows) if (this.isEmpty(row)) row.remove();
    for (const row of this.rows) this.dress(row);
    this.count();
  }

  get rows() {
    return [...this.list.querySelectorAll(":scope > [data-stop-row]")];
  }

  field(row, name) {
    return row.querySelector(`input[name="${name}"]`);
  }

  isEmpty(row) {
    return ["title", "lat", "lon", "place"].every((name) => this.field(row, name).value.trim() === "");
  }

  /** What is on the map: rows with a position. */
  get shown() {
    return this.rows
      .map((row, index) => ({
        row,
        number: index + 1,
        title: this.field(row, "title").value,
        lat: number(this.field(row, "lat").value),
        lng: number(this.field(row, "lon").value),
      }))
      .filter(({ lat, lng }) => lat !== null && lng !== null && Math.abs(lat) <= 90 && Math.abs(lng) <= 180);
  }

  /** The order and positions, to come back to. */
  get state() {
    return this.rows.map((row) => ({ row, lat: this.field(row, "lat").value, lon: this.field(row, "lon").value }));
  }

  set state(rows) {
    this.list.replaceChildren(...rows.map(({ row }) => row));
    for (const { row, lat, lon } of rows) {
      this.field(row, "lat").value = lat;
      this.field(row, "lon").value = lon;
      this.field(row, "drop").checked = false;
    }
    this.count();
  }

  place(row, { lat, lng }) {
    this.field(row, "lat").value = lat.toFixed(6);
    this.field(row, "lon").value = lng.toFixed(6);
  }

  dress(row) {
    row.querySelector("[data-grip]").hidden = false;
    row.querySelector("[data-find]").hidden = false;
  }

  add(position) {
    const { most, textMost } = this.form.dataset;
    if (this.rows.length >= Number(most)) {
      this.say(fill(textMost, { number: most }));
      return null;
    }
    const row = document.importNode(this.blank, true);
    this.made += 1;
    for (const one of row.querySelectorAll("[id]")) one.id = one.id.replace("-new-", `-new${this.made}-`);
    for (const one of row.querySelectorAll("label[for]")) one.htmlFor = one.htmlFor.replace("-new-", `-new${this.made}-`);
    this.list.append(row);
    this.dress(row);
    if (position) this.place(row, position);
    this.count();
    this.say(fill(this.form.dataset.textStopAdded, { number: this.rows.length }));
    this.changed(true);
    return row;
  }

  remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.count();
    this.say(this.form.dataset.textRemoved);
    this.changed(true);
    (next ? this.field(next, "title") : this.form.querySelector('[data-deed="add"]')).focus();
  }

  /** The number of each row, and what its buttons are called. */
  count() {
    this.rows.forEach((row, index) => {
      const number = index + 1;
      row.querySelector("[data-number]").textContent = number;
      for (const button of row.querySelectorAll("[data-move]")) {
        const up = button.dataset.move === "-1";
        button.value = `${up ? "up" : "down"}:${index}`;
        button.setAttribute("aria-label", fill(this.form.dataset[up ? "textUp" : "textDown"], { number }));
      }
    });
  }

  pressed(event) {
    const button = event.target.closest("button");
    const row = event.target.closest("[data-stop-row]");
    if (button?.hasAttribute("data-find")) {
      this.form.dispatchEvent(new CustomEvent("find-stop", { detail: row }));
    }
    if (!button?.hasAttribute("data-move")) return;
    event.preventDefault();
    const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (button.dataset.move === "-1") other.before(row);
    else other.after(row);
    button.focus();
    this.moved(row);
  }

  moved(row) {
    this.count();
    this.say(fill(this.form.dataset.textMoved, { number: this.rows.indexOf(row) + 1 }));
    this.changed(true);
  }

  /** A place that was chosen gives title and position where there are none. */
  placed(field) {
    const option = [...document.querySelectorAll("#route-places option")].find((one) => one.value === field.value);
    if (!option) return;
    const row = field.closest("[data-stop-row]");
    const title = this.field(row, "title");
    if (!title.value.trim()) title.value = option.value.replace(/ \(#\d+\)$/, "");
    if (!this.field(row, "lat").value.trim() && !this.field(row, "lon").value.trim()) {
      this.place(row, { lat: Number(option.dataset.lat), lng: Number(option.dataset.lon) });
    }
    this.changed(true);
  }

  dragging() {
    let held = null;
    let began = null;
    this.list.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("[data-grip]")) return;
      event.preventDefault();
      held = event.target.closest("[data-stop-row]");
      began = held.previousElementSibling;
      held.classList.add("is-held");
      this.list.setPointerCapture(event.pointerId);
    });
    this.list.addEventListener("pointermove", (event) => {
      if (!held) return;
      const over = this.rows.find((row) => {
        const box = row.getBoundingClientRect();
        return row !== held && event.clientY > box.top && event.clientY < box.bottom;
      });
      if (!over) return;
      const box = over.getBoundingClientRect();
      if (event.clientY < box.top + box.height / 2) over.before(held);
      else over.after(held);
    });
    const drop = () => {
      if (!held) return;
      const row = held;
      held = null;
      row.classList.remove("is-held");
      if (row.previousElementSibling !== began) this.moved(row);
    };
    this.list.addEventListener("pointerup", drop);
    this.list.addEventListener("pointercancel", drop);
  }

  say(text) {
    this.form.querySelector("[data-said]").textContent = text;
  }
}
