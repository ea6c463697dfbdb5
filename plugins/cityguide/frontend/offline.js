/**
 * The guide's pages on a device: a tour to be kept, the page of what is kept, favourites.
 *
 * Stores nothing and loads nothing before a press; only where a tour is kept already (a service worker
 * of ours is there) its state is looked up when the page opens.
 */
import { favourites, store } from "./offline/favourites.js";

const able = "serviceWorker" in navigator && "caches" in window && "locks" in navigator && Boolean(crypto.subtle);

/** Tell whether tours were kept here; asking leaves no trace. */
async function used() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const script = (registration?.active ?? registration?.waiting ?? registration?.installing)?.scriptURL;
  return Boolean(script && new URL(script).pathname === "/guide/sw.js");
}

for (const host of able ? document.querySelectorAll("[data-offline]") : []) {
  host.hidden = false;
  const load = () => import("./offline/desk.js").then(({ desk }) => desk(host));
  host.querySelector("button").addEventListener("click", () => load().then(({ offer }) => offer()));
  used().then((is) => is && load().then(({ care }) => care()));
}

for (const host of able ? document.querySelectorAll("[data-saved]") : []) {
  used().then((is) => is && import("./offline/saved.js").then(({ saved }) => saved(host)));
}

// What a visitor wrote without a network: it is looked for only where something lies here already.
async function stored() {
  return Boolean((await indexedDB.databases?.())?.some(({ name }) => name === "stadtkern-guide"));
}

if (able) {
  const carry = async () => {
    if (navigator.onLine && (await stored())) await (await import("./offline/outbox.js")).send();
  };
  carry();
  window.addEventListener("online", carry);
  for (const host of document.querySelectorAll("[data-outbox]")) {
    stored().then((is) => is && import("./offline/waiting.js").then(({ waiting }) => waiting(host)));
  }
}

// On a kept page the form is the device's own; elsewhere it is a page of the site, while there is a network.
for (const link of able ? document.querySelectorAll("[data-report] a[data-kind]") : []) {
  link.addEventListener("click", async (event) => {
    if (navigator.onLine && !("kept" in document.documentElement.dataset)) return;
    event.preventDefault();
    try {
      const { report } = await import("./offline/report.js");
      report(link.closest("[data-report]"), link.dataset.kind);
    } catch {
      location.assign(link.href);
    }
  });
}

// Messages need what only some browsers have; on iPhones the guide has to be installed first.
if (able && "PushManager" in window && "Notification" in window) {
  for (const host of document.querySelectorAll("[data-messages]")) {
    host.hidden = false;
    import("./offline/push.js").then(({ push }) => push(host));
  }
}

// Whether to install is asked on the page of what is kept, never by the browser by itself.
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  for (const host of document.querySelectorAll("[data-install]")) {
    host.hidden = false;
    host.querySelector("button").onclick = async () => {
      await event.prompt();
      host.hidden = true;
    };
  }
});

for (const button of document.querySelectorAll("[data-favourite]")) {
  const { path, title, on, off } = button.dataset;
  const is = () => favourites().some((one) => one.path === path);
  const draw = () => {
    button.hidden = false;
    button.textContent = is() ? off : on;
    button.setAttribute("aria-pressed", String(is()));
  };
  button.addEventListener("click", () => {
    const others = favourites().filter((one) => one.path !== path);
    try {
      store(is() ? others : [...others, { path, title }]);
    } catch {
      // A browser that lets nothing be stored: the button stays as it was.
    }
    draw();
  });
  draw();
}

for (const host of document.querySelectorAll("[data-favourites]")) {
  const draw = () => {
    const rows = favourites();
    host.hidden = rows.length === 0;
    host.querySelector("ul").replaceChildren(
      ...rows.map(({ path, title }) => {
        const link = Object.assign(document.createElement("a"), { href: path, textContent: title });
        const away = Object.assign(document.createElement("button"), {
          type: "button",
          className: "button quiet small",
          textContent: host.dataset.remove,
        });
        away.setAttribute("aria-label", `${host.dataset.remove}: ${title}`);
        away.addEventListener("click", () => {
          store(favourites().filter((one) => one.path !== path));
          draw();
          (host.querySelector("button") ?? document.querySelector("h1")).focus();
        });
        const item = document.createElement("li");
        item.append(link, away);
        return item;
      }),
    );
  };
  draw();
}
