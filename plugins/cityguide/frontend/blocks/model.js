import { element } from "./dom.js";
import { viewing } from "./viewing.js";

/** Turn the model by keys, mouse or finger in the picture's place. */
export function model(host) {
  const words = host.dataset;
  viewing(host, async (stage, status) => {
    const { view } = await import(words.viewer);
    const shown = await view(stage, { src: words.model, label: words.label });
    stage.append(element("p", { className: "muted", textContent: words.textHelp }));
    status.textContent = "";
    return () => shown.remove();
  });
}
