const stateOf = (form) =>
  JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));

/** Asks before the page is left while `form` holds changes that were not sent. */
export function warnUnsaved(form) {
  // A form that came back, with errors or for one more block, holds unsaved input from the start.
  const returned = form.querySelector("[aria-invalid=true]") || "unsaved" in form.dataset;
  const start = returned ? null : stateOf(form);
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && stateOf(form) !== start) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "s" || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".form-actions button[value=save]"));
  });
  // Coming back by the browser's history shows the form again as it was left.
  window.addEventListener("pageshow", () => {
    sending = false;
  });
}
