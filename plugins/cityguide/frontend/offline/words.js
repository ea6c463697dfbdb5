/** What desk and saved page share: the page's words, sizes, and elements made of text only. */

/** Return a function that gives the host's words with {names} filled in. */
export function speaker(host) {
  const words = JSON.parse(host.dataset.words);
  return (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Write bytes as people read them, in the page's language. */
export function weight(bytes) {
  const [unit, size] = bytes < 1e6 ? ["kilobyte", 1e3] : bytes < 1e9 ? ["megabyte", 1e6] : ["gigabyte", 1e9];
  const value = unit === "kilobyte" ? Math.max(1, Math.round(bytes / size)) : bytes / size;
  const digits = unit !== "kilobyte" && value < 10 ? 1 : 0;
  const options = { style: "unit", unit, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang || undefined, options).format(value);
}

/** Make an element with properties; text is always text, never markup. */
export function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** A button that cannot be pressed twice at once. */
export function button(text, className, work) {
  const made = element("button", { type: "button", className, textContent: text });
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    try {
      await work(made);
    } finally {
      made.removeAttribute("aria-disabled");
    }
  });
  return made;
}

/** Return the page's word for what kept a tour from coming. */
export const excuse = (say, error) => say(`error_${error?.reason ?? "network"}`);
