import { element } from "./dom.js";

/**
 * A press opens a viewer in the place of a block's picture, another one brings the picture back.
 * `show(stage, status)` builds the viewer and returns what takes it down.
 */
export function viewing(host, show) {
  const words = host.dataset;
  const figure = host.querySelector("figure");
  const button = element("button", { type: "button", className: "button small", textContent: words.textOpen });
  const status = element("p", { className: "guide-viewer__status" });
  const stage = element("div", { className: "guide-viewer", hidden: true });
  status.setAttribute("role", "status");
  let close = null;
  let busy = false;
  if (figure) figure.after(stage, status, element("p", { className: "guide-viewer__open" }, button));
  else host.prepend(stage, status, element("p", {}, button));

  const open = async () => {
    status.textContent = words.textLoading;
    stage.hidden = false;
    try {
      close = await show(stage, status);
      if (figure) figure.hidden = true;
      button.textContent = words.textClose;
    } catch {
      stage.replaceChildren();
      stage.hidden = true;
      status.textContent = words.textError;
    }
  };
  const end = () => {
    close();
    close = null;
    stage.replaceChildren();
    stage.hidden = true;
    if (figure) figure.hidden = false;
    status.textContent = "";
    button.textContent = words.textOpen;
  };
  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    if (close) end();
    else await open();
    busy = false;
  });
  host.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !close) return;
    end();
    button.focus();
  });
  return { isOpen: () => Boolean(close), open: () => (close ? Promise.resolve() : open()) };
}
