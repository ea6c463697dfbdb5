/**
 * What lies under the map: vector tiles of the town's one map file, drawn on the device; or tiles of
 * basemap.de that our server passes on, where the town has no file and wants them.
 *
 * The file is asked for in ranges; without a network the service worker answers them from the file
 * that was kept with a tour. Colours come from the page's styles, so that dark mode counts here, too.
 */

import {
  CenteredTextSymbolizer,
  CircleSymbolizer,
  LineLabelSymbolizer,
  LineSymbolizer,
  OffsetTextSymbolizer,
  PolygonSymbolizer,
  TextPlacements,
  leafletLayer,
} from "protomaps-leaflet";

const INKS = ["water", "green", "built", "house", "road", "way", "border", "route", "text", "halo"];

/** Return the page's colours; canvas knows no classes, so that they are read from an element. */
function palette(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const found = {};
  for (const ink of INKS) {
    probe.className = `map__ink map__ink--${ink}`;
    found[ink] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

const fill = (dataLayer, colour, more = {}) => ({
  dataLayer,
  symbolizer: new PolygonSymbolizer({ fill: colour, ...more }),
});
const line = (dataLayer, colour, width, more = {}) => ({
  dataLayer,
  symbolizer: new LineSymbolizer({ color: colour, width, ...more }),
});

/** Names of places, streets and rivers, where a map has them; `below`: pixels, for what has a marker on it. */
function label(dataLayer, ink, { along = false, below = 0, size = 13, ...more } = {}) {
  const Symbolizer = along ? LineLabelSymbolizer : below ? OffsetTextSymbolizer : CenteredTextSymbolizer;
  return {
    dataLayer,
    symbolizer: new Symbolizer({
      labelProps: ["name:de", "name", "title", "bezeichnung"],
      fill: ink.text,
      stroke: ink.halo,
      width: 2,
      font: `${size}px sans-serif`,
      offsetY: below,
      placements: [TextPlacements.S],
    }),
    ...more,
  };
}

/** Rules by whose layers a file has; what a file lacks is passed over. */
const STYLES = {
  guide: (ink) => ({
    paint: [
      fill("areas", ink.green, { opacity: 0.5 }),
      line("areas", ink.border, 1),
      line("routes", ink.route, 3, { opacity: 0.45 }),
      {
        dataLayer: "places",
        symbolizer: new CircleSymbolizer({ radius: 3, fill: ink.text, stroke: ink.halo, width: 1 }),
        minzoom: 11,
      },
    ],
    label: [label("areas", ink, { minzoom: 10 }), label("places", ink, { minzoom: 15, size: 12, below: 20 })],
  }),
  basemap: (ink) => ({
    paint: [
      fill("Vegetationsflaeche", ink.green),
      fill("Siedlungsflaeche", ink.built),
      fill("Gewaesserflaeche", ink.water),
      line("Gewaesserlinie", ink.water, 1.5),
      fill("Verkehrsflaeche", ink.road),
      line("Verkehrslinie", ink.way, 3, { minzoom: 12 }),
      line("Verkehrslinie", ink.road, 2),
      { ...fill("Gebaeudeflaeche", ink.house), minzoom: 14 },
      line("Grenze_Linie", ink.border, 1, { dash: [4, 3] }),
    ],
    label: [
      label("Name_Punkt", ink),
      label("Verkehrslinie", ink, { along: true, size: 12, minzoom: 14 }),
    ],
  }),
};

/** Return the options of the layer: rules of ours, or the library's own for Protomaps' layers. */
function look(style, host, dark) {
  if (!STYLES[style]) {
    return { flavor: dark ? "dark" : "light", lang: document.documentElement.lang || "de" };
  }
  const rules = STYLES[style](palette(host));
  return { paintRules: rules.paint, labelRules: rules.label };
}

/**
 * Tiles one by one, read as if they came from a file. What cannot be had is an empty tile: then the
 * map shows its plain ground there.
 */
const single = (template) => ({
  async getZxy(z, x, y, signal) {
    const address = template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    const answer = await fetch(address, { signal });
    return answer.ok ? { data: await answer.arrayBuffer() } : undefined;
  },
});

/** Lay the background under the map; it is drawn anew when the page becomes dark or light. */
export function lay(L, map, host) {
  // The library was written for pages that load Leaflet as a script of its own.
  window.L = L;
  const { mapFile: url, mapStyle: style, mapZoom: zoom } = host.dataset;
  const words = document.createElement("span");
  words.textContent = host.dataset.attribution || "";
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  let layer = null;
  const draw = () => {
    layer?.remove();
    layer = leafletLayer({
      url: url.includes("{z}") ? single(url) : new URL(url, document.baseURI).href,
      maxDataZoom: Number(zoom) || 14,
      attribution: words.innerHTML,
      noWrap: true,
      ...look(style, host, scheme.matches),
    });
    layer.addTo(map);
  };
  draw();
  scheme.addEventListener("change", draw);
}
