/** What one answers with, by kind of task. Each returns {part, read()}; read() gives null with a reason to show. */
import { element, fresh } from "../blocks/dom.js";
import { code, interval, normal, scaled } from "./normal.js";

function field(label, properties, read) {
  const input = element("input", { type: "text", id: fresh("rally"), autocomplete: "off", ...properties });
  const part = element("p", {}, element("label", { htmlFor: input.id, textContent: label }), input);
  return { part, input, read: () => read(input.value) };
}

function choice(task, words, shown) {
  const name = fresh("rally");
  const inputs = shown.map((_text, place) => element("input", { type: task.several ? "checkbox" : "radio", name, value: place }));
  const labels = inputs.map((input, place) => element("label", {}, input, ` ${shown[place]}`));
  const part = element("fieldset", { className: "guide-choices" }, element("legend", { className: "kern-sr-only", textContent: words.answer }), ...labels);
  return { part, read: () => inputs.filter((input) => input.checked).map((input) => input.value).join(",") };
}

function order(task, words, shown, say) {
  const list = element("ol", { className: "guide-rally__order" });
  for (const [place, text] of shown.entries()) {
    const item = element("li", {}, element("span", { textContent: text }));
    item.dataset.place = place;
    for (const [step, word, sign] of [[-1, words.up, "↑"], [1, words.down, "↓"]]) {
      const button = element("button", { type: "button", className: "button quiet small", textContent: sign });
      button.setAttribute("aria-label", word.replace("{item}", text));
      button.addEventListener("click", () => {
        const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
        if (!other) return;
        if (step < 0) other.before(item);
        else other.after(item);
        button.focus();
        say(words.moved.replace("{item}", text).replace("{place}", [...list.children].indexOf(item) + 1));
      });
      item.append(button);
    }
    list.append(item);
  }
  return { part: list, read: () => [...list.children].map((item) => item.dataset.place).join(",") };
}

export function controls(task, words, shown, say) {
  if (task.kind === "choice") return choice(task, words, shown);
  if (task.kind === "order") return order(task, words, shown, say);
  if (task.kind === "number") {
    return field(words.number, { inputMode: "decimal" }, (text) => {
      const value = scaled(text, task.decimals);
      return value === null ? (text.trim() ? null : "") : interval(value, task);
    });
  }
  if (task.kind === "text") return field(words.answer, {}, normal);
  return field(words.code, { autocapitalize: "characters", spellcheck: false }, code);
}
