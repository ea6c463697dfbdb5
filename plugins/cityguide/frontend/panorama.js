/** The viewer of panoramas (Pannellum, MIT); loaded when somebody wants to look around. */
import "pannellum/build/pannellum.js";
import "./viewers/panorama.css";

/** Show an equirectangular picture; resolves with Pannellum's viewer. Rejects where there is no WebGL. */
export function view(place, image, { yaw, points, label, error }) {
  return new Promise((resolve, reject) => {
    const viewer = window.pannellum.viewer(place, {
      type: "equirectangular",
      // An element and not an address: an address would be read as a blob:, which the policy forbids.
      dynamic: true,
      dynamicUpdate: true,
      panorama: image,
      autoLoad: true,
      showControls: false,
      keyboardZoom: true,
      mouseZoom: false,
      yaw,
      hotSpots: points,
      strings: { noPanoramaError: error, genericWebGLError: error, textureSizeError: error, unknownError: error },
    });
    place.setAttribute("role", "application");
    place.setAttribute("aria-label", label);
    viewer.on("load", () => {
      viewer.setUpdate(false);
      resolve(viewer);
    });
    viewer.on("error", reject);
    if (viewer.isLoaded()) resolve(viewer);
  });
}
