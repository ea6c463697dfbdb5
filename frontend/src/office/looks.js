/**
 * Live preview. A page that says “saved” (`[data-saved="ID"]`) tells open previews of that node, which load their
 * frames anew; a preview that comes to the front does so, too. The wide frame is made smaller to fit.
 */
const CHANNEL = "stadtkern-saved";

/** Tells other windows that a node was saved. */
export function tellSaved(id) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(id);
  channel.close();
}

/** Keeps the frames of a preview up to date and within their column. */
export function keepLooking(looks) {
  const frames = [...looks.querySelectorAll("iframe")];
  const reload = () => frames.forEach((frame) => frame.contentWindow.location.reload());
  const fit = () => {
    for (const frame of frames) {
      const room = frame.parentElement.clientWidth;
      const scale = Math.min(1, room / Number(frame.width));
      frame.style.transform = scale < 1 ? `scale(${scale})` : "";
      frame.parentElement.style.height = scale < 1 ? `${Number(frame.height) * scale}px` : "";
    }
  };
  new BroadcastChannel(CHANNEL).addEventListener("message", (event) => {
    if (String(event.data) === looks.dataset.looks) reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") reload();
  });
  looks.classList.add("fitted");
  window.addEventListener("resize", fit);
  fit();
}
