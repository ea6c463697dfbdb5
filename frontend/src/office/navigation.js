/** On phones the navigation is one row that scrolls: shows its current entry, without moving the page. */
export function showCurrent() {
  const row = document.querySelector(".office-nav");
  const entry = row?.querySelector("[aria-current]");
  if (!entry || row.scrollWidth <= row.clientWidth) return;
  const gap = entry.getBoundingClientRect().left - row.getBoundingClientRect().left;
  row.scrollLeft += gap - (row.clientWidth - entry.offsetWidth) / 2;
}
