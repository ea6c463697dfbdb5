/**
 * Galleries (`ul[data-gallery]`): pictures open in a dialog of the page, with keys and buttons to the next one.
 * Without this script each link opens its picture.
 */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function open(gallery, links, start) {
  let place = start;
  const picture = element("img", { decoding: "async" });
  const caption = element("p", {});
  const count = element("p", { className: "muted" });
  const button = (name, text) => element("button", { type: "button", className: `button quiet ${name}`, textContent: text });
  const previous = button("previous", gallery.dataset.previous);
  const next = button("next", gallery.dataset.next);
  const close = button("close", gallery.dataset.close);
  const bar = element("div", { className: "actions" }, previous, next, close);
  const dialog = element("dialog", { className: "lightbox" }, element("figure", {}, picture, element("figcaption", {}, caption, count)), bar);
  dialog.setAttribute("aria-label", gallery.parentElement.getAttribute("aria-label") ?? "");
  count.setAttribute("role", "status");
  previous.hidden = next.hidden = links.length < 2;

  function show(by) {
    place = (place + by + links.length) % links.length;
    const link = links[place];
    const small = link.querySelector("img");
    picture.src = link.href;
    picture.alt = small.alt;
    caption.textContent = link.closest("figure").querySelector("figcaption")?.textContent.replace(/\s+/g, " ").trim() ?? "";
    count.textContent = `${place + 1} / ${links.length}`;
  }
  previous.addEventListener("click", () => show(-1));
  next.addEventListener("click", () => show(1));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(-1);
    else if (event.key === "ArrowRight") show(1);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[place].focus();
  });
  show(0);
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

for (const gallery of document.querySelectorAll("ul[data-gallery]")) {
  const links = [...gallery.querySelectorAll("a")];
  links.forEach((link, place) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(gallery, links, place);
    });
  });
}
