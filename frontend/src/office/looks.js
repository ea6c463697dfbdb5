/**
 * Live preview (`[data-looks="ID"]`): frames of a page that load anew
 *
 * - when a page says “saved” (`[data-saved="ID"]`), here or in another window, and when the preview comes to the front;
 * - while somebody types: a form tells that its text was kept (`data-keeps`, the address that keeps it), and the frames
 *   show what was typed (`data-typed`); for a page that is not there yet, they appear with that (`[data-until-typed]`);
 * - when another script hands them a page (event `show-page`, its HTML as detail).
 *
 * They keep their scroll position. What a page cannot show yet (`[data-left-out]`) is said above the frames
 * (`[data-look-said]`), once, until it says something else. The wide frame is made smaller to fit.
 */
const SAVED = "stadtkern-saved";
const KEPT = "stadtkern-kept";

function tell(name, what) {
  const channel = new BroadcastChannel(name);
  channel.postMessage(what);
  channel.close();
}

/** Tells all windows that a node was saved. */
export const tellSaved = (id) => tell(SAVED, id);

/** Tells all windows, this one too, that what was typed is kept at this address. */
export const tellKept = (address) => tell(KEPT, address);

const hear = (name, then) => new BroadcastChannel(name).addEventListener("message", (event) => then(String(event.data)));

/** Keeps the frames of a preview up to date and within their column. */
export function keepLooking(looks) {
  const { looks: id, typed, keeps, textSaved, textTyped } = looks.dataset;
  const frames = [...looks.querySelectorAll("iframe")];
  const saved = frames[0].getAttribute("src");
  const said = looks.parentElement.querySelector("[data-look-said]");
  const fold = looks.closest("details");
  const places = new Map();
  let shown = saved && { address: saved };
  let stale = false;

  function say(lines) {
    if (!said || said.dataset.lookSaid === lines.join("\n")) return;
    said.dataset.lookSaid = lines.join("\n");
    said.replaceChildren(
      ...lines.map((line) => {
        const made = document.createElement("p");
        made.textContent = line;
        return made;
      }),
    );
  }

  function loaded(frame) {
    const place = places.get(frame);
    places.delete(frame);
    frame.contentWindow.scrollTo({ ...place, behavior: "instant" });
    const left = [...frame.contentDocument.querySelectorAll("[data-left-out]")];
    left.forEach((one) => one.remove());
    if (frame === frames[0]) say(shown.typed ? [textTyped, ...left.map((one) => one.textContent)] : [textSaved]);
  }

  function show(next) {
    shown = next;
    if (!shown) return;
    looks.closest("[data-until-typed]")?.removeAttribute("hidden");
    stale = fold !== null && !fold.open;
    if (stale) return;
    for (const frame of frames) {
      // While a page is on its way the frame has no place of its own.
      if (!places.has(frame)) {
        places.set(frame, { left: frame.contentWindow.scrollX, top: frame.contentWindow.scrollY });
        frame.addEventListener("load", () => loaded(frame), { once: true });
      }
      if (shown.html) frame.srcdoc = shown.html;
      else frame.contentWindow.location.replace(shown.address);
    }
  }

  const fit = () => {
    for (const frame of frames) {
      const room = frame.parentElement.clientWidth;
      const scale = room ? Math.min(1, room / Number(frame.width)) : 1;
      frame.style.transform = scale < 1 ? `scale(${scale})` : "";
      frame.parentElement.style.height = scale < 1 ? `${Number(frame.height) * scale}px` : "";
    }
  };
  hear(SAVED, (which) => which === id && saved && show({ address: saved }));
  hear(KEPT, (which) => which === keeps && show({ address: typed, typed: true }));
  looks.addEventListener("show-page", (event) => show({ html: event.detail, typed: true }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") show(shown);
  });
  fold?.addEventListener("toggle", () => {
    if (fold.open && stale) show(shown);
    fit();
  });
  looks.classList.add("fitted");
  window.addEventListener("resize", fit);
  fit();
}
