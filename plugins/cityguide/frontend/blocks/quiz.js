import { element, fresh } from "./dom.js";

/** Make the answers ones to choose; a wrong one may be mended as often as one likes. */
export function quiz(host) {
  const words = host.dataset;
  const list = host.querySelector(".guide-quiz__choices");
  const items = [...list.children];
  const several = items.filter((item) => "right" in item.dataset).length > 1;
  const name = fresh("quiz");
  const inputs = items.map((item) => {
    const input = element("input", { type: several ? "checkbox" : "radio", name });
    const label = element("label", {}, input, ` ${item.textContent}`);
    item.replaceChildren(label);
    return input;
  });
  const status = element("p", { className: "guide-quiz__status" });
  status.setAttribute("role", "status");
  const check = element("button", { type: "button", className: "button small", textContent: words.textCheck });
  list.setAttribute("role", "group");
  list.classList.add("guide-choices");
  for (const item of items) item.setAttribute("role", "presentation");
  list.after(element("p", {}, check), status);
  check.addEventListener("click", () => {
    if (!inputs.some((input) => input.checked)) {
      status.textContent = words.textNone;
      return;
    }
    const right = items.every((item, place) => inputs[place].checked === "right" in item.dataset);
    status.textContent = right ? words.textRight : words.textWrong;
    status.classList.toggle("is-right", right);
    if (right) host.querySelector("details").open = true;
  });
}
