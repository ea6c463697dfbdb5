/** Rows of small fields (`div.rows` one after the other): a button adds an empty one more, without a page load. */
import { changed, element, newId, word } from "./words.js";

const ADDRESSED = ["id", "for", "aria-describedby", "aria-labelledby"];

/** A copy of an empty row whose ids are new, and so are the references to them. */
function copyOf(row) {
  const copy = row.cloneNode(true);
  const names = new Map();
  for (const found of [copy, ...copy.querySelectorAll("[id]")]) {
    if (found.id) names.set(found.id, newId());
  }
  for (const found of [copy, ...copy.querySelectorAll("*")]) {
    for (const attribute of ADDRESSED) {
      const value = found.getAttribute(attribute);
      if (value) found.setAttribute(attribute, value.split(" ").map((id) => names.get(id) ?? id).join(" "));
    }
  }
  return copy;
}

/** Adds the button below the last of several rows. */
export function enhanceRows(row, enhanceFields) {
  if (row.dataset.enhanced) return;
  row.dataset.enhanced = "true";
  const isLast = !row.nextElementSibling?.matches(".rows");
  const filled = [...row.querySelectorAll("input:not([type=hidden]),textarea,select")].some((field) => field.value.trim() && field.type !== "checkbox");
  if (!isLast || filled) return;
  const blank = copyOf(row);
  const button = element("button", { type: "button", className: "button quiet small add-row", textContent: word("addRow") });
  let last = row;
  button.addEventListener("click", () => {
    const made = copyOf(blank);
    last.after(made);
    last = made;
    enhanceFields(made);
    made.querySelector("[role=textbox],input:not([type=hidden]),select,textarea:not([hidden])")?.focus();
    changed(button);
  });
  row.after(button);
}
