/** The form of a kept page: what a visitor writes waits on this device until there is a network. */
import { deliver } from "./outbox.js";
import { element, speaker } from "./words.js";

/** Characters, as the server judges them. */
const LONGEST = { feedback: 2000, barrier: 4000 };

let count = 0;

/** Show the form of one kind ("feedback" or "barrier") over the page. */
export function report(host, kind) {
  const say = speaker(host);
  const { kinds } = JSON.parse(host.dataset.words);
  const back = document.activeElement;
  const title = element("h2", { id: `report-${(count += 1)}`, textContent: say(kind) });
  const status = element("p", { tabIndex: -1 });
  status.setAttribute("role", "status");

  const field = (name, label, control, hint = "") => {
    Object.assign(control, { name, id: `${title.id}-${name}` });
    const parts = [element("label", { htmlFor: control.id, textContent: label }), control];
    if (hint) {
      const help = element("p", { className: "muted", id: `${control.id}-help`, textContent: hint });
      control.setAttribute("aria-describedby", help.id);
      parts.splice(1, 0, help);
    }
    return element("div", { className: "field" }, parts);
  };
  const choice = element("select", { required: true }, [new Option(say("choose"), ""), ...kinds.map(([value, text]) => new Option(text, value))]);
  const text = element("textarea", { required: true, rows: 5, maxLength: LONGEST[kind] });
  const mail = element("input", { type: "email", maxLength: 254, autocomplete: "email" });
  const fields =
    kind === "feedback"
      ? [field("kind", say("kind"), choice), field("text", say("text"), text, say("names"))]
      : [field("description", say("description"), text)];
  const cancel = element("button", { type: "button", className: "button quiet", textContent: say("cancel") });
  const start = element("button", { className: "button", textContent: say("send") });
  const form = element("form", {}, [
    ...fields,
    field("mail", `${say("mail")} ${say("optional")}`, mail),
    element("p", { className: "muted", textContent: say("hint") }),
    element("p", { className: "row" }, [start, cancel]),
  ]);
  const dialog = element("dialog", { className: "guide-report-form" }, [title, form, status]);
  dialog.setAttribute("aria-labelledby", title.id);

  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    const about = Number(host.dataset.report) || null;
    start.disabled = true;
    status.textContent = say("sending");
    try {
      const { state, reference } = await deliver(host.dataset.title, { deed: kind, about, page: location.pathname, values });
      status.textContent = say(state, { reference });
    } catch {
      // Nothing can be kept here; what was written stays in the form.
      start.disabled = false;
      status.textContent = say("failed");
      return;
    }
    cancel.textContent = say("close");
    const list = element("a", { href: host.dataset.savedPage, textContent: say("list") });
    form.replaceWith(status, element("p", { className: "row" }, [cancel, list]));
    status.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
