/**
 * `textarea[data-grid]`: rows of text with tabs between cells, shown as a table of fields. Pasted rows of a
 * spreadsheet fill it from the cell on. The textarea always holds the text; a button shows it as it is.
 */
import { changed, element, newId, word } from "./words.js";

const COLUMNS = 20;
const ROWS = 500;

/** Rows of text as the server reads them (content/blocks/table.py): tabs, else semicolons, else quoted commas. */
export function parse(text) {
  const first = text.split("\n").find((line) => line.trim()) ?? "";
  const mark = text.includes("\t") ? "\t" : first.includes(";") ? ";" : first.includes(",") && text.includes('"') ? "," : "\t";
  const rows = [[]];
  let cell = "";
  let quoted = false;
  let fresh = true;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place];
    if (quoted && sign === '"' && text[place + 1] === '"') {
      cell += '"';
      place += 1;
    } else if (quoted && sign === '"') quoted = false;
    else if (quoted) cell += sign;
    else if (sign === '"' && fresh) {
      quoted = true;
      fresh = false;
    } else if (sign === mark || sign === "\n") {
      rows.at(-1).push(cell);
      cell = "";
      fresh = true;
      if (sign === "\n") rows.push([]);
    } else if (sign !== "\r") {
      cell += sign;
      fresh = false;
    }
  }
  rows.at(-1).push(cell);
  const tidy = rows.map((row) => row.map((value) => value.trim().replace(/\s+/g, " ")));
  while (tidy.length && !tidy[0].some(Boolean)) tidy.shift();
  while (tidy.length && !tidy.at(-1).some(Boolean)) tidy.pop();
  const width = Math.max(0, ...tidy.map((row) => row.findLastIndex(Boolean) + 1));
  return tidy.map((row) => Array.from({ length: width }, (_cell, column) => row[column] ?? ""));
}

/** Rows as text; cells that would be read apart are quoted. */
export function format(rows) {
  const single = rows.every((row) => row.length === 1);
  const quote = (cell) => (cell.startsWith('"') || (single && /[;,]/.test(cell)) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map(quote).join("\t")).join("\n");
}

/** Shows a textarea as a table of fields. */
export function enhanceGrid(field) {
  if (field.dataset.enhanced) return;
  field.dataset.enhanced = "true";
  let rows = parse(field.value);
  const table = element("table", { className: "grid" });
  const label = document.querySelector(`label[for="${field.id}"]`);
  if (label) label.id ||= newId();
  const wrap = element("div", { className: "grid-wrap", attributes: { role: "group", "aria-labelledby": label?.id ?? "" } }, table);
  const enough = () => {
    if (!rows.length) rows = [["", ""], ["", ""]];
  };
  const store = () => {
    const used = rows.some((row) => row.some((cell) => cell.trim()));
    field.value = used ? format(rows.map((row) => row.map((cell) => cell.trim().replace(/\s+/g, " ")))) : "";
    changed(field);
  };
  const cellAt = (row, column) => table.rows[row]?.cells[column]?.firstElementChild;
  function fillFrom(row, column, pasted) {
    pasted.slice(0, ROWS - row).forEach((cells, down) => {
      cells.slice(0, COLUMNS - column).forEach((value, right) => {
        while (rows.length <= row + down) rows.push(rows[0].map(() => ""));
        while (rows[0].length <= column + right) rows.forEach((line) => line.push(""));
        rows[row + down][column + right] = value;
      });
    });
    show();
    store();
    cellAt(row, column)?.focus();
  }
  function input(row, column) {
    const made = element("input", { type: "text", value: rows[row][column], attributes: { "aria-label": word("gridCell", row + 1, column + 1) } });
    made.addEventListener("input", (event) => {
      event.stopPropagation();
      rows[row][column] = made.value;
      store();
    });
    made.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
      if (!/[\t\n]/.test(text)) return;
      event.preventDefault();
      fillFrom(row, column, parse(text));
    });
    made.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] };
      const step = steps[event.key];
      if (!step || event.isComposing) return;
      event.preventDefault();
      cellAt(row + step[0], column + step[1])?.focus();
    });
    return made;
  }
  function show() {
    enough();
    table.replaceChildren(...rows.map((cells, row) => element("tr", {}, ...cells.map((_cell, column) => element("td", {}, input(row, column))))));
  }
  const resize = (key, run, focus) => {
    const made = element("button", { type: "button", className: "button quiet small", textContent: word(key) });
    made.addEventListener("click", () => {
      run();
      show();
      store();
      focus?.();
    });
    return made;
  };
  const tools = element(
    "div",
    { className: "actions" },
    resize("gridAddRow", () => rows.length < ROWS && rows.push(rows[0].map(() => "")), () => cellAt(rows.length - 1, 0)?.focus()),
    resize("gridAddColumn", () => rows[0].length < COLUMNS && rows.forEach((row) => row.push("")), () => cellAt(0, rows[0].length - 1)?.focus()),
    resize("gridRemoveRow", () => rows.length > 1 && rows.pop()),
    resize("gridRemoveColumn", () => rows[0].length > 1 && rows.forEach((row) => row.pop())),
  );
  const other = element("button", { type: "button", className: "button quiet small", textContent: word("gridAsText"), attributes: { "aria-pressed": "false" } });
  other.addEventListener("click", () => {
    const asText = field.hidden;
    field.hidden = !asText;
    wrap.hidden = asText;
    for (const button of tools.querySelectorAll("button")) if (button !== other) button.hidden = asText;
    other.setAttribute("aria-pressed", String(asText));
    if (asText) field.focus();
    else {
      rows = parse(field.value);
      show();
    }
  });
  tools.append(other);
  show();
  field.before(wrap, tools);
  field.hidden = true;
  // Where the page names an error at the field, its link leads into the table.
  wrap.id = field.id;
  wrap.tabIndex = -1;
  field.removeAttribute("id");
}
