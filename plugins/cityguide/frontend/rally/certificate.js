import { element, fresh } from "../blocks/dom.js";
import { counting } from "./counting.js";

/** A page to print, made on the device; the name is not kept. */
export function certificate(rally) {
  const { words } = rally;
  const id = fresh("certificate");
  const name = element("input", { type: "text", id, autocomplete: "name", maxLength: 80 });
  const who = element("p", { className: "guide-certificate__name", textContent: "…" });
  name.addEventListener("input", () => {
    who.textContent = name.value.trim() || "…";
  });
  const today = new Intl.DateTimeFormat(document.documentElement.lang.slice(0, 2) || "de", { dateStyle: "long" }).format(new Date());
  const sheet = element(
    "div",
    { className: "guide-certificate__sheet" },
    element("p", { className: "muted", textContent: rally.section.dataset.town }),
    element("h2", { textContent: words.certificate }),
    who,
    element("p", { textContent: words.took.replace("{title}", rally.title) }),
    element("p", { className: "guide-rally__points", textContent: rally.section.querySelector(".guide-rally__points").textContent }),
    ...rally.earned.map((badge) => element("p", { textContent: `★ ${badge.title}` })),
    element("p", { textContent: today }),
    element("p", { className: "muted", textContent: words.souvenir }),
  );
  const print = element("button", { type: "button", className: "button small", textContent: words.print });
  const close = element("button", { type: "button", className: "button quiet small", textContent: words.close });
  const bar = element("div", { className: "guide-certificate__bar" }, element("label", { htmlFor: id, textContent: words.name }), name, element("p", { className: "row" }, print, close), ...counting(rally));
  const dialog = element("dialog", { className: "guide-certificate" }, bar, sheet);
  dialog.setAttribute("aria-label", words.certificate);
  const back = document.activeElement;
  print.addEventListener("click", () => window.print());
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    document.documentElement.classList.remove("has-certificate");
    back?.focus();
  });
  document.body.append(dialog);
  document.documentElement.classList.add("has-certificate");
  dialog.showModal();
  name.focus();
}
