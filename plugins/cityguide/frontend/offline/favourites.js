/** Favourites: names and addresses of tours and places, on this device only, after a press. */
const KEY = "stadtkern-guide-favourites";

export function favourites() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return found.filter(({ path, title }) => /^\/(?!\/)/.test(path) && typeof title === "string");
  } catch {
    return [];
  }
}

/** Store favourites; none leaves nothing behind. Throws where the browser lets nothing be stored. */
export function store(rows) {
  if (rows.length > 0) localStorage.setItem(KEY, JSON.stringify(rows));
  else localStorage.removeItem(KEY);
}
