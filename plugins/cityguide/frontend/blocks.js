/**
 * Blocks of the guide: a slider between two pictures, answers to choose, panoramas and models on a press.
 * Each block says everything without this script; viewers are loaded only when somebody asks for them.
 */
import { compare } from "./blocks/compare.js";
import { quiz } from "./blocks/quiz.js";

for (const [selector, attach] of [["[data-compare]", compare], ["[data-quiz]", quiz]]) {
  for (const block of document.querySelectorAll(selector)) attach(block);
}
