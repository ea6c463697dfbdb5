/**
 * The condition of a form's question: its fields offer the questions before it and the answers that can be chosen
 * there. Without this script both are typed.
 */
import { element, newId } from "./words.js";

const KIND = ":form_field";
const UNASKED = "heading";

const fieldOf = (card, name) => card.querySelector(`[name="${name}"]`);
const textOf = (card, name) => fieldOf(card, name)?.value.trim() ?? "";

/** The question cards above one. */
function earlier(card) {
  const cards = [...card.parentElement.querySelectorAll(`:scope > [data-block$="${KIND}"]`)];
  return cards.slice(0, cards.indexOf(card)).filter((one) => textOf(one, "label") && textOf(one, "kind") !== UNASKED);
}

/** The answers of the question that the condition names. */
function answers(card) {
  const wanted = textOf(card, "when_label").toLowerCase();
  const asked = earlier(card).find((one) => textOf(one, "label").toLowerCase() === wanted);
  const lines = asked ? textOf(asked, "options").split("\n") : [];
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** What a field offers, by its name. */
const OFFERS = { when_label: (card) => earlier(card).map((one) => textOf(one, "label")), when_value: answers };

/** Fills the list of a field when somebody comes to it: until then questions may change or move. */
export function offerConditions(list) {
  list.addEventListener("focusin", ({ target }) => {
    const card = target.closest(".block-card");
    if (!card?.dataset.block.endsWith(KIND) || !(target.name in OFFERS)) return;
    let offered = target.list;
    if (!offered) {
      offered = element("datalist", { id: newId() });
      target.after(offered);
      target.setAttribute("list", offered.id);
    }
    const words = new Set(OFFERS[target.name](card));
    offered.replaceChildren(...[...words].map((text) => element("option", { value: text })));
  });
}
