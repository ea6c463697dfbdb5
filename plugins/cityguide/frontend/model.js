/** The viewer of 3D models (model-viewer, Apache-2.0); loaded when somebody wants to turn one. */
import { quiet, withoutInlineStyles } from "./viewers/policy.js";

/** Show a GLB; resolves with the element once it is seen. */
export async function view(place, { src, label }) {
  quiet();
  const shown = await withoutInlineStyles(async () => {
    const { ModelViewerElement } = await import("@google/model-viewer");
    // Models that need a decoder are not taken in; should one be there, nothing is asked elsewhere.
    for (const decoder of ["dracoDecoderLocation", "ktx2TranscoderLocation"]) {
      ModelViewerElement[decoder] = new URL("/none/", document.baseURI).href;
    }
    const made = document.createElement("model-viewer");
    made.setAttribute("camera-controls", "");
    made.setAttribute("touch-action", "pan-y");
    made.setAttribute("interaction-prompt", "none");
    made.setAttribute("alt", label);
    place.append(made);
    return made;
  });
  await new Promise((resolve, reject) => {
    shown.addEventListener("load", resolve, { once: true });
    shown.addEventListener("error", reject, { once: true });
    shown.setAttribute("src", src);
  });
  return shown;
}
