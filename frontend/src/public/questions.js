/**
 * Forms that editors build (form[data-questions]): hides questions whose condition is not met, says at once that
 * a file is too large, and searches for a number that shows the server that a browser has worked (proof of work).
 * Without this file the hints say when a question is to be answered, and the server judges all of it anyway.
 */
const AT_ONCE = 64;
const MOST = 1_000_000;

const plain = (text) => text.trim().toLowerCase();

/** The answers to a question: the values of what is checked, chosen or typed. */
function answers(question) {
  return [...question.querySelectorAll("input, select, textarea")]
    .filter((one) => one.type !== "hidden" && one.type !== "file" && (!["checkbox", "radio"].includes(one.type) || one.checked))
    .map((one) => plain(one.value))
    .filter(Boolean);
}

/** Show what is asked, in order: what hangs on a hidden question is hidden, too. */
function judge(form) {
  for (const question of form.querySelectorAll("[data-when]")) {
    const other = form.querySelector(`[data-question="${CSS.escape(question.dataset.when)}"]`);
    const given = other && !other.hidden ? answers(other) : null;
    const wanted = plain(question.dataset.equals);
    question.hidden = !given || !(wanted ? given.includes(wanted) : given.length === 0);
    for (const one of question.querySelectorAll("input, select, textarea")) one.disabled = question.hidden;
  }
}

function weigh(field) {
  document.getElementById(`${field.id}-size`)?.remove();
  field.removeAttribute("aria-invalid");
  if (!field.files[0] || field.files[0].size <= Number(field.dataset.maxBytes)) return;
  field.value = "";
  field.setAttribute("aria-invalid", "true");
  const said = document.createElement("p");
  Object.assign(said, { id: `${field.id}-size`, className: "kern-error field-error", textContent: field.dataset.tooLarge });
  said.setAttribute("role", "alert");
  field.after(said);
}

/** Whether a hash begins with so many zero bits. */
function begins(hash, bits) {
  const bytes = new Uint8Array(hash);
  for (let bit = 0; bit < bits; bit++) if (bytes[bit >> 3] & (0x80 >> (bit & 7))) return false;
  return true;
}

/** Search for the number whose hash with the page's token begins with zeros; fill the hidden field with it. */
async function work(form) {
  const { page_token: token, work: field } = form.elements;
  const bits = Number(form.dataset.bits);
  const encoder = new TextEncoder();
  for (let from = 0; from < MOST; from += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_one, place) => from + place);
    const hashes = await Promise.all(numbers.map((number) => crypto.subtle.digest("SHA-256", encoder.encode(`${token.value}:${number}`))));
    const found = hashes.findIndex((hash) => begins(hash, bits));
    if (found >= 0) {
      field.value = String(numbers[found]);
      return;
    }
  }
}

export function attach(form) {
  judge(form);
  form.addEventListener("input", () => judge(form));
  form.addEventListener("change", ({ target }) => {
    if (target.matches("input[type=file][data-max-bytes]")) weigh(target);
    judge(form);
  });
  // Pages that come back from the browser's memory keep what was typed.
  addEventListener("pageshow", () => judge(form));
  // Nobody's phone works for a form that is only read. Browsers hash on secure pages only.
  if (crypto.subtle) form.addEventListener("focusin", () => work(form).catch(() => {}), { once: true });
}
