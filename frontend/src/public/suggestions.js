/**
 * Suggestions below a search field: a combobox with a list of pages (WAI-ARIA 1.2, "list autocomplete with
 * manual selection"). Arrow keys choose, Enter opens the chosen page or searches, Escape closes, and the number of
 * suggestions is said. The field stays a plain form when this file, or an answer, does not come.
 */
const WAIT = 150;
const SHORTEST = 2;
let lists = 0;

/** Make a combobox of `field`, an input with `data-suggestions` (the address that answers `?q=…`). */
export function attach(field) {
  if (field.getAttribute("role") === "combobox") return;
  const id = `suggestions-${++lists}`;
  const list = document.createElement("ul");
  Object.assign(list, { id, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.list);
  const status = document.createElement("span");
  status.className = "read-aloud";
  status.setAttribute("role", "status");
  field.after(list, status);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false" })) field.setAttribute(name, value);

  let chosen = -1;
  let timer = 0;
  let asked = null;

  const options = () => [...list.children];
  const choose = (index) => {
    chosen = index;
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const option = options()[index];
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  };
  const show = (open) => {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(-1);
  };
  const fill = (found) => {
    list.replaceChildren(
      ...found.map(({ title, path, kind }, place) => {
        const option = document.createElement("li");
        option.id = `${id}-${place}`;
        option.dataset.path = path;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const name = document.createElement("b");
        name.textContent = title;
        const what = document.createElement("span");
        what.textContent = kind;
        option.append(name, " ", what);
        return option;
      }),
    );
    show(found.length > 0);
    status.textContent = found.length ? field.dataset.statusSome.replace("%d", String(found.length)) : field.dataset.statusNone;
  };
  const ask = async () => {
    asked?.abort();
    const text = field.value.trim();
    if (text.length < SHORTEST) {
      status.textContent = "";
      return show(false);
    }
    asked = new AbortController();
    const address = new URL(field.dataset.suggestions, location.href);
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (answer.ok && field.value.trim() === text) fill(await answer.json());
    } catch {
      // Without an answer the form works as it did.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    const last = options().length - 1;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && last >= 0) {
      event.preventDefault();
      const down = event.key === "ArrowDown";
      if (list.hidden) show(true);
      choose(down ? (chosen >= last ? -1 : chosen + 1) : chosen < 0 ? last : chosen - 1);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.assign(options()[chosen].dataset.path);
    }
  });
  field.addEventListener("blur", () => show(false));
  // Before the field loses the focus, or the list would be gone when the button comes up.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.path);
  });
  if (field.value && document.activeElement === field) timer = setTimeout(ask, WAIT);
}
