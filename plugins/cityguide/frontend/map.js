/**
 * Enhances `<div class="map" data-map="/url.geojson" data-label="…">` to a map of a tour or place.
 *
 * The list beside the map says everything that the map says; the map only adds. It loads when it
 * comes into view, or when somebody presses "Show on map" in the list. All data is same-origin.
 *
 * Attributes of the element:
 *   data-map          GeoJSON FeatureCollection: at most one LineString or MultiLineString with
 *                     properties.kind "route"; Points with {kind: "stop"|"place", id, number
 *                     (as in the list), title, url, here: true for the page's own place}
 *   data-map-css      address of Leaflet's styles; without one the page links them
 *   data-label        name of the map region
 *   data-map-file     address of the town's map in one file (PMTiles), or of tiles with
 *                     {z}/{x}/{y}; none, no background
 *   data-map-style    whose layers it has; data-map-zoom: how deep it goes
 *   data-attribution  plain text shown on the map with the background
 *   data-text-…       the words below, translated by the page
 * List items carry data-stop="ID" and, where no link or heading names them, data-title.
 */

const WORDS = {
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  close: "Close",
  show: "Show on map",
  open: "Read more",
  stop: "Stop {number}: {title}",
  loading: "The map is loading.",
  error: "The map could not be loaded. The list contains the same information.",
  move: "Move the map",
  lock: "Scroll the page again",
};

const FOCUSABLE = "a[href], button:not([disabled])";
const MARKER_SIZE = 36;
const MARKER_GAP = MARKER_SIZE + 4;
const SPREAD_TURNS = 60;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** Return the page's word for a key, with {names} filled in. */
function word(host, key, values = {}) {
  const name = `text${key[0].toUpperCase()}${key.slice(1)}`;
  const text = host.dataset[name] || WORDS[key];
  return text.replace(/\{(\w+)\}/g, (whole, field) => values[field] ?? whole);
}

/** Make an element with properties; text is always text, never markup. */
function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Return an address if it leads to the web, so that data cannot smuggle in a script. */
function safeAddress(text) {
  try {
    const url = new URL(text, document.baseURI);
    return ["http:", "https:"].includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

/** Fetch the features; other origins are refused, a reader's address stays with the town. */
async function features(address) {
  const url = new URL(address, document.baseURI);
  if (url.origin !== window.location.origin) {
    throw new Error("the map's data must come from its own site");
  }
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) {
    throw new Error(`the map's data answered ${answer.status}`);
  }
  const collection = await answer.json();
  return collection.features.filter((feature) => feature?.geometry);
}

/** Real buttons instead of Leaflet's links, which do not answer the space key. */
function zoomControl(L, host, map) {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const button = (key, sign, step) => {
      const made = element("button", { type: "button", className: "map__zoom", textContent: sign });
      made.setAttribute("aria-label", word(host, key));
      made.title = word(host, key);
      made.addEventListener("click", () => map.setZoom(map.getZoom() + step));
      return made;
    };
    const more = button("zoomIn", "+", 1);
    const less = button("zoomOut", "−", -1);
    // Not `disabled`: that would throw away the focus of whoever just pressed it.
    const update = () => {
      more.setAttribute("aria-disabled", String(map.getZoom() >= map.getMaxZoom()));
      less.setAttribute("aria-disabled", String(map.getZoom() <= map.getMinZoom()));
    };
    map.on("zoomend", update);
    update();
    const box = element("div", { className: "map__zooms" }, [more, less]);
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  return control;
}

/**
 * On touch screens one finger scrolls the page until somebody asks to move the map: by the
 * visible button, or by a tap on the map. Two fingers zoom at any time; a mouse drags at once.
 */
function touchRule(host, map, canvas) {
  if (!window.matchMedia("(any-pointer: coarse)").matches) {
    return;
  }
  const button = element("button", { type: "button", className: "map__hint" });
  const set = (moving) => {
    map.dragging[moving ? "enable" : "disable"]();
    host.classList.toggle("map--moving", moving);
    button.textContent = word(host, moving ? "lock" : "move");
  };
  set(false);
  button.addEventListener("click", () => set(!map.dragging.enabled()));
  map.on("click", () => set(true));
  canvas.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") {
      map.dragging.enable();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!host.contains(event.target) && map.dragging.enabled()) {
      set(false);
    }
  });
  canvas.before(button);
}

