/**
 * The guide's service worker. It answers GET for addresses that a tour kept on this device names, and
 * shows the page of kept tours where a page of the site cannot be reached. All else goes its usual way:
 * forms, the back office, the API, and every page while somebody is logged in on this device.
 */
import { NAME, all, put, read } from "./offline/database.js";
import { TAG, send } from "./offline/outbox.js";

const OFFICE = /^\/(admin|account|api|login|logout|preview)(\/|$)/;
/** Addresses whose bytes never change. */
const FIXED = /^\/(static|media|guide\/a|guide\/tiles)\//;
/** How long (ms) a page may take before the kept one is shown. */
const PATIENCE = 4000;
/** How long (ms) after the back office was open no page is answered. */
const WORKDAY = 12 * 3600 * 1000;

let known = null;

const learn = async () => (known = new Map(await all("addresses")));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  known = null;
  event.waitUntil(learn().catch(() => {}));
});

// The network is back, though perhaps no page is open; what could not be sent makes the browser try again.
self.addEventListener("sync", (event) => {
  const all = async () => {
    if ((await send()) > 0) throw new Error("still waiting");
  };
  if (event.tag === TAG) event.waitUntil(all());
});

self.addEventListener("push", (event) => {
  const { title, text, path, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body: text, tag, data: path }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(new URL(event.notification.data, location.origin)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  const page = request.mode === "navigate";
  if (OFFICE.test(pathname)) {
    const leaves = pathname === "/logout";
    if (page && pathname !== "/login") event.waitUntil(put("notes", "office", leaves ? 0 : Date.now()).catch(() => {}));
    return;
  }
  const address = pathname + search;
  if (request.method !== "GET" || (known && !page && !known.has(address))) return;
  event.respondWith(answer(request, address, page));
});

async function answer(request, address, page) {
  const kept = await find(address, page).catch(() => null);
  if (kept && FIXED.test(address)) return part(kept, request.headers.get("Range"));
  try {
    return await (kept ? soon(fetch(request)) : fetch(request));
  } catch (error) {
    if (kept) return part(kept, request.headers.get("Range"));
    const saved = page && (await savedPage(address).catch(() => null));
    if (saved) return saved;
    throw error;
  }
}

/** The kept bytes of an address; none of a page while the back office is in use. */
async function find(address, page) {
  if (page && Date.now() - ((await read("notes", "office")) ?? 0) < WORKDAY) return null;
  const url = (known ?? (await learn())).get(address);
  return url && (await caches.open(NAME)).match(url);
}

const soon = (answering) =>
  Promise.race([answering, new Promise((_done, fail) => setTimeout(() => fail(new Error("slow")), PATIENCE))]);

async function savedPage(address) {
  const addresses = [...(known ?? (await learn())).keys()].filter((one) => /^\/guide\/saved(\?|$)/.test(one));
  const language = /^\/([a-z-]+)/.exec(address)?.[1];
  const best = addresses.find((one) => one.endsWith(`lang=${language}`)) ?? addresses.sort()[0];
  return best && find(best, true);
}

/** The whole, or the asked range of it (RFC 9110, 14): players begin with two bytes. */
async function part(whole, range) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  const [, from, to] = asked ?? [];
  if (!asked || (!from && !to) || (from && to && +to < +from)) return whole;
  const blob = await whole.blob();
  const { size } = blob;
  const first = from ? +from : Math.max(0, size - to);
  const last = from && to ? Math.min(+to, size - 1) : size - 1;
  const headers = new Headers(whole.headers);
  if (first >= size) {
    return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${size}` } });
  }
  headers.set("Content-Range", `bytes ${first}-${last}/${size}`);
  headers.set("Content-Length", String(last - first + 1));
  return new Response(blob.slice(first, last + 1), { status: 206, headers });
}
