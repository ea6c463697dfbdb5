/** Dialogs of the text editor: link, abbreviation, language. Each resolves to what was chosen, or null for nothing. */
import { element, newId, word } from "./words.js";
import { isSafe } from "./schema.js";

const WAIT = 250;

/** The address that was meant: mail and telephone without their scheme, www without https. */
export function addressOf(typed) {
  const text = typed.trim();
  if (/^[^\s/@:]+@[^\s/@:]+\.[^\s/@:]+$/.test(text)) return `mailto:${text}`;
  if (/^\+?[\d\s/()-]{5,}$/.test(text) && /\d{3}/.test(text.replace(/\D/g, ""))) return `tel:${text.replace(/[^\d+]/g, "")}`;
  if (/^www\./i.test(text)) return `https://${text}`;
  return isSafe(text) && !/\s/.test(text) ? text : null;
}

function field(label, input, hint) {
  input.id = newId();
  const parts = [element("label", { className: "kern-label", htmlFor: input.id, textContent: label })];
  if (hint) {
    const help = element("p", { className: "kern-hint help", id: newId(), textContent: hint });
    input.setAttribute("aria-describedby", help.id);
    parts.push(help);
  }
  return element("div", { className: "field kern-form-input" }, ...parts, input);
}

const textField = (value, type = "text") =>
  element("input", { className: "kern-form-input__input", type, value, autocomplete: "off" });

/** Shows a form in a dialog; `read` returns the result, or null to keep the dialog open. */
function ask(title, content, read, { removable, focus }) {
  return new Promise((resolve) => {
    const heading = element("h2", { id: newId(), textContent: title });
    const apply = element("button", { className: "button", textContent: word("apply") });
    const remove = element("button", { type: "button", className: "button quiet", textContent: word("remove"), hidden: !removable });
    const cancel = element("button", { type: "button", className: "button quiet", textContent: word("cancel") });
    const form = element("form", { method: "dialog", noValidate: true }, heading, ...content, element("div", { className: "actions" }, apply, remove, cancel));
    const dialog = element("dialog", { className: "dialog editor-dialog", attributes: { "aria-labelledby": heading.id } }, form);
    let result = null;
    const close = (value) => {
      result = value;
      dialog.close();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const value = read();
      if (value !== null) close(value);
    });
    remove.addEventListener("click", () => close(""));
    cancel.addEventListener("click", () => close(null));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    // What is typed here is not the page's form, so that nobody asks about unsaved changes or stores it.
    for (const name of ["input", "change"]) dialog.addEventListener(name, (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
    focus.focus();
    focus.select?.();
  });
}

/** A search over the site's pages; calls `chosen` with {title, path, id}. */
export function pageSearch(chosen) {
  const input = textField("", "search");
  const status = element("p", { className: "muted", attributes: { role: "status" } });
  const list = element("ul", { className: "page-results" });
  let timer = 0;
  let turn = 0;
  async function search() {
    const words = input.value.trim();
    turn += 1;
    const mine = turn;
    list.replaceChildren();
    status.textContent = "";
    if (words.length < 2) return;
    const query = new URLSearchParams({ q: words });
    const answer = await fetch(`/admin/choose?${query}`, { headers: { Accept: "application/json" } });
    if (mine !== turn || !answer.ok) return;
    const { items, total } = await answer.json();
    status.textContent = items.length ? word("linkFound", total) : word("linkNone");
    for (const item of items) {
      const state = item.state === "published" ? "" : `, ${word("draft")}`;
      const button = element("button", { type: "button" }, element("b", { textContent: item.title }), element("span", { className: "muted", textContent: `${item.path} (${item.type_title}${state})` }));
      button.addEventListener("click", () => chosen(item, input));
      list.append(element("li", {}, button));
    }
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  return { box: element("div", {}, field(word("linkSearch"), input), status, list), input };
}

/** {href, text} of a link; "" to remove it. `text` is asked for only where nothing is selected. */
export function askLink(href, needsText) {
  const address = textField(href);
  const text = textField("");
  const error = element("p", { className: "field-error kern-error", id: newId(), hidden: true, attributes: { role: "alert" } });
  const search = pageSearch((item) => {
    address.value = item.path;
    if (needsText && !text.value) text.value = item.title;
    address.focus();
  });
  const content = [search.box, field(word("linkAddress"), address, word("linkHint")), error];
  if (needsText) content.push(field(word("linkText"), text));
  const read = () => {
    const found = addressOf(address.value);
    error.hidden = found !== null;
    address.toggleAttribute("aria-invalid", found === null);
    if (found !== null) return { href: found, text: text.value.trim() || address.value.trim() };
    address.setAttribute("aria-invalid", "true");
    error.textContent = word("linkBad");
    address.focus();
    return null;
  };
  return ask(word("linkTitle"), content, read, { removable: href !== "", focus: href ? address : search.input });
}

/** What an abbreviation stands for; "" to remove it. */
export function askAbbreviation(title, present) {
  const input = textField(title);
  return ask(word("abbrTitle"), [field(word("abbrHint"), input)], () => ({ title: input.value.trim() }), { removable: present, focus: input });
}

/** The code of a language; "" to remove it. */
export function askLanguage(code) {
  const select = element("select", { className: "kern-form-input__select" });
  for (const entry of word("languages").split(";")) {
    const [value, name] = entry.split("=");
    select.append(element("option", { value, textContent: name, selected: value === code }));
  }
  return ask(word("langTitle"), [field(word("language"), select, word("langHint"))], () => ({ lang: select.value }), { removable: code !== "", focus: select });
}

/** A list of the keys that the editor knows. */
export function showKeys(keys) {
  const heading = element("h2", { id: newId(), textContent: word("help") });
  const list = element("dl", { className: "definition" });
  for (const [key, text] of keys) list.append(element("dt", {}, element("kbd", { textContent: key })), element("dd", { textContent: text }));
  const close = element("button", { type: "button", className: "button quiet", textContent: word("close") });
  const dialog = element("dialog", { className: "dialog editor-dialog", attributes: { "aria-labelledby": heading.id } }, heading, list, element("div", { className: "actions" }, close));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
