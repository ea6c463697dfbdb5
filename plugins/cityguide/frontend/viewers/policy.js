/**
 * What lets model-viewer live under a policy of 'self': no style elements in the page, no blob: addresses asked.
 * Both stay with what this page has made itself; nothing of the policy is loosened.
 */

/** Run `make`; style elements of templates that it imports become constructed style sheets. */
export async function withoutInlineStyles(make) {
  const importNode = document.importNode;
  const texts = [];
  document.importNode = function imported(...values) {
    const made = importNode.apply(this, values);
    for (const style of made.querySelectorAll?.("style") ?? []) {
      texts.push(style.textContent);
      style.replaceWith(document.createElement("i")); // one for one: lit counts elements
    }
    return made;
  };
  try {
    const shown = await make();
    const sheets = texts.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    shown.shadowRoot.adoptedStyleSheets = [...shown.shadowRoot.adoptedStyleSheets, ...sheets];
    return shown;
  } finally {
    document.importNode = importNode;
  }
}

const blobs = new Map();

/** Answer requests for this page's own blobs from memory: pictures within a model are read so. */
export function quiet() {
  if (quiet.done) return;
  quiet.done = true;
  const make = URL.createObjectURL.bind(URL);
  const revoke = URL.revokeObjectURL.bind(URL);
  const ask = window.fetch.bind(window);
  URL.createObjectURL = (thing) => {
    const address = make(thing);
    if (thing instanceof Blob) blobs.set(address, thing);
    return address;
  };
  URL.revokeObjectURL = (address) => {
    blobs.delete(address);
    revoke(address);
  };
  window.fetch = (what, ...more) => {
    const blob = blobs.get(typeof what === "string" ? what : what?.url);
    return blob ? Promise.resolve(new Response(blob)) : ask(what, ...more);
  };
}
