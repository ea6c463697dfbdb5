import { element, fresh } from "../blocks/dom.js";

/**
 * The button by which a finished rally is counted, once on this device; nothing where tasks are left.
 *
 * What is sent holds the tour's number alone. Without a network it waits on this device.
 */
export function counting(rally) {
  const { words, progress } = rally;
  if (rally.tasks.some((task) => !task.known.done)) return [];
  const status = element("p", { textContent: progress.state.counted ? words.counted : "" });
  status.setAttribute("role", "status");
  if (progress.state.counted) return [status];
  const hint = element("p", { className: "muted", id: fresh("count"), textContent: words.countHint });
  const button = element("button", { type: "button", className: "button quiet small", textContent: words.count });
  button.setAttribute("aria-describedby", hint.id);
  button.addEventListener("click", async () => {
    if (status.textContent === words.counting) return;
    status.textContent = words.counting;
    try {
      const { deliver } = await import("../offline/outbox.js");
      const { state } = await deliver(rally.title, { deed: "rally", about: Number.parseInt(rally.section.dataset.rally, 10) });
      status.textContent = state === "sent" ? words.counted : state === "waiting" ? words.countWaiting : words.countFailed;
      if (state !== "refused") progress.counted();
    } catch {
      status.textContent = words.countFailed;
      return;
    }
    hint.remove();
    button.remove();
    status.tabIndex = -1;
    status.focus();
  });
  return [element("p", { className: "row" }, button), hint, status];
}
