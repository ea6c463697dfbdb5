/**
 * Puts the focus where the reader's attention belongs after a page was rendered anew: on the summary of
 * errors, else on the block that the location hash names (the block that was just added or moved).
 */
export function placeFocus() {
  const named = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const target = document.querySelector(".error-summary") ?? (named?.matches(".block-card") ? named : null);
  if (!target) return;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus();
}
