/** The page of what is kept on this device: tours with sizes, room, and buttons that free it. */
import { audit, drop, keep, list, newer, obey, used } from "./sync.js";
import { button, element, excuse, speaker, weight } from "./words.js";

export async function saved(host) {
  const say = speaker(host);
  const empty = host.querySelector("[data-empty]");
  const tours = element("ul", { className: "list guide-saved" });
  const room = element("p", { className: "muted" });
  const status = element("p", { className: "guide-offline__status" });
  status.setAttribute("role", "status");
  host.append(tours, room, status);

  async function draw(offers = new Map()) {
    const rows = await list();
    empty.hidden = rows.length > 0;
    tours.hidden = rows.length === 0;
    tours.replaceChildren(...rows.map((row) => line(row, offers.get(row.key))));
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const free = Math.max(0, quota - usage);
    room.textContent = rows.length === 0 ? "" : say("room", { used: weight(await used()), free: weight(free) });
  }

  function line(row, offer) {
    const link = element("a", { href: row.start, textContent: row.title, lang: row.lang.startsWith("de") ? "de" : row.lang });
    const size = element("span", { className: "muted", textContent: weight(row.bytes) });
    const buttons = element("span", { className: "row" });
    if (offer) buttons.append(button(say("update_by", { size: weight(offer.bytes) }), "button small", () => update(row)));
    const away = button(say("remove"), "button quiet small", async () => {
      await drop(row.key);
      await draw();
      status.textContent = say("removed");
      (tours.querySelector("button") ?? document.querySelector("h1")).focus();
    });
    away.setAttribute("aria-label", say("remove_named", { title: row.title }));
    buttons.append(away);
    return element("li", {}, [link, size, buttons]);
  }

  async function update(row) {
    status.textContent = say("started");
    try {
      await keep({
        ...row,
        progress: (done, total) => (status.textContent = say("progress", { done: weight(done), total: weight(total) })),
      });
      status.textContent = say("finished");
    } catch (error) {
      status.textContent = excuse(say, error);
    }
    await look();
  }

  async function look() {
    await draw();
    try {
      const told = await obey();
      const { repaired } = await audit();
      const offers = new Map();
      for (const row of await list()) {
        const next = await newer(row.key, told);
        if (next) offers.set(row.key, next);
      }
      await draw(offers);
      if (repaired > 0) status.textContent = say("repaired");
    } catch (error) {
      if (error.reason === "network") status.textContent = say("offline");
    }
  }

  await look();
}
