/** The translated words that forms/_words.jinja2 put into the page, once for all fields. */
/** The word for a key; # and ## stand for numbers. */
export const word = (key, first, second) =>
  (document.querySelector("template[data-editor-words]")?.dataset[key] ?? key).replace("##", second ?? "##").replace("#", first ?? "#");

/** Fills # and ## of any text. */
export const fill = (text, first, second) => text.replace("##", second).replace("#", first);

/** An element with properties and children; text is always text, never markup. */
export function element(tag, properties = {}, ...children) {
  const { dataset, attributes, ...others } = properties;
  const made = Object.assign(document.createElement(tag), others);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

/** Tells a form that something in it changed that no field tells by itself. */
export const changed = (inside) => inside.dispatchEvent(new Event("input", { bubbles: true }));

let numbers = 0;
/** An id that nothing else in the page has. */
export const newId = () => `editor-${(numbers += 1)}`;
