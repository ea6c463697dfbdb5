/**
 * The list of blocks (`ol.block-editor`): blocks are added anywhere from a chooser, dragged by pointer or moved by
 * keys, doubled, folded, and removed with a way back; nothing needs a page load. Without this script the buttons of
 * the list send the form and it comes back rearranged; both ways leave the same form (`#block-order` names the order).
 *
 * Tells the form by an `input` event after each change, so that whoever watches it (unsaved changes, autosave) knows.
 */
import { changed, element, fill, newId } from "./words.js";

const EDGE = 90;
const SPEED = 14;
const NARROW = "(max-width: 40rem)";
const FEW = 3;

/** Enhances one list; `enhanceFields` makes editors of the fields of a new block. */
export function manageBlocks(list, enhanceFields) {
  const form = list.closest("form");
  const text = (key, first, second) => fill(list.dataset[`text${key}`] ?? "", first, second);
  const order = document.getElementById("block-order");
  const chooser = form.querySelector(".add-block");
  const status = element("p", { className: "kern-sr-only", attributes: { role: "status" } });
  list.before(status);
  const cards = () => [...list.querySelectorAll(":scope > .block-card")];
  const placeOf = (card) => cards().indexOf(card) + 1;
  const titleOf = (card) => card.querySelector("h3").textContent.trim();
  const say = (words) => {
    status.textContent = "";
    requestAnimationFrame(() => {
      status.textContent = words;
    });
  };

  /** Writes order, numbers and names of buttons anew. */
  function count() {
    const all = cards();
    for (const input of order.querySelectorAll("[name=block]")) input.remove();
    order.lastElementChild.before(...all.map((card) => element("input", { type: "hidden", name: "block", value: card.dataset.block })));
    all.forEach((card, index) => {
      const place = card.querySelector("[data-place]");
      place.textContent = fill(place.dataset.place, index + 1, all.length);
      for (const button of card.querySelectorAll("[data-label]")) button.setAttribute("aria-label", fill(button.dataset.label, index + 1, all.length));
      card.querySelector("[data-deed=up]").hidden = index === 0;
      card.querySelector("[data-deed=down]").hidden = index === all.length - 1;
    });
    first.hidden = all.length === 0;
    foldAll.hidden = all.length < 2;
  }

  function told() {
    count();
    changed(list);
  }

  /** Puts a card at a place, counted from 0 among the others. */
  function put(card, place) {
    const others = cards().filter((other) => other !== card);
    if (place >= others.length) list.append(card);
    else others[place].before(card);
  }

  // Adding

  const heading = element("h2", { id: newId(), textContent: text("Choose") });
  const kinds = chooser.querySelector(".kinds");
  const dialog = element("dialog", { className: "dialog block-chooser", attributes: { "aria-labelledby": heading.id } }, heading);
  const close = element("button", { type: "button", className: "button quiet", textContent: text("Close") });
  let wanted = null;
  close.addEventListener("click", () => dialog.close());
  dialog.append(element("div", { className: "kinds" }), element("div", { className: "actions" }, close));
  dialog.addEventListener("close", () => wanted?.from?.focus());
  document.body.append(dialog);
  for (const button of kinds.querySelectorAll("button")) {
    const copy = button.cloneNode(true);
    copy.type = "button";
    copy.addEventListener("click", () => {
      const { place } = wanted;
      wanted = null;
      dialog.close();
      add(copy.value.slice("add:".length), place);
    });
    dialog.querySelector(".kinds").append(copy);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      add(button.value.slice("add:".length), cards().length);
    });
  }
  chooser.querySelector(".where")?.remove();

  function choose(place, from) {
    wanted = { place, from };
    dialog.showModal();
  }

  const opener = (label, place) => {
    const made = element("button", { type: "button", className: "insert-block", title: text("Below"), attributes: { "aria-label": label } }, element("span", { textContent: "+", attributes: { "aria-hidden": "true" } }));
    made.addEventListener("click", () => choose(place(), made));
    return made;
  };
  const first = opener(text("First"), () => 0);
  list.before(first);

  function show(card, place) {
    card.removeAttribute("autofocus");
    put(card, place);
    prepare(card);
    enhanceFields(card);
    told();
    say(text("Added", placeOf(card), cards().length));
    card.tabIndex = -1;
    card.focus();
  }

  function failed() {
    say("");
    let notice = form.querySelector(".block-failed");
    notice?.remove();
    notice = element("div", { className: "notice error block-failed", attributes: { role: "alert" } }, element("p", { textContent: text("Failed") }));
    list.after(notice);
  }

  async function fetched(address, options) {
    form.querySelector(".block-failed")?.remove();
    list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      if (!answer.ok) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return null;
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  async function add(kind, place) {
    const page = await fetched(list.dataset.fragment.replace("TYPE", kind));
    const card = page?.querySelector(".block-card");
    if (card) show(document.importNode(card, true), place);
    else failed();
  }

  /** The server doubles what was typed, as it does without scripts; only the new card is taken over. */
  async function duplicate(card) {
    const body = new FormData(form);
    body.set("do", `duplicate:${card.dataset.block.split(":")[0]}`);
    const page = await fetched(form.action, { method: "POST", body });
    const copy = page?.querySelector(".block-card[autofocus]");
    if (copy) show(document.importNode(copy, true), placeOf(card));
    else failed();
  }

  // Removing

  function remove(card) {
    const undo = element("button", { type: "button", className: "button quiet small", textContent: text("Undo") });
    const words = text("Removed").replace("{title}", titleOf(card));
    const gone = element("li", { className: "block-removed" }, element("p", { textContent: words }), undo);
    card.replaceWith(gone);
    undo.addEventListener("click", () => {
      gone.replaceWith(card);
      told();
      say(text("Restored", placeOf(card), cards().length).replace("{title}", titleOf(card)));
      card.tabIndex = -1;
      card.focus();
    });
    told();
    say(words);
    undo.focus();
  }

  // Folding

  function excerpt(card) {
    const found = [...card.querySelectorAll("textarea,input[type=text],select")]
      .map((field) => (field.tagName === "SELECT" ? (field.value && field.selectedOptions[0]?.textContent) : field.value).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim())
      .find(Boolean);
    return (found ?? text("Empty")).slice(0, 120);
  }

  function fold(card, folded) {
    const button = card.querySelector("[data-fold]");
    card.classList.toggle("folded", folded);
    card.querySelector(":scope > .body").hidden = folded;
    card.querySelector(".excerpt").textContent = folded ? excerpt(card) : "";
    button.querySelector(".words").textContent = text(folded ? "Expand" : "Collapse");
    button.dataset.label = list.dataset[folded ? "textExpandLabel" : "textCollapseLabel"];
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", fill(button.dataset.label, placeOf(card), cards().length));
  }

  const foldAll = element("button", { type: "button", className: "button quiet small fold-all", textContent: text("CollapseAll") });
  foldAll.addEventListener("click", () => {
    const folded = cards().some((card) => !card.classList.contains("folded"));
    cards().forEach((card) => fold(card, folded));
    foldAll.textContent = text(folded ? "ExpandAll" : "CollapseAll");
  });
  list.before(foldAll);

  // Moving

  function step(card, by, button) {
    put(card, placeOf(card) - 1 + by);
    told();
    say(text("Moved", placeOf(card), cards().length));
    const other = card.querySelector(button.dataset.deed === "up" ? "[data-deed=down]" : "[data-deed=up]");
    // On a phone the buttons lie in a sheet that has closed: what opens it stands for them.
    [button.hidden ? other : button, card.querySelector(".more")].find((one) => one.checkVisibility())?.focus();
    card.scrollIntoView({ block: "nearest" });
  }

  /** Taken by Enter or Space, the arrow keys move a block until Enter drops it; Escape puts it back. */
  function grabByKeys(card, handle) {
    let start = null;
    const end = (words) => {
      start = null;
      handle.setAttribute("aria-pressed", "false");
      card.classList.remove("grabbed");
      say(words);
    };
    handle.addEventListener("keydown", (event) => {
      const place = placeOf(card);
      const all = cards().length;
      if (start === null) {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        start = place;
        handle.setAttribute("aria-pressed", "true");
        card.classList.add("grabbed");
        say(text("Grabbed", place, all));
        return;
      }
      const targets = { ArrowUp: place - 2, ArrowDown: place, Home: 0, End: all - 1 };
      if (event.key in targets) {
        event.preventDefault();
        const target = targets[event.key];
        if (target < 0 || target >= all) return;
        put(card, target);
        told();
        handle.focus();
        card.scrollIntoView({ block: "nearest" });
        say(text("Moved", placeOf(card), all));
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        end(text("Dropped", place, all));
      } else if (event.key === "Escape") {
        event.preventDefault();
        put(card, start - 1);
        told();
        handle.focus();
        end(text("Returned", placeOf(card), all));
      }
    });
    handle.addEventListener("blur", () => {
      // Moving the card takes the focus away for a moment; only a real leave drops it.
      setTimeout(() => {
        if (start !== null && document.activeElement !== handle) end(text("Dropped", placeOf(card), cards().length));
      });
    });
  }

  function dragByPointer(card, handle) {
    let drag = null;
    const clear = () => {
      for (const other of cards()) other.classList.remove("drop-before", "drop-after");
    };
    function target(y) {
      const others = cards().filter((other) => other !== card);
      const found = others.findIndex((other) => {
        const box = other.getBoundingClientRect();
        return y < box.top + box.height / 2;
      });
      return { others, place: found < 0 ? others.length : found };
    }
    function mark() {
      clear();
      const { others, place } = target(drag.y);
      if (place < others.length) others[place].classList.add("drop-before");
      else others.at(-1)?.classList.add("drop-after");
    }
    function scroll() {
      if (!drag) return;
      const by = drag.y < EDGE ? -SPEED : drag.y > innerHeight - EDGE ? SPEED : 0;
      if (by) {
        window.scrollBy(0, by);
        mark();
      }
      drag.frame = requestAnimationFrame(scroll);
    }
    function end(drop) {
      if (!drag) return;
      const { place } = target(drag.y);
      const moved = drag.moved;
      cancelAnimationFrame(drag.frame);
      drag = null;
      clear();
      card.classList.remove("dragged");
      if (!drop || !moved) return;
      put(card, place);
      told();
      handle.focus();
      say(text("Dropped", placeOf(card), cards().length));
    }
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      drag = { y: event.clientY, from: event.clientY, moved: false, frame: requestAnimationFrame(scroll) };
    });
    handle.addEventListener("pointermove", (event) => {
      if (!drag) return;
      drag.y = event.clientY;
      if (Math.abs(drag.y - drag.from) < 6 && !drag.moved) return;
      drag.moved = true;
      card.classList.add("dragged");
      mark();
    });
    handle.addEventListener("pointerup", () => end(true));
    handle.addEventListener("pointercancel", () => end(false));
    handle.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && drag) end(false);
    });
  }

  function prepare(card) {
    const header = card.querySelector(":scope > header");
    const handle = element("button", { type: "button", className: "drag-handle", title: text("Grab"), attributes: { "aria-pressed": "false" }, dataset: { label: list.dataset.textGrabLabel } }, element("span", { textContent: "⠿", attributes: { "aria-hidden": "true" } }));
    header.prepend(handle);
    grabByKeys(card, handle);
    dragByPointer(card, handle);
    header.querySelector("[data-place]").after(element("span", { className: "excerpt muted" }));
    const button = element("button", { type: "button", className: "button quiet fold", dataset: { fold: "", label: "" } }, element("span", { className: "words" }), element("span", { className: "sign", attributes: { "aria-hidden": "true" } }));
    button.addEventListener("click", () => fold(card, !card.classList.contains("folded")));
    header.querySelector(".actions").prepend(button);
    const below = opener("", () => placeOf(card));
    below.dataset.label = list.dataset.textBelowLabel;
    card.append(below);
    fold(card, false);
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-deed]");
    if (!button) return;
    event.preventDefault();
    const card = button.closest(".block-card");
    const sheet = button.closest("[popover]");
    if (sheet?.matches(":popover-open")) sheet.hidePopover();
    const deeds = {
      up: () => step(card, -1, button),
      down: () => step(card, 1, button),
      duplicate: () => duplicate(card),
      remove: () => remove(card),
    };
    deeds[button.dataset.deed]();
  });

  // Linked fields

  /** Unfolds the block in which a link of this page leads, as those of the error summary do. */
  function reveal() {
    const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const card = found?.closest(".block-card.folded");
    if (!card) return;
    fold(card, false);
    found.scrollIntoView();
    if (found !== card) found.focus();
  }

  cards().forEach(prepare);
  count();
  if (matchMedia(NARROW).matches && cards().length > FEW) {
    // A long page begins as an outline on a phone; what needs a look stays open.
    for (const card of cards()) {
      if (!card.matches("[autofocus],:target") && !card.querySelector("[aria-invalid],.field-error")) fold(card, true);
    }
    foldAll.textContent = text("ExpandAll");
  }
  window.addEventListener("hashchange", reveal);
  reveal();
}
