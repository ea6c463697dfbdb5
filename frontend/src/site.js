/** Public pages: suggestions in search fields, questions of forms; closes the phone menu on Escape and on a press outside. Without it the menu still opens and closes. */
const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

// Suggestions come with the first visit to a search field: nobody else loads them.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("input[data-suggestions]")) import("./public/suggestions.js").then(({ attach }) => attach(target)).catch(() => {});
});

// Forms that editors build: only their pages load it.
for (const form of document.querySelectorAll("form[data-questions]")) import("./public/questions.js").then(({ attach }) => attach(form)).catch(() => {});

// A code that a mail's link brings along stands behind the number sign: the server never sees it there.
const code = document.querySelector("input[data-from-address]");
if (code && /^#[A-Za-z0-9-]{10,12}$/.test(location.hash)) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
}
