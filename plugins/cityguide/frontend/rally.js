/**
 * Rallies: answers are checked, points counted and certificates made on the visitor's device alone.
 * Nothing is kept before the visitor's first act, and it works offline. Nothing is sent but, on a press, that
 * one more rally was finished.
 */
import { Rally } from "./rally/rally.js";

for (const section of document.querySelectorAll("[data-rally]")) new Rally(section).start();
