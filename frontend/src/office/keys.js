/**
 * `[data-keys]`: single keys that press what names them by `aria-keyshortcuts`, and `j` and `k` in a table's rows.
 *
 * They count only while the focus is within, and never while something is typed (WCAG 2.1.4). What they press is
 * there for Tab and Enter as well.
 */
export function listen(region) {
  region.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    const done = region.matches("table") ? step(region, event) : press(event.key);
    if (done) event.preventDefault();
  });
}

function press(key) {
  const named = [...document.querySelectorAll("[aria-keyshortcuts]")].find((one) => one.getAttribute("aria-keyshortcuts") === key);
  if (!named) return false;
  named.click();
  return true;
}

/** Moves the focus to the row after (`j`) or before (`k`). */
function step(table, event) {
  const by = { j: 1, k: -1 }[event.key];
  const links = [...table.querySelectorAll("tbody tr > :first-child a")];
  const place = links.indexOf(event.target.closest("tr")?.querySelector("a")) + (by ?? 0);
  if (!by || !links[place]) return false;
  links[place].focus();
  return true;
}
