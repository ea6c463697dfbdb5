/** Choosing pages of the site by search instead of by typing addresses. */
import { pageSearch } from "./dialogs.js";
import { changed, element, word } from "./words.js";

/** `input[data-page]`: an address; the search fills it. */
export function enhancePage(field) {
  if (field.dataset.enhanced) return;
  field.dataset.enhanced = "true";
  const details = element("details", { className: "page-search" }, element("summary", { textContent: word("linkSearch") }));
  const { box } = pageSearch((item) => {
    field.value = item.path;
    changed(field);
    details.open = false;
    field.focus();
  });
  details.append(box);
  field.after(details);
}

/** `textarea[data-pages]`: addresses, one a line; shown as a list that can be sorted. */
export function enhancePages(field) {
  if (field.dataset.enhanced) return;
  field.dataset.enhanced = "true";
  const maximum = Number(field.dataset.pages);
  const list = element("ol", { className: "page-picks", attributes: { "aria-label": word("picked") } });
  const lines = () => field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const set = (paths) => {
    field.value = paths.join("\n");
    show();
    changed(field);
  };
  const button = (key, path, run) => {
    const made = element("button", { type: "button", className: "button quiet small", textContent: word(key), attributes: { "aria-label": `${word(key)}: ${path}` } });
    made.addEventListener("click", run);
    return made;
  };
  function show() {
    const paths = lines();
    list.hidden = paths.length === 0;
    list.replaceChildren(
      ...paths.map((path, index) => {
        const swap = (other) => () => {
          const next = [...paths];
          [next[index], next[other]] = [next[other], next[index]];
          set(next);
          list.children[other]?.querySelector("button")?.focus();
        };
        const entry = element("li", {}, element("span", { textContent: path }));
        if (index > 0) entry.append(button("pickUp", path, swap(index - 1)));
        if (index < paths.length - 1) entry.append(button("pickDown", path, swap(index + 1)));
        entry.append(button("remove", path, () => {
          set(paths.filter((_path, place) => place !== index));
          search.input.focus();
        }));
        return entry;
      }),
    );
  }
  const search = pageSearch((item, input) => {
    const paths = lines();
    if (!paths.includes(item.path) && paths.length < maximum) set([...paths, item.path]);
    input.focus();
  });
  field.before(list, search.box);
  field.addEventListener("change", show);
  show();
}
