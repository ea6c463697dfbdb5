/**
 * Back office, each part a help on top of a page that works without:
 *
 * - `[data-warn-unsaved]` on a form: asks before leaving with changes that were not saved; the browser words it.
 * - `form[data-together]`: who edits the page, text kept while typing, logging in again (see office/together.js).
 * - location hash or `.error-summary`: focus goes to the block that was moved, or to the list of errors.
 * - `[data-max-bytes]` on a file input: says at once when a file is too large (message: `data-too-large`).
 * - `[data-upload]` on a form: sends its files one by one with progress; `[data-focal]`: the point that matters.
 * - `[data-slug-from="ID"]` on an input: suggests an address from that field while it is empty or still a suggestion.
 * - `a[data-chooser="ID"]`: opens the page chooser in a dialog and fills that field.
 * - `#page-tree`: opens and closes entries in place and lets them be dragged.
 * - `[data-looks]`: a live preview; `[data-saved]` tells it of a save, a form of what is typed (see office/looks.js).
 * - `[data-keys]`: single keys that count only while the focus is within (see office/keys.js).
 * - `table[data-select-all]`, `#bulk-run[data-running]`: many pages at a time.
 */
import "./site.js";
import { suggestSlug } from "./office/slug.js";
import { watchUploads } from "./office/uploads.js";
import { warnUnsaved } from "./office/unsaved.js";
import { workTogether } from "./office/together.js";
import { placeFocus } from "./office/focus.js";
import { pickFocal, sendUploads } from "./office/media.js";
import { enliven } from "./office/tree.js";
import { follow, selectAll } from "./office/lists.js";
import { keepLooking, tellSaved } from "./office/looks.js";
import { openChooser } from "./office/chooser.js";
import { listen } from "./office/keys.js";

placeFocus();
// Before the warning: a form that is held back is not being left.
document.querySelectorAll("form[data-together]").forEach(workTogether);
document.querySelectorAll("form[data-warn-unsaved]").forEach(warnUnsaved);
document.querySelectorAll("input[type=file][data-max-bytes]").forEach(watchUploads);
document.querySelectorAll("input[data-slug-from]").forEach(suggestSlug);
document.querySelectorAll("form[data-upload]").forEach(sendUploads);
document.querySelectorAll("form[data-focal]").forEach(pickFocal);
document.querySelectorAll("a[data-chooser]").forEach(openChooser);
const tree = document.getElementById("page-tree");
if (tree) enliven(tree);

// The editor is a file of its own: only pages with blocks or running text load it.
if (document.querySelector(".block-editor, textarea[data-richtext], textarea[data-grid], textarea[data-pages]")) {
  import("./editor/index.js");
}
document.querySelectorAll("[data-looks]").forEach(keepLooking);
document.querySelectorAll("[data-saved]").forEach((one) => tellSaved(one.dataset.saved));
document.querySelectorAll("[data-keys]").forEach(listen);
document.querySelectorAll("table[data-select-all]").forEach(selectAll);
document.querySelectorAll("#bulk-run[data-running]").forEach(follow);
