/**
 * The tree of pages. Without scripts its entries open by links and move by “Move”, “Put below”, “Put before”.
 *
 * - A toggle fetches the page that it links to and takes the tree out of it; the address follows.
 * - Entries with `data-movable` get a grip. Dragging it (mouse, pen, finger) onto another entry's upper edge puts the
 *   page before that entry, onto the rest below it: the form `#tree-move` is sent, so that the server checks and says
 *   what happened. Escape ends it. The keyboard has “Move”.
 */
const EDGE = 0.3;

async function turn(tree, toggle) {
  const address = toggle.href;
  const answer = await fetch(address, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("page-tree");
  if (!answer.ok || !fresh) {
    location.assign(address);
    return;
  }
  tree.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
  const opened = page.querySelector("#tree-move [name=open]");
  document.querySelector("#tree-move [name=open]").value = opened.value;
  history.replaceState(null, "", address.split("#")[0]);
  addGrips(tree);
  document.getElementById(toggle.id)?.focus();
}

function addGrips(tree) {
  for (const row of tree.querySelectorAll(".tree-row[data-movable]")) {
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.title = tree.dataset.dragging.replace("{title}", row.dataset.title);
    row.prepend(grip);
  }
}

/** Where a page would go that is let go at this point, or null. */
function placeAt(tree, source, x, y) {
  const row = document.elementFromPoint(x, y)?.closest(".tree-row");
  // Not onto itself, nor below itself.
  if (!row || !tree.contains(row) || source.closest("li").contains(row)) return null;
  const box = row.getBoundingClientRect();
  const top = row.closest("li").parentElement.parentElement === tree;
  const before = !top && (y - box.top) / box.height < EDGE;
  return { row, to: `${before ? "before" : "below"}:${row.dataset.node}`, before };
}

function drag(tree, grip, start) {
  const source = grip.closest(".tree-row");
  let place = null;
  const mark = (next) => {
    place?.row.classList.remove("drop-before", "drop-below");
    place = next;
    place?.row.classList.add(place.before ? "drop-before" : "drop-below");
  };
  const follow = (event) => {
    mark(placeAt(tree, source, event.clientX, event.clientY));
    if (event.clientY < 60) window.scrollBy(0, -12);
    else if (event.clientY > window.innerHeight - 60) window.scrollBy(0, 12);
  };
  const end = (event) => {
    const found = place;
    mark(null);
    tree.classList.remove("dragging");
    source.classList.remove("moving");
    grip.removeEventListener("pointermove", follow);
    grip.removeEventListener("pointerup", end);
    grip.removeEventListener("pointercancel", end);
    document.removeEventListener("keydown", escape);
    if (event.type !== "pointerup" || !found) return;
    const form = document.getElementById("tree-move");
    form.elements.node.value = source.dataset.node;
    form.elements.version.value = source.dataset.version;
    const to = document.createElement("input");
    to.type = "hidden";
    to.name = "to";
    to.value = found.to;
    form.append(to);
    form.submit();
  };
  const escape = (event) => {
    if (event.key === "Escape") end(event);
  };
  grip.setPointerCapture(start.pointerId);
  tree.classList.add("dragging");
  source.classList.add("moving");
  grip.addEventListener("pointermove", follow);
  grip.addEventListener("pointerup", end);
  grip.addEventListener("pointercancel", end);
  document.addEventListener("keydown", escape);
}

/** Opens, closes and drags entries in place. */
export function enliven(tree) {
  addGrips(tree);
  tree.addEventListener("click", (event) => {
    const toggle = event.target.closest("a.toggle");
    if (!toggle || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    turn(tree, toggle);
  });
  tree.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip || event.button) return;
    event.preventDefault();
    drag(tree, grip, event);
  });
}
