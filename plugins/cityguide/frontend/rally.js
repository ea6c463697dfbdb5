/**
 * Rallies: answers are checked, points counted and certificates made on the visitor's device alone.
 * Nothing is sent anywhere, nothing is kept before the visitor's first act, and it works offline.
 */
import { Rally } from "./rally/rally.js";

for (const section of document.querySelectorAll("[data-rally]")) new Rally(section).start();
