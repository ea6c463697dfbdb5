/**
 * Puts the focus where the reader's attention belongs after a page was rendered anew: on the block that the
 * location hash names (the one to be mended, just added or moved), else on the summary of errors.
 */
export function placeFocus() {
  const named = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  // Where the summary has the attribute `autofocus`, the browser has done it already.
  const target = named?.matches(".block-card") ? named : document.querySelector(".error-summary:not([autofocus])");
  if (!target) return;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus();
}
