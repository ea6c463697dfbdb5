/** What the back office loads on pages with an editor: blocks, running text, tables, choices of pages, rows. */
import { manageBlocks } from "./blocks.js";
import { offerConditions } from "./conditions.js";
import { enhanceGrid } from "./grid.js";
import { enhancePage, enhancePages } from "./pages.js";
import { enhance } from "./richtext.js";
import { enhanceRows } from "./rows.js";

/** Enhances all fields within an element; each only once. */
export function enhanceFields(root) {
  root.querySelectorAll(".rows").forEach((row) => enhanceRows(row, enhanceFields));
  root.querySelectorAll("textarea[data-richtext]").forEach(enhance);
  root.querySelectorAll("textarea[data-grid]").forEach(enhanceGrid);
  root.querySelectorAll("textarea[data-pages]").forEach(enhancePages);
  root.querySelectorAll("input[data-page]").forEach(enhancePage);
}

enhanceFields(document);
document.querySelectorAll(".block-editor").forEach((list) => {
  manageBlocks(list, enhanceFields);
  offerConditions(list);
});