/** The one popup: who opened it gets the focus back, and Tab walks on from the marker. */
function popups(L, host, map, calm) {
  let open = null;

  const close = (giveBack) => {
    if (!open) {
      return;
    }
    const { popup, marker, opener } = open;
    open = null;
    marker.button.setAttribute("aria-expanded", "false");
    marker.highlight(false);
    map.closePopup(popup);
    if (giveBack) {
      opener.focus();
    }
  };

  const show = (marker, opener) => {
    close(false);
    const closer = element("button", {
      type: "button",
      className: "map__close",
      textContent: word(host, "close"),
    });
    closer.addEventListener("click", () => close(true));
    const parts = [element("p", { className: "map__title", textContent: marker.name })];
    if (marker.url) {
      const link = element("a", { href: marker.url, textContent: word(host, "open") });
      link.setAttribute("aria-label", `${word(host, "open")}: ${marker.title}`);
      parts.push(link);
    }
    const box = element("div", { className: "map__popup", tabIndex: -1 }, [...parts, closer]);
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", marker.name);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") {
        return;
      }
      const inside = [...box.querySelectorAll(FOCUSABLE)];
      if (event.shiftKey && [box, inside[0]].includes(document.activeElement)) {
        event.preventDefault();
        close(true);
      } else if (!event.shiftKey && document.activeElement === inside.at(-1)) {
        // The browser moves on from where the focus is: to what follows the marker or list button.
        close(true);
      }
    });
    const popup = L.popup({
      closeButton: false,
      closeOnEscapeKey: false,
      // Keeps the popup off the zoom buttons on the right and the touch hint below.
      autoPanPaddingTopLeft: [12, 12],
      autoPanPaddingBottomRight: [68, 64],
      className: calm ? "map__calm" : "",
      offset: [0, -MARKER_SIZE / 2 + 6],
      maxWidth: 260,
    })
      .setLatLng(marker.shown)
      .setContent(box);
    open = { popup, marker, opener };
    marker.button.setAttribute("aria-expanded", "true");
    marker.highlight(true);
    popup.openOn(map);
    box.focus({ preventScroll: true });
  };

  // A click on the ground lets Leaflet close the popup by itself.
  map.on("popupclose", (event) => {
    if (open && event.popup === open.popup) {
      close(false);
    }
  });
  host.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      close(true);
    }
  });
  return show;
}

/** Return how a marker is called: with its number, as the list has it. */
function nameOf(host, kind, number, title) {
  if (number === null) {
    return title;
  }
  return kind === "stop" ? word(host, "stop", { number, title }) : `${number}: ${title}`;
}

/** Build one numbered marker: a real button, named, tied to its list item. */
function markerOf(L, host, feature, items, show) {
  const { id, number, title = "", url, kind, here } = feature.properties ?? {};
  const [lon, lat] = feature.geometry.coordinates;
  const numbered = number !== undefined && number !== null;
  const name = nameOf(host, kind, numbered ? number : null, title);
  const item = items.get(String(id));
  const button = element("button", { type: "button", textContent: numbered ? number : "" });
  button.setAttribute("aria-label", name);
  button.setAttribute("aria-expanded", "false");
  const marker = { id: String(id), title, name, url: safeAddress(url ?? ""), button };
  marker.position = [lat, lon];
  marker.highlight = (on) => {
    button.classList.toggle("is-current", on);
    item?.classList.toggle("is-current", on);
  };
  const rest = () => marker.highlight(button.getAttribute("aria-expanded") === "true");
  for (const event of ["focus", "pointerenter"]) {
    button.addEventListener(event, () => marker.highlight(true));
  }
  for (const event of ["blur", "pointerleave"]) {
    button.addEventListener(event, rest);
  }
  item?.addEventListener("pointerenter", () => button.classList.add("is-current"));
  item?.addEventListener("pointerleave", rest);
  button.addEventListener("click", (event) => {
    // The map would take it for a click on the ground and close the popup again.
    event.stopPropagation();
    show(marker, button);
  });
  const Icon = L.Icon.extend({
    createIcon() {
      this._setIconStyles(button, "icon");
      return button;
    },
    createShadow: () => null,
  });
  marker.layer = L.marker(marker.position, {
    icon: new Icon({
      iconSize: [MARKER_SIZE, MARKER_SIZE],
      iconAnchor: [MARKER_SIZE / 2, MARKER_SIZE / 2],
      className: `map__marker${numbered ? "" : " map__marker--place"}${here ? " map__marker--here" : ""}`,
    }),
    interactive: false,
    keyboard: false,
  });
  return marker;
}

