/** The list of what waits for a network, on the page of what is kept on this device. */
import { WAITING, follow, forget, rows, send } from "./outbox.js";
import { button, element, speaker } from "./words.js";

export async function waiting(host) {
  const say = speaker(host);
  const list = host.querySelector("ul");
  const row = host.querySelector("p.row");
  const status = host.querySelector("[role=status]");

  function line({ key, deed, title, state, reference, body }) {
    const { text, description } = body ? (JSON.parse(body).values ?? {}) : {};
    const named = say(deed, { title: title || say("nameless") });
    const away = button(say("remove"), "button quiet small", async () => {
      await forget(key);
      await draw();
      status.textContent = say("removed");
      (list.querySelector("button") ?? document.querySelector("h1")).focus();
    });
    away.setAttribute("aria-label", say("remove_named", { title: named }));
    const words = element("span", {}, [element("b", { textContent: named }), ...(text || description ? [element("br"), text ?? description] : [])]);
    return element("li", {}, [words, element("span", { className: "muted", textContent: say(state, { reference }) }), element("span", { className: "row" }, [away])]);
  }

  async function draw() {
    const found = await rows();
    // Once shown it stays: the word that something was deleted has to be read.
    host.hidden &&= found.length === 0;
    list.hidden = found.length === 0;
    list.replaceChildren(...found.map(line));
    row.hidden = !found.some(({ state }) => state === WAITING);
  }

  row.querySelector("button").addEventListener("click", async () => {
    status.textContent = say((await send()) > 0 ? "still" : "done");
    await draw();
    if (row.hidden) host.querySelector("h2").focus();
  });
  follow(draw);
  await draw();
}
