/**
 * `a[data-chooser="ID"]`: a link to the page chooser (/admin/choose) that opens in a dialog, so that the form around
 * it keeps what was typed. What is chosen goes into the field with that id: its address, or its number where the
 * field has `data-chooser-value="id"`. The dialog shows the chooser's own page; without scripts the link leads there.
 * A field that was filled so tells by the event `chosen` with `detail` {path, id, title}.
 */
let dialog = null;

async function show(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const section = page.getElementById("chooser");
  // Logged out meanwhile: the page itself says so better than we could.
  if (!answer.ok || !section) {
    location.assign(address);
    return;
  }
  dialog.querySelector(".chooser")?.remove();
  dialog.append(document.importNode(section, true));
  const heading = dialog.querySelector("h1");
  heading.tabIndex = -1;
  (dialog.querySelector("input[type=search]") ?? heading).focus();
}

function build(link) {
  const made = document.createElement("dialog");
  made.className = "dialog";
  made.setAttribute("aria-labelledby", "chooser-title");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small dialog-close";
  close.textContent = link.dataset.close;
  close.addEventListener("click", () => made.close());
  made.append(close);
  document.body.append(made);
  return made;
}

function choose(field, choice) {
  field.value = field.dataset.chooserValue === "id" ? choice.choiceId : choice.choice;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const detail = { path: choice.choice, id: Number(choice.choiceId), title: choice.choiceTitle };
  field.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail }));
}

/** Lets a link to the chooser open in a dialog. */
export function openChooser(link) {
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const field = document.getElementById(link.dataset.chooser);
    dialog?.remove();
    dialog = build(link);
    dialog.addEventListener("click", (inside) => {
      const target = inside.target.closest("a");
      if (!target) return;
      inside.preventDefault();
      if (target.dataset.choice) {
        choose(field, target.dataset);
        dialog.close();
      } else {
        show(target.href);
      }
    });
    dialog.addEventListener("submit", (inside) => {
      inside.preventDefault();
      const query = new URLSearchParams(new FormData(inside.target));
      show(`${inside.target.action}?${query}`);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      dialog = null;
      (field.type === "hidden" ? link : field).focus();
    });
    dialog.showModal();
    await show(link.href);
  });
}
