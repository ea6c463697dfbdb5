/**
 * Checks the size of a chosen file against data-max-bytes before it travels; the server checks again. The message
 * comes from data-too-large, stands below the field and keeps the form from being sent.
 */
export function watchUploads(field) {
  const limit = Number(field.dataset.maxBytes);
  // A form of a plugin may lack the text; an own word is better than none or "undefined".
  const refusal = field.dataset.tooLarge || `> ${field.dataset.maxBytes} B`;
  const message = document.createElement("p");
  message.className = "field-error";
  message.setAttribute("role", "alert");
  field.after(message);
  field.addEventListener("change", () => {
    const tooLarge = [...field.files].some((file) => file.size > limit);
    const text = tooLarge ? refusal : "";
    message.textContent = text;
    field.setCustomValidity(text);
    if (tooLarge) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  });
}