/**
 * Move markers that would cover each other apart, with a thin line to where they belong: every
 * button stays large enough to hit, also where a round tour starts and ends at one place.
 */
function spread(L, map, markers, leaders) {
  const placed = [];
  const free = (spot) => placed.every((other) => other.distanceTo(spot) >= MARKER_GAP);
  const size = map.getSize();
  const seen = (spot) => {
    const { x, y } = map.layerPointToContainerPoint(spot);
    const edge = MARKER_SIZE / 2;
    return x >= edge && y >= edge && x <= size.x - edge && y <= size.y - edge;
  };
  leaders.clearLayers();
  for (const marker of markers) {
    const home = map.latLngToLayerPoint(marker.position);
    // What is in view stays in view: a line must not lead to a marker that is cut off.
    const fits = (spot) => free(spot) && (seen(spot) || !seen(home));
    let spot = home;
    for (let turn = 0; !(spot === home ? free(spot) : fits(spot)) && turn < SPREAD_TURNS; turn += 1) {
      const angle = turn * GOLDEN_ANGLE;
      const reach = MARKER_GAP * Math.sqrt(0.6 + turn / 6);
      spot = home.add([Math.sin(angle) * reach, -Math.cos(angle) * reach]);
    }
    placed.push(spot);
    marker.shown = spot === home ? L.latLng(marker.position) : map.layerPointToLatLng(spot);
    marker.layer.setLatLng(marker.shown);
    if (spot !== home) {
      const line = [marker.position, marker.shown];
      L.polyline(line, { className: "map__leader", weight: 2, interactive: false }).addTo(leaders);
      // The line ends at a visible dot: the place itself.
      L.circleMarker(marker.position, {
        className: "map__spot",
        radius: 5,
        weight: 2,
        fillOpacity: 1,
        interactive: false,
      }).addTo(leaders);
    }
  }
}

/** Fetch a style sheet once; done when it holds. Without an address the page has it already. */
function styled(address) {
  const links = [...document.querySelectorAll("link[rel=stylesheet]")];
  if (!address || links.some((link) => link.getAttribute("href") === address)) {
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const link = element("link", { rel: "stylesheet", href: address });
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error("the map's styles could not be loaded")));
    document.head.append(link);
  });
}

