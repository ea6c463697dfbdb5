import { element } from "./dom.js";
import { viewing } from "./viewing.js";

const STEP = 20; // degrees a press

function picture(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", reject);
    image.src = address;
  });
}

/** Look around in the picture by buttons, keys, mouse or finger; each point of the list leads to its place. */
export function panorama(host) {
  const words = host.dataset;
  const items = [...host.querySelectorAll("[data-pitch]")];
  let viewer = null;
  const look = viewing(host, async (stage, status) => {
    if (!document.querySelector("link[data-panorama-style]")) {
      const style = element("link", { rel: "stylesheet", href: words.style });
      style.dataset.panoramaStyle = "";
      document.head.append(style);
    }
    const [{ view }, image] = await Promise.all([import(words.viewer), picture(words.panorama)]);
    const place = element("div", { className: "guide-viewer__place" });
    stage.append(place);
    const points = items.map(({ dataset }) => ({ yaw: Number(dataset.yaw), pitch: Number(dataset.pitch), text: dataset.title, type: "info" }));
    viewer = await view(place, image, { yaw: Number(words.yaw), points, label: words.label, error: words.textError });
    const turn = (yaw, pitch, nearer) => viewer.lookAt(viewer.getPitch() + pitch, viewer.getYaw() + yaw, viewer.getHfov() + nearer, false);
    const bar = element("p", { className: "row guide-viewer__bar" });
    for (const [word, sign, ...by] of [
      [words.textLeft, "←", -STEP, 0, 0],
      [words.textRight, "→", STEP, 0, 0],
      [words.textUp, "↑", 0, STEP, 0],
      [words.textDown, "↓", 0, -STEP, 0],
      [words.textNear, "+", 0, 0, -STEP],
      [words.textFar, "−", 0, 0, STEP],
    ]) {
      const button = element("button", { type: "button", className: "button quiet small", textContent: sign });
      button.setAttribute("aria-label", word);
      button.addEventListener("click", () => turn(...by));
      bar.append(button);
    }
    stage.append(bar);
    status.textContent = "";
    return () => {
      viewer.destroy();
      viewer = null;
    };
  });
  for (const item of items) {
    const button = element("button", { type: "button", className: "button quiet small", textContent: words.textThere.replace("{title}", item.dataset.title) });
    button.addEventListener("click", async () => {
      await look.open();
      viewer?.lookAt(Number(item.dataset.pitch), Number(item.dataset.yaw), undefined, false);
    });
    item.append(element("p", {}, button));
  }
}
