/** Make an element with properties; text is always text, never markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

let count = 0;
/** Return an id that no element of the page has. */
export const fresh = (prefix) => `${prefix}-${(count += 1)}`;
