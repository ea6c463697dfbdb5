/** What an integrator may want to change about the build; the steps themselves stand in build.mjs. */
export default {
  /** KERN class names kept although no scanned file spells them. A trailing "*" means a prefix. */
  safelist: [
    "kern-sr-only",
    "kern-label",
    "kern-label__optional",
    "kern-hint",
    "kern-error",
    "kern-body",
    "kern-fieldset",
    "kern-fieldset__body",
    "kern-form-input",
    "kern-form-input--error",
    "kern-form-input__input",
    "kern-form-input__input--error",
    "kern-form-input__select",
    "kern-form-input__select-wrapper",
    "kern-form-input__select--error",
    "kern-form-check",
    "kern-form-check--error",
    "kern-form-check__checkbox",
    "kern-form-check__checkbox--error",
    "kern-form-check__radio",
    "kern-form-check__radio--error",
    "kern-icon",
    "kern-icon--danger",
  ],
  /** Elements whose KERN rules are kept whatever the templates hold. */
  elements: ["html", "body", "*", "img", "svg", "input", "textarea", "select", "legend", "label", "i"],
  /** Files read for KERN class names; paths below these folders, by ending. */
  scan: { folders: ["src", "plugins", "frontend/src"], endings: [".jinja2", ".py", ".js", ".mjs"] },
  /** Folders below which a file never counts for an entry, so that the back office does not weigh on the public site. */
  scanExcept: { "site.css": ["src/stadtkern/admin/"] },
  /** Browsers that must read the output without help: those with :has(), oklch() and cascade layers. */
  targets: ["es2022", "chrome111", "firefox121", "safari16.4"],
  /** Entries without which no page can be served. */
  required: ["site.css", "office.css", "site.js", "office.js"],
};
