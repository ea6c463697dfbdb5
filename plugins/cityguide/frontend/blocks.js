/**
 * Blocks of the guide: a slider between two pictures, answers to choose, panoramas and models on a press.
 * Each block says everything without this script; viewers are loaded only when somebody asks for them.
 */
import { compare } from "./blocks/compare.js";
import { model } from "./blocks/model.js";
import { panorama } from "./blocks/panorama.js";
import { quiz } from "./blocks/quiz.js";

const BLOCKS = { "[data-compare]": compare, "[data-quiz]": quiz, "[data-panorama]": panorama, "[data-model]": model };
for (const [selector, attach] of Object.entries(BLOCKS)) {
  for (const block of document.querySelectorAll(selector)) attach(block);
}