/** Load Leaflet and the data, and draw; returns what the list needs to show a stop. */
async function draw(host, items) {
  const [L, found] = await Promise.all([
    import("leaflet/dist/leaflet-src.esm.js"),
    features(host.dataset.map),
    styled(host.dataset.mapCss),
  ]);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const canvas = element("div", { className: "map__canvas" });
  canvas.setAttribute("role", "region");
  canvas.setAttribute("aria-label", host.dataset.label || document.title);
  host.replaceChildren(canvas);
  host.classList.add("map--ready");
  const map = L.map(canvas, {
    attributionControl: false,
    zoomControl: false,
    // The wheel belongs to the page.
    scrollWheelZoom: false,
    maxZoom: 18,
    // Tiles look best near whole steps; without them the places may fill the map.
    zoomSnap: host.dataset.mapFile ? 0.5 : 0.25,
    zoomAnimation: !calm,
    fadeAnimation: !calm,
    markerZoomAnimation: !calm,
    inertia: !calm,
  });
  if (calm) {
    // Leaflet moves towards focused markers and popups by itself, and has no option for standing.
    map.panBy = (offset, options) =>
      L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
  }
  const bounds = L.latLngBounds([]);
  for (const feature of found.filter((one) => one.geometry.type.endsWith("LineString"))) {
    const layer = L.geoJSON(feature, {
      interactive: false,
      style: { className: "map__route", weight: 5 },
    });
    bounds.extend(layer.getBounds());
    layer.addTo(map);
  }
  const points = found.filter((one) => one.geometry.type === "Point");
  for (const point of points) {
    bounds.extend([point.geometry.coordinates[1], point.geometry.coordinates[0]]);
  }
  if (!bounds.isValid()) {
    throw new Error("the map's data is empty");
  }
  const view = { padding: [MARKER_SIZE, MARKER_SIZE], maxZoom: 16, animate: false };
  map.fitBounds(bounds, view);
  if (host.dataset.mapFile) {
    L.control.attribution({ prefix: false }).addTo(map);
    // Nobody waits for it: tour and places are drawn at once, and without it they are all there.
    import("./map/background.js")
      .then((background) => background.lay(L, map, host))
      .catch((error) => console.warn(error));
  }
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  zoomControl(L, host, map).addTo(map);
  const show = popups(L, host, map, calm);
  const markers = new Map();
  for (const point of points) {
    const marker = markerOf(L, host, point, items, show);
    marker.layer.addTo(map);
    markers.set(marker.id, marker);
  }
  const leaders = L.layerGroup().addTo(map);
  const arrange = () => spread(L, map, markers.values(), leaders);
  map.on("zoomend", arrange);
  arrange();
  touchRule(host, map, canvas);
  let touched = false;
  map.on("movestart zoomstart", () => {
    touched = true;
  });
  new ResizeObserver(() => {
    // Until somebody moves the map, a turned phone shows the whole tour again.
    const fresh = !touched;
    map.invalidateSize({ animate: false, pan: false });
    if (fresh) {
      map.fitBounds(bounds, view);
      arrange();
      touched = false;
    }
  }).observe(canvas);
  return (id, opener) => {
    const marker = markers.get(id);
    if (!marker) {
      return false;
    }
    host.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    map.setView(marker.position, Math.max(map.getZoom(), 14), { animate: false });
    show(marker, opener);
    return true;
  };
}

/** Give every list item its button; pressing one loads the map if it is not there yet. */
function listButtons(host, items, ready) {
  for (const [id, item] of items) {
    const named = item.querySelector("a, h2, h3, h4, strong");
    const title = item.dataset.title || named?.textContent.trim() || "";
    const button = element("button", {
      type: "button",
      className: "map-show",
      textContent: word(host, "show"),
    });
    button.setAttribute("aria-label", `${word(host, "show")}: ${title}`);
    button.addEventListener("click", async () => {
      const shown = await ready();
      if (shown && !shown(id, button)) {
        button.remove();
      }
    });
    // The space keeps it apart from text that runs on in the same line.
    item.append(" ", button);
  }
}

/** Enhance one element; safe to call twice. */
export function enhance(host) {
  if (host.dataset.enhanced) {
    return;
  }
  host.dataset.enhanced = "true";
  const items = new Map(
    [...document.querySelectorAll("[data-stop]")].map((item) => [item.dataset.stop, item]),
  );
  const status = element("p", { className: "map__status" });
  status.setAttribute("role", "status");
  let drawing = null;
  const ready = () => {
    if (!drawing) {
      host.append(status);
      status.textContent = word(host, "loading");
      drawing = draw(host, items).catch((error) => {
        console.warn(error);
        host.classList.remove("map--ready");
        host.replaceChildren(status);
        status.textContent = word(host, "error");
        for (const button of document.querySelectorAll("[data-stop] > .map-show")) {
          button.remove();
        }
        return null;
      });
    }
    return drawing;
  };
  listButtons(host, items, ready);
  const watch = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        watch.disconnect();
        ready();
      }
    },
    { rootMargin: "100px" },
  );
  watch.observe(host);
}

for (const host of document.querySelectorAll("[data-map]")) {
  enhance(host);
}
