/** The panel on a tour's page: what a download weighs, how far it is, what is new, and letting go. */
import { audit, cost, cut, drop, keep, kept, keyOf, manifestOf, newer, obey } from "./sync.js";
import { button, element, excuse, speaker, weight } from "./words.js";

/** Left out at first: a visitor asks for what is heavy. */
const HEAVY = "media-high";

export function desk(host) {
  const say = speaker(host);
  const tour = Number(host.dataset.offline);
  const lang = host.dataset.language;
  const key = keyOf(tour, lang);
  const status = element("p", { className: "guide-offline__status" });
  status.setAttribute("role", "status");
  const body = element("div", { className: "guide-offline__body" });
  const first = host.querySelector("button");

  const show = (...children) => {
    if (first.isConnected) first.replaceWith(body, status);
    body.replaceChildren(...children);
  };
  const savedLink = () => element("a", { href: host.dataset.savedPage, textContent: say("manage") });

  async function run(groups) {
    const bar = element("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", say("progress_label"));
    const told = element("span", { className: "muted" });
    show(element("p", { className: "row" }, [bar, told]));
    status.textContent = say("started");
    let spoken = 0;
    try {
      await keep({
        tour,
        lang,
        groups,
        progress(done, total) {
          bar.max = total || 1;
          bar.value = total ? done : 1;
          told.textContent = say("progress", { done: weight(done), total: weight(total) });
          // A quarter at a time: whoever listens must not hear every file.
          const quarter = total ? Math.floor((done / total) * 4) : 0;
          if (quarter > spoken && quarter < 4) {
            spoken = quarter;
            status.textContent = told.textContent;
          }
        },
      });
      await here();
      status.textContent = say("finished");
      document.dispatchEvent(new CustomEvent("guide:kept"));
    } catch (error) {
      await ((await kept(key)) ? here() : offer());
      status.textContent = excuse(say, error);
    }
  }

  /** What there is to choose, with sizes; nothing is loaded before the second press. */
  async function offer() {
    let manifest;
    try {
      ({ manifest } = await manifestOf(tour, lang));
    } catch (error) {
      show(button(say("keep"), "button quiet", offer));
      status.textContent = excuse(say, error);
      return;
    }
    const boxes = Object.entries(manifest.groups).map(([group, bytes]) => {
      const box = element("input", { type: "checkbox", value: group, checked: group !== HEAVY });
      box.disabled = group === "core";
      const text = say("group", { name: say(`group_${group}`), size: weight(bytes) });
      return { box, label: element("label", {}, [box, " ", text]) };
    });
    const wanted = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
    const start = button("", "button", () => run(wanted()));
    const price = async () => {
      start.textContent = say((await cut(key)) ? "resume" : "download", { size: weight(await cost(manifest, wanted())) });
    };
    const legend = element("legend", { textContent: say("choose") });
    const choice = element("fieldset", { className: "guide-offline__choice" }, [legend, ...boxes.map(({ label }) => label)]);
    choice.addEventListener("change", price);
    await price();
    show(choice, element("p", { className: "row" }, [start]));
    status.textContent = "";
    start.focus({ preventScroll: true });
  }

  async function here() {
    const pill = element("span", { className: "pill good", textContent: say("here") });
    const away = button(say("remove"), "button quiet small", async () => {
      await drop(key);
      await offer();
      status.textContent = say("removed");
    });
    show(element("p", { className: "row" }, [pill, savedLink(), away]));
  }

  /** What a kept tour needs when its page opens: nothing withdrawn, nothing missing, news told. */
  async function care() {
    const record = await kept(key);
    if (!record) {
      if (await cut(key)) await offer();
      return;
    }
    await here();
    try {
      const told = await obey();
      const { repaired, lost } = await audit();
      if (!(await kept(key))) {
        show();
        status.textContent = say("withdrawn");
        return;
      }
      if (repaired > 0) status.textContent = say("repaired");
      else if (lost > 0) status.textContent = say("incomplete");
      const next = await newer(key, told);
      if (next) {
        const text = say("newer", { size: weight(next.bytes) });
        const update = button(say("update"), "button", () => run(record.groups));
        body.prepend(element("div", { className: "notice info" }, [element("p", { textContent: text }), update]));
      }
    } catch (error) {
      // Without a network what is kept is all there is to say.
      if (error.reason !== "network") status.textContent = excuse(say, error);
    }
  }

  return { care, offer };
}

