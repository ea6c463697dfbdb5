/**
 * Tells when a walker gets to a stop of a tour. The position is compared here, on the device, and goes nowhere.
 *
 * The list items of the stops carry data-lat, data-lon and data-radius (metres). Far from all stops the device
 * may tell roughly and seldom, and while nobody looks at the page it is not asked at all: that spares the battery.
 */
const EARTH_M = 6371008.8;
const CLOSE_M = 400;
const VAGUE_M = 50;
/** Whoever stays at the edge of a stop is not told again and again. */
const LEFT = 1.5;

/** Return the great-circle distance of two points in metres. */
function distance(a, b) {
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const h =
    Math.sin(rad(b.lat - a.lat) / 2) ** 2 +
    Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

function element(tag, properties, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Start at once; the button stops and starts from then on. */
export function follow(box, button) {
  const say = (key, values = {}) =>
    box.dataset[`text${key[0].toUpperCase()}${key.slice(1)}`].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const stops = [...document.querySelectorAll("[data-lat][data-lon]")].map((item) => ({
    item,
    lat: Number(item.dataset.lat),
    lon: Number(item.dataset.lon),
    radius: Number(item.dataset.radius) || 40,
    number: item.dataset.number,
    title: item.querySelector("h3, a")?.textContent.trim() ?? "",
  }));
  const status = element("p", { className: "guide-arrival__status" });
  status.setAttribute("role", "status");
  const offer = element("p", { className: "row" });
  const choice = (key) => {
    const input = element("input", { type: "checkbox" });
    return { input, label: element("label", {}, [input, " ", say(key)]) };
  };
  const jump = choice("jump");
  const shake = "vibrate" in navigator ? choice("vibrate") : null;
  box.append(element("p", { className: "guide-checks" }, [jump.label, ...(shake ? [shake.label] : [])]), status, offer);

  let watch = null;
  let exact = null;
  let here = null;
  let wanted = false;

  /** Say something new; the same sentence twice would only disturb. */
  const tell = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  const mark = (stop) => {
    for (const one of stops) one.item.classList.toggle("is-here", one === stop);
  };

  const arrived = (stop) => {
    here = stop;
    mark(stop);
    tell(say("here", stop));
    offer.replaceChildren();
    const audio = stop.item.querySelector("audio");
    let first;
    if (audio) {
      first = element("button", { type: "button", className: "button", textContent: say("play", stop) });
      // Nothing sounds by itself: who walks with others decides.
      first.addEventListener("click", () => audio.play());
      offer.append(first);
    }
    const go = element("a", { href: `#${stop.item.id}`, textContent: say("go") });
    offer.append(go);
    if (shake?.input.checked) navigator.vibrate?.([200, 100, 200]);
    if (jump.input.checked) {
      stop.item.scrollIntoView({ block: "center" });
      (first ?? go).focus({ preventScroll: true });
    }
  };

  const seen = ({ coords }) => {
    const position = { lat: coords.latitude, lon: coords.longitude };
    const [next] = stops.map((stop) => ({ stop, metres: distance(position, stop) })).sort((a, b) => a.metres - b.metres);
    if (here && distance(position, here) > here.radius * LEFT + coords.accuracy) {
      here = null;
      mark(null);
      offer.replaceChildren();
    }
    if (next.metres <= next.stop.radius && coords.accuracy <= Math.max(next.stop.radius, VAGUE_M)) {
      if (here !== next.stop) arrived(next.stop);
    } else if (!here) {
      // Steps of 50 metres: nobody wants to hear every one.
      const away = Math.max(50, Math.round(next.metres / 50) * 50);
      tell(coords.accuracy > Math.max(next.stop.radius, VAGUE_M) && next.metres <= coords.accuracy + next.stop.radius
        ? say("vague", { accuracy: Math.round(coords.accuracy / 10) * 10 })
        : say("far", { title: next.stop.title, distance: away }));
    }
    if ((next.metres < CLOSE_M) !== exact) begin(next.metres < CLOSE_M);
  };

  const failed = (error) => {
    if (error.code === 1) {
      finish();
      tell(say("denied"));
    } else if (!here) tell(say("lost"));
  };

  const pause = () => {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
  };

  const begin = (precisely) => {
    pause();
    exact = precisely;
    watch = navigator.geolocation.watchPosition(seen, failed, {
      enableHighAccuracy: precisely,
      maximumAge: precisely ? 2000 : 30000,
      timeout: 60000,
    });
  };

  const start = () => {
    wanted = true;
    button.textContent = say("end");
    tell(say("looking"));
    begin(true);
  };

  const finish = () => {
    wanted = false;
    pause();
    here = null;
    mark(null);
    offer.replaceChildren();
    button.textContent = say("start");
    tell(say("ended"));
  };

  button.addEventListener("click", () => (wanted ? finish() : start()));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) pause();
    else if (wanted) begin(exact ?? true);
  });
  start();
}
